// The timeline: a lane for each person with speech and moments, energy and balance beneath.
// Everything but the playhead is drawn once for a view and kept; three hours are as quick as three minutes.

const LANE = 56;
const MARKS = 18; // height of the row of marks above the speech of a lane
const STRIP = 44; // energy, and balance
const AXIS = 18;
const OVERVIEW = 26;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];
const TICK_PIXELS = 90;
const CLOSEST = 4; // seconds across the whole width: closer there is nothing more to see
const COARSE = 0.5; // seconds per pixel from which on lanes show how full each pixel is
const REACH = 10; // pixels around a mark that belong to it
const DRAG = 5; // pixels from which on a press is a drag

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor(whole / 60) % 60, s = whole % 60;
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

// The first position in `items`, sorted by key, whose key is above `value`.
export function firstAbove(items, value, key) {
  let low = 0, high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(items[middle]) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function drawMark(pen, kind, x, y, colour, paper) {
  pen.lineWidth = 2;
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  const path = (...points) => {
    pen.beginPath();
    points.forEach(([a, b], i) => (i ? pen.lineTo(x + a, y + b) : pen.moveTo(x + a, y + b)));
  };
  const hollow = () => { pen.closePath(); pen.fillStyle = paper; pen.fill(); pen.stroke(); };
  const full = () => { pen.closePath(); pen.fill(); };
  const round = (r) => { pen.beginPath(); pen.arc(x, y, r, 0, 7); };
  switch (kind) {
    case "interruption": path([0, -6], [6, 0], [0, 6], [-6, 0]); return full();
    case "attempt": path([0, -5], [5, 0], [0, 5], [-5, 0]); return hollow();
    case "dual_start": pen.beginPath(); pen.moveTo(x - 3, y - 5); pen.lineTo(x - 3, y + 5);
      pen.moveTo(x + 3, y - 5); pen.lineTo(x + 3, y + 5); return pen.stroke();
    case "question_open": round(4.5); return full();
    case "question_closed": case "stacked_questions": round(4); return hollow();
    case "long_turn": pen.fillRect(x - 6, y - 2, 12, 4); return undefined;
    case "silence": pen.strokeRect(x - 5, y - 2, 10, 4); return undefined;
    case "energy_rise": path([0, -5.5], [5.5, 4.5], [-5.5, 4.5]); return full();
    case "backchannel": case "terminal": round(2); return full();
    case "advice": case "dismissal": case "self_shift": case "blame": case "not_taken_up":
      path([-4, -4], [4, -4], [4, 4], [-4, 4]); return hollow();
    default: path([-4, -4], [4, -4], [4, 4], [-4, 4]); return full();
  }
}

export class Timeline {
  // told: called with what the user does: seek(seconds), pick(moment)
  constructor(canvas, overview, tip, told) {
    this.canvas = canvas;
    this.overview = overview;
    this.tip = tip;
    this.told = told;
    this.data = null;
    this.moments = [];
    this.view = { start: 0, end: 1 };
    this.at = 0;
    this.current = null;
    this.still = document.createElement("canvas"); // what does not move
    this.whole = document.createElement("canvas");
    this.waiting = false;
    new ResizeObserver(() => this.redraw()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    for (const when of ["beforeprint", "afterprint"]) addEventListener(when, () => this.redraw(true));
    this.listen();
  }

  show(data, moments) {
    const first = !this.data || this.data.duration !== data.duration;
    this.data = data;
    this.moments = moments;
    this.spoken = data.people.map(() => []);
    for (const line of data.lines) {
      if (line.person < 0) continue;
      for (const [, start, end] of line.said) this.spoken[line.person].push([start, end]);
    }
    // starts are in order, ends need not be: the longest decides how far back to look
    for (const theirs of this.spoken) theirs.sort((a, b) => a[0] - b[0]);
    this.longest = Math.max(1, ...this.spoken.flatMap((s) => s.map(([a, b]) => b - a)));
    if (first) this.view = { start: 0, end: Math.max(data.duration, 1) };
    this.canvas.style.height = `${this.height()}px`;
    this.overview.style.height = `${OVERVIEW}px`;
    this.redraw(true);
  }

  filter(moments) { this.moments = moments; this.redraw(); }

  height() { return this.data.people.length * LANE + 2 * STRIP + AXIS; }

  colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(`--${name}`).trim();
    return {
      people: [0, 1, 2, 3].map((n) => of(`person-${n}`)),
      paper: of("paper"), card: of("card"), rule: of("rule"), soft: of("soft"), ink: of("ink"),
      both: of("both"), accent: of("accent"),
    };
  }

  redraw(now = false) {
    if (!this.data) return;
    this.stale = true;
    if (now) this.paint();
    else this.ask();
  }

  ask() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.paint(); });
  }

  move(seconds) {
    this.at = seconds;
    this.canvas.setAttribute("aria-valuenow", seconds.toFixed(1));
    this.ask();
  }

  // Keep the playhead in sight while it plays.
  follow() {
    const { start, end } = this.view;
    if (this.at >= start && this.at <= end - 0.05 * (end - start)) return;
    this.look(this.at - 0.1 * (end - start), this.at + 0.9 * (end - start));
  }

  look(start, end) {
    const whole = Math.max(this.data.duration, 1);
    const width = Math.min(whole, Math.max(Math.min(CLOSEST, whole), end - start));
    const from = Math.min(Math.max(0, start), whole - width);
    this.view = { start: from, end: from + width };
    this.redraw();
  }

  zoom(factor, around = null) {
    const { start, end } = this.view;
    const inside = this.at >= start && this.at <= end;
    const middle = around ?? (inside ? this.at : (start + end) / 2);
    this.look(middle - (middle - start) * factor, middle + (end - middle) * factor);
  }

  all() { this.look(0, this.data.duration); }

  fit(canvas, width, height) {
    const ratio = devicePixelRatio || 1;
    const w = Math.round(width * ratio), h = Math.round(height * ratio);
    if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; }
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  }

  paint() {
    const width = this.canvas.clientWidth, height = this.height();
    if (!width) return;
    this.width = width;
    if (this.stale) {
      this.colour = this.colours();
      this.paintStill(width, height);
      this.paintWhole(this.overview.clientWidth);
      this.stale = false;
    }
    const pen = this.fit(this.canvas, width, height);
    pen.clearRect(0, 0, width, height);
    pen.drawImage(this.still, 0, 0, width, height);
    this.paintCurrent(pen);
    const x = this.x(this.at);
    if (x >= -1 && x <= width + 1) {
      pen.fillStyle = this.colour.accent;
      pen.fillRect(x - 1, 0, 2, height);
    }
    this.paintOverview();
    if (!this.marked) {
      this.marked = true;
      performance.mark("timeline-drawn");
    }
  }

  x(seconds) { return ((seconds - this.view.start) / (this.view.end - this.view.start)) * this.width; }

  seconds(x) { return this.view.start + (x / this.width) * (this.view.end - this.view.start); }

  paintStill(width, height) {
    const pen = this.fit(this.still, width, height);
    pen.clearRect(0, 0, width, height);
    pen.font = "12px system-ui, sans-serif";
    const c = this.colour, lanes = this.data.people.length * LANE;
    this.paintGrid(pen, height);
    pen.fillStyle = c.soft;
    pen.globalAlpha = 0.15;
    for (const [start, end] of this.data.lost) pen.fillRect(this.x(start), 0, this.x(end) - this.x(start), height - AXIS);
    pen.globalAlpha = 0.28;
    pen.fillStyle = c.both;
    this.bars(pen, this.data.both, 4, lanes - 8, width, true);
    pen.globalAlpha = 1;
    this.spoken.forEach((theirs, n) => {
      const top = n * LANE + MARKS + 4;
      pen.fillStyle = c.people[n % 4];
      pen.globalAlpha = 0.35;
      pen.fillRect(0, top + 13.5, width, 1);
      pen.globalAlpha = 1;
      this.bars(pen, theirs, top, 28, width, false);
    });
    this.paintMarks(pen);
    this.paintEnergy(pen, lanes, width);
    this.paintBalance(pen, lanes + STRIP, width);
  }

  // Speech as blocks, or from far away as how full each pixel is.
  bars(pen, spans, top, height, width, thin) {
    const { start, end } = this.view;
    const from = firstAbove(spans, start - this.longest, (s) => s[0]);
    const perPixel = (end - start) / width;
    if (perPixel < COARSE) {
      for (let i = from; i < spans.length && spans[i][0] < end; i++) {
        const x = this.x(spans[i][0]);
        pen.fillRect(x, top, Math.max(1, this.x(spans[i][1]) - x), height);
      }
      return;
    }
    const full = new Float32Array(Math.ceil(width) + 1);
    for (let i = from; i < spans.length && spans[i][0] < end; i++) {
      const a = Math.max(0, this.x(spans[i][0])), b = Math.min(width, this.x(spans[i][1]));
      for (let p = Math.floor(a); p < b; p++) full[p] += Math.min(b, p + 1) - Math.max(a, p);
    }
    for (let p = 0; p < full.length; p++) {
      if (full[p] <= 0.01) continue;
      const h = thin ? height : Math.max(2, Math.min(1, full[p]) * height);
      if (!thin || full[p] > 0.1) pen.fillRect(p, top + (height - h) / 2, 1, h);
    }
  }

  ticks() {
    const { start, end } = this.view;
    const step = STEPS.find((s) => (s / (end - start)) * this.width >= TICK_PIXELS) || 7200;
    const found = [];
    for (let at = Math.ceil(start / step) * step; at <= end; at += step) found.push(at);
    return found;
  }

  paintGrid(pen, height) {
    for (const at of this.ticks()) {
      const x = this.x(at);
      pen.fillStyle = this.colour.rule;
      pen.fillRect(x, 0, 1, height - AXIS);
      pen.fillStyle = this.colour.soft;
      const label = clock(at), wide = pen.measureText(label).width;
      pen.fillText(label, Math.min(Math.max(0, x - wide / 2), this.width - wide), height - 5);
    }
  }

  // Marks that would cover one another are left out, the least sure first; what is left can be hit.
  paintMarks(pen) {
    const { start, end } = this.view;
    this.shown = [];
    const taken = this.data.people.map(() => []);
    const inside = this.moments.filter((m) => m.person >= 0 && m.span[0] >= start && m.span[0] <= end);
    const sorted = inside.length > 150 ? [...inside].sort((a, b) => rank(a) - rank(b)) : inside;
    for (const m of sorted) {
      const x = this.x(m.span[0]);
      const slot = Math.round(x / 4);
      const row = taken[m.person];
      if (inside.length > 150 && (row[slot] || row[slot - 1] || row[slot + 1])) continue;
      row[slot] = true;
      const y = m.person * LANE + MARKS / 2 + 2;
      pen.globalAlpha = m.judged === false ? 0.35 : 1;
      drawMark(pen, m.kind, x, y, this.colour.people[m.person % 4], this.colour.card);
      this.shown.push({ m, x, y });
    }
    pen.globalAlpha = 1;
    pen.fillStyle = this.colour.accent;
    for (const [at] of this.data.marks) {
      const x = this.x(at);
      if (x >= 0 && x <= this.width) {
        pen.fillRect(x, 0, 1.5, this.data.people.length * LANE);
        pen.fillRect(x, 0, 8, 5);
      }
    }
  }

  paintCurrent(pen) {
    const found = this.current !== null && this.shown.find((s) => s.m.id === this.current);
    if (!found) return;
    pen.strokeStyle = this.colour.accent;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(found.x, found.y, 9, 0, 7);
    pen.stroke();
  }

  // Each stroke is a stretch of speech; the line is the person's own median, the edges are 2 sd.
  paintEnergy(pen, top, width) {
    if (this.data.noEnergy) return; // the page says why in its place
    const middle = top + STRIP / 2;
    pen.fillStyle = this.colour.rule;
    pen.fillRect(0, middle, width, 1);
    for (const [person, start, end, value] of this.data.energy) {
      if (end < this.view.start || start > this.view.end) continue;
      const x = this.x(start), y = middle - Math.max(-1, Math.min(1, value / 2)) * (STRIP / 2 - 4);
      pen.fillStyle = this.colour.people[person % 4];
      pen.fillRect(x, y - 1.5, Math.max(2, this.x(end) - x), 3);
    }
  }

  // The first person upwards, everybody else downwards; a full bar means speaking all the time.
  paintBalance(pen, top, width) {
    const middle = top + STRIP / 2, most = STRIP / 2 - 3;
    pen.fillStyle = this.colour.rule;
    pen.fillRect(0, middle, width, 1);
    for (const [start, end, seconds] of this.data.balance) {
      if (end < this.view.start || start > this.view.end || end <= start) continue;
      const x = this.x(start), wide = Math.max(1, this.x(end) - x - 1);
      let below = middle;
      seconds.forEach((spoken, n) => {
        const h = Math.min(1, spoken / (end - start)) * most;
        pen.fillStyle = this.colour.people[n % 4];
        pen.fillRect(x, n === 0 ? middle - h : below, wide, h);
        if (n) below += h;
      });
    }
  }

  paintWhole(width) {
    if (!width) return; // on paper it is left out
    const view = this.view, mine = this.width;
    this.view = { start: 0, end: Math.max(this.data.duration, 1) };
    this.width = width;
    const pen = this.fit(this.whole, width, OVERVIEW);
    pen.clearRect(0, 0, width, OVERVIEW);
    const each = OVERVIEW / Math.max(1, this.spoken.length);
    this.spoken.forEach((theirs, n) => {
      pen.fillStyle = this.colour.people[n % 4];
      this.bars(pen, theirs, n * each + 1, each - 2, width, false);
    });
    this.view = view;
    this.width = mine;
  }

  paintOverview() {
    const width = this.overview.clientWidth, whole = Math.max(this.data.duration, 1);
    if (!width || !this.whole.width) return;
    const pen = this.fit(this.overview, width, OVERVIEW);
    pen.clearRect(0, 0, width, OVERVIEW);
    pen.drawImage(this.whole, 0, 0, width, OVERVIEW);
    const a = (this.view.start / whole) * width, b = (this.view.end / whole) * width;
    pen.fillStyle = this.colour.paper;
    pen.globalAlpha = 0.65;
    pen.fillRect(0, 0, a, OVERVIEW);
    pen.fillRect(b, 0, width - b, OVERVIEW);
    pen.globalAlpha = 1;
    pen.strokeStyle = this.colour.accent;
    pen.lineWidth = 2;
    pen.strokeRect(a + 1, 1, Math.max(2, b - a - 2), OVERVIEW - 2);
    pen.fillStyle = this.colour.accent;
    pen.fillRect((this.at / whole) * width - 0.5, 0, 1, OVERVIEW);
  }

  near(x, y) {
    let best = null, least = REACH;
    for (const each of this.shown || []) {
      const far = Math.hypot(each.x - x, each.y - y);
      if (far < least) { best = each; least = far; }
    }
    return best;
  }

  listen() {
    const at = (event) => {
      const box = this.canvas.getBoundingClientRect();
      return [event.clientX - box.left, event.clientY - box.top];
    };
    let press = null;
    this.canvas.addEventListener("pointerdown", (event) => {
      if (!this.data || event.button) return;
      press = { x: at(event)[0], view: { ...this.view }, moved: false };
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      if (!this.data) return;
      const [x, y] = at(event);
      if (press && (press.moved || Math.abs(x - press.x) > DRAG)) {
        press.moved = true;
        const by = ((press.x - x) / this.width) * (press.view.end - press.view.start);
        this.look(press.view.start + by, press.view.end + by);
      }
      this.point(press ? null : this.near(x, y), x);
    });
    this.canvas.addEventListener("pointerup", (event) => {
      if (!press || !this.data) return;
      const [x, y] = at(event), near = this.near(x, y);
      if (!press.moved) {
        if (near) this.told.pick(near.m);
        else this.told.seek(Math.min(this.data.duration, Math.max(0, this.seconds(x))));
      }
      press = null;
    });
    this.canvas.addEventListener("pointercancel", () => { press = null; });
    this.canvas.addEventListener("pointerleave", () => this.point(null));
    this.canvas.addEventListener("wheel", (event) => {
      if (!this.data) return;
      const [x] = at(event);
      if (event.ctrlKey || event.metaKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.seconds(x));
      else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        const by = ((event.deltaX || event.deltaY) / this.width) * (this.view.end - this.view.start);
        this.look(this.view.start + by, this.view.end + by);
      } else return; // the page scrolls
      event.preventDefault();
    }, { passive: false });
    let dragged = false;
    const centre = (event) => {
      const box = this.overview.getBoundingClientRect();
      const middle = ((event.clientX - box.left) / box.width) * this.data.duration;
      const half = (this.view.end - this.view.start) / 2;
      this.look(middle - half, middle + half);
    };
    this.overview.addEventListener("pointerdown", (event) => {
      if (!this.data) return;
      dragged = true;
      this.overview.setPointerCapture(event.pointerId);
      centre(event);
    });
    this.overview.addEventListener("pointermove", (event) => dragged && centre(event));
    for (const name of ["pointerup", "pointercancel"]) this.overview.addEventListener(name, () => { dragged = false; });
  }

  point(near, x = 0) {
    this.canvas.style.cursor = near ? "pointer" : "text";
    this.tip.hidden = !near;
    if (!near) return;
    this.tip.textContent = `${near.m.at}  ${near.m.told}`;
    const wide = Math.min(280, this.width);
    this.tip.style.left = `${Math.max(0, Math.min(this.width - wide, x - wide / 2))}px`;
    this.tip.style.top = `${near.y + 14}px`;
  }
}

const TELLING = ["interruption", "attempt", "question_open", "long_turn", "energy_rise"];
function rank(moment) {
  const place = TELLING.indexOf(moment.kind);
  return (moment.judged === true ? 0 : 10) + (place < 0 ? 5 : place);
}

// The transcript and the list of moments: built in slices between frames, so that hours of talk never block.

const SLICE = 60; // lines a slice
const OWN_SCROLL = 4000; // milliseconds for which the user's own scrolling is left alone

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false || value === undefined) continue;
    if (name === "onclick") node.addEventListener("click", value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined)); // strings become text, never markup
  return node;
}

const later = window.requestIdleCallback
  ? (work) => requestIdleCallback(work, { timeout: 200 })
  : (work) => setTimeout(work, 16);

// A list that is filled in slices, walked with the arrow keys, and scrolled without moving the page.
class Slices {
  constructor(list) {
    this.list = list;
    this.build = 0;
    this.scrolled = -OWN_SCROLL;
    for (const name of ["wheel", "touchmove", "keydown"]) {
      list.addEventListener(name, () => { this.scrolled = performance.now(); }, { passive: true });
    }
    list.addEventListener("keydown", (event) => this.walk(event));
  }

  fill(items, node) {
    const build = ++this.build, focused = this.focusedKey();
    const top = this.list.scrollTop;
    const nodes = items.slice(0, SLICE).map(node);
    this.list.replaceChildren(...nodes);
    let next = nodes.length;
    this.filled = new Promise((done) => {
      const more = () => {
        if (build !== this.build) return;
        this.list.append(...items.slice(next, next + SLICE).map((item, i) => node(item, next + i)));
        next += SLICE;
        if (next < items.length) later(more);
        else done();
      };
      if (next < items.length) later(more);
      else done();
    });
    this.filled.then(() => {
      if (build !== this.build) return;
      if (top) this.list.scrollTop = top;
      if (focused) this.list.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
    });
  }

  focusedKey() {
    const active = document.activeElement;
    return this.list.contains(active) ? active.dataset.key : null;
  }

  walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.target.tagName === "SELECT") return;
    const from = event.target.closest("li");
    const to = from ? (step > 0 ? from.nextElementSibling : from.previousElementSibling) : this.list.firstElementChild;
    const button = to?.querySelector("button");
    if (!button) return;
    event.preventDefault();
    button.focus();
  }

  bring(node) {
    if (!node || performance.now() - this.scrolled < OWN_SCROLL) return;
    const list = this.list.getBoundingClientRect(), box = node.getBoundingClientRect();
    if (box.top >= list.top + 8 && box.bottom <= list.bottom - 40) return;
    this.list.scrollTop += box.top - list.top - list.height / 3;
  }
}

export class Transcript {
  // told: seek(seconds), edit(line), pick(moment)
  constructor(list, told) {
    this.slices = new Slices(list);
    this.list = list;
    this.told = told;
    this.now = -1;
    this.said = null;
    list.addEventListener("click", (event) => this.clicked(event));
    list.addEventListener("keydown", (event) => {
      const line = event.target.closest("li");
      if (event.key === "e" && line && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        event.stopPropagation();
        this.told.edit(Number(line.dataset.line));
      }
    });
  }

  show(data, moments, frozen) {
    this.data = data;
    this.frozen = frozen;
    this.tags = new Map();
    const lineOf = new Map();
    data.lines.forEach((line, i) => line.said.forEach(([id]) => lineOf.set(id, i)));
    for (const m of moments) {
      const at = lineOf.get(m.line);
      if (at === undefined) continue;
      if (!this.tags.has(at)) this.tags.set(at, []);
      this.tags.get(at).push(m);
    }
    this.kindNames = new Map(data.allKinds);
    this.now = -1;
    this.said = null;
    this.slices.fill(data.lines.map((line, i) => [line, i]), ([line, i]) => this.line(line, i));
  }

  line(line, i) {
    const person = this.data.people[line.person];
    const name = person ? person.label : "Somebody";
    const words = make("span", { dir: "auto", lang: this.data.language });
    const heard = line.said.filter(([, , , text]) => text);
    for (const [id, start, , text] of heard) {
      words.append(make("span", { class: "said", "data-u": id, "data-at": start }, text), " ");
    }
    if (!heard.length) words.append(make("i", { lang: "en" }, "(words not understood)"));
    const tags = (this.tags.get(i) || []).slice(0, 6).map((m) =>
      make("button", { type: "button", class: m.kind === "interruption" || m.kind === "attempt" ? "tag over" : "tag",
        "data-moment": m.id, "data-key": `g${m.id}` }, this.kindNames.get(m.kind) || m.kind));
    return make("li", { class: `line person-${Math.max(0, line.person) % 4}`, "data-line": i },
      make("button", { type: "button", class: "time", "data-at": line.said[0][1], "data-key": `t${line.said[0][0]}`,
        "aria-label": `Hear ${line.at}` }, line.at),
      make("b", {}, make("bdi", {}, name)),
      make("span", { class: "words" }, words,
        line.tone.length ? make("span", { class: "tone" }, ` ${line.tone.join(", ")}`) : null,
        tags.length ? make("span", { class: "tags" }, ...tags) : null),
      this.frozen ? null : make("button", { type: "button", class: "edit", "data-edit": i, "data-key": `e${line.said[0][0]}`,
        "aria-label": `Correct ${line.at}, ${name}` }, "Correct"));
  }

  clicked(event) {
    const target = event.target.closest("[data-at], [data-moment], [data-edit]");
    if (!target) return;
    if (target.dataset.edit) this.told.edit(Number(target.dataset.edit));
    else if (target.dataset.moment) this.told.pick(Number(target.dataset.moment));
    else this.told.seek(Number(target.dataset.at));
  }

  // The line at `seconds`; the list scrolls to it if `follow`.
  at(seconds, follow) {
    if (!this.data) return; // only who spoke when is known so far
    const lines = this.data.lines;
    let low = 0, high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle].said[0][1] <= seconds + 0.02) low = middle + 1;
      else high = middle;
    }
    const i = low - 1;
    const said = i >= 0 ? lines[i].said.filter(([, start]) => start <= seconds + 0.02).at(-1)[0] : null;
    if (i === this.now && said === this.said) return;
    for (const node of this.list.querySelectorAll(".now")) node.classList.remove("now");
    this.now = i;
    this.said = said;
    const node = this.list.children[i];
    if (!node) return;
    node.classList.add("now");
    node.querySelector(`[data-u="${said}"]`)?.classList.add("now");
    if (follow) this.slices.bring(node);
  }
}

export class Moments {
  // told: pick(moment), judge(moment, verdict), other(moment)
  constructor(list, told) {
    this.slices = new Slices(list);
    this.list = list;
    this.told = told;
    list.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      const item = event.target.closest("li");
      if (!item) return;
      const id = Number(item.dataset.moment);
      if (button?.dataset.verdict === "other") this.told.other(id);
      else if (button?.dataset.verdict) this.told.judge(id, button.dataset.verdict);
      else this.told.pick(id);
    });
  }

  show(moments, data, frozen) {
    this.data = data;
    this.frozen = frozen;
    this.current = null;
    this.slices.fill(moments, (m) => this.item(m));
  }

  item(m) {
    const judged = { true: "You said: right", false: "You said: wrong; it is not counted", null: "" }[String(m.judged)];
    const said = m.heardAs ? `You said what it is; heard as “${m.heardAs}”` : judged;
    const verdict = (name, label, on) => make("button", { type: "button", "data-verdict": name, "data-key": `${name}${m.id}`,
      "aria-pressed": on === null ? null : String(on), "aria-label": `${label}: ${m.at}, ${m.told}` }, label);
    return make("li", { class: `entry person-${Math.max(0, m.person) % 4}${m.judged === false ? " wrong" : ""}`, id: `m${m.id}`, "data-moment": m.id },
      make("p", { class: "what" },
        make("button", { type: "button", class: "time", "data-key": `m${m.id}`, "aria-label": `Hear the moment at ${m.at}` }, m.at),
        ` ${m.told} `, make("span", { class: "certainty" }, m.sure)),
      m.text ? make("p", { class: "quote" }, make("q", { dir: "auto", lang: this.data.language }, m.text)) : null,
      said ? make("p", { class: "judged" }, said) : null,
      this.frozen ? null : make("p", { class: "judge" },
        verdict("right", "Right", m.judged === true && !m.heardAs), verdict("wrong", "Wrong", m.judged === false), verdict("other", "Something else …", null)));
  }

  mark(id) {
    this.list.querySelector(".now")?.classList.remove("now");
    const node = this.list.querySelector(`#m${id}`);
    if (!node) return;
    node.classList.add("now");
    this.slices.scrolled = -OWN_SCROLL;
    this.slices.bring(node);
  }
}

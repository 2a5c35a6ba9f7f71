// The page of one session: asks for its data, plays, filters, corrects. Every word is put in as text.

import { Timeline, clock, drawMark, firstAbove } from "./timeline.js";
import { Moments, Transcript, make } from "./transcript.js";

const $ = (id) => document.getElementById(id);
const talk = $("talk").dataset;
const audio = $("audio");
const SKIP = 5; // seconds an arrow key moves
const ASK_AGAIN = 500; // milliseconds between looks at how far the sound is

let data = null; // what the server drew
let drawnOnce = false; // all of it, not only who spoke when
let showingOriginal = false;
let stopAt = null; // where the moment that plays ends
let current = null; // id of the moment that was picked
let sounds = false; // there is sound to play
let wanted = false; // play was pressed before the sound was ready
let position = 0; // where we are, also without sound
const hidden = { kinds: null, people: new Set() };

const timeline = new Timeline($("lanes"), $("overview"), $("tip"), { seek: hear, pick });
const transcript = new Transcript($("lines"), { seek: hear, edit: openEdit, pick: (id) => pick(byId(id)) });
const moments = new Moments($("moments"), {
  pick: (id) => pick(byId(id)),
  judge: (id, verdict) => correct({ do: "judge", moment: id, verdict }),
  other: openOther,
});

// Data --------------------------------------------------------------------------------------

async function ask(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `error ${answer.status}`);
  return answer;
}

let refreshing = null, again = false;
function refresh() {
  if (refreshing) { again = true; return refreshing; }
  refreshing = load().catch((error) => say(error.message)).finally(() => {
    refreshing = null;
    if (again) { again = false; refresh(); }
  });
  return refreshing;
}

async function load() {
  const query = showingOriginal ? "?original" : "";
  if (!data && !query) await sketch();
  const fresh = data?.whole && !drawnOnce ? data : await (await ask(talk.data + query)).json();
  if (drawnOnce && fresh.version === data.version && fresh.original === data.original) return;
  data = fresh;
  drawnOnce = true;
  if (hidden.kinds === null) hidden.kinds = new Set(data.kinds.filter((f) => !f.shown).flatMap((f) => f.kinds.map(([k]) => k)));
  $("title").querySelector("bdi").textContent = data.title;
  $("length").textContent = clock(data.duration);
  $("lanes").setAttribute("aria-valuemax", String(data.duration));
  showNames();
  timeline.show(data, shown());
  showFilters();
  showMoments();
  transcript.show(data, shown(), data.original);
  showPeople();
  showHistory();
  place(position);
  await showFigures(query).catch((error) => say(error.message));
  document.body.dataset.version = data.version;
}

async function showFigures(query) {
  const html = await (await ask(talk.figures + query)).text();
  $("figures").innerHTML = html; // made by our own templates, which escape every value
}

// Who spoke when is quick to tell, also of hours; what that shows follows.
async function sketch() {
  data = await (await ask(`${talk.data}?sketch`)).json();
  $("length").textContent = clock(data.duration);
  showNames();
  timeline.show(data, []);
}

const byId = (id) => data.moments.find((m) => m.id === id);
const shown = () => data.moments.filter((m) => !hidden.kinds.has(m.kind) && !hidden.people.has(m.person));

function say(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

// Lanes and filters -------------------------------------------------------------------------

function showNames() {
  const lane = (p, n) => make("li", { class: `person-${n % 4}` }, make("b", {}, make("bdi", {}, p.label)), make("span", { class: "note" }, p.spoke));
  const strip = (name, title) => make("li", { class: "strip", title }, make("span", { class: "note" }, name));
  $("names").replaceChildren(...data.people.map(lane),
    strip("energy", "Pitch, level and pace together against each person’s own median; the edges are two standard deviations"),
    strip("balance", "How much of each stretch the first person spoke (up) and the others (down)"));
  $("no-energy").textContent = data.noEnergy;
  $("no-energy").hidden = !data.noEnergy;
}

function showFilters() {
  const box = (checked, label, change, icon) => {
    const input = make("input", { type: "checkbox" });
    input.checked = checked;
    input.addEventListener("change", () => { change(input.checked); filtered(); });
    return make("label", {}, input, icon, make("span", {}, make("bdi", {}, label)));
  };
  const toggle = (set, key) => (on) => (on ? set.delete(key) : set.add(key));
  const people = data.people.map((p, n) => box(!hidden.people.has(n), p.label, toggle(hidden.people, n)));
  const groups = data.kinds.map((family) => make("fieldset", {}, make("legend", {}, family.title),
    ...family.kinds.map(([kind, name, n]) => box(!hidden.kinds.has(kind), `${name} (${n})`, toggle(hidden.kinds, kind), icon(kind)))));
  const bulk = (label, work) => make("button", { type: "button", onclick: () => { work(); showFilters(); filtered(); } }, label);
  const every = data.kinds.flatMap((f) => f.kinds.map(([k]) => k));
  $("filter-kinds").replaceChildren(
    make("fieldset", {}, make("legend", {}, "Who"), ...people), ...groups,
    make("p", { class: "row" }, bulk("All", () => hidden.kinds.clear()), bulk("None", () => every.forEach((k) => hidden.kinds.add(k)))));
  const off = every.filter((k) => hidden.kinds.has(k)).length;
  $("filter-said").textContent = off || hidden.people.size ? `${shown().length} of ${data.moments.length} shown` : "all";
}

function icon(kind) {
  const canvas = make("canvas", { width: 36, height: 36, class: "icon", "aria-hidden": "true" });
  const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
  pen.scale(2, 2);
  drawMark(pen, kind, 9, 9, style.getPropertyValue("--ink").trim(), style.getPropertyValue("--card").trim());
  return canvas;
}

function filtered() {
  timeline.filter(shown());
  showMoments();
  transcript.show(data, shown(), data.original);
  transcript.at(position, false);
  $("filter-said").textContent = `${shown().length} of ${data.moments.length} shown`;
}

function showMoments() {
  const list = shown();
  $("moment-count").textContent = String(list.length);
  moments.show(list, data, data.original);
  if (current !== null) moments.mark(current);
}

// Hearing -----------------------------------------------------------------------------------

function place(seconds) {
  position = Math.min(Math.max(0, seconds), data ? data.duration : 0);
  $("clock").textContent = clock(position);
  if (!data) return;
  timeline.move(position);
  transcript.at(position, $("follow").checked);
  $("lanes").setAttribute("aria-valuetext", `${clock(position)}${speaking(position)}`);
}

function speaking(seconds) {
  const who = data.people.filter((p, n) => {
    const theirs = timeline.spoken[n], i = firstAbove(theirs, seconds, (s) => s[0]) - 1;
    return i >= 0 && theirs[i][1] > seconds;
  });
  return who.length ? `, ${who.map((p) => p.label).join(" and ")} speaking` : "";
}

function hear(seconds) {
  stopAt = null;
  go(seconds);
  play();
}

function go(seconds) {
  if (sounds) audio.currentTime = seconds;
  place(seconds);
  timeline.follow();
}

function play() {
  if (sounds) audio.play().catch((error) => error.name === "NotAllowedError" && say("The browser did not let the sound start; press play once more."));
  else wanted = true;
}

function toggle() {
  if (!audio.paused) return audio.pause();
  if (stopAt !== null && position >= stopAt - 0.05) stopAt = null;
  return play();
}

function pick(moment) {
  if (!moment) return;
  if (hidden.kinds.delete(moment.kind) | hidden.people.delete(moment.person)) { showFilters(); filtered(); }
  current = timeline.current = moment.id;
  go(moment.play[0]);
  stopAt = moment.play[1];
  play();
  moments.slices.filled.then(() => moments.mark(moment.id));
}

function step(by) {
  const list = shown();
  if (!list.length) return;
  const at = current === null ? -1 : list.findIndex((m) => m.id === current);
  const from = at >= 0 ? at : firstAbove(list, position, (m) => m.span[0]) - (by > 0 ? 1 : 0);
  pick(list[Math.min(list.length - 1, Math.max(0, from + by))]);
}

function tick() {
  if (!audio.paused) {
    place(audio.currentTime);
    timeline.follow();
    if (stopAt !== null && audio.currentTime >= stopAt) { audio.pause(); stopAt = null; }
    requestAnimationFrame(tick);
  }
}

function shownPlaying(on) {
  $("play").classList.toggle("playing", on);
  $("play").setAttribute("aria-label", on ? "Pause" : "Play");
  if (on) requestAnimationFrame(tick);
}
audio.addEventListener("play", () => shownPlaying(true));
audio.addEventListener("pause", () => { shownPlaying(false); place(audio.currentTime); });
audio.addEventListener("error", () => audio.getAttribute("src") && say("The sound cannot be played."));

async function readySound() {
  const state = await (await ask(talk.soundState)).json();
  const share = state.share === null ? "" : ` ${Math.round(100 * state.share)} %`;
  $("sound-said").textContent = state.state === "making" ? `Making the sound ready …${share}` : state.told;
  $("play").disabled = state.state === "none";
  if (state.state === "making") return setTimeout(() => readySound().catch(noSound), ASK_AGAIN);
  if (state.state === "ready") {
    sounds = true;
    audio.src = talk.sound;
    audio.playbackRate = Number($("speed").value);
    if (position) audio.currentTime = position;
    if (wanted) play();
  }
  document.body.dataset.sound = state.state;
  return undefined;
}
const noSound = (error) => { $("sound-said").textContent = error.message; };

// Correcting --------------------------------------------------------------------------------

async function correct(request) {
  say("");
  let answer;
  try {
    const sent = await fetch(talk.correct, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ...request, version: data.version }),
    });
    answer = await sent.json();
    if (sent.status === 409) await refresh();
    if (!sent.ok) throw new Error(answer.error);
  } catch (error) {
    const message = error instanceof TypeError ? "listenlive does not answer, so nothing was changed. Start it again with: listenlive review" : error.message;
    say(message);
    throw new Error(message);
  }
  await refresh();
  return answer;
}
const quietly = (promise) => promise.catch(() => undefined); // said already

function showPeople() {
  const several = data.people.length > 1;
  const person = (p, n) => {
    const input = make("input", { value: p.name, maxlength: 80, dir: "auto", required: true });
    const form = make("form", { class: "row" }, make("label", {}, "Name ", input), make("button", { type: "submit" }, "Rename"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      quietly(correct({ do: "name", speaker: p.id, name: input.value }));
    });
    const into = make("select", { "aria-label": `${p.name} is the same person as` }, make("option", { value: "" }, "the same person as …"),
      ...data.people.filter((o) => o.id !== p.id).map((o) => make("option", { value: o.id }, o.label)));
    into.addEventListener("change", () => into.value && quietly(correct({ do: "merge", speaker: p.id, into: into.value })));
    return make("li", { class: `card person-${n % 4}` },
      make("h3", {}, make("bdi", {}, p.label), " ", make("span", { class: "note" }, p.spoke)),
      data.original ? null : form,
      data.original ? null : make("p", { class: "row" },
        make("button", { type: "button", "aria-pressed": String(p.me), "aria-label": `${p.name}: this is me`,
          onclick: () => p.me || quietly(correct({ do: "me", speaker: p.id })) }, "This is me"),
        several ? into : null));
  };
  $("people-list").replaceChildren(...data.people.map(person));
}

function showHistory() {
  $("no-corrections").hidden = data.corrections.length > 0;
  $("history").replaceChildren(...data.corrections.map(([, told]) => make("li", {}, make("bdi", {}, told))));
  $("undo").hidden = !data.corrections.length || data.original;
  $("original").hidden = !data.corrections.length && !data.original;
  $("original").setAttribute("aria-pressed", String(data.original));
  $("original").textContent = data.original ? "Show it with your corrections" : "Show as it was heard at first";
  if (data.original) say("This is how it was heard at first, without your corrections.");
}
$("undo").addEventListener("click", () => quietly(correct({ do: "undo", correction: data.corrections.at(-1)[0] })));
$("original").addEventListener("click", () => { showingOriginal = !showingOriginal; say(""); refresh(); });

let editing = null;
function openEdit(i) {
  if (data.original) return;
  const line = data.lines[i];
  editing = line;
  $("edit-title").textContent = `Correct ${line.at}`;
  $("edit-error").textContent = "";
  $("edit-rows").replaceChildren(...line.said.map(([id, start, , text]) => {
    const words = make("textarea", { rows: 2, dir: "auto", "data-words": id, "aria-label": `Words at ${clock(start)}` });
    words.value = text;
    const who = make("select", { "data-who": id, "aria-label": `Who said it at ${clock(start)}` },
      ...data.people.map((p) => make("option", { value: p.id }, p.label)), make("option", { value: "" }, "nobody knows"));
    who.value = line.person < 0 ? "" : data.people[line.person].id;
    return make("div", { class: "edit-row" },
      make("button", { type: "button", "aria-label": `Hear ${clock(start)}`, onclick: () => hear(start) }, clock(start)), words, who);
  }));
  $("split-at").replaceChildren(...line.said.map(([, start, , text]) => make("option", { value: start }, `${clock(start)} ${text.slice(0, 30)}`)));
  $("split-name").value = "";
  $("split").disabled = line.person < 0;
  $("edit").showModal();
}

$("edit-form").addEventListener("submit", async (event) => {
  if (event.submitter?.value === "cancel") return;
  event.preventDefault();
  const asks = [];
  for (const [id, , , text] of editing.said) {
    const words = $("edit-rows").querySelector(`[data-words="${id}"]`).value.trim();
    if (words !== text) asks.push({ do: "words", utterance: id, text: words });
  }
  const before = editing.person < 0 ? "" : data.people[editing.person].id;
  for (const [id] of editing.said) {
    const who = $("edit-rows").querySelector(`[data-who="${id}"]`).value;
    if (who !== before) asks.push({ do: "move", utterance: id, speaker: who || null });
  }
  await attempt(asks);
});
$("split").addEventListener("click", () => attempt([
  { do: "split", speaker: data.people[editing.person].id, at: Number($("split-at").value), name: $("split-name").value }]));

// What was typed stays in the dialog until it is kept.
async function attempt(asks) {
  try {
    for (const each of asks) await correct(each);
    $("edit").close();
  } catch (error) {
    $("edit-error").textContent = error.message;
  }
}

let judging = null;
function openOther(id) {
  judging = byId(id);
  $("other-told").textContent = `${judging.at}  ${judging.told}`;
  $("other-select").replaceChildren(...data.allKinds.filter(([k]) => k !== judging.kind).map(([k, name]) => make("option", { value: k }, name)));
  $("other-kind").returnValue = "";
  $("other-kind").showModal();
}
$("other-kind").addEventListener("close", () => {
  if ($("other-kind").returnValue === "save") quietly(correct({ do: "judge", moment: judging.id, verdict: $("other-select").value }));
});

// Keys and buttons --------------------------------------------------------------------------

$("play").addEventListener("click", toggle);
$("before").addEventListener("click", () => step(-1));
$("after").addEventListener("click", () => step(1));
$("zoom-in").addEventListener("click", () => timeline.zoom(0.5));
$("zoom-out").addEventListener("click", () => timeline.zoom(2));
$("zoom-all").addEventListener("click", () => timeline.all());
$("keys-open").addEventListener("click", () => $("keys").showModal());
$("speed").addEventListener("change", () => { audio.playbackRate = Number($("speed").value); });

function faster(by) {
  const speeds = [...$("speed").options], at = $("speed").selectedIndex + by;
  if (!speeds[at]) return;
  $("speed").selectedIndex = at;
  audio.playbackRate = Number($("speed").value);
}

const KEYS = {
  k: toggle, " ": toggle, n: () => step(1), p: () => step(-1), "<": () => faster(-1), ">": () => faster(1),
  "+": () => timeline.zoom(0.5), "=": () => timeline.zoom(0.5), "-": () => timeline.zoom(2), 0: () => timeline.all(),
  ArrowLeft: () => go(position - SKIP), ArrowRight: () => go(position + SKIP), "?": () => $("keys").showModal(),
};
const ON_LANES = { PageUp: () => go(position - 30), PageDown: () => go(position + 30), Home: () => go(0), End: () => go(data.duration),
  ArrowDown: () => go(position - SKIP), ArrowUp: () => go(position + SKIP) };

addEventListener("keydown", (event) => {
  if (!data || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const target = event.target, lanes = target === $("lanes");
  if (!$("keys-on").checked && !lanes) return; // single keys can be turned off (WCAG 2.1.4)
  if (target.closest("input, select, textarea") || (event.key === " " && target.closest("button, summary, a, .scrolling"))) return;
  const work = KEYS[event.key] || (lanes && ON_LANES[event.key]);
  if (!work) return;
  event.preventDefault();
  work();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#m']");
  const moment = link && data && byId(Number(link.getAttribute("href").slice(2)));
  if (!moment) return;
  event.preventDefault();
  pick(moment);
});

// Windows agree -----------------------------------------------------------------------------

function listen() {
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${talk.changes}?version=${data.version}`);
  let open = false;
  socket.addEventListener("open", () => { if (gone) { gone = false; say(""); refresh(); } open = true; });
  socket.addEventListener("message", refresh);
  socket.addEventListener("close", () => {
    gone = true;
    say("listenlive was closed. What you corrected is kept. Start it again with: listenlive review");
    setTimeout(listen, open ? 1000 : 5000);
  });
}
let gone = false;

function fromAddress() {
  const at = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
  const moment = /^#m(\d+)$/.exec(location.hash);
  if (at) { wanted = false; go(Number(at[1])); }
  else if (moment && byId(Number(moment[1]))) pick(byId(Number(moment[1])));
}

await refresh();
if (data) {
  fromAddress();
  addEventListener("hashchange", fromAddress);
  readySound().catch(noSound);
  listen();
}

// A live session: asked for, watched, steered. Every name and word is put in as text.

import { PageSound } from "./page-sound.js";

const $ = (id) => document.getElementById(id);
const here = $("live").dataset;
const AGAIN = 1000; // milliseconds before the server is asked again
const TRIES = 5; // then it is gone
const RUNNING = ["listening", "paused"];

const socketAt = (path) => `ws://${location.host}${path}`;
const make = (kind, text, person) => {
  const made = document.createElement(kind);
  made.textContent = text;
  if (person !== undefined && person >= 0) made.className = `person-${person}`;
  return made;
};
const name = (text, person) => {
  const made = make("b", "", person);
  made.append(make("bdi", text));
  return made;
};

const sound = here.sound ? new PageSound({ address: socketAt(here.sound), worklet: here.worklet, say: (text) => { $("sound-said").textContent = text; } }) : null;

// What is seen ------------------------------------------------------------------------------

let state = { phase: "asking" };
let feed = null, tries = 0;
const drawnAs = {};

// Draw only what changed: reading and focus stay where they are.
function put(what, value, draw) {
  const text = JSON.stringify(value);
  if (drawnAs[what] === text) return;
  drawnAs[what] = text;
  draw(value);
}

function show(next) {
  const before = state.phase;
  state = next;
  document.body.dataset.phase = next.phase;
  const asking = next.phase === "asking";
  if ($("asking")) $("asking").hidden = !asking;
  $("talk").hidden = asking || Boolean(next.over);
  $("over").hidden = !next.over;
  if (asking) return;
  if (before === "asking" && $("asking")) $("heading").focus();
  draw(next);
  if (sound) follow(next);
  if (next.over) leave(next);
}

function draw(now) {
  $("talk").classList.toggle("only-time", now.quiet);
  put("heading", now.heading, (text) => { $("heading").firstElementChild.textContent = text; });
  put("kept", now.kept, (text) => { $("kept").textContent = text; });
  put("clock", now.clock, (text) => { $("time").textContent = text; });
  put("now", now.now, drawNow);
  put("turn", now.turn, (turn) => $("turn").replaceChildren(...(turn ? [name(turn[0], turn[1]), " turn ", make("b", turn[2])] : ["nobody’s turn"])));
  put("shares", now.shares, drawShares);
  put("level", now.level, (level) => { $("level").value = level; });
  put("said", [now.loud, now.late], ([loud, late]) => {
    $("level-said").textContent = [loud ? "too loud" : "", late ? `words come ${late} s late` : ""].filter(Boolean).join(", ");
  });
  put("news", now.news, ([text, kind]) => { $("news").textContent = text; $("news").className = `news ${kind}`; });
  put("lines", now.lines, (lines) => $("lines").replaceChildren(...lines.map(line)));
  put("missing", now.missing, (text) => { $("missing").textContent = text; });
  put("steer", now.phase, steerable);
}

function drawNow(speaking) {
  const parts = speaking.flatMap(([who, person], at) => (at ? [" and ", name(who, person)] : [name(who, person)]));
  $("now").replaceChildren(...(parts.length ? parts : ["silence"]), speaking.length > 1 ? " at once" : "");
  $("now").classList.toggle("both", speaking.length > 1);
}

function drawShares(shares) {
  $("bar").replaceChildren(...shares.map(([, person, share]) => {
    const part = make("span", "", person);
    part.style.flexGrow = share;
    return part;
  }));
  $("shares").replaceChildren(...shares.map(([who, person, share]) => {
    const item = document.createElement("li");
    item.append(name(who, person), ` ${Math.round(share * 100)} %`);
    return item;
  }));
  if (!shares.length) $("shares").append(make("li", "nobody has spoken yet"));
}

function line([at, kind, who, person, words]) {
  const item = document.createElement("li"), told = make("bdi", words);
  item.className = kind;
  item.append(make("span", at, -1));
  if (kind === "mark") item.append(make("b", "★"), words ? told : make("span", "marked"));
  else if (kind === "lost") item.append(make("b", "✗"), make("span", "no sound"));
  else if (kind === "over") { const both = make("span", "⟂ "); both.append(name(who, person), " ", told); item.append(make("b", ""), both); }
  else item.append(name(who, person), told);
  return item;
}

function steerable(phase) {
  const running = RUNNING.includes(phase), paused = phase === "paused";
  $("pause").textContent = paused ? "Go on" : "Pause";
  for (const button of ["pause", "mark", "note", "end"]) $(button).disabled = !running;
  if (!running) $("noting").hidden = true;
  if (phase === "closing") $("news").textContent = "Understanding the last words, then the report is made …";
}

function leave(now) {
  feed.onclose = null;
  feed.close();
  if (now.report) {
    $("report").href = here.session.replace("SESSION", encodeURIComponent(now.report));
    $("report").hidden = false;
    location.assign($("report").href);
  }
  $("over-said").textContent = now.told || "Its report is opened.";
  $("h-over").focus();
}

// What is asked -----------------------------------------------------------------------------

const ask = (what) => { if (feed?.readyState === WebSocket.OPEN) feed.send(JSON.stringify(what)); };
const pause = () => ask({ do: state.phase === "paused" ? "resume" : "pause" });
const mark = () => ask({ do: "mark" });
const end = () => ask({ do: "end" });
let noted = 0; // seconds: where the note belongs
let cameFrom = null; // what had the focus before, where that is shown: not a button that was clicked

function openNote() {
  cameFrom = document.querySelector(":focus-visible");
  noted = state.seconds;
  $("note-at").textContent = state.clock;
  $("note-text").value = "";
  $("noting").hidden = false;
  $("note-text").focus();
}

function closeNote() {
  $("noting").hidden = true;
  // The button "Note …" would take the next space, which is to pause.
  if (cameFrom) cameFrom.focus();
  else $("note-text").blur();
}

$("pause").onclick = pause;
$("mark").onclick = mark;
$("note").onclick = openNote;
$("end").onclick = end;
$("note-drop").onclick = closeNote;
$("noting").onsubmit = (event) => {
  event.preventDefault();
  ask({ do: "note", note: $("note-text").value, at: noted });
  closeNote();
};
$("noting").onkeydown = (event) => { if (event.key === "Escape") closeNote(); };

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || !$("keys-on").checked) return;
  const typing = event.target.closest("input:not([type='checkbox'])"), pressing = event.target.closest("input, button, a");
  if ($("talk").hidden || typing || (event.key === " " && pressing)) return; // space presses what has the focus
  const button = { " ": "pause", m: "mark", n: "note", q: "end" }[event.key];
  if (!button) return;
  event.preventDefault();
  if (!$(button).disabled) $(button).click();
});

// The question, and the sound of this page --------------------------------------------------

if ($("question")) $("question").onsubmit = async (event) => {
  event.preventDefault();
  const given = Object.fromEntries(new FormData(event.target));
  $("start").disabled = true;
  $("refused").textContent = "";
  try {
    if (sound) await sound.start();
    const answer = await fetch(here.begin, {
      method: "POST",
      headers: { accept: "application/json", "content-type": "application/json" },
      body: JSON.stringify({ ...given, agreed: given.agreed === "on" }),
    });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || `error ${answer.status}`);
  } catch (error) {
    sound?.stop();
    $("refused").textContent = error.message;
  } finally {
    $("start").disabled = false;
  }
};

// Send sound only while it is recorded; offer this page where none gives it.
function follow(now) {
  sound.mute(now.phase === "paused");
  if (!RUNNING.includes(now.phase)) sound.stop();
  $("sounding").hidden = now.page_gives || sound.on || !RUNNING.includes(now.phase);
}

if (sound) {
  $("take").onclick = () => sound.start().catch((error) => { $("sound-said").textContent = error.message; });
  addEventListener("beforeunload", (event) => { if (sound.on && RUNNING.includes(state.phase)) event.preventDefault(); });
}

function connect() {
  feed = new WebSocket(socketAt(here.feed));
  feed.onmessage = (event) => {
    tries = 0;
    $("gone").hidden = true;
    show(JSON.parse(event.data));
  };
  feed.onclose = () => {
    $("gone").textContent = tries < TRIES ? "listenlive does not answer; trying again …" : "listenlive does not answer any more. What was heard is kept: listenlive review";
    $("gone").hidden = false;
    if (tries++ < TRIES) setTimeout(connect, AGAIN);
    else sound?.stop();
  };
}
connect();

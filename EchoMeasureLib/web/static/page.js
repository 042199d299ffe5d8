// The page: rows of the desk into their places, and what the person does back to it.

import { by, draw, enable, fill, make, options, say } from "./dom.js";
import * as forms from "./forms.js";
import { letters, listen } from "./keys.js";
import { Link } from "./link.js";
import { Player } from "./player.js";
import * as tables from "./tables.js";
import { trace } from "./traces.js";
import { drawHand, View } from "./view.js";

const shown = {};
let keys = {};
let noteOf = "", noteShown = "";
let anew = 0, lit = [0, 0], sliding = false;

const link = new Link({
  opened: () => view.resized(),
  rows: (rows) => { Object.assign(shown, rows); here(); for (const name of Object.keys(rows)) place[name]?.(rows[name]); playAnew(rows); },
  picture: (picture, seen) => view.show(picture, seen),
  said: tell,
  ask: askName,
  keys(known, help) {
    keys = known;
    fill(by("help").querySelector("dl"), help.map(([key, words]) => make("div", {},
      make("dt", {}, ...key.split(/(?<=,) /).flatMap((one) => [make("kbd", { textContent: one.replace(",", "") }), " "])), make("dd", { textContent: words }))));
  },
  play(film) { player.play(film); playWords(); },
  lost: () => tell("The connection is interrupted: that was not done. Do it again in a moment."),
  gone: gone,
  here: here,
});
const view = new View(by("stage"), by("picture"), send, () => shown.view);
const player = new Player(by("film"), by("stage"), frameWords);
view.told = (frame) => {
  if (player.playing) return;
  by("stage").dataset.frame = frame;
  player.hide();
};

// What goes on while the cine plays; anything else stops it first, on the frame that is seen.
const PLAYS_ON = new Set(["play", "view", "zoom", "pan", "fit", "light", "wish"]);

function send(wish) {
  if (player.playing && !PLAYS_ON.has(wish.do) && !["move", "leave"].includes(wish.kind)) pause();
  return link.send(wish);
}

function pause() {
  link.send({ do: "frame", frame: player.stop() });
  playWords();
}

function playWords() {
  by("play").textContent = player.playing ? "Pause" : "Play";
}

// What lies on the frames, or their light, is another one while they play.
function playAnew(rows) {
  if (rows.images && player.playing) pause();
  if (!player.playing || anew || !(rows.calipers || JSON.stringify(rows.view?.light || lit) !== JSON.stringify(lit))) return;
  anew = setTimeout(() => { anew = 0; if (player.playing) link.send({ do: "play" }); }, 500);
}

function frameWords(frame, words) {
  const slider = by("slider");
  if (!sliding) slider.value = frame;
  slider.setAttribute("aria-valuetext", words);
  by("frame-words").textContent = words;
}

// What the page does by itself.
const OWN = {
  unfold: tables.unfold,
  play: () => { if (player.playing) pause(); else link.send({ do: "play" }); },
  larger: () => send({ do: "zoom", times: 1.25 }),
  smaller: () => send({ do: "zoom", times: 0.8 }),
  help: () => { by("letters").checked = letters.on; by("help").showModal(); },
  go_place: () => by("place-what").focus(),
  go_images: () => go("images-section", "#images [aria-current=true], #images button"),
  go_export: () => go("exports-section", "#export-what"),
  go_light: () => go("light", "#brightness"),
};

function go(section, within) {
  by(section).open = true;
  (by(section).querySelector(within) || by(section).querySelector("summary")).focus();
  return true;
}

// What goes with a decision: the text beside it, and the caliper it was typed for.
function act(action) {
  quiet();
  if (OWN[action]) return OWN[action]() !== false;
  const button = document.querySelector(`button[data-do="${action}"]`);
  if (button?.getAttribute("aria-disabled") === "true") { tell(button.title); return true; }
  const wish = { do: action, note: by("note").value, noteOf };
  if (action === "place") wish.measurement = by("place-what").value;
  send(wish);
  return true;
}

const place = {
  head(one) {
    say("notice", one.notice, one.noticeTip);
    by("notice").classList.toggle("urgent", one.urgent);
    say("head", one.line);
    by("reviewer-button").textContent = `Reviewer: ${one.reviewer}`;
    say("before", one.before);
    say("saving", one.saving);
  },
  images: (one) => forms.images(one, send),
  frame(one) {
    by("time").hidden = one.count < 2;
    const slider = by("slider");
    slider.max = Math.max(0, one.count - 1);
    if (!player.playing) frameWords(one.frame, one.words || "");
    ticks(one);
    const drawn = (one.labels || []).join("; ");
    if (by("drawn").textContent !== drawn) by("drawn").textContent = drawn;
  },
  view(one) {
    const before = by("hand-line").hidden;
    player.image = one.image;
    by("stage").dataset.left = one.image ? one.image[0][0] : "";
    const hand = one.hand;
    by("hand-line").hidden = !hand;
    if (hand && by("hand-words").textContent !== hand.words) by("hand-words").textContent = hand.words;
    by("hand-keys").textContent = !hand ? "" : hand.placing ? PLACING : hand.traced ? HOLDING_A_TRACING : HOLDING;
    by("end-tracing").hidden = !(hand?.placing && hand.traced);
    by("keep-end").hidden = !hand || Boolean(hand.placing);
    by("leave-off").textContent = hand?.placing ? "Stop placing" : "Leave it";
    drawHand(by("hand"), hand);
    if (hand && before) by("stage").focus({ preventScroll: true });
    if (document.activeElement !== by("brightness")) by("brightness").value = one.light[0];
    if (document.activeElement !== by("contrast")) by("contrast").value = one.light[1];
    if (view.way !== "light") view.light = null;
    lit = one.light;
  },
  picture: (one) => say("picture-words", one.words, one.tip),
  answers: (one) => tables.answers(one, send),
  decisions(one) {
    for (const button of document.querySelectorAll("button[data-do]")) {
      const said = one.buttons[button.dataset.do];
      if (said) enable(button, said[0], said[1]);
    }
    by("together").textContent = `Accept ${one.together || ""} unflagged of this image (Shift+A)`.replace("  ", " ");
    by("adopt").hidden = !one.adoptable;
    by("snap").hidden = !one.snappable;
    by("why").textContent = one.why;
    const note = by("note");
    note.disabled = Boolean(one.buttons.note[0]);
    note.title = one.buttons.note[0] || one.buttons.note[1];
    // What was typed for a caliper stays with it, and is never written over.
    if (noteOf && one.entry !== noteOf && note.value !== noteShown) send({ do: "note", note: note.value, noteOf });
    if (one.entry !== noteOf || note.value === noteShown) note.value = one.note;
    noteOf = one.entry;
    noteShown = one.note;
    if (one.place) by("place-what").value = one.place;
    if (shown.calipers) tables.calipers(shown.calipers, one.entry, send);
  },
  calipers(one) {
    options(by("filter"), one.filters, one.filter);
    tables.calipers(one, shown.decisions?.entry, send);
  },
  measuring: (one) => forms.measuring(one, send),
  person: (one) => forms.person(one, send),
  derived: tables.derived,
  comparison(one) {
    options(by("beside"), [["", "nobody"], ...one.names.map((name) => [name, name])], one.beside);
    tables.comparison(one, send);
  },
  trace: (one) => trace(one, send),
  exports: (one) => forms.exports(one, send),
};

const PLACING = "Click it, or move the cross-hair with the arrow keys and press Enter. Esc takes the last point back.";
const HOLDING = "Arrow keys move it, with Shift ten pixels. Tab: the other end. Enter keeps it, Esc takes it back.";
const HOLDING_A_TRACING = HOLDING.replace("the other end", "the next point") + " Insert adds a point after it, Delete takes it away.";

let ticked = "";

function ticks(one) {
  const now = JSON.stringify([one.count, one.ed, one.es]);
  if (now === ticked) return;
  ticked = now;
  const mark = (frame, height) => draw("rect", { x: `${100 * frame / Math.max(1, one.count - 1)}%`, y: 0, width: 2, height, fill: "currentColor" });
  by("ticks").replaceChildren(...one.ed.map((frame) => mark(frame, 8)), ...one.es.map((frame) => mark(frame, 4)));
}

by("slider").addEventListener("input", (event) => { sliding = true; send({ do: "frame", frame: Number(event.target.value) }); });
by("slider").addEventListener("change", () => { sliding = false; });

for (const button of document.querySelectorAll("button[data-do]"))
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") { tell(button.title); return; }
    act(button.dataset.do);
  });
by("note").addEventListener("keydown", (event) => { if (event.key === "Enter") act("note"); });
by("tick-all").addEventListener("click", () => forms.tickAll(true, send));
by("tick-none").addEventListener("click", () => forms.tickAll(false, send));
for (const id of ["frames", "first", "last", "step"]) by(id).addEventListener("change", () => forms.sendFrames(send));
by("weights").addEventListener("change", (event) => send({ do: "weights", weights: event.target.value }));
by("filter").addEventListener("change", (event) => send({ do: "filter", filter: event.target.value }));
by("beside").addEventListener("change", (event) => send({ do: "beside", name: event.target.value }));
by("export-what").addEventListener("change", () => forms.sendWish(send, true));
for (const id of ["export-form", "export-speed"]) by(id).addEventListener("change", () => forms.sendWish(send));
by("reviewer-button").addEventListener("click", () => askName("Your initials? Every decision is signed with them.", null));
const light = (brightness, contrast) => send({ do: "light", brightness, contrast });
for (const id of ["brightness", "contrast"]) by(id).addEventListener("input", () => light(Number(by("brightness").value), Number(by("contrast").value)));
by("light-reset").addEventListener("click", () => light(0, 0));
by("letters").addEventListener("change", (event) => { letters.on = event.target.checked; });
listen({ keys: () => keys, act, hand: () => shown.view?.hand, over: () => view.over, send });

function askName(question, then) {
  const dialog = by("ask");
  by("ask-words").textContent = question;
  by("ask-text").value = shown.head?.signed ? shown.head.reviewer : "";
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue === "" && then === null) return;
    send({ do: "reviewer", name: dialog.returnValue === "yes" ? by("ask-text").value : "" });
    if (then) send(then);
  };
  if (!dialog.open) dialog.showModal();
}

let hiding = 0;

function tell(text) {
  by("said").firstElementChild.textContent = text;
  by("said").hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(quiet, 12000);
}

// What was said of the last step is of no use once there is another.
function quiet() {
  by("said").hidden = true;
}
by("said").lastElementChild.addEventListener("click", quiet);
by("stage").addEventListener("pointerdown", quiet);

function gone(text, canTake) {
  const box = by("gone").firstElementChild;
  box.firstElementChild.textContent = text;
  box.lastElementChild.hidden = !canTake;
  by("gone").hidden = false;
  for (const part of document.querySelectorAll("header, main")) part.inert = true;
  if (canTake) box.lastElementChild.focus();
}

function here() {
  by("gone").hidden = true;
  for (const part of document.querySelectorAll("header, main")) part.inert = false;
}
by("gone").firstElementChild.lastElementChild.addEventListener("click", () => {
  link.takeOver();
  view.resized();
});

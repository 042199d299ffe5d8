// The page: rows of the desk into their places, and what the person does back to it.

import { by, draw, enable, options, say } from "./dom.js";
import * as forms from "./forms.js";
import { listen } from "./keys.js";
import { Link } from "./link.js";
import * as tables from "./tables.js";
import { trace } from "./traces.js";
import { View } from "./view.js";

const shown = {};
let keys = {};
let noteOf = "", noteShown = "";

const link = new Link({
  opened: () => view.resized(),
  rows: (rows) => { Object.assign(shown, rows); by("gone").hidden = true; for (const name of Object.keys(rows)) place[name]?.(rows[name]); },
  picture: (picture, seen) => view.show(picture, seen),
  said: tell,
  ask: askName,
  keys: (known) => { keys = known; },
  gone: gone,
});
const send = (wish) => link.send(wish);
const view = new View(by("stage"), by("picture"), send);

// What goes with a decision: the text beside it, and the caliper it was typed for.
function act(action) {
  if (action === "unfold") return tables.unfold();
  const button = document.querySelector(`button[data-do="${action}"]`);
  if (button?.getAttribute("aria-disabled") === "true") { tell(button.title); return true; }
  const wish = { do: action, note: by("note").value, noteOf };
  if (action === "place") wish.measurement = by("place-what").value;
  if (action === "zoom") wish.times = Number(button.dataset.times);
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
    if (!sliding) slider.value = one.frame;
    slider.setAttribute("aria-valuetext", one.words || "");
    by("frame-words").textContent = one.words || "";
    by("play").textContent = one.playing ? "Pause" : "Play";
    by("play").setAttribute("aria-pressed", String(one.playing));
    ticks(one);
    const drawn = (one.labels || []).join("; ");
    if (by("drawn").textContent !== drawn) by("drawn").textContent = drawn;
    by("place-line").hidden = !one.placing;
    by("place-words").textContent = one.placing ? `Click the points of ${placeName(one.placing)} in the image.${one.traced ? " The right button ends the line." : ""}` : "";
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

function placeName(id) {
  return (shown.measuring?.places.find(([key]) => key === id) || [id, id])[1];
}

let ticked = "";

function ticks(one) {
  const now = JSON.stringify([one.count, one.ed, one.es]);
  if (now === ticked) return;
  ticked = now;
  const mark = (frame, height) => draw("rect", { x: `${100 * frame / Math.max(1, one.count - 1)}%`, y: 0, width: 2, height, fill: "currentColor" });
  by("ticks").replaceChildren(...one.ed.map((frame) => mark(frame, 8)), ...one.es.map((frame) => mark(frame, 4)));
}

let sliding = false;
by("slider").addEventListener("input", (event) => { sliding = true; send({ do: "frame", frame: Number(event.target.value) }); });
by("slider").addEventListener("change", () => { sliding = false; });

for (const button of document.querySelectorAll("button[data-do]"))
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") { tell(button.title); return; }
    if (button.dataset.do === "zoom") send({ do: "zoom", times: Number(button.dataset.times) });
    else act(button.dataset.do);
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
listen(() => keys, act, () => { if (!by("place-line").hidden) send({ do: "stop_placing" }); });

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
  hiding = setTimeout(() => { by("said").hidden = true; }, 12000);
}
by("said").lastElementChild.addEventListener("click", () => { by("said").hidden = true; });

function gone(text, canTake) {
  const box = by("gone").firstElementChild;
  box.firstElementChild.textContent = text;
  box.lastElementChild.hidden = !canTake;
  by("gone").hidden = false;
}
by("gone").firstElementChild.lastElementChild.addEventListener("click", () => {
  link.takeOver();
  view.resized();
});

// The rows of the desk as tables.

import { by, fill, make, say } from "./dom.js";

const open = new Set();

function row(key, chosen, act, cells, given = {}) {
  return make("tr", {
    tabIndex: chosen ? 0 : -1, "aria-selected": chosen ? "true" : "false", data: { key }, ...given,
    on: {
      click: act,
      keydown: (event) => { if (event.key === "Enter" && event.target.tagName === "TR") act(); },
    },
  }, ...cells);
}

// One row is in the order of the tab key: the chosen one, else the first. Up and down lead to the others.
function rows(table, found) {
  fill(table.tBodies[0], found);
  const keyed = [...table.tBodies[0].querySelectorAll("tr[data-key]")];
  if (keyed.length && !keyed.some((one) => one.tabIndex === 0)) keyed[0].tabIndex = 0;
}

const cell = (text, className = "", tip = "") => make("td", { textContent: text, className, title: tip });

let last = null;

export function unfold() {
  if (!last || !last.chosen) return false;
  open.has(last.chosen) ? open.delete(last.chosen) : open.add(last.chosen);
  answers(last, last.send);
  return true;
}

export function answers(shown, send) {
  last = { ...shown, send };
  say("answers-words", shown.words);
  by("answers").hidden = by("decide").hidden = !shown.rows.length;
  by("beside-head").hidden = !shown.beside;
  by("beside-head").textContent = shown.beside;
  const found = [];
  for (const one of shown.rows) {
    const chosen = one.id === shown.chosen;
    const act = () => send({ do: "choose", answer: one.id });
    const fold = !one.beats.length ? null : make("button", {
      type: "button", className: "fold", textContent: open.has(one.id) ? "\u25be" : "\u25b8",
      "aria-expanded": String(open.has(one.id)), "aria-label": `Beats of ${one.name}`, data: { key: `fold ${one.id}` },
      on: { click: (event) => { event.stopPropagation(); open.has(one.id) ? open.delete(one.id) : open.add(one.id); answers(shown, send); } },
    });
    const struck = one.state === "rejected" ? "struck" : "";
    const name = make("td", { title: one.tip }, fold, make("span", { className: struck, textContent: one.why ? `${one.name}: ${one.why}` : one.name }));
    const cells = one.why ? [Object.assign(name, { colSpan: shown.beside ? 6 : 5, className: "wrap" })] : [
      name, cell(one.value, struck, one.tip), cell(one.n ? String(one.n) : "", "", one.tip), cell(one.normal, "", one.tip),
      ...(shown.beside ? [cell(one.other, one.apart ? "apart" : "")] : []),
      make("td", { title: one.tip }, make("span", { className: `state ${one.state}`, textContent: one.stateWords })),
    ];
    found.push(row(one.id, chosen, act, cells));
    if (open.has(one.id))
      for (const beat of one.beats) {
        const [words, number, when, state] = beat.words;
        const mine = chosen && shown.beat.includes(beat.entry);
        found.push(row(`${one.id} ${beat.entry}`, mine, () => send({ do: "choose", answer: one.id, entry: beat.entry }),
          [cell(words), cell(number), cell(""), cell(when), ...(shown.beside ? [cell("")] : []), cell(state)], { className: "beat", title: beat.tip }));
      }
  }
  if (shown.missing) {
    const there = open.has("missing");
    const fold = make("button", { type: "button", className: "fold", textContent: there ? "\u25be" : "\u25b8", "aria-expanded": String(there), "aria-label": "What was not measured", data: { key: "fold missing" },
      on: { click: () => { there ? open.delete("missing") : open.add("missing"); answers(shown, send); } } });
    found.push(make("tr", {}, make("td", { colSpan: 6, className: "wrap" }, fold, make("span", { className: "state missing", textContent: shown.missing.words }))));
    if (there)
      for (const one of shown.missing.rows)
        found.push(row(one.id, one.id === shown.chosen, () => send({ do: "choose", answer: one.id }), [Object.assign(cell(one.words, "wrap", one.tip), { colSpan: 6 })], { className: "beat" }));
  }
  rows(by("answers"), found);
  const mark = by("answers").querySelector('tr[aria-selected="true"]');
  if (mark) mark.scrollIntoView({ block: "nearest" });
}

export function calipers(shown, chosen, send) {
  say("calipers-words", shown.words);
  say("unused", shown.unused);
  rows(by("calipers"), shown.rows.map((one) => row(one.id, one.id === chosen, () => send({ do: "choose_caliper", entry: one.id }), [
    cell(one.name), cell(one.place, "", one.when), cell(one.value, one.status === "rejected" ? "struck" : "", one.why), cell(one.confidence),
    cell(one.statusWords, "", one.history), cell(one.flags, "wrap", one.why),
  ])));
}

export function derived(shown) {
  by("derived").hidden = !shown;
  if (!shown) return;
  fill(by("grades"), [
    ...shown.grades.map((one) => make("li", { textContent: one.words, title: one.tip })),
    ...shown.again.map((words) => make("li", { textContent: words })),
  ]);
  by("derived-rows").hidden = !shown.rows.length;
  fill(by("derived-rows").tBodies[0], shown.rows.map((one) => make("tr", { title: one.tip },
    cell(one.name), cell(one.value), cell(one.normal), cell(one.basis, "wrap"))));
  by("absent").hidden = !shown.absent.length;
  by("absent").firstElementChild.textContent = shown.needs || `${shown.absent.length} more have no value`;
  fill(by("absent").lastElementChild, shown.absent.map(([name, why]) => make("li", { textContent: `${name}: ${why}` })));
}

const COLUMNS = (reviewers) => ["Measurement", "Frame", ...reviewers, "Difference", "Points apart", ...reviewers.map((name) => `${name}: status`)];

export function comparison(shown, send) {
  say("compare-words", shown.words || shown.trouble || (shown.names.length ? "" : "Nobody else has reviewed this image."));
  const table = by("compare-rows");
  table.hidden = !shown.rows.length;
  fill(table.tHead.rows[0], COLUMNS(shown.reviewers).map((text) => make("th", { textContent: text, scope: "col" })));
  rows(table, shown.rows.map((one, place) => row(`line ${place}`, false,
    () => one.entry ? send({ do: "choose_caliper", entry: one.entry }) : one.here && send({ do: "frame", frame: one.frame }),
    one.words.map((text) => cell(text)))));
}

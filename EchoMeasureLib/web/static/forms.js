// What can be chosen and typed. The desk says what there is and what is chosen.

import { by, enable, fill, make, options, say } from "./dom.js";

export function images(shown, send) {
  say("image-words", [shown.lines[0], shown.calibration].filter(Boolean).join(" "), shown.lines.join("\n"));
  by("images-section").hidden = shown.names.length < 2;
  fill(by("images"), shown.names.map((name, image) => make("li", {}, make("button", {
    type: "button", textContent: name, "aria-current": String(image === shown.open), data: { key: String(image) },
    on: { click: () => send({ do: "open", image }) },
  }))));
}

let views = "";

export function measuring(shown, send) {
  const now = JSON.stringify(shown.views);
  if (now !== views) {
    views = now;
    fill(by("measurements"), shown.views.map((view) => make("fieldset", {}, make("legend", { textContent: view.name }),
      ...view.rows.map((one) => make("label", { title: one.why || one.tip, className: one.why ? "off" : "" },
        make("input", { type: "checkbox", value: one.id, checked: one.ticked && !one.why, disabled: Boolean(one.why), data: { key: one.id }, on: { change: () => tick(send) } }),
        ` ${one.name}${one.brief && one.why ? ` (${one.brief})` : ""}`)))));
  }
  options(by("frames"), shown.choices, shown.frames);
  by("range").hidden = shown.frames !== "range";
  ["first", "last", "step"].forEach((id, place) => {
    if (document.activeElement !== by(id)) by(id).value = shown.between[place];
    by(id).max = shown.count;
  });
  say("frames-words", shown.framesWords);
  options(by("weights"), shown.sets, shown.weights);
  say("weights-words", shown.weightsWords, shown.files.map((line) => line.join(": ")).join("\n"));
  enable(by("measure"), shown.why, "Let the networks measure what is ticked.");
  by("measure").textContent = shown.ticked ? `Measure ${shown.ticked}` : "Measure";
  by("cancel").hidden = by("progress").hidden = !shown.busy;
  if (shown.total) { by("progress").max = shown.total; by("progress").value = shown.done; } else by("progress").removeAttribute("value");
  say("run-words", shown.words);
  options(by("place-what"), shown.places, null);
}

function tick(send) {
  send({ do: "tick", ids: [...by("measurements").querySelectorAll("input:checked")].map((box) => box.value) });
}

export function tickAll(all, send) {
  send(all ? { do: "tick_all" } : { do: "tick", ids: [] });
}

export function sendFrames(send) {
  const number = (id) => Math.max(1, Math.round(Number(by(id).value)) || 1);
  send({ do: "frames", frames: by("frames").value, first: number("first"), last: number("last"), step: number("step") });
}

const known = (input) => (input.value === "" ? null : Number(input.value));

export function person(shown, send) {
  const form = by("person");
  if (!shown || form.contains(document.activeElement)) return;
  const list = (name, label, rows) => make("label", {}, `${label} `, make("select", { name }, ...rows.map(([value, textContent]) => make("option", { value, textContent, selected: value === shown[name] }))));
  const number = (name, label, value, given = {}) => make("label", { title: given.title || "" }, `${label} `, make("input", { name, type: "number", value: value === null ? "" : value, step: "any", ...given }));
  const box = (name, label) => make("label", {}, make("input", { name, type: "checkbox", checked: shown[name] }), ` ${label}`);
  form.replaceChildren(
    list("sex", "Sex", [["", "?"], ["F", "female"], ["M", "male"]]),
    number("age", "Age (y)", shown.age), number("height_cm", "Height (cm)", shown.height_cm), number("weight_kg", "Weight (kg)", shown.weight_kg),
    list("rhythm", "Rhythm", [["", "?"], ...shown.rhythms.map((one) => [one, one === "af" ? "atrial fibrillation" : one])]),
    list("manoeuvre", "IVC seen with", [["", "?"], ...shown.manoeuvres.map((one) => [one, one])]),
    list("group", "Group", [["", "no special group"], ...shown.groups]),
    box("disease", "known cardiac disease"), box("no_jet", "no TR jet seen"),
    ...shown.given.map((one) => number(one.id, one.name, one.value, { min: one.low, max: one.high, title: one.tip })),
    list("lengths", "Lengths in", shown.units.map((unit) => [unit, unit])),
  );
  form.onsubmit = (event) => event.preventDefault();
  form.onchange = (event) => {
    if (event.target.name === "lengths") { send({ do: "lengths", lengths: event.target.value }); return; }
    const wish = { do: "describe" };
    for (const input of form.elements)
      if (input.name && input.name !== "lengths")
        wish[input.name] = input.type === "checkbox" ? input.checked : input.type === "number" ? known(input) : input.value;
    send(wish);
  };
}

export function exports(shown, send) {
  const offer = shown.offers.find((one) => one.id === shown.chosen);
  options(by("export-what"), shown.offers.map((one) => [one.id, one.name]), shown.chosen);
  options(by("export-form"), offer.forms, shown.form);
  by("speed-label").hidden = !offer.speeds.length;
  options(by("export-speed"), offer.speeds, shown.speed);
  say("export-about", offer.about);
  fill(by("export-options"), offer.options.map(([id, words]) => make("label", {}, make("input", { type: "checkbox", value: id, checked: shown.options.includes(id), data: { key: id }, on: { change: () => sendWish(send) } }), ` ${words} `)));
  say("export-says", shown.why || shown.says);
  enable(by("export"), shown.busy ? "Something is being written." : shown.why, "Make it, and offer it as a file.");
  enable(by("save-review"), shown.review, "The review as it is now, as one JSON file.");
  by("stop-export").hidden = by("export-progress").hidden = !shown.busy;
  say("export-said", shown.busy ? shown.stage : shown.said);
  const link = by("export-link");
  link.hidden = !shown.number;
  if (shown.number) { link.href = `/download/${shown.number}`; link.textContent = `Save ${shown.name}`; }
}

export function sendWish(send, anew = false) {
  const options_ = anew ? [] : [...by("export-options").querySelectorAll("input:checked")].map((box) => box.value);
  send({ do: "wish", export: by("export-what").value, form: anew ? "" : by("export-form").value, options: options_, speed: Number(by("export-speed").value) || 1 });
}

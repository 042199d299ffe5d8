// Values over the time of the cine, with its end-diastoles and end-systoles; a click leads to the frame. A vena cava
// over its M-mode is one picture: its breaths are marked, and there is nothing to click.

import { by, draw } from "./dom.js";

const WIDTH = 600, HEIGHT = 110, LEFT = 44, RIGHT = 8, TOP = 8, BOTTOM = 20;

export function trace(shown, send) {
  by("trace").hidden = !shown;
  if (!shown) return;
  const figure = by("trace").querySelector("figure");
  const unit = shown.lines[0].unit;
  figure.firstElementChild.textContent = `${shown.lines.map((line) => line.name).join(", ")} in ${unit} over ${shown.unit === "s" ? "time" : "frames"}${shown.words ? `: ${shown.words}` : ""}`;
  const svg = figure.lastElementChild;
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  const values = shown.lines.flatMap((line) => line.points.map((point) => point[1])).filter((value) => value !== null);
  const high = Math.max(...values) * 1.05 || 1, low = Math.min(0, ...values);
  const first = shown.at[0], last = shown.at[shown.at.length - 1];
  const x = (frame) => LEFT + (WIDTH - LEFT - RIGHT) * ((shown.at[frame] - first) / (last - first || 1));
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low));
  const parts = [
    draw("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(low), y2: y(low), stroke: "currentColor" }),
    draw("text", { x: 2, y: y(high) + 10 }, high.toFixed(1)), draw("text", { x: 2, y: y(low) }, low.toFixed(1)),
    draw("text", { x: LEFT, y: HEIGHT - 4 }, `${first.toFixed(shown.unit === "s" ? 2 : 0)} ${shown.unit}`),
    draw("text", { x: WIDTH - RIGHT, y: HEIGHT - 4, "text-anchor": "end" }, `${last.toFixed(shown.unit === "s" ? 2 : 0)} ${shown.unit}`),
  ];
  for (const [frame, phase] of shown.marks) {
    const mark = draw("line", { x1: x(frame), x2: x(frame), y1: TOP, y2: y(low), stroke: "currentColor", "stroke-dasharray": ["ED", "end-expiration"].includes(phase) ? "none" : "3 3" });
    mark.append(draw("title", {}, phase));
    parts.push(mark);
    if (!shown.still) parts.push(draw("text", { x: x(frame) + 2, y: TOP + 8 }, phase));
  }
  for (const line of shown.lines) {
    const points = line.points.filter((point) => point[1] !== null);
    for (const run of runs(points.filter((point) => !point[2])))
      parts.push(draw("polyline", { points: run.map(([frame, value]) => `${x(frame)},${y(value)}`).join(" "), fill: "none", stroke: line.colour, "stroke-width": 1.5 }));
    for (const [frame, value, doubtful] of shown.still ? [] : points) {
      const dot = draw("circle", { cx: x(frame), cy: y(value), r: 3, fill: doubtful ? "none" : line.colour, stroke: line.colour });
      dot.append(draw("title", {}, `${line.name} ${value.toFixed(2)} ${line.unit}, frame ${frame + 1}`));
      dot.addEventListener("click", () => send({ do: "frame", frame }));
      parts.push(dot);
    }
  }
  svg.replaceChildren(...parts);
}

// Frames that follow each other: what lies between others is not measured, and no line goes over it.
function runs(points) {
  const found = [];
  for (const point of points) {
    const run = found[found.length - 1];
    if (run && run[run.length - 1][0] === point[0] - 1) run.push(point);
    else found.push([point]);
  }
  return found;
}

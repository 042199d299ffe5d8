// The picture, and the mouse and fingers over it. It holds no fact: frames, points and labels are
// drawn by the desk, which also says where the ends of calipers lie.

import { draw } from "./dom.js";

const FINGER = 28; // so near an end, in CSS pixels, a finger takes hold of it
const MOVED = 8;

export class View {
  constructor(stage, image, send, shown) {
    this.stage = stage;
    this.image = image;
    this.send = send;
    this.shown = shown; // what the desk says of the picture; null before that
    this.told = () => {}; // told of each picture that is on display
    this.url = "";
    this.move = null;
    this.wheel = 0;
    this.over = { x: -1, y: -1 }; // where the mouse is
    this.fingers = new Map();
    this.way = ""; // what a finger, or the mouse with Ctrl, does: hold, pan, pinch, tap, light
    new ResizeObserver(() => this.resized()).observe(stage);
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.moved(event));
    stage.addEventListener("pointerup", (event) => this.release(event));
    stage.addEventListener("pointercancel", (event) => { this.fingers.delete(event.pointerId); this.way = ""; this.send({ do: "mouse", kind: "cancel", x: 0, y: 0 }); });
    stage.addEventListener("pointerleave", () => this.send({ do: "mouse", kind: "leave", x: 0, y: 0 }));
    stage.addEventListener("dblclick", (event) => this.send({ do: "double_click", ...this.at(event) }));
    stage.addEventListener("contextmenu", (event) => event.preventDefault());
    stage.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
  }

  resized() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (width < 16 || height < 16) return;
    this.send({ do: "view", width, height, ratio: window.devicePixelRatio || 1 });
  }

  show(picture, seen) {
    const url = URL.createObjectURL(picture.image);
    this.image.onload = () => {
      if (this.url) URL.revokeObjectURL(this.url);
      this.url = url;
      this.stage.style.cursor = picture.cursor;
      this.stage.dataset.picture = picture.number;
      this.stage.dataset.dealtWith = picture.dealtWith;
      this.told(picture.frame);
      seen();
    };
    this.image.src = url;
  }

  // Where the mouse is, as shares of the picture: one that is still on its way may be of another size.
  at(event) {
    const box = this.stage.getBoundingClientRect();
    return {
      x: (event.clientX - box.left) / box.width,
      y: (event.clientY - box.top) / box.height,
      shift: event.shiftKey, ctrl: event.ctrlKey || event.metaKey,
    };
  }

  press(event) {
    this.stage.focus({ preventScroll: true });
    this.stage.setPointerCapture(event.pointerId);
    event.preventDefault();
    if (event.pointerType === "touch") { this.touched(event); return; }
    this.flush();
    if (event.button === 0 && (event.ctrlKey || event.metaKey)) { this.way = "light"; this.last = this.at(event); return; }
    this.send({ do: "mouse", kind: "press", button: Math.min(2, event.button), ...this.at(event) });
  }

  release(event) {
    this.flush();
    if (event.pointerType === "touch") { this.lifted(event); return; }
    if (this.way === "light") { this.way = ""; return; }
    this.send({ do: "mouse", kind: "release", button: Math.min(2, event.button), ...this.at(event) });
  }

  // At most one move for each picture of the screen.
  moved(event) {
    if (event.pointerType === "touch") {
      if (!this.fingers.has(event.pointerId)) return;
      this.fingers.set(event.pointerId, this.at(event));
    }
    const first = this.move === null;
    this.move = this.over = this.at(event);
    if (first) requestAnimationFrame(() => this.flush());
  }

  flush() {
    if (this.move === null) return;
    const move = this.move;
    this.move = null;
    if (this.way === "light") this.lit(move);
    else if (this.way === "pan" || this.way === "tap") this.panned(move);
    else if (this.way === "pinch") this.pinched();
    else if (this.way === "hold") this.hold("move", move);
    else if (!this.fingers.size) this.stage.dataset.sent = this.send({ do: "mouse", kind: "move", ...move });
  }

  // With Ctrl: up is brighter, to the right is more contrast.
  lit(move) {
    const [brightness, contrast] = this.shown()?.light || [0, 0];
    const within = (value) => Math.round(Math.max(-100, Math.min(100, value)));
    this.light ||= [brightness, contrast];
    this.light = [this.light[0] + 150 * (this.last.y - move.y), this.light[1] + 150 * (move.x - this.last.x)];
    this.last = move;
    this.send({ do: "light", brightness: within(this.light[0]), contrast: within(this.light[1]) });
  }

  // Fingers: one takes hold of an end it is near, else moves the picture; two make it larger.
  touched(event) {
    const here = this.at(event), shown = this.shown();
    this.fingers.set(event.pointerId, here);
    if (this.fingers.size === 2) {
      if (this.way === "hold") this.send({ do: "mouse", kind: "cancel", x: 0, y: 0 });
      this.way = "pinch";
      this.last = this.between();
      return;
    }
    if (this.fingers.size > 2) return;
    this.start = this.last = here;
    const { width, height } = this.stage.getBoundingClientRect();
    const far = ([x, y]) => Math.hypot((x - here.x) * width, (y - here.y) * height);
    const end = shown?.hand?.placing ? null : (shown?.ends || []).filter((one) => far(one) < FINGER).sort((a, b) => far(a) - far(b))[0];
    this.way = end ? "hold" : "tap";
    this.off = end ? { x: end[0] - here.x, y: end[1] - here.y } : null;
    if (end) this.hold("press", here);
  }

  lifted(event) {
    const here = this.at(event);
    this.fingers.delete(event.pointerId);
    if (this.way === "hold") this.hold("release", here);
    else if (this.way === "tap" && this.shown()?.hand?.placing)
      for (const kind of ["move", "press", "release"]) this.send({ do: "mouse", kind, button: 0, ...here });
    // The finger that is left of two does nothing until it is lifted too.
    this.way = this.fingers.size ? "rest" : "";
  }

  hold(kind, { x, y }) {
    const number = this.send({ do: "mouse", kind, button: 0, x: x + this.off.x, y: y + this.off.y, shift: false, ctrl: false });
    if (kind === "move") this.stage.dataset.sent = number;
  }

  panned(move) {
    const { width, height } = this.stage.getBoundingClientRect();
    if (this.way === "tap" && Math.hypot((move.x - this.start.x) * width, (move.y - this.start.y) * height) < MOVED) return;
    this.way = "pan";
    this.send({ do: "pan", x: move.x - this.last.x, y: move.y - this.last.y });
    this.last = move;
  }

  between() {
    const [one, two] = [...this.fingers.values()];
    const { width, height } = this.stage.getBoundingClientRect();
    return { x: (one.x + two.x) / 2, y: (one.y + two.y) / 2, apart: Math.max(20, Math.hypot((one.x - two.x) * width, (one.y - two.y) * height)) };
  }

  pinched() {
    if (this.fingers.size !== 2) return;
    const now = this.between(), times = Math.max(0.1, Math.min(10, now.apart / this.last.apart));
    this.send({ do: "pan", x: now.x - this.last.x, y: now.y - this.last.y });
    if (Math.abs(times - 1) > 0.005) this.send({ do: "zoom", times, x: now.x, y: now.y });
    this.last = { ...now, apart: Math.abs(times - 1) > 0.005 ? now.apart : this.last.apart };
  }

  wheeled(event) {
    event.preventDefault();
    this.wheel += event.deltaMode === 1 ? event.deltaY * 40 : event.deltaY;
    const steps = Math.trunc(this.wheel / 40);
    if (!steps) return;
    this.wheel -= steps * 40;
    this.send({ do: "wheel", steps: Math.sign(steps) * Math.max(1, Math.round(Math.abs(steps) / 3)), ctrl: event.ctrlKey || event.metaKey });
  }
}

// The cross-hair of the keys, and the caliper as it would be.
export function drawHand(svg, hand) {
  const parts = [], percent = (share) => `${100 * share}%`;
  if (hand?.cross) {
    const [x, y] = hand.cross.map(percent);
    const line = (given, stroke, width) => parts.push(draw("line", { stroke, "stroke-width": width, ...given }));
    for (let i = 1; i < hand.line.length; i += 1) {
      const [x1, y1, x2, y2] = [...hand.line[i - 1], ...hand.line[i]].map(percent);
      line({ x1, y1, x2, y2, "stroke-dasharray": "6 4" }, hand.colour, 2);
    }
    for (const [stroke, width] of [["#000", 3], ["#fff", 1]]) {
      line({ x1: x, x2: x, y1: 0, y2: "100%" }, stroke, width);
      line({ x1: 0, x2: "100%", y1: y, y2: y }, stroke, width);
    }
    parts.push(draw("circle", { cx: x, cy: y, r: 9, fill: "none", stroke: hand.colour, "stroke-width": 2 }));
  }
  svg.replaceChildren(...parts);
}

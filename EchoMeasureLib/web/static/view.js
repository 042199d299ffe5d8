// The picture and the mouse over it. It holds no fact: frames, points and labels are drawn by the desk.

export class View {
  constructor(stage, image, send) {
    this.stage = stage;
    this.image = image;
    this.send = send;
    this.url = "";
    this.move = null;
    this.wheel = 0;
    new ResizeObserver(() => this.resized()).observe(stage);
    stage.addEventListener("pointerdown", (event) => this.press(event));
    stage.addEventListener("pointermove", (event) => this.moved(event));
    stage.addEventListener("pointerup", (event) => this.release(event));
    stage.addEventListener("pointercancel", () => this.send({ do: "mouse", kind: "cancel", x: 0, y: 0 }));
    stage.addEventListener("pointerleave", () => this.send({ do: "mouse", kind: "leave", x: 0, y: 0 }));
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
      this.stage.dataset.frame = picture.frame;
      this.stage.dataset.picture = picture.number;
      this.stage.dataset.dealtWith = picture.dealtWith;
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
    this.flush();
    this.send({ do: "mouse", kind: "press", button: Math.min(2, event.button), ...this.at(event) });
    event.preventDefault();
  }

  release(event) {
    this.flush();
    this.send({ do: "mouse", kind: "release", button: Math.min(2, event.button), ...this.at(event) });
  }

  // At most one move for each picture of the screen.
  moved(event) {
    const first = this.move === null;
    this.move = this.at(event);
    if (first) requestAnimationFrame(() => this.flush());
  }

  flush() {
    if (this.move === null) return;
    const move = this.move;
    this.move = null;
    this.stage.dataset.sent = this.send({ do: "mouse", kind: "move", ...move });
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

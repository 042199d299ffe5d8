// Plays a cine in the time in which the heart went: frames of the desk, drawn by the page itself.
// A frame that is not there in time is left out; none is ever waited for.

const AHEAD = 12, AT_A_TIME = 3;
const MOST_BYTES = 256e6;
const MOST_PIXELS = 1600000;

export class Player {
  constructor(canvas, stage, told) {
    this.canvas = canvas;
    this.stage = stage;
    this.told = told; // frame, words: one is on display
    this.film = null;
    this.playing = false;
    this.image = null;
    this.begin();
  }

  begin() {
    this.files = new Map();
    this.drawn = new Map();
    this.fetching = new Set();
    this.shown = -1;
  }

  // Frames, times, words and calipers of the desk; where it plays already it goes on with these.
  play(film) {
    if (!this.film || this.film.pictures !== film.pictures) this.begin();
    this.film = film;
    if (this.playing) return;
    this.playing = true;
    this.began = performance.now() / 1000 - film.times[film.frame];
    this.shown = -1;
    requestAnimationFrame(() => this.turn());
  }

  // Stay where it is; which frame that is.
  stop() {
    this.playing = false;
    return this.shown < 0 ? this.film.frame : this.shown;
  }

  hide() {
    this.canvas.hidden = true;
  }

  turn() {
    if (!this.playing) return;
    requestAnimationFrame(() => this.turn());
    const { times, round } = this.film;
    const now = (performance.now() / 1000 - this.began) % round;
    let frame = times.findIndex((time) => time > now + 1e-6);
    frame = (frame < 0 ? times.length : frame) - 1;
    this.fetchAhead(frame);
    const picture = this.drawn.get(frame);
    if (frame === this.shown || !picture || !this.image) return;
    this.draw(picture, frame);
    this.shown = frame;
    this.stage.dataset.frame = frame;
    this.told(frame, this.film.words[frame]);
  }

  fetchAhead(frame) {
    const count = this.film.times.length;
    for (let i = 0; i < Math.min(AHEAD, count) && this.fetching.size < AT_A_TIME; i += 1) {
      const next = (frame + i) % count;
      if (!this.drawn.has(next) && !this.fetching.has(next)) this.fetch(next);
    }
  }

  async fetch(frame) {
    const { fetching, files, drawn } = this, { pictures, times } = this.film;
    fetching.add(frame);
    try {
      if (!files.has(frame)) {
        const answer = await fetch(`/frame/${pictures}/${frame}`);
        if (!answer.ok) return;
        files.set(frame, await answer.blob());
      }
      const picture = await createImageBitmap(files.get(frame));
      drawn.set(frame, picture);
      const most = Math.max(2 * AHEAD, Math.floor(MOST_BYTES / (4 * picture.width * picture.height)));
      while (drawn.size > Math.min(most, times.length)) {
        const [oldest] = drawn.keys();
        drawn.get(oldest).close();
        drawn.delete(oldest);
      }
    } catch { /* The link says when the desk cannot be reached. */ } finally {
      fetching.delete(frame);
    }
  }

  draw(picture, frame) {
    const { clientWidth, clientHeight } = this.stage, ratio = window.devicePixelRatio || 1;
    const scale = Math.min(ratio, Math.sqrt(MOST_PIXELS / (clientWidth * clientHeight)));
    const width = Math.round(clientWidth * scale), height = Math.round(clientHeight * scale);
    const canvas = this.canvas, pen = canvas.getContext("2d", { alpha: false });
    if (canvas.width !== width || canvas.height !== height) { canvas.width = width; canvas.height = height; }
    const [[left, top], [right, bottom]] = this.image;
    const across = (right - left) * width / picture.width, down = (bottom - top) * height / picture.height;
    pen.fillStyle = "#000";
    pen.fillRect(0, 0, width, height);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(picture, left * width, top * height, picture.width * across, picture.height * down);
    const at = ([x, y]) => [left * width + (x + 0.5) * across, top * height + (y + 0.5) * down];
    for (const one of this.film.calipers[frame] || []) caliper(pen, one, one.points.map(at), scale, width);
    canvas.hidden = false;
  }
}

function caliper(pen, one, points, scale, width) {
  pen.strokeStyle = pen.fillStyle = one.colour;
  pen.lineWidth = 2 * scale;
  pen.beginPath();
  if (one.joined) points.forEach(([x, y], place) => (place ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
  if (points.length < 4)
    for (const [x, y] of points) { pen.beginPath(); pen.arc(x, y, 3 * scale, 0, 7); pen.stroke(); }
  const size = 14 * scale, [first] = points;
  pen.font = `600 ${size}px system-ui, sans-serif`;
  one.texts.flatMap((text) => text.split("\n")).forEach((text, line) => {
    const long = pen.measureText(text).width;
    const x = Math.max(0, Math.min(width - long, first[0] + 8 * scale)), y = Math.max(size, first[1] - 8 * scale + line * size * 1.2);
    pen.fillStyle = "rgba(0, 0, 0, 0.6)";
    pen.fillRect(x - 2, y - size, long + 4, size * 1.2);
    pen.fillStyle = one.colour;
    pen.fillText(text, x, y);
  });
}

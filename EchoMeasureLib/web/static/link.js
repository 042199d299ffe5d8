// The socket to the desk: wishes out, rows and pictures in.

const CURSORS = ["default", "pointer", "crosshair"];
const HEADER = 16;
const ASKED_EVERY_MS = 5000, PATIENCE_MS = 15000; // whether the desk is there
// What the mouse does by the way, and is of no use later.
const BY_THE_WAY = ["move", "leave", "cancel"];

// The same for this tab when it is loaded again, so that it is not taken for a second one.
function tab() {
  const known = sessionStorage.getItem("tab") || String(Math.random()).slice(2);
  sessionStorage.setItem("tab", known);
  return known;
}

export class Link {
  constructor(heard) {
    this.heard = heard; // {rows, picture, said, ask, keys, play, lost, gone, here}
    this.sent = 0;
    this.tries = 0;
    this.refused = "";
    this.takes = false;
    this.asked = 0; // when the desk was asked whether it is there; 0: it has answered
    this.silent = false;
    this.open();
    setInterval(() => this.ask(), ASKED_EVERY_MS);
  }

  open() {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/link?tab=${tab()}`);
    this.socket.binaryType = "arraybuffer";
    this.sent = this.asked = 0;
    this.socket.onopen = () => { this.tries = 0; this.heard.opened(); };
    this.socket.onmessage = (event) => this.receive(event.data);
    this.socket.onclose = () => this.closed();
  }

  // Send a wish; its number comes back with the first picture after it.
  send(wish) {
    if (this.socket.readyState !== WebSocket.OPEN) {
      if (wish.do !== "view" && !BY_THE_WAY.includes(wish.kind)) this.heard.lost();
      return 0;
    }
    this.socket.send(JSON.stringify(wish));
    this.sent += 1;
    return this.sent;
  }

  // A connection may break without a word, as where a machine sleeps.
  ask() {
    if (this.refused || this.socket.readyState !== WebSocket.OPEN) return;
    if (!this.asked) { this.asked = Date.now(); this.socket.send('{"do":"here"}'); }
    else if (!this.silent && Date.now() - this.asked > PATIENCE_MS) {
      this.silent = true;
      this.heard.gone("EchoMeasure does not answer. What was done before is kept; what was pressed in the last half minute may be missing: look again when it goes on.", false);
    }
  }

  // Go on here, whichever page of this review is open.
  takeOver() {
    this.refused = "";
    if (this.socket.readyState === WebSocket.OPEN) { this.socket.send('{"do":"take"}'); this.sent = 0; }
    else { this.takes = true; this.open(); }
  }

  receive(data) {
    this.asked = 0;
    if (this.silent) { this.silent = false; this.heard.here(); }
    if (data instanceof ArrayBuffer) {
      const view = new DataView(data);
      const picture = {
        number: view.getUint32(0), frame: view.getInt32(4), dealtWith: view.getUint32(8),
        cursor: CURSORS[view.getUint8(12)] || "default",
        image: new Blob([new Uint8Array(data, HEADER)], { type: "image/jpeg" }),
      };
      const seen = () => {
        if (this.socket.readyState === WebSocket.OPEN)
          this.socket.send(JSON.stringify({ do: "seen", picture: picture.number }));
      };
      this.heard.picture(picture, seen);
      return;
    }
    const message = JSON.parse(data);
    if (message.show) { this.refused = ""; this.takes = false; this.heard.rows(message.show); }
    if (message.said) this.heard.said(message.said);
    if (message.ask) this.heard.ask(message.ask, message.then);
    if (message.keys) this.heard.keys(message.keys, message.help);
    if (message.play) this.heard.play(message.play);
    if (message.refused && this.takes) { this.takes = false; this.takeOver(); return; }
    if (message.refused) { this.refused = message.refused; this.heard.gone(message.refused, true); }
    if (message.ended) { this.refused = message.ended; this.heard.gone(message.ended, false); }
  }

  closed() {
    this.silent = false;
    if (this.refused) return;
    this.tries += 1;
    if (this.tries > 2)
      this.heard.gone("EchoMeasure cannot be reached. What was done is saved, up to the last seconds. Start it again with: echomeasure serve", false);
    setTimeout(() => { if (!this.refused) this.open(); }, Math.min(5000, 250 * 2 ** this.tries));
  }
}

// The keys: those of the desk and of the page, wherever no text is being typed.

const NAMES = { ArrowLeft: "Left", ArrowRight: "Right", " ": "Space" };

const RANGE = { Left: 1, Right: 1 };

const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const OFF = "letters are no keys";

export const letters = {
  get on() { return localStorage.getItem(OFF) === null; },
  set on(yes) { yes ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"); },
};

// `page`: keys() of the table, act(action), hand() at work in the picture, over() where the mouse is
// there, send(wish).
export function listen(page) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("dialog")) return;
    if (event.key === "Escape" && page.hand()) { page.send({ do: "point_back" }); return; }
    if (types(event.target)) return;
    const name = NAMES[event.key] || event.key.toUpperCase();
    if (event.target.type === "range" && (name in RANGE || event.key in WAYS)) return;
    if (inPicture(event, page) || inTable(event)) { event.preventDefault(); return; }
    if (event.key.length === 1 && event.key !== " " && event.key !== "?" && !letters.on) return;
    // A sign may need Shift on this keyboard, a letter means it.
    const sign = event.key.length === 1 && !/[a-z ]/i.test(event.key);
    const action = page.keys()[event.shiftKey && !sign ? `Shift+${name}` : name];
    if (!action) return;
    // The space bar presses the button in focus, and unfolds where none is.
    if (name === "Space" && event.target.closest("button, summary, a, input")) return;
    if (page.act(action)) event.preventDefault();
  });
}

// With the picture in focus: the cross-hair, the ends, and the picture itself.
function inPicture(event, page) {
  const here = event.target.id === "stage" || event.target === document.body;
  const hand = page.hand(), way = WAYS[event.key];
  if (!here) return false;
  if (hand && way) {
    const far = event.shiftKey ? 10 : 1;
    page.send({ do: "point_step", x: far * way[0], y: far * way[1] });
  } else if (event.key === "Delete" || event.key === "Backspace") page.send({ do: hand?.placing ? "point_back" : "delete_point", ...page.over() });
  else if (hand?.traced && !hand.placing && (event.key === "Insert" || (event.key === "Enter" && event.shiftKey))) page.send({ do: "add_point" });
  else if (hand && event.key === "Enter") page.send({ do: event.shiftKey && hand.placing && hand.traced ? "end_tracing" : "point_set" });
  else if (hand && !hand.placing && event.key === "Tab") page.send({ do: "other_end", before: event.shiftKey });
  else if (way && event.shiftKey) page.send({ do: "pan", x: 0.1 * way[0], y: 0.1 * way[1] });
  else return false;
  return true;
}

// Up and down go from row to row.
function inTable(event) {
  const row = event.target.closest("tr[data-key]");
  if (!row || !(event.key === "ArrowUp" || event.key === "ArrowDown")) return false;
  const rows = [...row.parentElement.querySelectorAll("tr[data-key]")];
  rows[rows.indexOf(row) + (event.key === "ArrowUp" ? -1 : 1)]?.focus();
  return true;
}

function types(target) {
  return target.closest("select, textarea, input:not([type=checkbox], [type=range])") !== null;
}

// The keys of the review: those of the desk, wherever no text is being typed.

const NAMES = { ArrowLeft: "Left", ArrowRight: "Right", " ": "Space" };

const RANGE = { Left: 1, Right: 1 };

export function listen(keysOf, act, escape) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape") { escape(); return; }
    if (types(event.target)) return;
    const name = NAMES[event.key] || event.key.toUpperCase();
    if (event.target.type === "range" && name in RANGE) return;
    const action = keysOf()[event.shiftKey ? `Shift+${name}` : name];
    if (!action) return;
    // The space bar presses the button in focus, and unfolds where none is.
    if (name === "Space" && event.target.closest("button, summary, a, input")) return;
    if (act(action)) event.preventDefault();
  });
}

function types(target) {
  return target.closest("dialog, select, textarea, input:not([type=checkbox], [type=range])") !== null;
}

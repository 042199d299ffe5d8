// Making and filling elements. Every text goes in as text: nothing that is shown is ever parsed.

export const by = (id) => document.getElementById(id);

export function make(name, given = {}, ...children) {
  const element = document.createElement(name);
  put(element, given);
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function draw(name, given = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(given)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}

function put(element, given) {
  for (const [key, value] of Object.entries(given)) {
    if (key === "on") for (const [event, act] of Object.entries(value)) element.addEventListener(event, act);
    else if (key === "data") Object.assign(element.dataset, value);
    else if (key.startsWith("aria-") || key === "role" || key === "scope") element.setAttribute(key, value);
    else element[key] = value;
  }
}

// New children in the place of the old ones; what had the focus and is still there keeps it.
export function fill(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  parent.replaceChildren(...children);
  if (focused !== undefined) {
    const again = [...parent.querySelectorAll("[data-key]")].find((one) => one.dataset.key === focused);
    if (again) again.focus({ preventScroll: true });
  }
}

export function say(id, text, tip = "") {
  const element = by(id);
  if (element.textContent !== text) element.textContent = text;
  element.title = tip;
  element.hidden = !text;
}

export function options(select, rows, chosen) {
  const now = rows.map(([key, text]) => `${key}\n${text}`).join("\n");
  if (select.dataset.rows !== now) {
    select.dataset.rows = now;
    select.replaceChildren(...rows.map(([key, text]) => make("option", { value: key, textContent: text })));
  }
  if (chosen !== null && document.activeElement !== select) select.value = chosen;
}

// A button that cannot be used says why; it stays in the order of the tab key.
export function enable(button, why, tip) {
  button.setAttribute("aria-disabled", why ? "true" : "false");
  button.title = why || tip || "";
}

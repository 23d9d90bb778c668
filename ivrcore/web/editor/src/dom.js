// Making and finding elements. Knows nothing of dialplans.

/**
 * Make an element. Attributes that begin with "on" are listeners, `null`, `undefined` and `false` are left out.
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {...(Node | string | null | undefined)} content
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) { continue; }
    if (name.startsWith("on")) { element.addEventListener(name.slice(2), value); }
    else { element.setAttribute(name, value === true ? "" : String(value)); }
  }
  element.append(...content.filter((part) => part !== null && part !== undefined));
  return element;
}

/** The element of the page with this id. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) { throw new Error(`the page has no element ${id}`); }
  return element;
}

/** Call `then` once nothing has asked for it any more for `milliseconds`. */
export function quieted(milliseconds, then) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(then, milliseconds);
  };
}

/** How a time of the server (UTC seconds, or ISO 8601) is written for the reader, in the browser's zone. */
export function clock(at) {
  const date = typeof at === "number" ? new Date(at * 1000) : new Date(at);
  return Number.isNaN(date.getTime()) ? String(at ?? "") : date.toLocaleString([], {
    year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
}

/** "1 call", "2 calls". */
export function counted(number, word) {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/**
 * A dialog in front of the page: Escape closes it, focus goes back to where it was. It is removed when closed.
 * @param {string} title
 * @param {...Node} content
 * @returns {HTMLDialogElement}
 */
export function dialog(title, ...content) {
  const id = `title-${dialogs++}`;
  const before = document.activeElement;
  const shown = /** @type {HTMLDialogElement} */ (
    h("dialog", { "aria-labelledby": id }, h("h2", { id }, title), ...content)
  );
  shown.addEventListener("close", () => {
    shown.remove();
    if (before instanceof HTMLElement && before.isConnected) { before.focus(); }
  });
  document.body.append(shown);
  shown.showModal();
  return shown;
}
let dialogs = 0;

// Making elements, and changing only what is different. Knows nothing of the board.

/** Make an element; `null` and `false` attributes are left out. */
export function h(tag, attributes = {}, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) { element.setAttribute(name, value === true ? "" : String(value)); }
  }
  element.append(...content);
  return element;
}

/** The element of the page with this id. */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) { throw new Error(`the page has no element ${id}`); }
  return element;
}

/** Have an element say a text; one that says it already is left alone. */
export function say(element, text) {
  if (element.textContent !== text) { element.textContent = text; }
}

/** Set or (null) remove an attribute, if that changes anything. */
export function put(element, name, value) {
  if (value === null) {
    if (element.hasAttribute(name)) { element.removeAttribute(name); }
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/**
 * Have a parent hold one child for each item, in their order; a child stays the same for its key, so that focus
 * and what a screen reader is at stay too.
 * @param {Element} parent
 * @param {[string, any][]} items key and value
 * @param {(key: string) => Element} make
 * @param {(child: Element, value: any, key: string) => void} fill
 */
export function keyed(parent, items, make, fill) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let before = null;
  for (const [key, value] of items) {
    let child = known.get(key);
    known.delete(key);
    if (child === undefined) {
      child = make(key);
      child.dataset.key = key;
    }
    fill(child, value, key);
    const place = before === null ? parent.firstElementChild : before.nextElementSibling;
    if (place !== child) { parent.insertBefore(child, place); }
    before = child;
  }
  for (const child of known.values()) { child.remove(); }
}

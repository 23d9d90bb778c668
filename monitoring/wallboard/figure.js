// One figure: its number, how bad it is (as a sign and as a word, never by colour alone), and what it was before.

import { h, put, say } from "./dom.js";
import { CRITICAL, WARNING } from "./levels.js";

const SIGNS = { [WARNING]: "▲", [CRITICAL]: "◆" };
const NAMES = { [WARNING]: "warning", [CRITICAL]: "critical" };
/** So many signs have room on a wall in a tile and in a cell, the sign of the level included; more are smaller. */
const ROOMY = { dd: 5, td: 4 };

/** Make an element that holds a figure; `tag` is dd or td. */
export function figure(tag, name) {
  return h(
    tag, { "data-figure": name },
    h("span", { class: "sign-of-level", "aria-hidden": "true" }),
    h("span", { class: "number" }),
    h("span", { class: "unseen" }),
    h("small", {}, h("span", { class: "before" }), h("span")),
  );
}

/** Fill it: the text of its number, its level, and a smaller text behind it; of that, `before` may be left out. */
export function show(element, words, text, level = 0, small = "", before = "") {
  const [sign, number, word, note] = element.children;
  put(element, "data-level", NAMES[level] ?? null);
  put(element, "data-long", text.length + (level ? 1 : 0) > ROOMY[element.localName] ? "" : null);
  say(sign, SIGNS[level] ?? "");
  say(number, text);
  say(word, level ? ` (${words[NAMES[level]]}) ` : small ? " " : "");
  say(note.firstElementChild, before);
  say(note.lastElementChild, small);
}

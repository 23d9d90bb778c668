// What could be written at a place, and what stands there means: the schema's words and the text's own names. Pure.

import { names } from "./names.js";
import { keys, meaning, values } from "./schema.js";
import { where } from "./where.js";

/** Keys whose value names something: where the names come from. */
const NAMED = {
  menu: ["menus"], goto: ["blocks", "menus"], do: ["blocks", "menus"], start: ["blocks", "menus"],
  queue: ["queue"], call_back: ["queue", "call_back"], identify: ["identify"], lookup: ["lookup"], set: [],
};
const ONE = { menus: "menu", blocks: "block", queue: "queue", call_back: "queue", identify: "lookup", lookup: "lookup", variables: "variable" };

const NO_NAMES = names("");

/**
 * @typedef {Object} Suggestion
 * @property {string} word
 * @property {string} kind "needed", "key", "value", "menu", "block", "queue", "variable" …
 * @property {string} about
 * @property {string} insert what is written for it
 */

/**
 * What could be written at this offset.
 * @param {string} text
 * @param {number} offset
 * @param {any} schema null when the server gave none
 * @returns {{from: number, options: Suggestion[]}}
 */
export function suggest(text, offset, schema) {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  const typed = /[^\s:,[\]{}"'#]*$/u.exec(line)?.[0] ?? "";
  const from = offset - typed.length;
  const place = where(text, from);
  if (place.wants === "none") { return { from, options: [] }; }
  const known = needsNames(place) ? names(text.slice(0, from) + text.slice(offset)) : NO_NAMES;
  const options = place.wants === "key"
    ? [...asKeys(schema, place, /[{,]\s*[^{}]*$/u.test(line) && /\{/u.test(line)), ...(place.siblings.length ? [] : asValues(schema, place.path)), ...sectionNames(known, place)]
    : [...referred(known, place), ...asValues(schema, place.path)];
  const seen = new Set();
  return { from, options: options.filter(({ word: name }) => !seen.has(name) && seen.add(name)) };
}

/** Whether a place is for a name: only then the whole text is read. */
function needsNames(place) {
  const key = place.path.at(-1);
  return key in NAMED || (place.path[0] === "numbers" && place.path.length === 2);
}

function asKeys(schema, place, inFlow) {
  return keys(schema, place.path, place.siblings).map(({ word, about, needed, value }) => ({
    word, about, kind: needed ? "needed" : "key", insert: `${word}:${value === "open" && !inFlow ? "" : " "}`,
  }));
}

function asValues(schema, path) {
  return values(schema, path).map(({ word, about }) => ({ word, about, kind: "value", insert: word }));
}

/** The names that a value may be, as the key before it says. */
function referred(known, place) {
  const key = place.path.at(-1);
  const wanted = place.path[0] === "numbers" && place.path.length === 2 ? NAMED.start : NAMED[key] ?? [];
  return wanted.flatMap((from) => [...(known.used[from] ?? known.sections[from].keys())].map((word) => named(word, from, known)));
}

/** Under `set:`, the declared variables are the keys. */
function sectionNames(known, place) {
  if (place.path.at(-1) !== "set") { return []; }
  return [...known.sections.variables.keys()].map((word) => ({ ...named(word, "variables", known), insert: `${word}: ` }));
}

function named(word, from, known) {
  const line = known.sections[from]?.get(word);
  return { word, kind: ONE[from], about: line ? `${ONE[from]} of this dialplan, line ${line}` : `${ONE[from]} named in this dialplan`, insert: word };
}

/**
 * What the word at this offset means.
 * @param {string} text
 * @param {number} offset
 * @param {any} schema
 * @returns {{from: number, to: number, title: string, about: string} | null}
 */
export function explain(text, offset, schema) {
  const begin = text.lastIndexOf("\n", offset - 1) + 1;
  const end = text.indexOf("\n", offset);
  const line = text.slice(begin, end < 0 ? text.length : end);
  const word = [...line.matchAll(/[^\s:,[\]{}"'#]+/gu)].find((match) => begin + match.index <= offset && offset <= begin + match.index + match[0].length);
  if (!word || line.slice(0, word.index).includes(" #")) { return null; }
  const from = begin + word.index;
  const to = from + word[0].length;
  const isKey = /^["']?\s*:(?:\s|$)/u.test(text.slice(to, to + 4));
  const place = where(text, from);
  if (place.wants === "none") { return null; }
  const about = isKey ? meaning(schema, [...place.path, word[0]]) : valueMeaning(text, place, word[0], schema);
  return about ? { from, to, title: word[0], about } : null;
}

function valueMeaning(text, place, word, schema) {
  const known = needsNames(place) ? names(text) : NO_NAMES;
  const one = referred(known, place).find((option) => option.word === word);
  return one ? one.about : values(schema, place.path).find((value) => value.word === word)?.about ?? "";
}

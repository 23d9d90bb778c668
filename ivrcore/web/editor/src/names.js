// The names that a dialplan's text itself gives: blocks, menus, variables, queues and so on. Pure.
// Works on lines, so that it also reads a text that is no YAML at the moment.

const SECTIONS = new Set(["numbers", "blocks", "menus", "variables", "hours", "universals"]);
const KEY = /^( *)(?:- +)?("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#'"{}[\],&*!|>%@`-][^:#]*|-[^\s:][^:#]*)\s*:(?:\s|$)/u;
const USED = /(?<=^|[{,\s-])(queue|call_back|identify|lookup):[ \t]*("[^"\n]*"|'[^'\n]*'|[^\s,{}[\]#]+)/gmu;

/**
 * @typedef {Object} Names
 * @property {Record<string, Map<string, number>>} sections section -> name -> line (from 1)
 * @property {Record<string, Set<string>>} used verb -> the names that steps give it
 */

/**
 * Read the names.
 * @param {string} text
 * @returns {Names}
 */
export function names(text) {
  const sections = Object.fromEntries([...SECTIONS].map((name) => [name, new Map()]));
  const used = { queue: new Set(), call_back: new Set(), identify: new Set(), lookup: new Set() };
  let section = "";
  let depth = -1;
  for (const [, verb, name] of text.matchAll(USED)) { used[verb].add(bare(name)); }
  text.split("\n").forEach((line, index) => {
    // Most lines of a long text are deeper than the names.
    if (depth >= 0 && line.startsWith(" ".repeat(depth + 1))) { return; }
    const key = KEY.exec(line);
    if (key === null) { return; }
    const indent = key[1].length;
    if (indent === 0) {
      section = SECTIONS.has(bare(key[2])) ? bare(key[2]) : "";
      depth = section ? -1 : 0;
      if (section) { flow(line.slice(key[0].length)).forEach((name) => sections[section].set(name, index + 1)); }
    } else if (section) {
      if (depth < 0) { depth = indent; }
      if (indent === depth && !sections[section].has(bare(key[2]))) { sections[section].set(bare(key[2]), index + 1); }
    }
  });
  return { sections, used };
}

/** The keys of a mapping that is written in one line: {tries: 0, tier: "x"}. */
function flow(rest) {
  const inner = /^\s*\{(.*)\}/u.exec(rest);
  if (inner === null) { return []; }
  let depth = 0;
  const flat = [...inner[1]].filter((sign) => {
    if ("{[".includes(sign)) { depth++; }
    if ("}]".includes(sign)) { depth--; return false; }
    return depth === 0;
  }).join("");
  return [...flat.matchAll(/(?:^|,)\s*("[^"]*"|'[^']*'|[^\s:,"']+)\s*:/gu)].map(([, name]) => bare(name));
}

/** A key or value without its quotes. */
export function bare(word) {
  const text = word.trim();
  return /^(".*"|'.*')$/su.test(text) ? text.slice(1, -1) : text;
}

/**
 * The line of a name that a picture shows: a menu's or a block's, or an address such as `welcome/2.then`.
 * @param {Names} known
 * @param {string} shown
 * @returns {number | null}
 */
export function lineOf(known, shown) {
  const word = shown.replace(/^(?:menu|block|number|start)s?[:/. ]\s*/u, "");
  for (const name of [shown, word, word.split(/[/.]/u)[0]]) {
    for (const section of ["menus", "blocks", "numbers"]) {
      const line = known.sections[section].get(name);
      if (line !== undefined) { return line; }
    }
  }
  return null;
}

/**
 * The menu or block that a line is in.
 * @param {Names} known
 * @param {number} line
 * @returns {string} empty outside of any
 */
export function nameAt(known, line) {
  let best = { name: "", line: 0 };
  for (const section of Object.values(known.sections)) {
    const drawn = section === known.sections.menus || section === known.sections.blocks;
    for (const [name, at] of section) {
      if (at <= line && at > best.line) { best = { name: drawn ? name : "", line: at }; }
    }
  }
  return best.name;
}

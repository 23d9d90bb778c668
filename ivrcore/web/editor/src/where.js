// Where in a dialplan's tree a place of its text is: the keys that lead there. Pure.
// Reads indentation and brackets, not YAML: while somebody writes, a text is hardly ever whole.

/**
 * @typedef {Object} Place
 * @property {(string | number)[]} path keys that lead to the mapping or value; a number (0) stands for an item of a list
 * @property {"key" | "value" | "none"} wants what would be written here: a key of the mapping at `path`, its value
 * @property {string[]} siblings keys that the mapping at `path` has already, where they can be seen
 */

/** How many lines are looked at around a place for what belongs to it. */
const NEAR = 200;
const ENTRY = /^(\s*)((?:- +)*)(?:("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s#"'{}[\],][^:#{}[\]]*?)\s*:(?=\s|$)\s*)?(.*)$/u;

/**
 * @typedef {Object} Line
 * @property {number} indent where its mapping's key (or its value) begins
 * @property {number[]} dashes where its dashes stand
 * @property {string | null} key
 * @property {string} value
 */

/** Read one line. @returns {Line | null} null for an empty line or a comment */
function read(line) {
  if (/^\s*(?:#|$|---|\.\.\.)/u.test(line)) { return null; }
  const [, space, dashes, key, value] = ENTRY.exec(line.replace(/(^|\s)-(?=\s*$)/u, "$1- ")) ?? [];
  const at = [...(dashes ?? "")].flatMap((sign, index) => (sign === "-" ? [space.length + index] : []));
  return {
    indent: space.length + dashes.length,
    dashes: at,
    key: key === undefined ? null : unquoted(key),
    value: (value ?? "").replace(/(^|\s)#.*$/u, ""),
  };
}

const unquoted = (key) => (/^["']/u.test(key) ? key.slice(1, -1) : key.trim());

/**
 * Tell where the offset is.
 * @param {string} text
 * @param {number} offset
 * @returns {Place}
 */
export function where(text, offset) {
  const lines = text.slice(0, offset).split("\n");
  const last = lines.length - 1;
  const rest = text.slice(offset).split("\n");
  let first = last;
  while (first > 0 && last - first < 40 && /[{[,]\s*$/u.test(lines[first - 1]) && opened(lines[first - 1], lines.slice(first - 1, last))) { first--; }
  const here = { text: lines[first], more: lines.slice(first + 1).join(" ") };
  const line = read(here.text + (first < last ? "" : "\u0001")) ?? { indent: here.text.length, dashes: [], key: null, value: "" };
  if (/^\s*#|\s#/u.test(lines[last].replace(/"[^"]*"|'[^']*'/gu, ""))) { return { path: [], wants: "none", siblings: [] }; }
  const value = `${line.value.replace("\u0001", "")}${first < last ? ` ${here.more}` : ""}`;
  const above = ancestors(lines, first, line);
  if (above === null) { return { path: [], wants: "none", siblings: [] }; }
  const path = [...above];
  line.dashes.forEach(() => path.push(0));
  if (line.key !== null) { path.push(line.key); }
  const inside = flow(value);
  if (inside.depth > 0) {
    return { path: [...path, ...inside.path], wants: inside.wants, siblings: inside.siblings };
  }
  const siblings = line.key === null ? neighbours(lines, rest, first, line) : [];
  return { path, wants: line.key === null ? "key" : "value", siblings };
}

/**
 * Where a dash belongs that is typed in an empty line: with the dashes of the list whose item was just written.
 * @param {string} above the text above the line
 * @param {number} indent of the line
 * @returns {number | null} a column from 0; null to leave the dash where it is
 */
export function dashColumn(above, indent) {
  const lines = above.split("\n").slice(-NEAR).reverse().filter((line) => read(line) !== null);
  if (/:\s*$/u.test(lines[0] ?? "")) { return null; }
  for (const line of lines) {
    const { indent: key, dashes } = /** @type {Line} */ (read(line));
    if (dashes.length && key === indent) { return dashes.at(-1); }
    if (key < indent) { return null; }
  }
  return null;
}

/** Whether brackets that these lines open are still open at their end. */
function opened(line, upTo) {
  return flow((read(line)?.value ?? line) + " " + upTo.slice(1).join(" ")).depth > 0;
}

/** The keys above a line that lead to its mapping; null inside a text of several lines. */
function ancestors(lines, at, line) {
  const path = [];
  let limit = line.dashes.length ? line.dashes[0] : line.indent;
  let listed = line.dashes.length > 0;
  for (let index = at - 1; index >= 0 && limit >= 0; index--) {
    if (lines[index].startsWith(" ".repeat(limit + 1))) { continue; }  // deeper: to be quick in long texts
    const above = read(lines[index]);
    if (above === null) { continue; }
    // A list may stand as deep as the key that it belongs to.
    const start = above.dashes.length ? above.dashes[0] : above.indent;
    if (above.key !== null && (above.indent < limit || (listed && above.indent === limit && !above.dashes.length))) {
      if (/^[|>][0-9+-]*\s*$/u.test(above.value)) { return null; }
      path.unshift(above.key);
      limit = above.indent;
      listed = false;
    }
    if (above.dashes.length && start < limit) {
      above.dashes.filter((dash) => dash < limit).forEach(() => path.unshift(0));
      limit = start;
      listed = true;
    }
    if (limit === 0 && !listed) { break; }
  }
  return path;
}

/** Keys of the mapping that a line belongs to, above and below it. */
function neighbours(lines, rest, at, line) {
  const found = [];
  const take = (candidate) => {
    const other = read(candidate);
    if (other === null) { return true; }
    if (other.indent < line.indent) { return false; }
    if (other.indent === line.indent && other.key !== null) { found.push(other.key); }
    return true;
  };
  if (!line.dashes.length) {
    for (let index = at - 1; index >= 0 && at - index < NEAR; index--) {
      if (!take(lines[index])) { break; }
      if (read(lines[index])?.dashes.length && read(lines[index])?.indent === line.indent) { break; }
    }
  }
  for (const below of rest.slice(1, NEAR)) {
    const other = read(below);
    if (other?.dashes.length && other.dashes[0] < line.indent) { break; }
    if (!take(below)) { break; }
  }
  return found;
}

/** Where the end of a text with brackets is: `{say: x, go: [{` -> path ["go", 0], wants a key. */
function flow(text) {
  /** @type {{kind: string, key: string | null, word: string, keys: string[]}[]} */
  const open = [];
  let quote = "";
  for (const sign of text) {
    const inner = open.at(-1);
    if (quote) {
      if (sign === quote) { quote = ""; }
      if (inner) { inner.word += sign; }
    } else if ((sign === '"' || sign === "'") && (!inner || !inner.word.trim())) {
      quote = sign;
      if (inner) { inner.word += sign; }
    } else if (sign === "{" || sign === "[") {
      if (!inner && text.trimStart()[0] !== sign && open.length === 0 && !/^\s*[{[]/u.test(text)) { return { depth: 0 }; }
      open.push({ kind: sign, key: null, word: "", keys: [] });
    } else if (sign === "}" || sign === "]") {
      open.pop();
    } else if (inner && sign === ",") {
      inner.key = null;
      inner.word = "";
    } else if (inner && sign === ":" && inner.kind === "{" && inner.key === null) {
      inner.key = unquoted(inner.word.trim());
      inner.keys.push(inner.key);
      inner.word = "";
    } else if (inner) {
      inner.word += sign;
    }
  }
  if (!open.length) { return { depth: 0 }; }
  const path = open.flatMap((level) => (level.kind === "[" ? [0] : level.key === null ? [] : [level.key]));
  const inner = open.at(-1);
  const wants = inner.kind === "{" && inner.key === null ? "key" : inner.kind === "[" && !quote ? "key" : "value";
  return { depth: open.length, path, wants, siblings: inner.keys };
}

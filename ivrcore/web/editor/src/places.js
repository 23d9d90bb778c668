// Where something is in a text: lines and columns of the server, offsets of the browser. Pure.
// The server counts characters (code points) from 1; JavaScript counts UTF-16 units from 0.

/**
 * Offset in a line of the column (from 1, in characters) that the server means.
 * @param {string} line
 * @param {number} column
 */
export function unitsBefore(line, column) {
  let units = 0;
  for (let left = Math.max(1, column) - 1; left > 0 && units < line.length; left--) {
    units += line.codePointAt(units) > 0xffff ? 2 : 1;
  }
  return units;
}

/** The server's column (from 1, in characters) of an offset in a line. */
export function columnOf(line, units) {
  return [...line.slice(0, units)].length + 1;
}

/**
 * Where the word, the quoted text or the sign ends that begins at this offset of a line; never empty but at the end.
 * @param {string} line
 * @param {number} from
 */
export function wordEnd(line, from) {
  const rest = line.slice(from);
  const quoted = /^"(?:[^"\\]|\\.)*"|^'(?:[^']|'')*'/.exec(rest);
  if (quoted) { return from + quoted[0].length; }
  const word = /^[^\s:,[\]{}#"']+/u.exec(rest);
  if (word) { return from + word[0].length; }
  const sign = rest.codePointAt(0);
  return sign === undefined ? from : from + (sign > 0xffff ? 2 : 1);
}

/**
 * The stretch of a line that a problem is about: never empty, so that it can be seen, unless the line is.
 * @param {string} line
 * @param {number} column the server's
 * @returns {{from: number, to: number}} offsets in the line
 */
export function stretch(line, column) {
  const from = unitsBefore(line, column);
  const to = wordEnd(line, from);
  if (to > from) { return { from, to }; }
  // At the end of the line: show the last word instead of nothing.
  const last = /\S+\s*$/u.exec(line);
  return last ? { from: last.index, to: line.length } : { from: 0, to: line.length };
}

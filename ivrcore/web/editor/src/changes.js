// What differs between two texts, as a table of lines. The bundled page only: needs the package "diff".

import { structuredPatch } from "diff";
import { diff3Merge } from "node-diff3";
import { h } from "./dom.js";

const KINDS = { "+": ["added", "+", "added: "], "-": ["removed", "−", "removed: "], " ": ["", "", ""] };

/**
 * The changed lines with three around them.
 * @param {string} from
 * @param {string} to
 * @param {string} label for screen readers
 * @returns {HTMLElement}
 */
export function changes(from, to, label) {
  const { hunks } = structuredPatch("", "", from, to, "", "", { context: 3 });
  if (!hunks.length) { return h("p", { class: "note" }, "The texts are the same."); }
  const rows = hunks.flatMap((hunk, index) => {
    let [old, fresh] = [hunk.oldStart, hunk.newStart];
    const lines = hunk.lines.filter((line) => !line.startsWith("\\")).map((line) => {
      const [kind, sign, words] = KINDS[line[0]];
      return h("tr", { class: kind },
        h("td", { class: "number" }, line[0] === "+" ? "" : String(old++)),
        h("td", { class: "number" }, line[0] === "-" ? "" : String(fresh++)),
        h("td", { class: "sign", "aria-hidden": "true" }, sign),
        h("td", { class: "line" }, h("span", { class: "unseen" }, words), line.slice(1)));
    });
    return index ? [h("tr", { class: "gap" }, h("td", { colspan: "4" }, "⋯")), ...lines] : lines;
  });
  return h("div", { class: "changes", tabindex: "0", role: "region", "aria-label": label }, h("table", {}, h("tbody", {}, ...rows)));
}

/**
 * Put the changes of two people to one text together.
 * @param {string} mine
 * @param {string} base
 * @param {string} theirs
 * @returns {{text: string, clashes: number}} where both changed the same lines, mine stand, and theirs as comments
 */
export function merged(mine, base, theirs) {
  let clashes = 0;
  const lines = diff3Merge(mine.split("\n"), base.split("\n"), theirs.split("\n"), { excludeFalseConflicts: true })
    .flatMap((part) => {
      if (part.ok) { return part.ok; }
      clashes++;
      return [...part.conflict.a, ...part.conflict.b.map((line) => `# theirs: ${line}`)];
    });
  return { text: lines.join("\n"), clashes };
}

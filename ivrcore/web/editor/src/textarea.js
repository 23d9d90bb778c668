// A plain text area in CodeMirror's place, where the bundle could not be built. Marks are in the list below it only.

import { h } from "./dom.js";
import { unitsBefore } from "./places.js";

/**
 * @param {HTMLElement} parent
 * @param {{changed: () => void, moved: () => void, publish: () => void}} tell
 * @returns {import("./codemirror.js").Writing}
 */
export function textarea(parent, tell) {
  const area = /** @type {HTMLTextAreaElement} */ (
    h("textarea", { "aria-label": "Text of the dialplan", spellcheck: "false", wrap: "off", autocomplete: "off" })
  );
  area.addEventListener("input", tell.changed);
  area.addEventListener("keyup", tell.moved);
  area.addEventListener("click", tell.moved);
  parent.append(area);
  return {
    text: () => area.value,
    replace: (text) => { area.value = text; area.setSelectionRange(0, 0); },
    edit: (text) => { area.value = text; tell.changed(); },
    mark: () => {},
    goTo: (line, column) => {
      const lines = area.value.split("\n");
      const row = Math.min(Math.max(1, line), lines.length) - 1;
      const at = lines.slice(0, row).reduce((sum, text) => sum + text.length + 1, 0) + unitsBefore(lines[row], column);
      area.focus();
      area.setSelectionRange(at, at);
      area.scrollTop = Math.max(0, row - 5) * (area.scrollHeight / lines.length);
    },
    learn: () => {},
    line: () => area.value.slice(0, area.selectionStart).split("\n").length,
  };
}

// The list of problems below the text; each leads to its place.

import { counted, h } from "./dom.js";

const MOST_SHOWN = 200;

/** "2 errors, 1 warning", or that there are none. */
export function summary(problems) {
  const errors = problems.filter(({ severity }) => severity === "error").length;
  const others = problems.length - errors;
  return [errors && counted(errors, "error"), others && counted(others, "warning")].filter(Boolean).join(", ") || "no problems";
}

/**
 * Show them.
 * @param {HTMLElement} list
 * @param {any[]} problems
 * @param {(line: number, column: number) => void} goTo
 */
export function list(list, problems, goTo) {
  const items = problems.slice(0, MOST_SHOWN).map((problem) => h("li", { class: problem.severity },
    h("button", { type: "button", onclick: () => goTo(problem.line, problem.column) },
      h("span", { class: "place" }, `${problem.line}:${problem.column}`), " ",
      h("span", { class: "severity" }, problem.severity), " ", h("code", {}, problem.code), " ",
      h("span", {}, problem.message), problem.hint ? h("em", {}, ` ${problem.hint}`) : null)));
  if (problems.length > MOST_SHOWN) { items.push(h("li", {}, `… and ${problems.length - MOST_SHOWN} more`)); }
  list.replaceChildren(...items);
}

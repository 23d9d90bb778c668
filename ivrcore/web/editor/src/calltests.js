// The call tests: run on the text as it stands, results with the place of what failed, and what no test took.

import * as api from "./api.js";
import { counted, h } from "./dom.js";

/**
 * Run them and show what came.
 * @param {HTMLElement} panel
 * @param {string} name
 * @param {string} text
 * @param {(line: number, column: number) => void} goTo
 * @returns {Promise<string>} in words, for the status line
 */
export async function run(panel, name, text, goTo) {
  panel.replaceChildren(h("p", { class: "note" }, "Running …"));
  try {
    const answer = await api.test(name, text);
    const tests = answer.tests ?? answer.results ?? [];
    const failed = tests.filter((one) => !one.passed);
    const words = tests.length ? `${counted(tests.length - failed.length, "test")} passed, ${failed.length} failed` : "no call test is there for this dialplan";
    panel.replaceChildren(h("p", { class: failed.length ? "bad" : "good" }, `${words[0].toUpperCase()}${words.slice(1)}.`),
      covered(answer.coverage, goTo), h("ol", { class: "calltests" }, ...failed.map((one) => result(one, goTo)), ...tests.filter((one) => one.passed).map((one) => result(one, goTo))));
    return words;
  } catch (error) {
    if (!(error instanceof api.Refused)) { throw error; }
    const words = error.missing ? "This server runs no call tests." : `The call tests could not be run: ${error.words}.`;
    panel.replaceChildren(h("p", { class: "note" }, words));
    return words;
  }
}

function result(one, goTo) {
  const at = one.at ?? one.location ?? one;
  const place = at.line ? h("button", { type: "button", onclick: () => goTo(at.line, at.column ?? 1) }, `line ${at.line}`) : null;
  return h("li", { class: one.passed ? "passed" : "failed" },
    h("div", {}, h("span", { class: "mark" }, one.passed ? "passed" : "failed"), " ", h("b", {}, one.name), " ", one.passed ? null : place),
    one.message ? h("p", {}, one.message) : null,
    one.passed || !one.file ? null : h("p", { class: "note" }, `${one.file}${one.test_line ? `:${one.test_line}` : ""}`));
}

/** What share of choices and branches the tests took, and which they did not. */
function covered(coverage, goTo) {
  if (!coverage) { return null; }
  const menus = coverage.menus ?? [];
  const rows = menus.map((menu) => h("tr", {},
    h("th", { scope: "row" }, menu.name), h("td", {}, `${menu.taken} of ${menu.all}`),
    h("td", { class: "note" }, ...(menu.missing ?? []).flatMap((one) => [
      one.line ? h("button", { type: "button", onclick: () => goTo(one.line, one.column ?? 1) }, one.name) : one.name ?? one, " "]))));
  const share = coverage.percent ?? (coverage.all ? Math.round((100 * coverage.taken) / coverage.all) : 100);
  return h("div", {}, h("p", {}, `The tests take ${share} % of the choices and branches.`),
    rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Coverage" }, h("table", {},
      h("thead", {}, h("tr", {}, ...["Menu", "Taken", "Never taken"].map((head) => h("th", { scope: "col" }, head)))), h("tbody", {}, ...rows))) : null);
}

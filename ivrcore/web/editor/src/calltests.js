// The call tests: run on the text as it stands, results with the place of what failed, and what no test took.

import * as api from "./api.js";
import { counted, h } from "./dom.js";

/**
 * Run them and show what came (the values of `ivrcore test --format json`).
 * @param {HTMLElement} panel
 * @param {string} name
 * @param {string} text
 * @param {(line: number, column: number) => void} goTo
 * @returns {Promise<string>} in words, for the status line
 */
export async function run(panel, name, text, goTo) {
  panel.replaceChildren(h("p", { class: "note" }, "Running …"));
  try {
    const { tests = [], coverage, problems = [] } = await api.test(name, text);
    const failed = tests.filter((one) => !one.passed);
    const passed = tests.filter((one) => one.passed);
    const words = tests.length ? `${counted(passed.length, "test")} passed, ${failed.length} failed` : "No call test is there for this dialplan";
    panel.replaceChildren(
      h("p", { class: failed.length ? "bad" : tests.length ? "good" : "note" }, `${words}.`),
      ...problems.filter(({ severity }) => severity === "error").map(wrong), covered(coverage, goTo) ?? "",
      h("ol", { class: "calltests" }, ...[...failed, ...passed].map((one) => result(one, goTo))));
    return words;
  } catch (error) {
    if (!(error instanceof api.Refused)) { throw error; }
    const words = error.missing ? "This server runs no call tests." : `The call tests could not be run: ${error.words}.`;
    panel.replaceChildren(h("p", { class: "note" }, words));
    return words;
  }
}

/** A file of tests, or a dialplan, that cannot be used. */
function wrong(problem) {
  return h("p", { class: "bad" }, `${problem.file}:${problem.line}: ${problem.message}`);
}

function lead(line, words, goTo) {
  return line ? h("button", { type: "button", onclick: () => goTo(line, 1) }, words) : words;
}

function result(one, goTo) {
  const mark = h("span", { class: "mark" }, one.passed ? "passed" : "failed");
  if (one.passed) { return h("li", { class: "passed" }, mark, " ", one.name); }
  return h("li", { class: "failed" },
    h("div", {}, mark, " ", h("b", {}, one.name), " ", one.dialplan_line ? lead(one.dialplan_line, `line ${one.dialplan_line}`, goTo) : null),
    h("p", {}, one.message, one.hint ? h("em", {}, ` ${one.hint}`) : null),
    h("p", { class: "note" }, `${one.file}:${one.line} `, h("code", {}, one.code)),
    one.conversation?.length ? h("details", {}, h("summary", {}, "The call"), h("pre", { tabindex: "0" }, one.conversation.join("\n"))) : null);
}

/** What share of choices and branches the tests took, and which they did not. */
function covered(coverage, goTo) {
  if (!coverage) { return null; }
  const rows = coverage.menus.map((menu) => h("tr", {},
    h("th", { scope: "row" }, menu.menu), h("td", {}, `${menu.covered} of ${menu.total}`),
    h("td", {}, ...menu.missed.flatMap((one) => [lead(one.line, one.what, goTo), " "]))));
  const heads = ["Menu", "Taken", "Never taken"].map((head) => h("th", { scope: "col" }, head));
  return h("div", {}, h("p", {}, `The tests take ${coverage.percent} % of the choices and branches (${coverage.covered} of ${coverage.total}).`),
    rows.length ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Coverage" },
      h("table", {}, h("thead", {}, h("tr", {}, ...heads)), h("tbody", {}, ...rows))) : null);
}

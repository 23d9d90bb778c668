// Publishing, rolling back, and what to do when somebody else published meanwhile: dialogs that show the changes first.

import * as api from "./api.js";
import { dialog, h } from "./dom.js";
import { author } from "./drafts.js";
import { list, summary } from "./problems.js";

/** The changes between two texts, or a line that says why they are not shown. */
function shown(tools, from, to, label) {
  return tools.changes ? tools.changes(from, to, label) : h("p", { class: "note" }, "What changes is not shown in this plain page.");
}

/** The form under the changes: who, why, and the buttons. */
function form(action, submit) {
  const who = /** @type {HTMLInputElement} */ (h("input", { id: "author", required: true, maxlength: "60", autocomplete: "name", value: author.get() }));
  const why = /** @type {HTMLInputElement} */ (h("input", { id: "note", maxlength: "200", placeholder: "what changes, and why" }));
  const said = h("div", { class: "said", role: "alert" });
  const go = h("button", { class: "main" }, action);
  const made = h("form", { method: "dialog", class: "publish" },
    h("label", {}, "Your name", who), h("label", {}, "Note", why), said,
    h("div", { class: "buttons" }, go, h("button", { type: "button", onclick: () => made.closest("dialog")?.close() }, "Cancel")));
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    go.setAttribute("disabled", "");
    said.replaceChildren();
    author.set(who.value.trim());
    try {
      await submit({ author: who.value.trim(), note: why.value.trim() }, said);
    } finally {
      go.removeAttribute("disabled");
    }
  });
  return made;
}

/**
 * Show what changes, ask who and why, publish.
 * @param {{name: string, base: any, baseText: string, text: string}} edit
 * @param {{changes: Function | null}} tools
 * @param {{done: (answer: any) => void, conflict: (refused: api.Refused) => void, goTo: (line: number, column: number) => void}} then
 */
export function publish(edit, tools, then) {
  const made = form("Publish", async (words, said) => {
    try {
      const answer = await api.publish(edit.name, { text: edit.text, base: edit.base, ...words });
      box.close();
      then.done(answer);
    } catch (error) {
      if (!(error instanceof api.Refused)) { throw error; }
      if (error.status === 409) { box.close(); then.conflict(error); return; }
      refused(said, error, (line, column) => { box.close(); then.goTo(line, column); });
    }
  });
  const box = dialog(`Publish ${edit.name}`, shown(tools, edit.baseText, edit.text, "What changes"), made);
  box.classList.add("wide");
  made.querySelector(author.get() ? "#note" : "#author")?.focus();
}

/** Say why it was refused, with the problems that the server found. */
function refused(said, error, goTo) {
  const problems = error.body.problems ?? [];
  const found = h("ol", { class: "problems" });
  list(found, problems, goTo);
  said.replaceChildren(h("p", { class: "bad" }, problems.length ? `Not published: ${summary(problems)}.` : `Not done: ${error.words}`), found);
}

/**
 * Ask for a roll-back to an older version.
 * @param {{name: string, version: any, text: string, current: any, currentText: string}} edit
 * @param {{changes: Function | null}} tools
 * @param {(answer: any) => void} done
 */
export function rollBack(edit, tools, done) {
  const made = form(`Roll back to version ${edit.version}`, async (words, said) => {
    try {
      const answer = await api.rollBack(edit.name, { version: edit.version, ...words });
      box.close();
      done(answer);
    } catch (error) {
      if (!(error instanceof api.Refused)) { throw error; }
      refused(said, error, () => box.close());
    }
  });
  const box = dialog(`Roll ${edit.name} back to version ${edit.version}`,
    h("p", { class: "note" }, "New calls get it at once; calls in progress go on as they began."),
    shown(tools, edit.currentText, edit.text, "What changes"), made);
  box.classList.add("wide");
}

/**
 * Somebody else published: show what they changed, and offer what to do. Nothing is lost whatever is chosen.
 * @param {{name: string, base: any, baseText: string, text: string}} edit
 * @param {{version: any, text: string, by: string}} theirs
 * @param {{changes: Function | null, merged: Function | null}} tools
 * @param {{together: (text: string, clashes: number) => void, mine: () => void, theirs: () => void}} then
 */
export function conflict(edit, theirs, tools, then) {
  const button = (words, act, main) => h("button", { type: "button", class: main ? "main" : null, onclick: () => { box.close(); act(); } }, words);
  const together = tools.merged && button("Put both together", () => {
    const { text, clashes } = tools.merged(edit.text, edit.baseText, theirs.text);
    then.together(text, clashes);
  }, true);
  const box = dialog(`${theirs.by || "Somebody"} published version ${theirs.version} meanwhile`,
    h("p", {}, `Your text was made from version ${edit.base}. It was not published, and it is kept.`),
    h("h3", {}, "What they changed"), shown(tools, edit.baseText, theirs.text, "What they changed"),
    h("h3", {}, "What your text would change of theirs"), shown(tools, theirs.text, edit.text, "What your text would change of theirs"),
    h("div", { class: "buttons" }, together, button("Go on with mine instead of theirs", then.mine),
      button("Take theirs, drop mine", then.theirs), button("Decide later", () => {})));
  box.classList.add("wide");
}

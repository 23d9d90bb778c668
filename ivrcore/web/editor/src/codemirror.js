// The text area made of CodeMirror: colours, completion, explanations, marks at the server's problems.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, insertCompletionText, startCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, highlightSpecialChars, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { h } from "./dom.js";
import { stretch, unitsBefore } from "./places.js";
import { explain, suggest } from "./suggest.js";
import { typing } from "./typing.js";

const COLOURS = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--key)" },
  { tag: [tags.string, tags.content], color: "var(--ink)" },
  { tag: [tags.attributeValue, tags.special(tags.string), tags.number, tags.bool], color: "var(--word)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--soft)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.keyword, tags.typeName, tags.labelName], color: "var(--fair)" },
]);

/**
 * @typedef {Object} Writing what the page needs of a text area
 * @property {() => string} text
 * @property {(text: string) => void} replace put another text in its place, without a way back
 * @property {(text: string) => void} edit change the text, so that it can be undone
 * @property {(problems: any[]) => void} mark
 * @property {(line: number, column: number) => void} goTo
 * @property {(schema: any) => void} learn
 * @property {() => number} line where the cursor is, from 1
 */

/**
 * @param {HTMLElement} parent its `data-nonce` allows CodeMirror's styles
 * @param {{changed: () => void, moved: () => void, publish: () => void}} tell
 * @returns {Writing}
 */
export function codemirror(parent, tell) {
  let schema = null;
  const source = (context) => {
    if (!context.explicit && !context.matchBefore(/[\w-]|[:{,-] $/u)) { return null; }
    const { from, options } = suggest(context.state.doc.toString(), context.pos, schema);
    return options.length ? { from, options: options.map(completion), validFor: /^[^\s:,[\]{}"'#]*$/u } : null;
  };
  const hover = hoverTooltip((view, pos) => {
    const found = explain(view.state.doc.toString(), pos, schema);
    return found && {
      pos: found.from, end: found.to, above: true,
      create: () => ({ dom: h("div", { class: "explained" }, h("b", {}, found.title), " ", found.about) }),
    };
  });
  const extensions = [
    lineNumbers(), foldGutter(), lintGutter(), history(), drawSelection(), highlightSpecialChars(),
    highlightActiveLine(), highlightActiveLineGutter(), highlightSelectionMatches(), bracketMatching(), closeBrackets(),
    EditorView.lineWrapping, indentUnit.of("  "), EditorState.tabSize.of(2), yaml(), syntaxHighlighting(COLOURS),
    typing, search({ top: true }), autocompletion({ override: [source], icons: false, maxRenderedOptions: 200 }), hover,
    keymap.of([
      { key: "Mod-s", preventDefault: true, run: () => { tell.publish(); return true; } },
      ...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap,
      ...defaultKeymap, indentWithTab,
    ]),
    EditorView.cspNonce.of(parent.dataset.nonce ?? ""),
    EditorView.contentAttributes.of({ "aria-label": "Text of the dialplan", "aria-describedby": "keys", spellcheck: "false", tabindex: "0" }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) { tell.changed(); }
      if (update.selectionSet || update.docChanged) { tell.moved(); }
    }),
  ];
  const fresh = (doc) => EditorState.create({ doc, extensions });
  const view = new EditorView({ parent, state: fresh("") });
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => { view.setState(fresh(text)); },
    edit: (text) => { view.dispatch({ changes: difference(view.state.doc.toString(), text) }); },
    mark: (problems) => { view.dispatch(setDiagnostics(view.state, problems.map((one) => diagnostic(view.state.doc, one)))); },
    goTo: (line, column) => {
      const at = placed(view.state.doc, line);
      const anchor = at.from + unitsBefore(at.text, column);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
      view.focus();
    },
    learn: (learnt) => { schema = learnt; },
    line: () => view.state.doc.lineAt(view.state.selection.main.head).number,
  };
}

function completion({ word, kind, about, insert }) {
  return {
    label: word, detail: kind, info: about || undefined, boost: kind === "needed" ? 2 : kind === "key" ? 0 : 1,
    apply: (view, _chosen, from, to) => {
      view.dispatch(insertCompletionText(view.state, insert, from, to));
      if (insert.endsWith(": ")) { startCompletion(view); }
    },
  };
}

/** One change from a text to another, so that cursor and scroll position stay where they are. */
function difference(old, fresh) {
  let from = 0;
  while (from < old.length && from < fresh.length && old[from] === fresh[from]) { from++; }
  let end = 0;
  while (end < old.length - from && end < fresh.length - from && old.at(-1 - end) === fresh.at(-1 - end)) { end++; }
  return { from, to: old.length - end, insert: fresh.slice(from, fresh.length - end) };
}

function placed(doc, line) {
  return doc.line(Math.min(Math.max(1, line), doc.lines));
}

function diagnostic(doc, problem) {
  const line = placed(doc, problem.line);
  const { from, to } = stretch(line.text, problem.column);
  return {
    from: line.from + from, to: line.from + to,
    severity: problem.severity === "error" ? "error" : problem.severity === "warning" ? "warning" : "info",
    source: problem.code, message: problem.hint ? `${problem.message} (${problem.hint})` : problem.message,
    renderMessage: () => h("div", { class: "told" },
      h("span", {}, problem.message), problem.hint ? h("em", {}, problem.hint) : null, h("code", {}, problem.code)),
  };
}

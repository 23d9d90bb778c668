// What typing does beside inserting: a dash begins the next step, and a typed sign takes a selection's place.

import { EditorView } from "@codemirror/view";
import { dashColumn } from "./where.js";

/** Characters before a line: the step above is near. */
const LOOKED_AT = 20_000;

/** A dash in a new line goes to where the list's dashes stand. */
const dashes = EditorView.inputHandler.of((view, from, to, text) => {
  const line = view.state.doc.lineAt(from);
  if (text !== "-" || from !== to || from !== line.to || line.text.trim()) { return false; }
  const column = dashColumn(view.state.sliceDoc(Math.max(0, line.from - LOOKED_AT), line.from), line.length);
  if (column === null) { return false; }
  view.dispatch({
    changes: { from: line.from, to, insert: `${" ".repeat(column)}-` }, selection: { anchor: line.from + column + 1 },
    userEvent: "input.type",
  });
  return true;
});

/**
 * Left to itself, Chromium joins the lines of a selection that is typed over with inline styles, which the page's
 * Content-Security-Policy forbids.
 */
const replacing = EditorView.domEventHandlers({
  beforeinput(event, view) {
    const { main } = view.state.selection;
    if (event.inputType !== "insertText" || !event.data || main.empty || view.composing) { return false; }
    event.preventDefault();
    const insert = () => view.state.update(view.state.replaceSelection(event.data), { userEvent: "input.type", scrollIntoView: true });
    const taken = view.state.facet(EditorView.inputHandler).some((take) => take(view, main.from, main.to, event.data, insert));
    if (!taken) { view.dispatch(insert()); }
    return true;
  },
});

export const typing = [dashes, replacing];

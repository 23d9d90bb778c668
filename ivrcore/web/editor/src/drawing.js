// The picture's panel: asks the server for the picture of every sound text, and shows the last that could be drawn.

import * as api from "./api.js";
import { h, quieted } from "./dom.js";
import { lineOf, names } from "./names.js";

/** Characters of a picture's text that are drawn: about a thousand menus. */
const MOST = 250_000;

/**
 * @param {HTMLElement} panel
 * @param {any} tools null where pictures cannot be drawn
 * @param {import("./codemirror.js").Writing} writing
 * @returns {{now: (sound: boolean) => void, follow: () => void}} `sound`: whether the text has no errors
 */
export function drawing(panel, tools, writing) {
  const said = h("p", { class: "note", role: "status" });
  if (tools === null) {
    said.textContent = "The picture needs the bundled page.";
    panel.replaceChildren(said);
    return { now() {}, follow() {} };
  }
  const frame = h("div", { class: "frame" });
  const { buttons, apply } = tools.zoom(frame);
  panel.replaceChildren(h("div", { class: "caption" }, said, buttons), frame);
  const go = (event) => {
    const line = event.target.closest("[data-line]")?.dataset.line;
    if (line) { event.preventDefault(); writing.goTo(Number(line), 1); }
  };
  frame.addEventListener("click", go);
  frame.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { go(event); } });
  let asked = new AbortController();
  let drawn = "";

  const old = () => { said.textContent = drawn ? "The picture is of the last text without errors." : "A picture comes when the text has no errors."; };

  async function now(sound) {
    if (panel.hidden || !writing.text()) { return; }
    asked.abort();
    if (!sound) { old(); return; }
    asked = new AbortController();
    const { signal } = asked;
    try {
      const text = writing.text();
      const { dot } = await api.graph(text, signal);
      if (signal.aborted) { return; }
      if (dot.length > MOST) { said.textContent = "This dialplan is too large to be drawn beside its text; `ivrcore graph` draws it."; return; }
      if (dot !== drawn) {
        const svg = await tools.draw(dot);
        if (signal.aborted) { return; }
        drawn = dot;
        frame.replaceChildren(svg);
        apply();
      }
      const known = names(text);
      tools.lead(frame.querySelector("svg"), (title) => lineOf(known, title));
      said.textContent = "Choose a menu to go to its lines.";
      follow();
    } catch (error) {
      if (signal.aborted) { return; }
      if (!(error instanceof api.Refused)) { said.textContent = `The picture cannot be drawn: ${error.message}`; return; }
      if (error.missing) { said.textContent = "This server draws no pictures."; return; }
      if (error.status === 422) { old(); return; }
      said.textContent = `The picture could not be had: ${error.words}`;
    }
  }

  function follow() {
    const svg = frame.querySelector("svg");
    if (svg) { tools.follow(svg, writing.line()); }
  }
  return { now, follow: quieted(60, follow) };
}

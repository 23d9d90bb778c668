// The picture's panel: asks the server for the picture of every sound text, and shows the last that could be drawn.

import * as api from "./api.js";
import { h, quieted } from "./dom.js";
import { lineOf, nameAt, names } from "./names.js";

/** Characters of a picture's text that are drawn: some hundred menus. Of more, what is near the cursor is drawn. */
const MOST = 150_000;

/**
 * @param {HTMLElement} panel
 * @param {any} tools null where pictures cannot be drawn
 * @param {import("./codemirror.js").Writing} writing
 * @param {() => {name: string, changed: boolean} | null} open which dialplan is, and whether its text is not as published
 * @returns {{now: (sound: boolean) => void, follow: () => void}} `sound`: whether the text has no errors
 */
export function drawing(panel, tools, writing, open) {
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
  let last = { sound: false, near: "" };

  const old = () => { said.textContent = drawn ? "The picture is of the last text without errors." : "A picture comes when the text has no errors."; };

  async function now(sound) {
    last = { sound, near: "" };
    await show();
  }

  async function show() {
    const plan = open();
    if (panel.hidden || plan === null) { return; }
    asked.abort();
    if (!last.sound) { old(); return; }
    asked = new AbortController();
    const { signal } = asked;
    try {
      const text = writing.text();
      const known = names(text);
      const { dot, traffic } = await fitting(plan, text, nameAt(known, writing.line()), signal);
      const first = frame.querySelector("svg") === null;
      if (signal.aborted) { return; }
      if (dot !== drawn) {
        const svg = await tools.draw(dot);
        if (signal.aborted) { return; }
        drawn = dot;
        frame.replaceChildren(svg);
        tools.squeeze(svg);
        apply();
      }
      const shown = frame.querySelector("svg");
      tools.lead(shown, (title) => lineOf(known, title));
      if (first) { tools.begin(shown); }
      said.textContent = [
        last.near ? `What is near ${last.near}: the whole is too large.` : "Choose a menu to go to its lines.",
        plan.changed && !traffic ? "Figures of callers come with what is published." : "",
      ].join(" ").trim();
      mark();
    } catch (error) {
      if (signal.aborted) { return; }
      if (!(error instanceof api.Refused)) { said.textContent = `The picture cannot be drawn: ${error.message}`; return; }
      if (error.missing) { said.textContent = "This server draws no pictures."; return; }
      if (error.status === 422) { old(); return; }
      said.textContent = `The picture could not be had: ${error.words}`;
    }
  }

  /** Ask for the picture; for what is near the cursor if the whole is too large. */
  async function fitting(plan, text, here, signal) {
    const ask = (from) => (plan.changed ? api.graph(plan.name, text, from, signal) : api.traffic(plan.name, from, signal));
    const whole = last.near ? null : await ask("");
    if (whole && (whole.dot.length <= MOST || !here)) { return whole; }
    last.near = here;
    return ask(here);
  }

  function mark() {
    const svg = frame.querySelector("svg");
    if (svg) { tools.follow(svg, writing.line()); }
  }

  function follow() {
    mark();
    if (last.near && last.sound && nameAt(names(writing.text()), writing.line()) !== last.near) { show(); }
  }
  return { now, follow: quieted(100, follow) };
}

// The words above the text: which version, whether it was changed, what happened, whether the server answers.

import { byId, counted, h } from "./dom.js";

/**
 * Say what is open.
 * @param {import("./opened.js").Opened} opened
 * @param {boolean} changed whether the text is another than the one that it was made from
 */
export function showState(opened, changed) {
  const calls = Object.entries(opened.plan.calls ?? {}).filter(([, number]) => number > 0)
    .map(([version, number]) => `${counted(number, "call")} on ${version}`);
  byId("version").textContent = [opened.fresh ? "new" : `version ${opened.plan.version}`, ...calls].join(" · ");
  byId("state").textContent = changed ? "changed, not published" : "as published";
  byId("state").className = changed ? "fair" : "note";
  byId("publish").toggleAttribute("disabled", !changed);
}

/**
 * Say what happened, with what can be done about it; no words take the notice away.
 * @param {string} words
 * @param {[string, () => void][]} [actions]
 */
export function notice(words, actions = []) {
  const buttons = actions.map(([name, act]) => h("button", { type: "button", onclick: act }, name));
  byId("notice").replaceChildren(...(words ? [h("span", {}, words), ...buttons] : []));
  byId("notice").hidden = !words;
}

/** Say it to who listens to the page only. */
export function tell(words) { byId("told").textContent = words; }

/**
 * Show that the session is over, or the server away; null: it answered.
 * @param {import("./api.js").Refused | null} refused
 */
export function tellRefusal(refused) {
  const away = byId("away");
  const over = refused?.status === 401;
  away.hidden = !(over || refused?.status === 0);
  away.textContent = over ? "You are not logged in any more; your text is kept in this browser. "
    : "The server does not answer; your text is kept in this browser.";
  if (over) { away.append(h("a", { href: "/login?next=/dialplans" }, "Log in again")); }
}

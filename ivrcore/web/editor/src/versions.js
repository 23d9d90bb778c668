// The versions of a dialplan: who published which when, what each changed, and the way back.

import * as api from "./api.js";
import { clock, counted, dialog, h } from "./dom.js";

/**
 * Show them.
 * @param {HTMLElement} panel
 * @param {{name: string, version: any, calls: Record<string, number>}} plan as published now
 * @param {{changes: Function | null}} tools
 * @param {(version: any, text: string) => void} rollBack
 */
export async function show(panel, plan, tools, rollBack) {
  try {
    const versions = await api.versions(plan.name);
    const items = versions.map((one, index) => item(plan, one, index === 0, tools, rollBack));
    panel.replaceChildren(items.length ? h("ol", { class: "versions" }, ...items) : h("p", { class: "note" }, "No version was published yet."));
  } catch (error) {
    if (!(error instanceof api.Refused)) { throw error; }
    panel.replaceChildren(h("p", { class: "note" }, error.missing ? plan.version === "" ? "No version was published yet." : "This server keeps no versions." : `The versions cannot be shown: ${error.words}.`));
  }
}

/** A version may be there several times: rolling back publishes an old one again. */
function item(plan, one, now, tools, rollBack) {
  const calls = plan.calls?.[one.version] ?? 0;
  const button = (words, act) => h("button", { type: "button", "aria-label": `${words}, version ${one.version}`, onclick: act }, words);
  return h("li", { class: now ? "now" : null },
    h("div", {}, h("b", {}, `Version ${one.version}`), now ? h("span", { class: "pill good" }, "new calls") : null,
      calls ? h("span", { class: "pill" }, counted(calls, "call")) : null),
    h("div", { class: "note" }, [one.author, clock(one.at), one.how].filter(Boolean).join(" · ")),
    one.note ? h("p", {}, one.note) : null,
    h("div", { class: "buttons" },
      one.before !== null && one.before !== undefined && one.before !== "" ? button("What it changed", () => compare(plan.name, one.before, one.version, tools)) : null,
      now ? null : button("Compare with now", () => compare(plan.name, one.version, plan.version, tools)),
      now ? null : button("Roll back", async () => rollBack(one.version, (await api.version(plan.name, one.version)).text))));
}

async function compare(name, from, to, tools) {
  const label = `What changed from version ${from} to ${to}`;
  const [old, fresh] = await Promise.all([api.version(name, from), api.version(name, to)]);
  const close = h("button", { type: "button", onclick: () => box.close() }, "Close");
  const box = dialog(label, tools.changes ? tools.changes(old.text, fresh.text, label) : h("pre", {}, old.text), h("div", { class: "buttons" }, close));
  box.classList.add("wide");
}

// The page: which dialplan is open, what is published of it, what was typed since, and who has to know.

import * as api from "./api.js";
import * as calltests from "./calltests.js";
import { checking } from "./checking.js";
import { byId, clock, counted, h, quieted } from "./dom.js";
import * as drafts from "./drafts.js";
import { drawing } from "./drawing.js";
import { summary } from "./problems.js";
import * as dialogs from "./publish.js";
import { tabs } from "./tabs.js";
import * as versions from "./versions.js";

const KEEP_AFTER = 400;
const LOOK_EVERY = 10_000;

/**
 * @typedef {Object} Tools what the bundle has and the plain page lacks
 * @property {(parent: HTMLElement, tell: any) => import("./codemirror.js").Writing} writing
 * @property {any} picture
 * @property {((from: string, to: string, label: string) => HTMLElement) | null} changes
 * @property {((mine: string, base: string, theirs: string) => {text: string, clashes: number}) | null} merged
 */

/** Start the page. @param {Tools} tools */
export async function start(tools) {
  const page = new Page(tools);
  await page.begin();
}

class Page {
  constructor(tools) {
    this.tools = tools;
    /** @type {{name: string, version: any, text: string, calls: Record<string, number>} | null} as the server has it now */
    this.published = null;
    /** The version that the text was made from; another than `published` after somebody else published. */
    this.base = { version: /** @type {any} */ (null), text: "" };
    const keep = quieted(KEEP_AFTER, () => this.keep());
    this.writing = tools.writing(byId("text"), {
      changed: () => { if (!this.opening) { this.showState(); this.checking.later(); keep(); } },
      moved: () => this.drawing.follow(),
      publish: () => this.publish(),
    });
    this.opening = false;
    this.checking = checking(this.writing, () => this.published, (sound) => this.drawing.now(sound));
    this.drawing = drawing(byId("picture"), tools.picture, this.writing);
  }

  async begin() {
    api.onRefusal.tell = (refused) => this.tellRefusal(refused);
    this.chooseTab = tabs(byId("tabs"), (panel) => { this.tab = panel; this.showTab(); });
    byId("plan").addEventListener("change", () => this.open(byId("plan").value));
    byId("publish").addEventListener("click", () => this.publish());
    byId("run").addEventListener("click", () => this.runTests());
    addEventListener("hashchange", () => this.open(this.wanted()));
    addEventListener("pagehide", () => this.keep());
    this.learn();
    await this.look();
    this.chooseTab("picture");
    const first = this.wanted() || this.plans?.[0]?.name;
    if (first) { await this.open(first); }
    setInterval(() => { if (!document.hidden) { this.look(); } }, LOOK_EVERY);
  }

  wanted() { return decodeURIComponent(location.hash.slice(1)); }

  async learn() {
    try {
      this.writing.learn(await api.schema());
    } catch (error) {
      if (!(error instanceof api.Refused)) { throw error; }
      byId("help").textContent = "Only names are completed: this server gives no schema of the language.";
    }
  }

  /** Ask for the dialplans; notice what others published. */
  async look() {
    try {
      this.plans = await api.plans();
    } catch (error) {
      if (!(error instanceof api.Refused)) { throw error; }
      if (error.missing) { this.notice("This server has no dialplans to edit: its API for dialplans is missing.", []); }
      return;
    }
    const choice = byId("plan");
    const names = this.plans.map(({ name }) => name);
    if (names.join("\n") !== [...choice.options].map(({ value }) => value).join("\n")) {
      choice.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
      choice.value = this.published?.name ?? names[0] ?? "";
    }
    const now = this.plans.find(({ name }) => name === this.published?.name);
    if (now && this.published) {
      this.published.calls = now.calls ?? {};
      if (String(now.version) !== String(this.published.version)) { await this.publishedElsewhere(); }
      this.showState();
    }
  }

  /** Open a dialplan, with what was typed into it before. */
  async open(name) {
    this.keep();
    let plan;
    try {
      plan = await api.plan(name);
    } catch (error) {
      if (!(error instanceof api.Refused)) { throw error; }
      this.notice(`The dialplan ${name} cannot be opened: ${error.words}.`, []);
      return;
    }
    const listed = this.plans?.find((one) => one.name === name);
    this.published = { ...plan, name, calls: listed?.calls ?? {} };
    this.base = { version: plan.version, text: plan.text };
    const draft = drafts.kept(name);
    const typed = draft !== null && draft.text !== plan.text ? draft : null;
    this.notice("", []);
    if (typed) {
      this.base = { version: typed.base, text: typed.baseText };
      this.notice(`Your text of ${clock(typed.at / 1000)}, not published yet, is shown.`, [["Drop it", () => this.take(plan)]]);
    }
    this.show(typed ? typed.text : plan.text);
    byId("plan").value = name;
    history.replaceState(null, "", `#${encodeURIComponent(name)}`);
    document.title = `${name} – ivrcore dialplans`;
    this.showTab();
  }

  /** Put a text into the text area and everything beside it. */
  show(text) {
    this.opening = true;
    this.writing.replace(text);
    this.opening = false;
    this.showState();
    this.checking.now();
  }

  /** Take what is published, dropping what was typed. */
  take(plan) {
    drafts.forget(plan.name ?? this.published.name);
    this.published = { ...this.published, ...plan };
    this.base = { version: plan.version, text: plan.text };
    this.notice("", []);
    this.show(plan.text);
    this.showTab();
  }

  get changed() { return this.published !== null && this.writing.text() !== this.base.text; }

  keep() {
    if (!this.published) { return; }
    if (!this.changed) { drafts.forget(this.published.name); return; }
    const draft = { text: this.writing.text(), base: this.base.version, baseText: this.base.text, at: Date.now() };
    if (!drafts.keep(this.published.name, draft)) { this.notice("This browser cannot keep the text: publish it before the tab is closed.", []); }
  }

  showState() {
    if (!this.published) { return; }
    const others = Object.entries(this.published.calls ?? {}).filter(([, calls]) => calls > 0)
      .map(([version, calls]) => `${counted(calls, "call")} on ${version}`);
    byId("version").textContent = [`version ${this.published.version}`, ...others].join(" · ");
    byId("state").textContent = this.changed ? "changed, not published" : "as published";
    byId("state").className = this.changed ? "fair" : "note";
    byId("publish").toggleAttribute("disabled", !this.changed);
  }

  showTab() {
    if (this.tab === "versions" && this.published) {
      versions.show(byId("versions"), this.published, this.tools, (version, text) => this.rollBack(version, text));
    }
    if (this.tab === "picture") { this.drawing.now(!this.checking.errors().length); }
  }

  async runTests() {
    if (!this.published) { return; }
    this.chooseTab("calltests");
    const words = await calltests.run(byId("calltests"), this.published.name, this.writing.text(), (line, column) => this.writing.goTo(line, column));
    byId("told").textContent = words;
  }

  publish() {
    if (!this.published || !this.changed) { byId("told").textContent = "There is nothing to publish."; return; }
    const errors = this.checking.errors();
    if (errors.length) {
      this.notice(`Not published: ${summary(errors)}.`, []);
      this.writing.goTo(errors[0].line, errors[0].column);
      return;
    }
    const edit = { name: this.published.name, base: this.base.version, baseText: this.base.text, text: this.writing.text() };
    dialogs.publish(edit, this.tools, {
      done: (answer) => this.done(edit.name, edit.text, answer),
      conflict: () => this.publishedElsewhere(),
      goTo: (line, column) => this.writing.goTo(line, column),
    });
  }

  /** It is published: what was typed while the answer was on its way stays typed. */
  done(name, text, answer) {
    if (this.published?.name !== name) { return; }
    const version = answer?.version ?? this.published.version;
    this.published = { ...this.published, version, text };
    this.base = { version, text };
    this.keep();
    this.showState();
    this.showTab();
    this.notice(`Version ${version} is published: new calls get it, calls in progress go on as they began.`, []);
  }

  rollBack(version, text) {
    const { name, version: current, text: currentText } = this.published;
    dialogs.rollBack({ name, version, text, current, currentText }, this.tools, async () => {
      const plan = await api.plan(name);
      if (this.changed) { this.published = { ...this.published, ...plan }; this.offerConflict(plan, ""); } else { this.take(plan); }
      this.notice(`Rolled back: new calls get version ${plan.version}.`, []);
    });
  }

  /** Another version is published than the one our text was made from. */
  async publishedElsewhere() {
    const plan = await api.plan(this.published.name);
    const last = (await api.versions(plan.name ?? this.published.name).catch(() => [])).find(({ version }) => String(version) === String(plan.version));
    if (!this.changed) {
      this.take({ ...plan, name: this.published.name });
      this.notice(`Version ${plan.version}${last?.author ? ` of ${last.author}` : ""} was published meanwhile; it is shown now.`, []);
      return;
    }
    this.published = { ...this.published, version: plan.version, text: plan.text };
    this.showState();
    this.offerConflict(plan, last?.author ?? "");
  }

  offerConflict(plan, by) {
    const name = this.published.name;
    const look = () => dialogs.conflict(
      { name, base: this.base.version, baseText: this.base.text, text: this.writing.text() }, { ...plan, by }, this.tools, {
        together: (text, clashes) => {
          this.rebase(plan);
          this.writing.edit(text);
          this.notice(clashes ? `Both are put together; in ${counted(clashes, "place")} both changed the same lines: yours stand, theirs are comments beside them.`
            : "Both are put together: look at the text, then publish it.", []);
        },
        mine: () => { this.rebase(plan); this.notice(`Your text now takes the place of version ${plan.version}: publish it if that is meant.`, []); },
        theirs: () => this.take({ ...plan, name }),
      });
    this.notice(`${by || "Somebody"} published version ${plan.version} meanwhile.`, [["Show what to do", look]]);
    if (!document.querySelector("dialog[open]")) { look(); }
  }

  rebase(plan) {
    this.base = { version: plan.version, text: plan.text };
    this.keep();
    this.showState();
  }

  notice(words, actions) {
    byId("notice").replaceChildren(...(words ? [h("span", {}, words), ...actions.map(([name, act]) => h("button", { type: "button", onclick: act }, name))] : []));
    byId("notice").hidden = !words;
  }

  tellRefusal(refused) {
    const over = refused?.status === 401;
    const away = refused?.status === 0;
    byId("away").hidden = !(over || away);
    byId("away").textContent = over ? "You are not logged in any more; your text is kept in this browser. " : away ? "The server does not answer; your text is kept in this browser." : "";
    if (over) { byId("away").append(h("a", { href: "/login?next=/dialplans" }, "Log in again")); }
  }
}

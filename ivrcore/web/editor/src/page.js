// The page: opens a dialplan, and has every part know what was typed, checked, published here or elsewhere.

import * as api from "./api.js";
import { notice, showState, tell, tellRefusal } from "./bar.js";
import * as calltests from "./calltests.js";
import { checking } from "./checking.js";
import { byId, clock, counted, h, quieted } from "./dom.js";
import { drawing } from "./drawing.js";
import * as drafts from "./drafts.js";
import * as fresh from "./fresh.js";
import { Opened } from "./opened.js";
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
export async function start(tools) { await new Page(tools).begin(); }

class Page {
  constructor(tools) {
    this.tools = tools;
    /** @type {Opened | null} */
    this.opened = null;
    this.plans = [];
    this.replacing = false;
    const keep = quieted(KEEP_AFTER, () => this.keep());
    const state = quieted(50, () => this.showState());
    this.writing = tools.writing(byId("text"), {
      changed: () => { if (!this.replacing) { state(); this.checking.later(); keep(); } },
      moved: () => this.drawing.follow(),
      publish: () => this.publish(),
    });
    this.checking = checking(this.writing, () => this.opened?.plan ?? null, (sound) => this.drawing.now(sound));
    this.drawing = drawing(byId("picture"), tools.picture, this.writing, () => this.opened && { name: this.opened.name, changed: this.writing.text() !== this.opened.plan.text });
    this.chooseTab = tabs(byId("tabs"), (panel) => { this.tab = panel; this.showTab(); });
  }

  async begin() {
    api.onRefusal.tell = tellRefusal;
    byId("plan").addEventListener("change", () => this.open(byId("plan").value));
    byId("publish").addEventListener("click", () => this.publish());
    byId("new").addEventListener("click", () => this.beginNew());
    byId("run").addEventListener("click", () => this.runTests());
    addEventListener("hashchange", () => this.open(wanted()));
    addEventListener("pagehide", () => this.keep());
    this.learn();
    this.chooseTab("picture");
    await this.look();
    const first = wanted() || this.plans[0]?.name;
    if (first) { await this.open(first); }
    setInterval(() => { if (!document.hidden) { this.look(); } }, LOOK_EVERY);
  }

  async learn() {
    await refusable(async () => this.writing.learn(await api.schema()), () => {
      byId("help").textContent = "Only names are completed: this server gives no schema of the language.";
    });
  }

  /** Ask for the dialplans; notice what others published. */
  async look() {
    await refusable(async () => { this.plans = await api.plans(); }, (refused) => {
      if (refused.missing) { notice("This server has no dialplans to edit: its API for dialplans is missing."); }
    });
    this.list();
    const now = this.plans.find(({ name }) => name === this.opened?.name);
    if (!now || !this.opened) { return; }
    this.opened.plan.calls = now.calls ?? {};
    if (now.version !== this.opened.plan.version) { await this.publishedElsewhere(); }
    this.showState();
  }

  /** Offer those that there are, and the new one that is open. */
  list() {
    const names = this.plans.map(({ name }) => name);
    if (this.opened?.fresh && !names.includes(this.opened.name)) { names.push(this.opened.name); }
    const choice = byId("plan");
    if (names.join("\n") !== [...choice.options].map(({ value }) => value).join("\n")) {
      choice.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
    }
    choice.value = this.opened?.name ?? names[0] ?? "";
  }

  /** Open a dialplan, with what was typed into it before. */
  async open(name) {
    this.keep();
    await refusable(async () => {
      const { opened, draft } = await Opened.fetch(name);
      this.opened = opened;
      opened.plan.calls = this.plans.find((one) => one.name === name)?.calls ?? {};
      this.show(draft ? draft.text : opened.plan.text);
      if (opened.fresh) { notice(`The dialplan ${name} is new: it takes effect, and is saved, when it is published.`); }
      else if (draft) { notice(`Your text of ${clock(draft.at / 1000)}, not published yet, is shown.`, [["Drop it", () => this.take()]]); }
      else { notice(unusable(opened.plan)); }
      this.list();
      history.replaceState(null, "", `#${encodeURIComponent(name)}`);
      document.title = `${name} – ivrcore dialplans`;
      this.showTab();
    }, (refused) => notice(`The dialplan ${name} cannot be opened: ${refused.words}.`));
  }

  /** Begin a dialplan that there is not yet; it is kept as a draft until it is published. */
  beginNew() {
    fresh.ask(this.plans.map(({ name }) => name), (name, text) => {
      this.keep();
      const left = drafts.kept(name); // of a dialplan that was withdrawn since: its version is no base any more
      if (!drafts.keep(name, { text: left?.text ?? text, base: "", at: Date.now() })) {
        notice("This browser cannot keep the text of a new dialplan.");
        return;
      }
      this.open(name).then(() => {
        if (this.opened?.name !== name) { return; }
        if (left) { notice("This goes on with the text that this browser kept of an earlier dialplan of this name."); }
        else { this.writing.goTo(7, 12); }
      });
    });
  }

  /** Put a text into the text area, and have everything beside it follow. */
  show(text) {
    this.replacing = true;
    this.writing.replace(text);
    this.replacing = false;
    this.showState();
    this.checking.now();
  }

  /** Take what is published, dropping what was typed. */
  take() {
    this.opened.rebase();
    notice("");
    this.show(this.opened.plan.text);
    this.keep();
    this.showTab();
  }

  get changed() { return this.opened !== null && this.writing.text() !== this.opened.base.text; }

  keep() {
    if (this.opened && !this.opened.keep(this.writing.text())) {
      notice("This browser cannot keep the text: publish it before the tab is closed.");
    }
  }

  showState() { if (this.opened) { showState(this.opened, this.changed); } }

  showTab() {
    if (this.tab === "versions" && this.opened) {
      versions.show(byId("versions"), this.opened.plan, this.tools, (version, text) => this.rollBack(version, text));
    }
    if (this.tab === "picture") { this.drawing.now(!this.checking.errors().length); }
  }

  async runTests() {
    if (!this.opened) { return; }
    this.chooseTab("calltests");
    tell(await calltests.run(byId("calltests"), this.opened.name, this.writing.text(), this.writing.goTo));
  }

  publish() {
    if (!this.changed) { tell("There is nothing to publish."); return; }
    const errors = this.checking.errors();
    if (errors.length) {
      notice(`Not published: ${summary(errors)}.`);
      this.writing.goTo(errors[0].line, errors[0].column);
      return;
    }
    const edit = this.edit();
    dialogs.publish(edit, this.tools, {
      done: (answer) => this.done(edit, answer.version), conflict: (refused) => this.publishedElsewhere(refused), goTo: this.writing.goTo,
    });
  }

  edit() {
    const { name, base } = this.opened;
    return { name, base: base.version, baseText: base.text, text: this.writing.text() };
  }

  /** It is published; what was typed while the answer was on its way stays typed. */
  done(edit, version) {
    if (this.opened?.name !== edit.name) { return; }
    const { fresh: first } = this.opened;
    this.opened.publishedNow(version, edit.text);
    if (first) { this.look(); }
    this.rebased(`Version ${version} is published: new calls get it, calls in progress go on as they began.`);
  }

  rebased(words) {
    this.opened.rebase();
    this.keep();
    this.showState();
    this.showTab();
    notice(words);
  }

  rollBack(version, text) {
    const { name, version: current, text: currentText } = this.opened.plan;
    dialogs.rollBack({ name, version, text, current, currentText }, this.tools, async () => {
      await this.publishedElsewhere();
      notice(`Rolled back: new calls get version ${version}.`);
    });
  }

  /** Another version is published than we knew of. @param {api.Refused} [why] what the server said to ours */
  async publishedElsewhere(why) {
    await refusable(async () => {
      const { name } = this.opened;
      const plan = await api.plan(name);
      const [last] = await api.versions(name).catch(() => []);
      const by = last?.author ?? "";
      const kept = this.changed;
      this.opened.publishedNow(plan.version, plan.text);
      if (kept) { this.offer(by); return; }
      this.take();
      notice(`Version ${plan.version}${by ? ` of ${by}` : ""} was published meanwhile; it is shown now.`);
    }, (refused) => notice(why && refused.missing ? `Not published: ${why.words}.` : `What is published now cannot be had: ${refused.words}.`));
  }

  /** Show what somebody else changed meanwhile, and what can be done. */
  offer(by) {
    const { plan } = this.opened;
    const look = () => dialogs.conflict(this.edit(), { ...plan, by }, this.tools, {
      together: (text, clashes) => {
        this.opened.rebase();
        this.writing.edit(text);
        this.rebased(clashes ? `Both are put together; in ${counted(clashes, "place")} both changed the same lines: yours stand, theirs are comments beside them.`
          : "Both are put together: look at the text, then publish it.");
      },
      mine: () => this.rebased(`Your text now takes the place of version ${plan.version}: publish it if that is meant.`),
      theirs: () => this.take(),
    });
    this.showState();
    notice(`${by || "Somebody"} published version ${plan.version} meanwhile.`, [["Show what to do", look]]);
    if (!document.querySelector("dialog[open]")) { look(); }
  }
}

const wanted = () => decodeURIComponent(location.hash.slice(1));

/** What a person has to know of a file that does not take effect as it is saved. */
function unusable(plan) {
  const [first] = plan.problems ?? [];
  return first ? `The file ${plan.file} as it is saved has errors and does not take effect (line ${first.line}: ${first.message}). What is served is shown.` : "";
}

/** Do something that the server may refuse. */
async function refusable(act, refused) {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof api.Refused)) { throw error; }
    refused(error);
  }
}

// The dialplan that is open: what the server has of it, and the version that the text was made from.

import * as api from "./api.js";
import * as drafts from "./drafts.js";

/**
 * @typedef {Object} Plan as the server has it
 * @property {string} name
 * @property {string} file
 * @property {string} version
 * @property {string} text
 * @property {Record<string, number>} [calls] in progress, by version
 */

export class Opened {
  /**
   * @param {Plan} plan as published
   * @param {{version: string, text: string}} base the version that the text was made from
   */
  constructor(plan, base) {
    this.plan = plan;
    this.base = base;
  }

  get name() { return this.plan.name; }

  /** Whether nothing is published under its name yet. */
  get fresh() { return this.plan.version === ""; }

  /** Begin a dialplan that there is not yet. @param {string} name */
  static begin(name) {
    const plan = { name, file: "", version: "", text: "" };
    return new Opened(plan, plan);
  }

  /**
   * Fetch a dialplan, and what was typed into it before.
   * @param {string} name
   * @returns {Promise<{opened: Opened, draft: drafts.Draft | null}>}
   */
  static async fetch(name) {
    const draft = drafts.kept(name);
    const begun = (error) => {
      if (draft?.base === "" && error instanceof api.Refused && error.missing) { return Opened.begin(name).plan; }
      throw error;
    };
    const plan = { ...(await api.plan(name).catch(begun)), name };
    if (draft === null || draft.text === plan.text) { return { opened: new Opened(plan, plan), draft: null }; }
    const base = draft.base === plan.version ? plan : draft.base === "" ? { text: "" } : await api.version(name, draft.base).catch(gone(plan));
    return { opened: new Opened(plan, { version: draft.base, text: base.text }), draft };
  }

  /** Keep the text in the browser, or forget what was kept when nothing is left to publish. @returns {boolean} false if it cannot */
  keep(text) {
    if (text !== this.base.text) { return drafts.keep(this.name, { text, base: this.base.version, at: Date.now() }); }
    drafts.forget(this.name);
    return true;
  }

  /** From now on the text counts as made from what is published. */
  rebase() { this.base = { version: this.plan.version, text: this.plan.text }; }

  /** Another version is published now. */
  publishedNow(version, text) { this.plan = { ...this.plan, version, text }; }
}

/** A version that the server has no more: compare with what is published instead. */
function gone(plan) {
  return (error) => {
    if (error instanceof api.Refused && error.missing) { return plan; }
    throw error;
  };
}

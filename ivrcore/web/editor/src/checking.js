// The check as somebody types: the server judges the text, the marks and the list show what it found.

import * as api from "./api.js";
import { byId, quieted } from "./dom.js";
import * as problems from "./problems.js";

const CHECK_AFTER = 300;

/**
 * @param {import("./codemirror.js").Writing} writing
 * @param {() => {name: string, file?: string} | null} open which dialplan is
 * @param {(sound: boolean) => void} checked told after every check whether the text has no errors
 * @returns {{now: () => void, later: () => void, errors: () => any[]}}
 */
export function checking(writing, open, checked) {
  let asked = new AbortController();
  let found = [];

  async function now() {
    const plan = open();
    if (plan === null) { return; }
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const answer = await api.check(plan.name, writing.text(), signal);
      if (signal.aborted) { return; }  // what was found before the last key was typed is not shown
      found = answer;
      writing.mark(found.filter((one) => isOf(one, plan)));
      problems.list(byId("problems"), found, writing.goTo);
      say(problems.summary(found), errors().length ? "bad" : "good");
      checked(!errors().length);
    } catch (error) {
      if (signal.aborted) { return; }
      if (!(error instanceof api.Refused)) { throw error; }
      found = [];
      say(error.missing ? "not checked: this server does not check texts" : `not checked: ${error.message}`, "fair");
    }
  }

  const errors = () => found.filter(({ severity }) => severity === "error");
  return { now, later: quieted(CHECK_AFTER, now), errors };
}

const named = (file) => String(file ?? "").split("/").at(-1);

/** Whether a problem is in this text, and not in the configuration or another dialplan. */
function isOf(problem, plan) {
  return !problem.file || !plan.file || named(problem.file) === named(plan.file);
}

function say(words, kind) {
  byId("found").textContent = words;
  byId("found").className = kind;
}

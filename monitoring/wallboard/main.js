// The wallboard: follows the server's figures, shows them once a second and with each change, and says when they
// are old.

import * as agents from "./agents.js";
import * as contacts from "./contacts.js";
import { byId, put, say } from "./dom.js";
import { Freshness } from "./freshness.js";
import { CRITICAL, longestWait, ofQueue } from "./levels.js";
import * as queues from "./queues.js";
import { isNews } from "./release.js";
import * as settings from "./settings.js";
import { empty, inOrder, take } from "./state.js";
import { follow } from "./stream.js";
import * as totals from "./totals.js";
import { duration, filled, roughly, timeOfDay, wordsOf } from "./words.js";

const TURN = 10;
/** Seconds between things that a screen reader is told. */
const QUIET = 10;

const freshness = new Freshness();
let board = empty();
let paused = false;
let held = 0;
let turned = steady();
let told = { at: -Infinity, critical: "", problem: "connecting" };

function steady() { return performance.now() / 1000; }

function render() {
  const chosen = settings.chosen();
  const words = wordsOf(chosen.language);
  const now = freshness.now(steady());
  const shown = inOrder(board).map(([name, row]) => (
    { name, row, longest: longestWait(row, now), levels: ofQueue(name, row, board.levels, now) }
  ));
  const turn = paused ? held : Math.floor((steady() - turned) / TURN);
  const view = { board, now, words, queues: shown, wall: chosen.view === "wall", turn };
  settings.apply(chosen, words);
  sign(words, now);
  totals.render(view);
  const pages = queues.render(view);
  agents.render(view);
  contacts.render(view);
  say(byId("note"), filled(words.note, { zone: board.zone }));
  turning(words, pages, turn);
  tell(words, shown);
}

/** Say whether the figures are of now. */
function sign(words, now) {
  const problem = freshness.problem(steady());
  const time = timeOfDay(now, board.zone);
  put(document.body, "data-stale", problem ? "yes" : null);
  put(byId("sign"), "data-live", problem ? "no" : "yes");
  say(byId("sign"), problem ? `${words.old} ${time}` : `${words.live} ${time}`);
  byId("stale").hidden = !problem;
  say(byId("problem"), problem ? staleness(words, problem, time) : "");
  say(byId("age"), problem && board.totals ? filled(words.ago, { age: duration(freshness.age(steady())) }) : "");
  const notes = problem ? [] : beside(words);
  byId("notes").hidden = notes.length === 0;
  say(byId("notes"), notes.join(" · "));
}

/** What does not change from one second to the next, since a screen reader reads it out. */
function staleness(words, problem, time) {
  return filled(board.totals ? words.oldSince : words.never, { problem: words[problem], time });
}

/** What else a reader has to know. */
function beside(words) {
  const links = Object.entries(board.totals?.links ?? {}).filter(([, up]) => !up);
  const skew = freshness.skew();
  return [
    ...links.map(([name]) => filled(words.linkDown, { name })),
    ...(skew ? [filled(words.skew, { skew: roughly(Math.abs(skew), words) })] : []),
  ];
}

function turning(words, pages, turn) {
  const button = byId("pause");
  button.hidden = pages < 2;
  held = turn;
  say(button, paused ? words.resume : words.pause);
  put(button, "aria-pressed", String(paused));
}

/** Tell a screen reader what it must not miss, seldom: queues that have become critical, and that all is live again. */
function tell(words, shown) {
  const problem = freshness.problem(steady());
  const critical = shown.filter(({ levels }) => levels.worst === CRITICAL).map(({ name }) => name);
  const key = critical.join("\n");
  const news = [];
  if (told.problem && !problem) { news.push(words.back); }
  if (!problem && key !== told.critical && steady() - told.at > QUIET) {
    const before = told.critical.split("\n");
    news.push(...critical.filter((name) => !before.includes(name)).map((queue) => filled(words.isCritical, { queue })));
    told = { ...told, critical: key, at: steady() };
  }
  told.problem = problem;
  if (news.length) { say(byId("told"), news.join(". ")); }
}

settings.listen(render);
byId("pause").addEventListener("click", () => {
  paused = !paused;
  if (!paused) { turned = steady() - held * TURN; }
  render();
});
addEventListener("resize", render);
setInterval(render, 1000);
render();
follow("/api/v1/wallboard", {
  opened(answer) {
    const [told, own] = [answer.headers.get("x-wallboard"), document.querySelector("main").dataset.stamp];
    if (isNews(told, own, sessionStorage, Date.now() / 1000)) { location.reload(); }
  },
  message(value) {
    const next = take(board, value);
    if (next === null) { return false; }
    if (value.at !== undefined) { freshness.heard(value.at, steady(), Date.now() / 1000); }
    if (next !== board) {
      board = next;
      render();
    }
    return true;
  },
  lost() {
    freshness.lost();
    board = { ...board, seq: -1 };
    render();
  },
  refused(status) {
    if (status === 401) { location.assign("/login?next=/wallboard"); }
  },
});

// The board as messages make it, its levels, its pages, and how old it is.

import assert from "node:assert/strict";

import { Freshness } from "../../../../monitoring/wallboard/freshness.js";
import { abandoned, CRITICAL, falling, GOOD, ofAll, ofQueue, rising, serviceLevel, sum, WARNING } from "../../../../monitoring/wallboard/levels.js";
import { paged } from "../../../../monitoring/wallboard/paging.js";
import { empty, inOrder, take } from "../../../../monitoring/wallboard/state.js";

const WHOLE = {
  whole: true, seq: 4, zone: "UTC", order: ["loans", "cards"], levels: { "": {} },
  queues: { cards: { waiting: 0 }, loans: { waiting: 2 } }, agents: {}, contacts: { c1: {}, c2: {} },
  totals: { "": { arrived: 7 } },
};

// Messages.
const board = take(empty(), WHOLE);
assert.deepEqual(inOrder(board).map(([name]) => name), ["loans", "cards"]);
assert.equal(take(board, { at: 5 }), board, "the time alone changes nothing");
const next = take(board, { seq: 5, at: 6, contacts: { c1: null, c3: {} }, totals: { "": { arrived: 8 } } });
assert.deepEqual([...next.contacts.keys()], ["c2", "c3"]);
assert.equal(next.totals.arrived, 8);
assert.equal(board.contacts.size, 2, "a board is not changed, but replaced");
assert.equal(take(next, { seq: 5, at: 6, contacts: { c2: null } }), next, "told twice");
assert.equal(take(next, { seq: 7, at: 6 }), null, "one is missing");
assert.equal(take(empty(), { seq: 1, at: 6 }), null, "changes of what is not known");
assert.equal(take(next, { ...WHOLE, seq: 1 }).seq, 1, "a whole board is always taken: the server may be another");
assert.deepEqual(inOrder(take(next, { seq: 6, order: ["cards"], queues: { loans: null } })).map(([name]) => name), ["cards"]);

// Levels.
assert.deepEqual([9, 10, 19, 20].map((value) => rising(value, 10, 20)), [GOOD, WARNING, WARNING, CRITICAL]);
assert.deepEqual([0.8, 0.79, 0.6, 0.59].map((value) => falling(value, 0.8, 0.6)), [GOOD, WARNING, WARNING, CRITICAL]);
assert.deepEqual([rising(null, 0, 0), rising(99, null, null), falling(null, 1, 1), falling(0, null, null)], [0, 0, 0, 0]);
const day = { entered: 10, answered: 6, answered_in: 4, abandoned: 2 };
const none = { entered: 0, answered: 0, answered_in: 0, abandoned: 0 };
assert.equal(serviceLevel(day), 0.5);
assert.equal(abandoned(day), 0.2);
assert.deepEqual([serviceLevel(none), abandoned(none)], [null, null]);
assert.deepEqual(sum([day, day, none]), { entered: 20, answered: 12, answered_in: 8, abandoned: 4 });
const bounds = (more = {}) => ({
  waiting_warning: null, waiting_critical: null, longest_wait_warning: null, longest_wait_critical: null,
  expected_wait_warning: null, expected_wait_critical: null, service_level_warning: null, service_level_critical: null,
  abandoned_warning: 0.05, abandoned_critical: 0.1, ...more,
});
const queue = (more = {}) => (
  { waiting: 1, oldest: 100, expected: null, threshold: 20, objective: 0.8, agents: { ready: 1 }, today: none, yesterday: none, ...more }
);
const levels = { "": bounds(), cards: bounds({ longest_wait_warning: 50, waiting_warning: 1 }) };
assert.deepEqual([119, 120, 159, 160].map((now) => ofQueue("loans", queue(), levels, now).longest), [0, 1, 1, 2]);
assert.equal(ofQueue("cards", queue(), levels, 149).longest, GOOD, "its own bound");
assert.equal(ofQueue("cards", queue(), levels, 149).worst, WARNING);
assert.equal(ofQueue("cards", queue(), levels, 161).longest, CRITICAL);
assert.equal(ofQueue("loans", queue({ agents: {} }), levels, 100).worst, CRITICAL, "somebody waits, nobody is there");
assert.equal(ofQueue("loans", queue({ agents: {}, waiting: 0, oldest: null }), levels, 100).worst, GOOD);
assert.equal(ofQueue("loans", queue({ today: day }), levels, 100).worst, CRITICAL);
const share = (level, more = {}) => {
  const today = { entered: 100, answered: 100, answered_in: Math.round(level * 100), abandoned: 0 };
  return queue({ waiting: 0, oldest: null, today, ...more });
};
const levelOf = (level, more, name = "loans") => ofQueue(name, share(level, more), levels, 100).level;
assert.deepEqual([0.8, 0.79, 0.6, 0.59].map((level) => levelOf(level)), [GOOD, WARNING, WARNING, CRITICAL]);
assert.deepEqual([0.9, 0.89, 0.8, 0.79].map((level) => levelOf(level, { objective: 0.9 })), [GOOD, WARNING, WARNING, CRITICAL]);
assert.deepEqual([0.4, 0.39, 0].map((level) => levelOf(level, { objective: 0.4 })), [GOOD, WARNING, WARNING], "never critical");
const own = { "": bounds(), cards: bounds({ service_level_warning: 0.5, service_level_critical: 0.3 }) };
assert.deepEqual([0.5, 0.49, 0.29].map((level) => ofQueue("cards", share(level, { objective: 0.9 }), own, 100).level),
  [GOOD, WARNING, CRITICAL], "what is configured for the board comes before the objective");

// All queues together.
const shares = (...rows) => ofAll(rows, levels);
assert.deepEqual(ofAll([], levels), { level: GOOD, abandoned: GOOD });
assert.deepEqual(shares(["loans", queue()], ["cards", queue()]), { level: GOOD, abandoned: GOOD }, "nobody came");
assert.equal(shares(["loans", share(0.8)], ["cards", share(0.8)]).level, GOOD);
assert.equal(shares(["loans", share(0.9)], ["cards", share(0.69)]).level, WARNING, "0.795 of 0.8");
assert.equal(shares(["loans", share(0.59)], ["cards", share(0.6)]).level, CRITICAL);
assert.equal(shares(["loans", share(0.85, { objective: 0.9 })], ["cards", share(0.85)]).level, GOOD, "0.85 of 0.85");
assert.equal(shares(["loans", share(0.84, { objective: 0.9 })], ["cards", share(0.85)]).level, WARNING);
const lost = (abandoned) => queue({ today: { entered: 100, answered: 100 - abandoned, answered_in: 100 - abandoned, abandoned } });
assert.deepEqual([[4, 5], [5, 5], [9, 11], [0, 0]].map(([one, other]) => shares(["loans", lost(one)], ["cards", lost(other)]).abandoned),
  [GOOD, WARNING, CRITICAL, GOOD]);

// Pages.
const rows = (...worst) => worst.map((one, at) => ({ name: at, worst: one }));
const names = ({ shown }) => shown.map(({ name }) => name);
assert.deepEqual(names(paged(rows(0, 2, 1), 5, 7, CRITICAL)), [1, 2, 0], "all fit: the worst first");
const many = rows(0, 0, 2, 0, 0, 0, 1);
assert.deepEqual(names(paged(many, 4, 0, CRITICAL)), [2, 6, 0, 1]);
assert.deepEqual(names(paged(many, 4, 1, CRITICAL)), [2, 3, 4, 5]);
assert.deepEqual(names(paged(many, 4, 2, CRITICAL)), [2, 6, 0, 1]);
const bad = rows(2, 2, 2, 2, 2);
const seen = new Set([0, 1, 2].flatMap((turn) => names(paged(bad, 4, turn, CRITICAL))));
assert.equal(seen.size, 5, "where all are critical, none is never shown");

// Freshness.
const fresh = new Freshness();
assert.equal(fresh.problem(0), "connecting");
fresh.heard(1000, 10, 1000);
assert.deepEqual([fresh.problem(14), fresh.now(14)], ["", 1004]);
fresh.heard(1004.6, 15, 1004.6);
assert.equal(fresh.now(15), 1005, "a message that was under way for longer does not turn the time back");
assert.equal(fresh.problem(20.1), "silent");
assert.equal(fresh.now(99), 1005, "old figures stand still");
fresh.lost();
assert.equal(fresh.problem(15.1), "lost");
fresh.heard(5000, 120, 1000);
assert.deepEqual([fresh.problem(120), fresh.now(121)], ["", 5001]);
assert.equal(fresh.skew(), -4000);
fresh.heard(5002, 122, 5003);
assert.equal(fresh.skew(), 0, "a second is no matter");
const fast = new Freshness();
let ahead = 0;
for (let at = 0; at <= 3600; at += 2) {
  const page = at * 1.0005;  // 1.8 s in an hour
  fast.heard(at, page, at);
  ahead = Math.max(ahead, fast.now(page) - at);
}
assert.ok(ahead < 0.05, `where this page's clock is fast, timers do not run ahead by ${ahead} s`);

// The figures of the whole hotline.

import { byId, h, keyed, put, say } from "./dom.js";
import { figure, show } from "./figure.js";
import { abandoned, ofAll, serviceLevel, sum } from "./levels.js";
import { brief, duration, filled, NONE, percent } from "./words.js";

const NAMES = ["waiting", "longest", "level", "abandoned", "calls", "ready"];

/** Show them. */
export function render({ words, queues, board, wall }) {
  const list = byId("totals");
  put(list, "aria-label", words.totals);
  const found = board.totals === null ? null : figures(words, queues, board, wall ? brief : duration);
  keyed(list, NAMES.map((name) => [name, found?.[name]]), tile, (element, value, name) => {
    const [label, number] = element.children;
    say(label, words[name]);
    show(number, words, ...(value ?? [NONE]));
  });
}

function tile(name) { return h("div", {}, h("dt"), figure("dd", name)); }

function figures(words, queues, { totals, levels }, time) {
  const [today, before] = ["today", "yesterday"].map((day) => sum(queues.map(({ row }) => row[day])));
  const was = (value) => filled(words.yesterday, { value });
  const worst = (name) => Math.max(0, ...queues.map((queue) => queue.levels[name]));
  const shares = ofAll(queues.map(({ name, row }) => [name, row]), levels);
  const waits = queues.map(({ longest }) => longest).filter((wait) => wait !== null);
  const { ready = 0, logged_out: away = 0 } = totals.agents;
  const staff = Object.values(totals.agents).reduce((one, other) => one + other, 0) - away;
  return {
    waiting: [String(queues.reduce((count, { row }) => count + row.waiting, 0)), worst("waiting")],
    longest: [waits.length ? time(Math.max(...waits)) : NONE, worst("longest")],
    level: [percent(serviceLevel(today)), shares.level, was(percent(serviceLevel(before)))],
    abandoned: [String(today.abandoned), shares.abandoned, `${percent(abandoned(today))} · ${was(before.abandoned)}`],
    calls: [String(totals.arrived), 0, was(totals.arrived_yesterday)],
    ready: [String(ready), 0, filled(words.readyOf, { ready, all: staff })],
  };
}

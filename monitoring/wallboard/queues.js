// The queues: all of them at a desk, on a wall as many as can be read, in turns, the critical ones always.

import { byId, h, keyed, put, say } from "./dom.js";
import { figure, show } from "./figure.js";
import { abandoned, CRITICAL, serviceLevel } from "./levels.js";
import { paged } from "./paging.js";
import { brief, duration, filled, NONE, percent } from "./words.js";

const COLUMNS = ["waiting", "longest", "level", "abandoned", "expected", "answered", "staff"];

/** So many have room for larger figures on a wall. */
const FEW = 5;

/** Show them; give how many pages there are. */
export function render(view) {
  const { words, queues, wall, turn } = view;
  const section = byId("queues");
  if (!section.firstElementChild) { section.append(...frame()); }
  const [title, scroll, empty, foot] = section.children;
  const table = scroll.firstElementChild;
  say(title, words.queues);
  put(scroll, "aria-label", words.queues);
  put(section, "data-few", queues.length <= FEW ? "" : null);
  heads(table.tHead, words);
  const rows = queues.map((queue) => ({ ...queue, worst: queue.levels.worst }));
  const found = wall ? paged(rows, room(scroll, table), turn, CRITICAL) : { shown: rows, page: 1, pages: 1 };
  keyed(table.tBodies[0], found.shown.map((queue) => [queue.name, queue]), makeRow, (row, queue) => {
    fillRow(row, queue, words, wall ? brief : duration);
  });
  empty.hidden = rows.length > 0;
  say(empty, words.noQueues);
  say(foot, found.pages > 1 ? filled(words.page, found) : "");
  return found.pages;
}

function frame() {
  const table = h("table", { "aria-labelledby": "queues-title" }, h("thead", {}, h("tr")), h("tbody"));
  return [
    h("h2", { id: "queues-title" }),
    h("div", { class: "scroll", tabindex: "0", role: "region" }, table),
    h("p", { class: "note", hidden: true }),
    h("p", { class: "page" }),
  ];
}

function heads(head, words) {
  keyed(head.rows[0], ["queue", ...COLUMNS].map((name) => [name, words[name]]), (name) =>
    h("th", { scope: "col", "data-figure": name }), say);
}

/** How many rows a wall has room for: as high as the first, between the head and the end of its box. */
function room(scroll, table) {
  const height = Number.parseFloat(getComputedStyle(scroll).getPropertyValue("--row"))
    * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.max(2, Math.floor((scroll.clientHeight - table.tHead.offsetHeight + 1) / height));
}

function makeRow() {
  return h("tr", {}, h("th", { scope: "row" }, h("span", { class: "name" })), ...COLUMNS.map((name) => figure("td", name)));
}

function fillRow(element, { name, row, levels, longest }, words, time) {
  const was = (value) => filled(words.yesterday, { value });
  const [head, ...cells] = element.cells;
  const all = Object.values(row.agents).reduce((one, other) => one + other, 0);
  const values = {
    waiting: [String(row.waiting)],
    longest: [time(longest)],
    level: [percent(serviceLevel(row.today)), was(percent(serviceLevel(row.yesterday)))],
    abandoned: [String(row.today.abandoned), was(row.yesterday.abandoned), `${percent(abandoned(row.today))} · `],
    expected: [row.expected === null ? NONE : time(row.expected)],
    answered: [String(row.today.answered), was(row.yesterday.answered)],
    staff: [all ? filled(words.readyOf, { ready: row.agents.ready ?? 0, all }) : words.noStaff],
  };
  say(head.firstElementChild, name);
  put(head, "title", name);
  COLUMNS.forEach((column, at) => {
    const [text, small = "", before = ""] = values[column];
    show(cells[at], words, text, levels[column] ?? 0, small, before);
  });
}

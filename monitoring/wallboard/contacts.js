// The calls in progress: how many are where, and at a desk each with its place in the dialplan. No caller is named.

import { byId, h, keyed, put, say } from "./dom.js";
import { duration, filled, NONE } from "./words.js";

const PLACES = { menu: "menu", queue: "inQueue", agent: "withAgent" };
const COLUMNS = ["contact", "plan", "state", "where", "since", "agent"];
/** On a wall: the menus with most callers. */
const MOST_MENUS = 3;

/** Show them. */
export function render({ words, board, now, wall }) {
  const section = byId("contacts");
  if (!section.firstElementChild) { section.append(...frame()); }
  const [title, list, scroll, note] = section.children;
  say(title, words.contacts);
  const menus = busiest(board);
  keyed(list, Object.keys(PLACES).map((place) => [place, board.totals?.places[place]]), makePlace,
    (element, count, place) => {
      const [label, number, small] = element.children;
      say(label, words[PLACES[place]]);
      say(number, count === undefined ? NONE : String(count));
      say(small, place === "menu" && wall ? menus : "");
    });
  const table = scroll.firstElementChild;
  put(scroll, "aria-label", words.contacts);
  scroll.hidden = wall || board.contacts.size === 0;
  keyed(table.tHead.rows[0], COLUMNS.map((name) => [name, words[name]]), () => h("th", { scope: "col" }), say);
  keyed(table.tBodies[0], wall ? [] : [...board.contacts], makeRow, (row, contact, name) =>
    fillRow(row, contact, { name, now, words }));
  const more = board.totals?.more_contacts ?? 0;
  const none = board.totals !== null && board.contacts.size === 0;
  say(note, none ? words.noCalls : more && !wall ? filled(words.more, { count: more }) : "");
}

function frame() {
  const table = h("table", { "aria-labelledby": "contacts-title" }, h("thead", {}, h("tr")), h("tbody"));
  return [
    h("h2", { id: "contacts-title" }),
    h("dl", { class: "places" }),
    h("div", { class: "scroll", tabindex: "0", role: "region" }, table),
    h("p", { class: "note" }),
  ];
}

function makePlace(place) {
  return h("div", { "data-place": place }, h("dt"), h("dd", { class: "number" }), h("dd", { class: "small" }));
}

function makeRow() {
  return h("tr", {}, h("th", { scope: "row" }), ...COLUMNS.slice(1).map(() => h("td")));
}

function fillRow(element, contact, { name, now, words }) {
  const values = [
    short(name), contact.plan, words[PLACES[contact.at]], contact.place || NONE,
    duration(now - contact.since), contact.agent || NONE,
  ];
  values.forEach((value, at) => { say(element.cells[at], value); });
  put(element.cells[0], "title", name);
}

/** The end of a contact's id: enough to tell those on the screen apart. */
export function short(name) { return name.length > 8 ? `…${name.slice(-6)}` : name; }

function busiest(board) {
  const counts = new Map();
  for (const { at, plan, place } of board.contacts.values()) {
    if (at === "menu") {
      const where = place || plan;
      counts.set(where, (counts.get(where) ?? 0) + 1);
    }
  }
  const most = [...counts].sort(([, one], [, other]) => other - one).slice(0, MOST_MENUS);
  return most.map(([where, count]) => `${where} ${count}`).join(" · ");
}

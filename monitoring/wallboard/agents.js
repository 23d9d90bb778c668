// The agents by state: how many and for how long, and at a desk every one of them.

import { byId, h, keyed, put, say } from "./dom.js";
import { brief, duration, filled, NONE } from "./words.js";

const STATES = [
  "ready", "offered", "talking", "wrap_up", "paused", "resting", "off_queue", "unreachable", "logged_out",
];
/** So many states have room on a wall, and some to spare. */
const ROOMY = 7;

/** Show them. */
export function render({ words, board, now, wall }) {
  const section = byId("agents");
  if (!section.firstElementChild) { section.append(...frame()); }
  const [title, list, note] = section.children;
  say(title, wall ? `${words.agents} · ${words.longestIn}` : words.agents);
  const groups = grouped(board);
  const items = STATES.map((state) => [state, { count: board.totals?.agents[state] ?? 0, agents: groups[state] }]);
  keyed(list, items.filter(([state, { count }]) => count > 0 || ["ready", "talking"].includes(state)), makeGroup,
    (element, group, state) => fillGroup(element, group, words.states[state], { now, words, wall }));
  put(section, "data-many", list.childElementCount > ROOMY ? "" : null);
  const more = wall ? 0 : board.totals?.more_agents ?? 0;
  say(note, board.totals && board.agents.size === 0 ? words.nobody : more ? filled(words.more, { count: more }) : "");
}

function frame() {
  return [h("h2", { id: "agents-title" }), h("ul", { class: "states" }), h("p", { class: "note" })];
}

/** State -> its agents, who is in it longest first. */
function grouped(board) {
  const groups = Object.fromEntries(STATES.map((state) => [state, []]));
  for (const [name, agent] of board.agents) { groups[agent.state]?.push([name, agent]); }
  for (const agents of Object.values(groups)) {
    agents.sort(([, one], [, other]) => (one.since ?? Infinity) - (other.since ?? Infinity));
  }
  return groups;
}

function makeGroup(state) {
  return h(
    "li", { class: "group", "data-state": state },
    h("h3", {}, h("span", { class: "dot", "aria-hidden": "true" }), h("span", { class: "name" })),
    h("p", { class: "count" }, h("span", { class: "number" }), h("small", { class: "longest" }, h("span", { class: "label" }), h("span"))),
    h("ul", { class: "each" }),
  );
}

function fillGroup(element, { count, agents }, name, { now, words, wall }) {
  const [head, counts, each] = element.children;
  const first = agents[0]?.[1].since ?? null;
  say(head.lastElementChild, name);
  say(counts.firstElementChild, String(count));
  const [label, longest] = counts.lastElementChild.children;
  say(label, first === null ? "" : `${words.longestIn} `);
  say(longest, first === null ? "" : (wall ? brief : duration)(now - first));
  keyed(each, wall ? [] : agents, makeAgent, (chip, agent) => {
    const [who, timer, reason] = chip.children;
    say(who, agent.display);
    say(timer, agent.since === null ? NONE : duration(now - agent.since));
    say(reason, agent.reason);
    put(reason, "title", agent.reason || null);
  });
}

function makeAgent() {
  return h("li", {}, h("span", { class: "who" }), h("span", { class: "timer" }), h("small", { class: "reason" }));
}

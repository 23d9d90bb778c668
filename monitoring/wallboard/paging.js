// Which rows a screen shows that has no room for all: the critical ones always, the others in turns.
// Knows nothing of the page.

/**
 * @param {{worst: number}[]} rows all, in their order
 * @param {number} room how many can be shown
 * @param {number} turn counts up; each shows other rows
 * @param {number} critical the level that is pinned
 * @returns {{shown: object[], page: number, pages: number}} the worst first; `page` counts from 1
 */
export function paged(rows, room, turn, critical) {
  const sorted = [...rows].sort((one, other) => other.worst - one.worst);  // a stable sort
  if (rows.length <= room) { return { shown: sorted, page: 1, pages: 1 }; }
  const most = Math.floor(room / 2);
  const pinned = sorted.filter((row) => row.worst >= critical).slice(0, most);
  const others = sorted.slice(pinned.length);
  const each = Math.max(1, room - pinned.length);
  const pages = Math.ceil(others.length / each);
  const page = turn % pages;
  return { shown: [...pinned, ...others.slice(page * each, (page + 1) * each)], page: page + 1, pages };
}

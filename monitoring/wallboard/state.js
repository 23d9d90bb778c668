// The board as the server told it: the whole of it once, then changes. Knows nothing of the page.

/** A board of which nothing is known yet. */
export function empty() {
  return {
    seq: -1, zone: "UTC", order: [], levels: {},
    queues: new Map(), agents: new Map(), contacts: new Map(), totals: null,
  };
}

const KINDS = ["queues", "agents", "contacts"];

/**
 * Take a message into the board; give the new board, or null where one before it is missing.
 * A message without `seq` tells the time alone.
 */
export function take(board, message) {
  if (message.seq === undefined) { return board; }
  if (message.whole) { return whole(message); }
  if (board.seq < 0 || message.seq > board.seq + 1) { return null; }
  if (message.seq <= board.seq) { return board; }
  const next = { ...board, seq: message.seq };
  if (message.order) { next.order = message.order; }
  if (message.totals) { next.totals = message.totals[""]; }
  for (const kind of KINDS) {
    if (message[kind]) { next[kind] = changed(board[kind], message[kind]); }
  }
  return next;
}

function whole(message) {
  const { seq, zone, order, levels } = message;
  const rows = Object.fromEntries(KINDS.map((kind) => [kind, new Map(Object.entries(message[kind]))]));
  return { ...empty(), seq, zone, order, levels, ...rows, totals: message.totals[""] };
}

function changed(rows, changes) {
  const next = new Map(rows);
  for (const [name, row] of Object.entries(changes)) {
    if (row === null) { next.delete(name); } else { next.set(name, row); }
  }
  return next;
}

/** The queues that are known, in the configuration's order: `[name, row]`. */
export function inOrder(board) {
  return board.order.filter((name) => board.queues.has(name)).map((name) => [name, board.queues.get(name)]);
}

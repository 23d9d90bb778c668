// How old what is shown is, and what time it is at the server. Knows nothing of the page. Times are seconds.

/** The server says something every 2 s. */
export const SILENT = 5;
/** This screen's clock may be so far from the server's before that is told. */
export const SKEW = 5;
const JUMP = 2;
/** For so long the quickest message counts: the two clocks do not run equally fast. */
const KEPT = 60;

export class Freshness {
  #offset = null;  // UTC seconds of the server, less steady seconds of this page
  #offsets = [];  // those of the last minute that may yet be the greatest, the greatest first
  #heard = null;
  #open = false;
  #skew = 0;

  /** A message came; `at` is its time at the server, `wall` what this machine's clock says. */
  heard(at, steady, wall) {
    const offset = at - steady;
    // A message that was under way for longer makes the server look slower: the quickest one is right. What
    // differs by much is another matter: a clock was set, or this machine slept.
    if (this.#offset !== null && Math.abs(offset - this.#offset) > JUMP) { this.#offsets = []; }
    this.#offsets = this.#offsets.filter((one) => one.offset > offset && steady - one.steady <= KEPT);
    this.#offsets.push({ offset, steady });
    this.#offset = this.#offsets[0].offset;
    this.#heard = steady;
    this.#open = true;
    this.#skew = wall - at;
  }

  /** The connection is gone. */
  lost() { this.#open = false; }

  /** Seconds since anything was heard; Infinity before that. */
  age(steady) { return this.#heard === null ? Infinity : steady - this.#heard; }

  /** What is wrong: "" while all is well, "connecting", "lost" or "silent". */
  problem(steady) {
    if (this.#heard === null) { return "connecting"; }
    if (!this.#open) { return "lost"; }
    return this.age(steady) > SILENT ? "silent" : "";
  }

  /** The time at the server (UTC seconds). It stands still while what is shown is old: nothing may look alive. */
  now(steady) {
    const until = this.problem(steady) ? this.#heard ?? 0 : steady;
    return (this.#offset ?? 0) + until;
  }

  /** When anything was heard last (UTC seconds of the server). */
  lastHeard() { return (this.#offset ?? 0) + (this.#heard ?? 0); }

  /** By how much this machine's clock is ahead of the server's; 0 where that is little. */
  skew() { return Math.abs(this.#skew) > SKEW ? this.#skew : 0; }
}

// Follows the server's stream of messages and comes back by itself. Knows nothing of what they say.

const LONGEST_PAUSE = 10_000;
/** Then the connection is given up; the page has said before that the server is silent. */
const SILENT = 9_000;
const LOOK = 1_000;

/**
 * Read server-sent events (`data: JSON`, then an empty line) until the page is left.
 * @param {string} url
 * @param {{message: (value: object) => boolean, opened: (answer: Response) => void, lost: () => void,
 *   refused: (status: number) => void}} on `message` gives false to begin anew
 */
export async function follow(url, on) {
  for (let failures = 0; ;) {
    try {
      const refused = await read(url, on, () => { failures = 0; });
      if (refused) { on.refused(refused); }
    } catch (error) {
      if (!(error instanceof Error)) { throw error; }
    }
    on.lost();
    failures += 1;
    // Not all at once: after a restart of the server every screen comes back.
    const pause = Math.min(LONGEST_PAUSE, 500 * 2 ** failures) * (0.5 + Math.random() / 2);
    await new Promise((done) => { setTimeout(done, pause); });
  }
}

async function read(url, on, works) {
  const control = new AbortController();
  let last = performance.now();
  const watch = setInterval(() => { if (performance.now() - last > SILENT) { control.abort(); } }, LOOK);
  try {
    const answer = await fetch(url, { signal: control.signal, cache: "no-store", redirect: "error" });
    if (answer.status === 401 || answer.status === 403) { return answer.status; }
    if (!answer.ok || answer.body === null) { throw new Error(`the server answers ${answer.status}`); }
    on.opened(answer);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = ""; ;) {
      const { value, done } = await reader.read();
      if (done) { return 0; }
      last = performance.now();
      const parts = (rest + value).split("\n\n");
      rest = parts.pop() ?? "";
      for (const part of parts) {
        if (part.startsWith("data: ") && !on.message(JSON.parse(part.slice(6)))) { return 0; }
        works();
      }
    }
  } finally {
    clearInterval(watch);
    control.abort();
  }
}

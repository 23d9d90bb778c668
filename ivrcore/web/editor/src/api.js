// The server's API as the page uses it: the browser's session, JSON, refusals as `Refused`.

const ROOT = "/api/v1/dialplans";

/** The server said no, or did not answer (`status` 0). */
export class Refused extends Error {
  /**
   * @param {number} status of HTTP
   * @param {{message?: string, hint?: string, error_id?: string, problems?: any[]}} body
   */
  constructor(status, body) {
    super(body.message ?? `the server answered ${status}`);
    this.status = status;
    this.hint = body.hint ?? "";
    this.code = body.error_id ?? "";
    this.body = body;
  }

  /** Whether this server has no such address. */
  get missing() { return this.status === 404 || this.status === 405 || this.status === 501; }

  /** In words for the reader. */
  get words() { return this.hint ? `${this.message} (${this.hint})` : this.message; }
}

/** Called with every refusal before it is thrown: the page shows that the session is over, or the server away. */
export const onRefusal = { tell: (/** @type {Refused | null} */ _refused) => {} };

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @param {AbortSignal} [signal]
 */
async function ask(method, path, body, signal) {
  let answer;
  try {
    answer = await fetch(ROOT + path, {
      method,
      signal: signal ?? null,
      redirect: "error",
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted) { throw error; }
    throw refusal(new Refused(0, { message: "the server does not answer" }));
  }
  const text = await answer.text();
  const value = parsed(text);
  if (!answer.ok) { throw refusal(new Refused(answer.status, value ?? { message: `the server answered ${answer.status}` })); }
  onRefusal.tell(null);
  return value;
}

function refusal(refused) {
  onRefusal.tell(refused);
  return refused;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

const of = (name) => `/${encodeURIComponent(name)}`;
/** The list itself, whether the server gives it bare or under a name. */
const list = (value, key) => (Array.isArray(value) ? value : value?.[key] ?? []);

/** The dialplans: name, file, version, calls per version, problems. */
export const plans = async () => list(await ask("GET", ""), "dialplans");
/** One dialplan as published: name, file, version, text. */
export const plan = (name) => ask("GET", of(name));
/** Its versions: version, author, at, how, note, before. */
export const versions = async (name) => list(await ask("GET", `${of(name)}/versions`), "versions");
/** One version with its text. */
export const version = (name, wanted) => ask("GET", `${of(name)}/versions/${encodeURIComponent(wanted)}`);
/** What is wrong with a text. */
export const check = async (name, text, signal) => list(await ask("POST", "/check", { name, text }, signal), "problems");
/** Publish; 409 when `base` is not the published version any more, 422 with problems. */
export const publish = (name, wanted) => ask("PUT", of(name), { ...wanted, how: "editor" });
/** Publish an old version again. */
export const rollBack = (name, wanted) => ask("POST", `${of(name)}/rollback`, wanted);
/** The picture of a text, as text for Graphviz; with `from` only what is near that menu or block. */
export const graph = (name, text, from, signal) => ask("POST", "/graph", from ? { name, text, from } : { name, text }, signal);
/** The picture of what is published, with the callers of all versions. */
export const traffic = (name, from, signal) => ask("GET", `${of(name)}/graph?version=all${from ? `&from=${encodeURIComponent(from)}` : ""}`, undefined, signal);
/** Run the call tests on a text. */
export const test = (name, text) => ask("POST", "/test", { name, text });
/** JSON Schema of the language. */
export const schema = () => ask("GET", "/schema");

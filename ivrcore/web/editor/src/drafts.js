// Text that is not published yet, kept in the browser against a closed tab.

const PREFIX = "ivrcore.draft.";

/**
 * @typedef {Object} Draft
 * @property {string} text
 * @property {string} base the version that it was made from
 * @property {number} at milliseconds
 */

/** @returns {Draft | null} */
export function kept(name) {
  try {
    const draft = JSON.parse(localStorage.getItem(PREFIX + name) ?? "null");
    return typeof draft?.text === "string" && typeof draft?.base === "string" ? draft : null;
  } catch { return null; }
}

/** Keep a draft. @returns {boolean} false where the browser has no room or forbids it */
export function keep(name, draft) {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(draft));
    return true;
  } catch { return false; }
}

/** Forget a draft. */
export function forget(name) {
  try { localStorage.removeItem(PREFIX + name); } catch { /* nothing was kept then */ }
}

/** Who writes: asked for once, then offered again. */
export const author = {
  get() { try { return localStorage.getItem("ivrcore.author") ?? ""; } catch { return ""; } },
  set(name) { try { localStorage.setItem("ivrcore.author", name); } catch { /* it is asked for again */ } },
};

// When the page is to be loaded anew. Knows nothing of the page.

const PREFIX = "ivrcore-wallboard-loaded-for-";
/** Seconds within which the page is loaded only once for the same release. */
const ONCE_IN = 3600;

/**
 * Whether another release of the server answers, which has other scripts: get them. Not where a proxy takes the
 * header away, and not for ever where two releases answer in turn.
 * @param {string | null} told the stamp that came with the answer
 * @param {string} own that of this page
 * @param {Storage} kept outlives the page
 * @param {number} now UTC seconds
 */
export function isNews(told, own, kept, now) {
  if (!told || told === own) { return false; }
  const before = kept.getItem(PREFIX + told);
  if (before !== null && Math.abs(now - Number(before)) < ONCE_IN) { return false; }
  kept.setItem(PREFIX + told, String(now));
  return true;
}

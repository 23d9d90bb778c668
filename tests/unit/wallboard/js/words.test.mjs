// The words: every language says everything, with the same slots; numbers and times.

import assert from "node:assert/strict";

import { brief, duration, filled, fitting, LANGUAGES, NONE, percent, roughly, timeOfDay, wordsOf } from "../../../../monitoring/wallboard/words.js";

const slots = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
const { en } = LANGUAGES;
for (const [language, words] of Object.entries(LANGUAGES)) {
  assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), language);
  assert.deepEqual(Object.keys(words.states).sort(), Object.keys(en.states).sort(), language);
  for (const [name, text] of Object.entries(words)) {
    if (name !== "states") { assert.deepEqual(slots(text), slots(en[name]), `${language}: ${name}`); }
  }
}
assert.equal(fitting(["fr-FR", "zh-Hant-TW", "ko"]), "zh");
assert.equal(fitting(["fr"]), "en");
assert.equal(wordsOf("xx"), en);
assert.equal(filled("{a} of {b} {c}", { a: 1, b: "{a}" }), "1 of {a} {c}");
assert.deepEqual([0, 59.9, 60, 3599, 3600, 90061, -3].map(duration), ["0:00", "0:59", "1:00", "59:59", "1:00:00", "25:01:01", "0:00"]);
assert.deepEqual([59, 3599, 3600, 3900, 90061, null].map(brief), ["0:59", "59:59", "1h00", "1h05", "25h01", NONE]);
assert.deepEqual([90_061, 1.8e9].map((seconds) => roughly(seconds, en)), ["25:01:01", "20833 days"]);
assert.deepEqual([duration(null), duration(Infinity), percent(null)], [NONE, NONE, NONE]);
assert.deepEqual([0, 0.001, 0.5, 0.996, 1].map(percent), ["0%", "1%", "50%", "99%", "100%"]);
assert.equal(timeOfDay(0, "Asia/Seoul"), "09:00:00");
assert.equal(timeOfDay(3600, "Mars/Olympus"), "01:00:00 UTC", "a zone that this browser does not know");

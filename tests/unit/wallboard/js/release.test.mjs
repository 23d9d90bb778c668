// When the page is loaded anew for another release's scripts.

import assert from "node:assert/strict";

import { isNews } from "../../../../monitoring/wallboard/release.js";

function storage() {
  const kept = new Map();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => { kept.set(name, value); } };
}

const one = storage();
assert.equal(isNews("a", "a", one, 1000), false);
assert.equal(isNews(null, "a", one, 1000), false, "a proxy took the header away");
assert.equal(isNews("", "a", one, 1000), false);
assert.equal(isNews("b", "a", one, 1000), true);
assert.equal(isNews("b", "a", one, 1002), false, "it was loaded anew for that, and is the old one still");
assert.equal(isNews("b", "a", one, 9000), true, "hours later it is another matter");

const two = storage();
let reloads = 0;
for (let time = 0; time < 100; time += 1) {
  const [told, own] = time % 2 ? ["a", "b"] : ["b", "a"];
  reloads += isNews(told, own, two, 1000 + time);
}
assert.equal(reloads, 2, "two releases that answer in turn");

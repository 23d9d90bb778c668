// Lines and columns of the server, names and lines, tokens to be marked.
import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOf, nameAt, names } from "../../../../ivrcore/web/editor/src/names.js";
import { columnOf, stretch, unitsBefore } from "../../../../ivrcore/web/editor/src/places.js";

test("a column counts characters, an offset UTF-16 units", () => {
  const line = "say: 😀 yes 예";
  assert.equal(unitsBefore(line, 1), 0);
  assert.equal(unitsBefore(line, 8), 8);
  assert.equal(columnOf(line, 8), 8);
  assert.equal(unitsBefore(line, columnOf(line, line.indexOf("예"))), line.indexOf("예"));
  assert.equal(unitsBefore(line, 999), line.length);
});

test("the word, the quoted text or the sign at the column is marked, and never nothing", () => {
  const marked = (line, column) => { const { from, to } = stretch(line, column); return line.slice(from, to); };
  assert.equal(marked("    - menu: nowhere", 13), "nowhere");
  assert.equal(marked('  "5000": {start: a}', 3), '"5000"');
  assert.equal(marked("  keys: {", 9), "{");
  assert.equal(marked("  go:", 6), "go:");
  assert.equal(marked("", 1), "");
});

test("names are read with their lines, from blocks, flows and half-written texts", () => {
  const text = 'numbers: {"5000": {start: a}, "5001": b}\nvariables:\n  tries: 0\nblocks:\n  a:\n    - say: x: y\n    - queue: "my queue"\n  나: []\nmenus:\n  m:\n    choices:\n      q: {go: [{queue: loans}]}\n  half';
  const { sections, used } = names(text);
  assert.deepEqual([...sections.numbers], [["5000", 1], ["5001", 1]]);
  assert.deepEqual([...sections.variables], [["tries", 3]]);
  assert.deepEqual([...sections.blocks], [["a", 5], ["나", 8]]);
  assert.deepEqual([...sections.menus], [["m", 10]]);
  assert.deepEqual([...used.queue], ["my queue", "loans"]);
  assert.equal(lineOf({ sections, used }, "menu:m"), 10);
  assert.equal(lineOf({ sections, used }, "a/2.then"), 5);
  assert.equal(lineOf({ sections, used }, "queue:loans"), null);
});

test("the menu or block that a line is in is known, and that other lines are in none", () => {
  const known = names("name: x\nnumbers:\n  \"5000\": a\nblocks:\n  a:\n    - say: x\n\n  b:\n    - say: y\nmenus:\n  m:\n    prompt: z\n");
  assert.deepEqual([1, 3, 6, 7, 9, 12, 99].map((line) => nameAt(known, line)), ["", "", "a", "a", "b", "m", "m"]);
});

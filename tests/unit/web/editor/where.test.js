// Where in a dialplan's tree the cursor is: `|` stands for it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { dashColumn, where } from "../../../../ivrcore/web/editor/src/where.js";

function at(text) {
  const offset = text.indexOf("|");
  return where(text.slice(0, offset) + text.slice(offset + 1), offset);
}

const CASES = [
  ["|", [], "key"],
  ["name: x\n|", [], "key"],
  ["name: |", ["name"], "value"],
  ["blocks:\n  |", ["blocks"], "key"],
  ["blocks:\n  welcome:\n    - |", ["blocks", "welcome", 0], "key"],
  ["blocks:\n  welcome:\n  - queue: a\n    |", ["blocks", "welcome", 0], "key"],
  ["blocks:\n  welcome:\n    - queue: |", ["blocks", "welcome", 0, "queue"], "value"],
  ["blocks:\n  welcome:\n    - say: a\n    - queue: b\n      |", ["blocks", "welcome", 0], "key"],
  ["blocks:\n  welcome:\n    - if: x\n      then:\n        - goto: |", ["blocks", "welcome", 0, "then", 0, "goto"], "value"],
  ["blocks:\n  a:\n    - say: x\n\n  b:\n    - |", ["blocks", "b", 0], "key"],
  ["blocks:\n  a:\n    - say: x\n\n# note\n  |", ["blocks"], "key"],
  ["menus:\n  main:\n    choices:\n      cards: {say: x, |", ["menus", "main", "choices", "cards"], "key"],
  ["menus:\n  main:\n    choices:\n      cards: {say: x, go: [{|", ["menus", "main", "choices", "cards", "go", 0], "key"],
  ["menus:\n  main:\n    choices:\n      cards: {say: x, go: [{queue: |", ["menus", "main", "choices", "cards", "go", 0, "queue"], "value"],
  ["menus:\n  main:\n    choices:\n      cards: {say: [a, b], keys: \"1\", go: [{queue: a}, |", ["menus", "main", "choices", "cards", "go", 0], "key"],
  ["menus:\n  main:\n    choices:\n      cards: {say: [a],\n              |", ["menus", "main", "choices", "cards"], "key"],
  ["menus:\n  main:\n    otherwise: [{goto: |}]", ["menus", "main", "otherwise", 0, "goto"], "value"],
  ["numbers:\n  \"5000\": {start: |", ["numbers", "5000", "start"], "value"],
  ["numbers:\n  \"5000\": |", ["numbers", "5000"], "value"],
  ["menus:\n  main:\n    prompt: >-\n      some |", [], "none"],
  ["menus:\n  main: # a |", [], "none"],
];

for (const [text, path, wants] of CASES) {
  test(JSON.stringify(text), () => {
    const place = at(text);
    assert.deepEqual({ path: place.path, wants: place.wants }, { path, wants });
  });
}

test("siblings above and below are seen, those of other steps are not", () => {
  assert.deepEqual(at("b:\n  w:\n    - say: x\n    - queue: a\n      |\n      skills: {x: 1}\n    - say: y").siblings, ["queue", "skills"]);
  assert.deepEqual(at("b:\n  w:\n    - {queue: a, priority: 1, |").siblings, ["queue", "priority"]);
  assert.deepEqual(at("name: x\n|\nblocks:\n  a: []").siblings, ["name", "blocks"]);
});

test("a place deep in a long text is found without reading all of it", () => {
  const menus = Array.from({ length: 20000 }, (_, index) => `  menu${index}:\n    prompt: x\n    choices:\n      a: {say: b}`);
  const began = performance.now();
  assert.deepEqual(at(`menus:\n${menus.join("\n")}\n    |`).path, ["menus", "menu19999"]);
  assert.ok(performance.now() - began < 5000);
});

test("a dash typed where a step's options stand begins the next step", () => {
  assert.equal(dashColumn("b:\n  w:\n    - say: x\n", 6), 4);
  assert.equal(dashColumn("b:\n  w:\n    - queue: x\n      skills: {a: 1}\n", 6), 4);
  assert.equal(dashColumn("b:\n  w:\n    - if: x\n      then:\n", 6), null);
  assert.equal(dashColumn("b:\n  w:\n    - if: x\n      then:\n        - say: y\n", 10), 8);
  assert.equal(dashColumn("b:\n  w:\n", 4), null);
  assert.equal(dashColumn("b:\n  w:\n    - say: x\n", 4), null);
});

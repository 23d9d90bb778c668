// What is offered and explained at a place, from a small schema and the text's own names.
import assert from "node:assert/strict";
import { test } from "node:test";
import { explain, suggest } from "../../../../ivrcore/web/editor/src/suggest.js";

const SCHEMA = {
  $ref: "#/$defs/plan",
  $defs: {
    plan: {
      type: "object",
      properties: {
        name: { type: "string", description: "names the dialplan" },
        language: { enum: ["en", "ko"] },
        defaults: { properties: { barge_in: { type: "boolean" } } },
        blocks: { additionalProperties: { $ref: "#/$defs/steps" } },
        menus: { additionalProperties: { properties: { otherwise: { $ref: "#/$defs/steps" } }, required: ["otherwise"] } },
      },
    },
    steps: { type: "array", items: { anyOf: [{ $ref: "#/$defs/say" }, { $ref: "#/$defs/queue" }, { $ref: "#/$defs/goto" }, { const: "hang_up", description: "end the call" }] } },
    say: { properties: { say: { type: "string", description: "speak a text" }, barge_in: { type: "boolean" } }, required: ["say"] },
    queue: { properties: { queue: { type: "string" }, priority: { type: "integer", default: 0 }, skills: { additionalProperties: { type: "integer" } } }, required: ["queue"] },
    goto: { properties: { goto: { type: "string" } }, required: ["goto"] },
  },
};

function at(text, schema = SCHEMA) {
  const offset = text.indexOf("|");
  return suggest(text.slice(0, offset) + text.slice(offset + 1), offset, schema);
}
const words = (text, schema) => at(text, schema).options.map(({ word }) => word);

test("at the top level the keys that are not there yet are offered", () => {
  assert.deepEqual(words("name: x\n|"), ["language", "defaults", "blocks", "menus"]);
});

test("in a step the verbs are offered, and after one its own options only", () => {
  assert.deepEqual(words("blocks:\n  a:\n    - |"), ["say", "barge_in", "queue", "priority", "skills", "goto", "hang_up"]);
  assert.deepEqual(words("blocks:\n  a:\n    - queue: x\n      |"), ["priority", "skills"]);
  assert.deepEqual(words("blocks:\n  a:\n    - {say: x, |"), ["barge_in"]);
});

test("values are offered where the schema knows them", () => {
  assert.deepEqual(words("language: |"), ["en", "ko"]);
  assert.deepEqual(words("defaults:\n  barge_in: |"), ["yes", "no"]);
});

test("names of the text are offered where one is wanted", () => {
  const text = "blocks:\n  welcome:\n    - queue: loans\n  agent:\n    - goto: |\nmenus:\n  main:\n    otherwise: [{queue: cards}]\n";
  assert.deepEqual(words(text), ["welcome", "agent", "main"]);
  assert.deepEqual(words(text.replace("goto: |", "queue: |")), ["loans", "cards"]);
  assert.deepEqual(words("numbers:\n  \"5000\": {start: |}\nblocks:\n  welcome: []\n"), ["welcome"]);
  assert.deepEqual(words("variables: {tries: 0, tier: a}\nblocks:\n  a:\n    - set: {|", null), ["tries", "tier"]);
});

test("without a schema only names are offered", () => {
  assert.deepEqual(words("blocks:\n  a:\n    - |", null), []);
  assert.deepEqual(words("blocks:\n  a:\n    - goto: |", null), ["a"]);
});

test("what is typed already is replaced, and a key brings its colon", () => {
  const { from, options } = at("blocks:\n  a:\n    - qu|");
  assert.equal(from, "blocks:\n  a:\n    - ".length);
  assert.equal(options.find(({ word }) => word === "queue").insert, "queue: ");
  assert.equal(at("|").options.find(({ word }) => word === "blocks").insert, "blocks:");
});

test("nothing is offered in a comment or a text of several lines", () => {
  assert.deepEqual(words("# na|"), []);
  assert.deepEqual(words("blocks:\n  a:\n    - say: >-\n        hello |"), []);
});

test("a key is explained by the schema, a name by where it stands", () => {
  const text = "blocks:\n  a:\n    - say: hello\n    - queue: x\n      priority: 2\n    - goto: b\n  b:\n    - hang_up\n";
  assert.equal(explain(text, text.indexOf("say") + 1, SCHEMA).about, "speak a text");
  assert.match(explain(text, text.indexOf("priority") + 1, SCHEMA).about, /Default: 0/);
  assert.equal(explain(text, text.indexOf("goto: b") + 6, SCHEMA).about, "block of this dialplan, line 7");
  assert.equal(explain(text, text.indexOf("hello") + 1, SCHEMA), null);
});

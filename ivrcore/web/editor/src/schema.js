// Reads a JSON Schema: what may stand at a path, and what it means. Pure.
// Only what an editor needs; whether a text is right, the server tells.

const MOST_TURNS = 24;

/**
 * What a schema says at one place, its references and alternatives taken apart.
 * @param {any} node
 * @param {any} root
 * @param {number} [turns] against schemas that refer to themselves
 * @returns {any[]}
 */
export function alternatives(node, root, turns = 0) {
  if (node === null || typeof node !== "object" || turns > MOST_TURNS) { return []; }
  const found = [];
  if (typeof node.$ref === "string") {
    const aim = node.$ref.replace(/^#\/?/u, "").split("/").filter(Boolean)
      .reduce((part, key) => part?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], root);
    const described = node.description === undefined ? aim : { ...aim, description: node.description };
    found.push(...alternatives(described, root, turns + 1));
  }
  for (const several of ["anyOf", "oneOf", "allOf"]) {
    for (const one of node[several] ?? []) {
      const said = one?.description ?? one?.$ref ? one : { ...one, description: node.description };
      found.push(...alternatives(said, root, turns + 1));
    }
  }
  const own = ["properties", "patternProperties", "additionalProperties", "items", "prefixItems", "enum", "const", "type"];
  if (own.some((key) => key in node) || !found.length) { found.push(node); }
  return found;
}

/** What follows from a place by one key of the path. */
function next(node, key, root) {
  if (typeof key === "number") {
    return [...(node.prefixItems ?? []), node.items].filter((item) => typeof item === "object");
  }
  if (node.properties && Object.hasOwn(node.properties, key)) { return [node.properties[key]]; }
  const fitting = Object.entries(node.patternProperties ?? {}).filter(([pattern]) => new RegExp(pattern, "u").test(key));
  if (fitting.length) { return fitting.map(([, value]) => value); }
  return typeof node.additionalProperties === "object" ? [node.additionalProperties] : [];
}

/**
 * What may stand at a path.
 * @param {any} root
 * @param {(string | number)[]} path
 */
export function at(root, path) {
  return path.reduce(
    (nodes, key) => nodes.flatMap((node) => next(node, key, root)).flatMap((node) => alternatives(node, root)),
    alternatives(root, root),
  );
}

/**
 * @typedef {Object} Entry
 * @property {string} word
 * @property {string} about what it means
 * @property {boolean} needed
 * @property {"open" | "text"} value what comes after a key: a mapping or list in the next line, or a value in this one
 */

/**
 * The keys that may be written in a mapping that has some already.
 * @param {any} root
 * @param {(string | number)[]} path
 * @param {string[]} siblings
 * @returns {Entry[]}
 */
export function keys(root, path, siblings) {
  const mappings = at(root, path).filter((node) => node.properties);
  const fitting = mappings.filter((node) => siblings.every((key) => Object.hasOwn(node.properties, key)));
  const found = new Map();
  for (const node of fitting.length ? fitting : mappings) {
    for (const [word, value] of Object.entries(node.properties)) {
      if (siblings.includes(word) || found.has(word)) { continue; }
      const kinds = alternatives(value, root);
      const open = kinds.length > 0 && kinds.every((kind) => kind.properties || kind.items || typeof kind.additionalProperties === "object");
      found.set(word, {
        word, about: about(value, kinds), needed: (node.required ?? []).includes(word), value: open ? "open" : "text",
      });
    }
  }
  return [...found.values()];
}

/**
 * The values that are known for a place.
 * @param {any} root
 * @param {(string | number)[]} path
 * @returns {Entry[]}
 */
export function values(root, path) {
  const found = new Map();
  for (const node of at(root, path)) {
    const known = node.const !== undefined ? [node.const] : node.enum ?? (node.type === "boolean" ? ["yes", "no"] : node.examples ?? []);
    for (const value of known) {
      const word = typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
      if (value !== null && typeof value !== "object" && !found.has(word)) {
        found.set(word, { word, about: node.description ?? "", needed: false, value: "text" });
      }
    }
  }
  return [...found.values()];
}

/**
 * What the thing at a path means, in words; empty if the schema does not say.
 * @param {any} root
 * @param {(string | number)[]} path
 */
export function meaning(root, path) {
  if (!path.length) { return ""; }
  const parents = at(root, path.slice(0, -1));
  const said = parents.flatMap((node) => next(node, path.at(-1), root))
    .map((node) => about(node, alternatives(node, root))).filter(Boolean);
  return [...new Set(said)].join("\n");
}

function about(node, kinds) {
  const words = node?.description ?? kinds.find((kind) => kind.description)?.description ?? "";
  const choices = kinds.flatMap((kind) => kind.enum ?? (kind.const === undefined ? [] : [kind.const]));
  const fallback = node?.default === undefined ? "" : ` Default: ${node.default}.`;
  return words + (choices.length && choices.length < 12 ? ` One of: ${choices.join(", ")}.` : "") + fallback;
}

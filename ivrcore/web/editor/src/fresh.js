// A dialplan that there is not yet: asked for by name and number, and a text to begin with that passes the check.

import { dialog, h } from "./dom.js";

/** As the server's rule for the name of a file. */
const NAME = "[\\p{L}\\p{N}][\\p{L}\\p{N}_.\\-]{0,59}";
const NUMBER = "\\+?[0-9A-Za-z*#._\\-]{1,40}";

/**
 * Ask for name and number.
 * @param {string[]} names those that are taken
 * @param {(name: string, text: string) => void} then given the name, and the text to begin with
 */
export function ask(names, then) {
  const field = (id, pattern, hint) => /** @type {HTMLInputElement} */ (h("input", { id, pattern, required: true, maxlength: "60", placeholder: hint, title: hint, autocomplete: "off", spellcheck: "false" }));
  const name = field("new-name", NAME, "letters, digits, _ - .");
  const number = field("new-number", NUMBER, "5000");
  const taken = () => name.setCustomValidity(refusal(name.value, names));
  name.addEventListener("input", taken);
  const made = h("form", { method: "dialog", class: "publish" },
    h("label", {}, "Name", name), h("label", {}, "Number that is called", number),
    h("div", { class: "buttons" }, h("button", { class: "main" }, "Begin"),
      h("button", { type: "button", onclick: () => box.close() }, "Cancel")));
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    box.close();
    then(name.value, beginning(name.value, number.value));
  });
  const box = dialog("New dialplan", h("p", { class: "note" }, "Nothing is saved until it is published. The name is also its file's, and stays."), made);
  name.focus();
}

/** Why there cannot be a new dialplan of this name; "" if there can. The API has the language's schema under its name. */
function refusal(name, names) {
  if (names.includes(name)) { return "There is a dialplan of this name."; }
  return name === "schema" ? "This name is the API's own." : "";
}

/** A text that passes the check: one number, one sentence, the end. */
function beginning(name, number) {
  return `name: "${name}"\nlanguage: en\nnumbers:\n  "${number}": welcome\nblocks:\n  welcome:\n    - say: Welcome.\n    - hang_up\n`;
}

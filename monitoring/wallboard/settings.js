// How this screen shows the board: view, colours, language. From the address (`?view=wall&theme=dark&language=ko`),
// else as it was chosen here last.

import { byId, put, say } from "./dom.js";
import { fitting, LANGUAGES } from "./words.js";

const CHOICES = { view: ["desk", "wall"], theme: ["", "light", "dark"], language: Object.keys(LANGUAGES) };
const PREFIX = "ivrcore-wallboard-";

/** What is chosen now: `view`, `theme` and `language`. */
export function chosen() {
  const asked = new URLSearchParams(location.search);
  const found = (name) => [asked.get(name), localStorage.getItem(PREFIX + name)]
    .find((value) => value !== null && CHOICES[name].includes(value));
  return {
    view: found("view") ?? "desk",
    theme: found("theme") ?? "",
    language: found("language") ?? fitting(navigator.languages),
  };
}

/** Have the page's controls change it; `changed` is called then. */
export function listen(changed) {
  for (const name of Object.keys(CHOICES)) {
    const control = byId(name);
    control.value = chosen()[name];
    control.addEventListener("change", () => {
      localStorage.setItem(PREFIX + name, control.value);
      const asked = new URLSearchParams(location.search);
      asked.set(name, control.value);
      history.replaceState(null, "", `?${asked}`);
      changed();
    });
  }
}

/** Put what is chosen into the page, with the words of its frame. */
export function apply({ view, theme, language }, words) {
  const root = document.documentElement;
  put(root, "lang", language);
  put(root, "data-view", view);
  put(root, "data-theme", theme || null);
  say(byId("title"), words.title);
  put(document.querySelector("nav"), "aria-label", words.pages);
  for (const link of document.querySelectorAll("nav a")) {
    link.dataset.name ??= link.textContent;
    say(link, words[link.dataset.name] ?? link.dataset.name);
  }
  say(document.querySelector("header form button"), words.logout);
  put(byId("controls"), "aria-label", words.controls);
  label("view", words.view, { desk: words.desk, wall: words.wall });
  label("theme", words.theme, { "": words.auto, light: words.light, dark: words.dark });
  label("language", words.language, {});
}

function label(name, text, options) {
  const control = byId(name);
  put(control, "aria-label", text);
  for (const option of control.options) {
    if (option.value in options) { say(option, options[option.value]); }
  }
}

// The menus as a picture, drawn by Graphviz in a worker. The bundled page only.

import { h } from "./dom.js";

const LONGEST = 20_000;

/** @type {{worker: Worker, end: (reason: string) => void} | null} the drawing under way; its worker is kept for the next */
let busy = null;
/** @type {Worker | null} */
let idle = null;

/**
 * Draw; a drawing that is under way is dropped.
 * @param {string} dot Graphviz's text
 * @returns {Promise<SVGSVGElement>} fails with the reason, in words
 */
export function draw(dot) {
  busy?.end("another one is wanted");
  const worker = idle ?? new Worker(new URL("./layout.js", import.meta.url), { type: "module" });
  idle = null;
  return new Promise((resolve, reject) => {
    const end = (reason) => {
      clearTimeout(timer);
      busy = null;
      worker.onmessage = worker.onerror = null;
      if (reason) { worker.terminate(); reject(new Error(reason)); } else { idle = worker; }
    };
    const timer = setTimeout(() => end("it is too large"), LONGEST);
    busy = { worker, end };
    worker.onerror = () => end("Graphviz could not be started");
    worker.onmessage = ({ data: { svg, error } }) => {
      end("");
      if (error) { reject(new Error(error)); return; }
      const drawn = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
      resolve(/** @type {any} */ (document.importNode(drawn, true)));
    };
    worker.postMessage(dot);
  });
}

/**
 * Tell the picture's nodes their lines, which makes them ways to there.
 * @param {SVGSVGElement} svg
 * @param {(title: string) => number | null} lineOf for nodes that do not name their line themselves
 */
export function lead(svg, lineOf) {
  for (const node of /** @type {NodeListOf<SVGGElement>} */ (svg.querySelectorAll("g.node"))) {
    node.dataset.title ??= node.querySelector("title")?.textContent ?? "";
    node.dataset.given ??= given(node);
    const line = Number(node.dataset.given) || lineOf(node.dataset.title);
    if (!line) { delete node.dataset.line; continue; }
    node.dataset.line = String(line);
    node.setAttribute("tabindex", "0");
    node.setAttribute("role", "link");
    const words = [...node.querySelectorAll("text")].map((part) => part.textContent).join(", ");
    node.setAttribute("aria-label", `${words || node.dataset.title}, line ${line}`);
  }
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", "Picture of the menus");
}

/** The line that the picture's text gives a node, as an address such as `#L12`; the link itself is taken away. */
function given(node) {
  const anchors = [...node.querySelectorAll("a")];
  const address = anchors[0]?.getAttribute("xlink:href") ?? anchors[0]?.getAttribute("href") ?? "";
  anchors.forEach((anchor) => anchor.replaceWith(...anchor.childNodes));
  return /(?:^|[^a-z])(?:line|L)[-_=]?(\d+)$/u.exec(address)?.[1] ?? /(?:^|[^a-z])line[-_](\d+)$/u.exec(node.id)?.[1] ?? "";
}

/** Show in the picture where the cursor is: the last node that begins at its line or before. */
export function follow(svg, line) {
  let best = null;
  for (const node of /** @type {NodeListOf<SVGGElement>} */ (svg.querySelectorAll("g.node[data-line]"))) {
    const at = Number(node.dataset.line);
    if (at <= line && (best === null || at >= Number(best.dataset.line))) { best = node; }
  }
  const before = svg.querySelector("g.node.here");
  if (before === best) { return; }
  before?.classList.remove("here");
  best?.classList.add("here");
  if (best) { reveal(svg.parentElement, best); }
}

/** Show a new picture where the call begins, not its empty corner: the node that stands first in the text. */
export function begin(svg) {
  const nodes = [...svg.querySelectorAll("g.node[data-line]")];
  nodes.sort((one, other) => Number(one.dataset.line) - Number(other.dataset.line));
  if (nodes[0]) { reveal(svg.parentElement, nodes[0]); }
}

/** Scroll the frame, and nothing around it, to where a node is seen. */
function reveal(frame, node) {
  const [seen, box] = [frame.getBoundingClientRect(), node.getBoundingClientRect()];
  const by = (from, to, first, last) => (from < first ? from - first - 12 : to > last ? Math.min(to - last + 12, from - first - 12) : 0);
  frame.scrollBy(by(box.left, box.right, seen.left, seen.right), by(box.top, box.bottom, seen.top, seen.bottom));
}

/**
 * Graphviz reckons with Helvetica's widths: where the browser has only a wider font, squeeze the texts into their boxes.
 * @param {SVGSVGElement} svg in the page
 */
export function squeeze(svg) {
  const paper = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  paper.font = `100px ${getComputedStyle(svg.querySelector("text") ?? svg).fontFamily}`;
  const wider = paper.measureText("The quick brown fox jumps over the lazy dog").width / HELVETICA;
  if (wider < 1.02) { return; }
  for (const text of svg.querySelectorAll("text")) {
    text.setAttribute("textLength", String(text.getComputedTextLength() / wider));
    text.setAttribute("lengthAdjust", "spacingAndGlyphs");
  }
}
/** Width of that sentence in Helvetica at 100 units (Adobe's font metrics: 19.786 em). */
const HELVETICA = 1978.6;
/** Smaller than this nothing can be read: the picture is scrolled instead, until somebody asks to see all of it. */
const LEAST = 0.75;

/** Buttons that make the picture larger, smaller, or as wide as its place. */
export function zoom(frame) {
  let scale = 0;
  const apply = () => {
    const svg = frame.querySelector("svg");
    if (!svg) { return; }
    const width = svg.viewBox.baseVal.width * (96 / 72);
    const fit = Math.min(1, (frame.clientWidth - 24) / width);
    svg.style.width = `${width * (scale < 0 ? fit : scale || Math.max(fit, LEAST))}px`;
    svg.style.height = "auto";
  };
  const shown = () => { const svg = frame.querySelector("svg"); return svg ? svg.clientWidth / (svg.viewBox.baseVal.width * (96 / 72)) : 1; };
  const by = (factor) => () => { scale = Math.min(3, Math.max(0.1, shown() * factor)); apply(); };
  const buttons = h("div", { class: "zoom", role: "group", "aria-label": "Size of the picture" },
    h("button", { type: "button", "aria-label": "Smaller", onclick: by(0.8) }, "−"),
    h("button", { type: "button", "aria-label": "Fit all of its width", onclick: () => { scale = -1; apply(); } }, "Fit"),
    h("button", { type: "button", "aria-label": "Larger", onclick: by(1.25) }, "+"));
  new ResizeObserver(apply).observe(frame);
  return { buttons, apply };
}

// Graphviz, in a worker of its own: the page stays alive however large a picture is. Bundled apart from the page.

import { instance } from "@viz-js/viz";

const FONT = { fontname: "Helvetica" };
const started = instance();

addEventListener("message", async ({ data: dot }) => {
  try {
    const viz = await started;
    postMessage({ svg: viz.renderString(dot, { format: "svg", graphAttributes: FONT, nodeAttributes: FONT, edgeAttributes: FONT }) });
  } catch (error) {
    postMessage({ error: error instanceof Error ? error.message : String(error) });
  }
});

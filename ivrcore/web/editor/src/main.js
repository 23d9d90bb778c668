// The page with everything: CodeMirror, pictures by Graphviz, differences. Bundled by ivrcore/web/assets_build.py.

import { changes, merged } from "./changes.js";
import { codemirror } from "./codemirror.js";
import { start } from "./page.js";
import { begin, draw, follow, lead, squeeze, zoom } from "./picture.js";

start({ writing: codemirror, picture: { begin, draw, follow, lead, squeeze, zoom }, changes, merged });

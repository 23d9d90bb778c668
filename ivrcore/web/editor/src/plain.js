// The page where the bundle could not be built: a plain text area; the server's checks, publishing and versions all the same.

import { start } from "./page.js";
import { textarea } from "./textarea.js";

start({ writing: textarea, picture: null, changes: null, merged: null });

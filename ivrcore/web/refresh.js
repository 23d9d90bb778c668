// Exchange what the status page shows every two seconds, without moving focus or scroll position.
"use strict";
const away = document.getElementById("away");
async function refresh() {
  if (!document.hidden) {
    try {
      const answer = await fetch("/", { redirect: "manual", signal: AbortSignal.timeout(5000) });
      if (answer.type === "opaqueredirect") { location.assign("/login"); return; }
      if (!answer.ok) { throw new Error(answer.statusText); }
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of ["main", ".pills"]) {
        exchange(document.querySelector(part), fresh.querySelector(part));
      }
      away.hidden = true;
    } catch (error) {
      away.hidden = false;
    }
  }
  setTimeout(refresh, 2000);
}
function exchange(old, fresh) {
  if (old.isEqualNode(fresh)) { return; }
  if (old.children.length === fresh.children.length && old.children.length > 0 && !hasText(old)) {
    if (old.className !== fresh.className) { old.className = fresh.className; }
    const parts = [...fresh.children];  // a copy: replaceWith takes them out of their parent
    [...old.children].forEach((child, index) => exchange(child, parts[index]));
  } else {
    old.replaceWith(fresh);
  }
}
function hasText(node) {
  return [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim());
}
setTimeout(refresh, 2000);

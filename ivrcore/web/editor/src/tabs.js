// Tabs as the ARIA practices describe them: arrows move, the panel of the chosen one is shown.

/**
 * @param {HTMLElement} list with role tablist, its tabs naming their panels in aria-controls
 * @param {(panel: string) => void} shown
 * @returns {(panel: string) => void} chooses one
 */
export function tabs(list, shown) {
  const all = /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[role=tab]")]);
  const choose = (tab) => {
    for (const one of all) {
      const chosen = one === tab;
      one.setAttribute("aria-selected", String(chosen));
      one.tabIndex = chosen ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls") ?? "")?.toggleAttribute("hidden", !chosen);
    }
    shown(tab.getAttribute("aria-controls") ?? "");
  };
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) { return; }
    const next = all[(all.indexOf(/** @type {HTMLElement} */ (document.activeElement)) + step + all.length) % all.length];
    choose(next);
    next.focus();
  });
  all.forEach((tab) => tab.addEventListener("click", () => choose(tab)));
  return (panel) => choose(all.find((tab) => tab.getAttribute("aria-controls") === panel) ?? all[0]);
}

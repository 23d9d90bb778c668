"""The wallboard's page in a real Chromium, for its tests: logging in, and what is wrong with how it looks."""

from ivrcore.tokens import Role, Token, digest
from tests.web.browser import Browser
from tests.web.served_wall import ServedWall

SCREEN = "a token of a screen on the wall"
WALL = Token("screen", Role.VIEW, digest(SCREEN.encode()))
LIVE = "document.querySelector('#sign').dataset.live === 'yes'"


def look(browser: Browser, served: ServedWall, query: str = "language=en") -> None:
    """Log in as a screen that stays, and open the board."""
    browser.open(f"{served.server.url}wallboard")
    browser.wait("document.querySelector('[name=stays]') !== null")
    browser.ask(f"document.querySelector('#token').value = {SCREEN!r}")
    browser.ask("document.querySelector('[name=stays]').click()")
    browser.ask("document.querySelector('form.login button').click()")
    browser.wait("location.pathname === '/wallboard' && document.readyState === 'complete'")
    show(browser, served, query)


def show(browser: Browser, served: ServedWall, query: str) -> None:
    """Open the board another way, as who is logged in."""
    browser.open(f"{served.server.url}wallboard?{query}")
    browser.wait("document.querySelector('#queues tbody tr') !== null")
    browser.wait(LIVE)


CONTRAST = """(() => {
  const light = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).slice(0, 3).map((part) => {
    const c = part / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const ground = (node) => { for (let at = node; at; at = at.parentElement) {
    const colour = getComputedStyle(at).backgroundColor;
    if (!/, 0\\)$/.test(colour) && colour !== 'transparent') { return colour; } }
    return 'rgb(255, 255, 255)'; };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const bad = [];
  for (let text; (text = texts.nextNode());) {
    const node = text.parentElement;
    if (!text.data.trim() || node.closest('.unseen, [hidden], noscript, option')) { continue; }
    const [one, other] = [light(getComputedStyle(node).color), light(ground(node))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < 4.5) { bad.push(`${text.data.trim()} ${ratio.toFixed(2)}`); }
  }
  return bad;
})()"""
"""Texts with less contrast to what is behind them than WCAG 2.2 asks for at level AA (1.4.3)."""

AMISS = """(() => {
  const HOLDS = 'td, th, dd, dt, li, p, h2, h3, button, section, header, dl > div, #stale, #notes';
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const [amiss, seen] = [[], []];
  for (let text; (text = texts.nextNode());) {
    const node = text.parentElement;
    const hidden = node.closest('.unseen, [hidden], noscript, select');
    if (!text.data.trim() || hidden || getComputedStyle(node).clipPath !== 'none') { continue; }
    const said = text.data.trim();
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const { left, right, width, ...box } of [...range.getClientRects()].map((rect) => rect.toJSON())) {
      const inset = box.height * 0.2;  // above and below the signs
      const [top, bottom] = [box.top + inset, box.bottom - inset];
      let sight = width > 0;
      for (let at = node; sight && at !== document.documentElement; at = at.parentElement) {
        const style = getComputedStyle(at);
        if (style.overflowX === 'visible' && !at.matches(HOLDS)) { continue; }
        const around = at.getBoundingClientRect();
        const out = left < around.left - 1 || right > around.right + 1
          || top < around.top || bottom > around.bottom;
        if (style.overflowY === 'auto') { sight = !out; break; }
        if (out) { amiss.push(`${said} stands out of ${at.tagName} ${at.id}${at.className}`); break; }
      }
      if (!sight) { continue; }
      for (const other of seen) {
        const over = left < other.right - 1 && other.left < right - 1
          && top < other.bottom && other.top < bottom;
        if (other.text !== text && over) { amiss.push(`${said} lies over ${other.text.data.trim()}`); }
      }
      seen.push({ text, left, right, top, bottom });
    }
  }
  return amiss;
})()"""
"""Texts that stand out of what holds them, are cut off, or lie over others; of what scrolls the visible."""

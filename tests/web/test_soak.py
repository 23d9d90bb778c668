"""A minute of simulated traffic on a real Asterisk; then every figure is the same, to the last contact."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ivrcore.lab.bench_figures import plain
from ivrcore.lab.groups import chromium
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.soak import Ask, soak
from ivrcore.lab.soak_agreement import JOURNAL, Witness, by_queue
from ivrcore.lab.soak_tally import Counts
from tests.web.browser import Browser

pytestmark = [pytest.mark.asterisk, pytest.mark.slow]

SECONDS = 60.0
ROWS = "[...document.querySelectorAll('#queues tbody tr')]"
TOTALS = "[...document.querySelectorAll('#totals > div')]"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    started = chromium()
    made = Browser(started.command, tmp_path, started.environment)
    yield made
    made.close()


def look(browser: Browser, lab: HotlineLab) -> None:
    """Log in and open the board, as somebody at a desk does."""
    browser.open(f"{lab.url}/wallboard")
    browser.wait("document.querySelector('#token') !== null && document.readyState === 'complete'")
    browser.ask(f"document.querySelector('#token').value = {lab.token!r}")
    browser.ask("document.querySelector('form.login button').click()")
    browser.wait("location.pathname === '/wallboard' && document.readyState === 'complete'")
    browser.open(f"{lab.url}/wallboard?view=desk&language=en")
    browser.wait("document.querySelector('#queues tbody tr') !== null")
    browser.wait("document.querySelector('#sign').dataset.live === 'yes'")


def shown(browser: Browser) -> Counts:
    """Read what the page shows of today."""
    assert browser.ask("document.querySelector('#sign').dataset.live") == "yes"
    counts: Counts = Counter()
    heads = browser.ask(
        "[...document.querySelectorAll('#queues thead th')].map(one => one.textContent.trim())"
    )
    for cells in browser.ask(f"{ROWS}.map(row => [...row.cells].map(cell => cell.textContent.trim()))"):
        told = dict(zip(heads, cells, strict=True))
        for head, what in (("Answered", "answered"), ("Abandoned", "abandoned")):
            counts[what, cells[0]] = number(told[head])
    tiles = dict(
        browser.ask(f"{TOTALS}.map(tile => [...tile.children].map(part => part.textContent.trim()))")
    )
    counts["offered", ""] = number(tiles["Calls today"])
    return counts


def number(text: str) -> int:
    """Read the first number of a cell."""
    found = re.search(r"\d+", text)
    assert found is not None, text
    return int(found[0])


def test_given_a_minute_of_every_kind_of_call_then_all_who_count_tell_the_same(
    browser: Browser, tmp_path: Path
) -> None:
    def beside(lab: HotlineLab) -> Mapping[str, Ask]:
        look(browser, lab)
        return {"page": lambda: Witness(shown(browser), whole=False)}

    found = soak(tmp_path / "hotline", SECONDS, scrape="1s", beside=beside)
    table = plain(by_queue(found.told, "By queue"))
    assert found.wrong == [], table
    counts = found.told[JOURNAL].counts
    for queue in ("general", "cards", "loans"):
        assert counts["answered", queue], table
    assert counts["asked", "backs"], table
    assert counts["left", "short"] + counts["answered", "short"], table
    assert counts["refused_join", "night"], table
    assert set(found.told) == {"journal", "Prometheus", "report", "wallboard", "page", "phones"}
    assert browser.problems == []

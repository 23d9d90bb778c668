"""The status page in a real Chromium: log in, read it, see it change by itself, small screens, log out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.announcements.drafts import Draft, SwitchDraft
from ivrcore.lab.groups import chromium
from ivrcore.model import events as e
from ivrcore.model.names import EmergencyAction
from ivrcore.web.view import AgentAction, WatchView
from tests.web.browser import Browser
from tests.web.served import TOKEN, Served

SHOWN = "document.querySelector('.numbers') !== null && document.readyState === 'complete'"
"""The page is here to its end: it comes bit by bit."""


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    started = chromium()
    made = Browser(started.command, tmp_path, started.environment)
    yield made
    made.close()


def log_in(browser: Browser, url: str, token: str = TOKEN) -> None:
    browser.open(url)
    browser.wait("document.activeElement && document.activeElement.id === 'token'")
    browser.ask(f"document.querySelector('#token').value = {token!r}")
    browser.ask("document.querySelector('form.login button').click()")


def cell(row: str, column: int) -> str:
    rows = f"[...document.querySelectorAll('tbody tr')].find(r => r.cells[0].innerText.startsWith({row!r}))"
    return f"{rows}.cells[{column}].innerText"


@ensureDeferred
async def test_given_the_token_when_logged_in_then_the_page_shows_the_hotline_and_follows_it(
    served: Served, browser: Browser
) -> None:
    served.hotline.busy_morning()
    since = served.hotline.now - 60.0
    served.hotline.watches = (
        WatchView(name="pbx", kind="app_queue", up=True, since=since, sees="7 queues"),
        WatchView(name="old", kind="app_queue", up=False, since=since, error="<b>no link", error_at=since),
    )
    await deferToThread(log_in, browser, served.server.url)
    await deferToThread(browser.wait, SHOWN)
    assert [await deferToThread(browser.ask, cell("pbx", one)) for one in (1, 2, 4, 5)] == [
        "app_queue", "connected", "7 queues", "–",
    ]  # fmt: skip
    assert (await deferToThread(browser.ask, cell("pbx", 3))).endswith(", 1:00")
    assert await deferToThread(browser.ask, cell("old", 2)) == "away"
    assert (await deferToThread(browser.ask, cell("old", 5))).startswith("<b>no link (")
    assert await deferToThread(browser.ask, cell("loans", 1)) == "2"
    assert await deferToThread(browser.ask, cell("loans", 2)) == "0:59"
    assert await deferToThread(browser.ask, cell("loans", 8)) == "100% in 20 s"
    assert await deferToThread(browser.ask, cell("Ann Smith", 1)) == "paused (lunch & rest)"
    assert await deferToThread(browser.ask, "document.querySelector('tbody b') === null")
    served.hotline.set_agent("bob", AgentAction.READY, "")
    served.hotline.now += 60.0
    await deferToThread(browser.wait, cell("bob", 1) + " === 'offered'")
    assert await deferToThread(browser.ask, cell("loans", 2)) == "1:59"
    served.hotline.record(e.LinkWentDown(at=served.hotline.now, driver="ari", reason="closed"))
    await deferToThread(
        browser.wait, "document.querySelector('.pill.bad')?.innerText === 'Asterisk (ari) away'"
    )
    assert await deferToThread(browser.ask, "document.querySelector('#away').hidden")
    assert browser.problems == []


@ensureDeferred
async def test_given_an_emergency_and_an_announcement_then_they_are_what_is_seen_first(
    served: Served, browser: Browser
) -> None:
    board = served.hotline.board
    await deferToThread(browser.size, 360, 740)
    await deferToThread(log_in, browser, served.server.url)
    await deferToThread(browser.wait, SHOWN)
    assert await deferToThread(browser.ask, "document.querySelector('.emergency, .announcements') === null")
    await board.switch(SwitchDraft("all", EmergencyAction.CLOSE, {"en": "<i>Closed</i> " * 60}), "kim")
    await board.post(Draft("fraud", {"en": "Careful.", "ko": "조심하세요."}), "lee")
    await deferToThread(browser.wait, "document.querySelector('.announcements') !== null")
    shown = await deferToThread(browser.ask, "document.querySelector('main').firstElementChild.innerText")
    assert shown.startswith("Emergency switch")
    assert "Closed: all numbers" in shown
    assert "by kim (api)" in shown
    assert "<i>Closed</i>" in shown
    assert "조심하세요." in await deferToThread(
        browser.ask, "document.querySelector('.announcements').innerText"
    )
    assert await deferToThread(browser.ask, "document.documentElement.scrollWidth") <= 360
    await board.switch(SwitchDraft("all", EmergencyAction.OPEN), "kim")
    board.withdraw("fraud", "lee")
    await deferToThread(browser.wait, "document.querySelector('.emergency, .announcements') === null")
    assert browser.problems == []
    board.stop()


@ensureDeferred
async def test_given_a_small_screen_then_the_page_fits_and_only_tables_scroll(
    served: Served, browser: Browser
) -> None:
    served.hotline.busy_morning()
    await deferToThread(browser.size, 360, 740)
    await deferToThread(log_in, browser, served.server.url)
    await deferToThread(browser.wait, SHOWN)
    assert await deferToThread(browser.ask, "document.documentElement.scrollWidth") <= 360
    assert await deferToThread(browser.ask, "document.documentElement.lang") == "en"


@ensureDeferred
async def test_given_a_lost_server_then_the_page_says_that_it_is_old(
    served: Served, browser: Browser
) -> None:
    await deferToThread(log_in, browser, served.server.url)
    await deferToThread(browser.wait, SHOWN)
    await served.server.stop()
    await deferToThread(browser.wait, "!document.querySelector('#away').hidden")


@ensureDeferred
async def test_given_a_wrong_token_or_a_log_out_then_the_form_is_back(
    served: Served, browser: Browser
) -> None:
    await deferToThread(log_in, browser, served.server.url, "a guess")
    await deferToThread(browser.wait, "document.querySelector('[role=alert].bad') !== null")
    await deferToThread(log_in, browser, served.server.url)
    await deferToThread(browser.wait, SHOWN)
    assert await deferToThread(browser.ask, "document.cookie") == ""
    await deferToThread(browser.ask, "document.querySelector('header form button').click()")
    await deferToThread(browser.wait, "location.pathname === '/login'")

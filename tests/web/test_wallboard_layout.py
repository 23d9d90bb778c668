"""How the wallboard looks in a real Chromium: all is there, large enough, and nothing lies over the rest."""

from collections.abc import Iterator

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore.lab.groups import chromium
from ivrcore.model import events as e
from tests.web.browser import Browser
from tests.web.served_wall import WIDE, ServedWall, crowded, large
from tests.web.wall_page import AMISS, CONTRAST, WALL, look, show

pytestmark = pytest.mark.slow


@pytest.fixture
def wall() -> Iterator[ServedWall]:
    served = ServedWall()
    served.access.name_tokens([WALL])
    yield served
    served.hotline.feed.close()
    pytest_twisted.blockon(Deferred.fromCoroutine(served.server.stop()))


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = chromium()
    made = Browser(started.command, tmp_path_factory.mktemp("chromium"), started.environment)
    yield made
    made.close()


@pytest.fixture
def browser(chrome: Browser) -> Browser:
    """The same for all tests here, each with a page and session of its own."""
    chrome.open("about:blank")
    chrome.wait("location.href === 'about:blank'")
    chrome.call("Network.clearBrowserCookies")
    chrome.size(1280, 800)
    chrome.problems.clear()
    return chrome


@pytest.mark.parametrize("theme", ["light", "dark"])
@ensureDeferred
async def test_given_many_queues_and_agents_then_a_wall_shows_them_large_in_turns_and_a_desk_all_of_them(
    wall: ServedWall, browser: Browser, theme: str
) -> None:
    large(wall.hotline, 30, 200)

    def use() -> None:
        look(browser, wall, f"view=desk&theme={theme}&language=en")
        assert browser.ask(CONTRAST) == []
        assert browser.ask("document.querySelectorAll('#queues tbody tr').length") == 30
        assert browser.ask("document.querySelectorAll('#agents .each li').length") == 178
        assert browser.ask("document.documentElement.scrollWidth <= innerWidth")
        browser.size(1920, 1080)
        show(browser, wall, f"view=wall&theme={theme}&language=en")
        browser.wait("document.querySelector('#queues .page').innerText.startsWith('Page 1 of')")
        assert browser.ask(CONTRAST) == []
        readable(browser)
        first = browser.ask("document.querySelector('#queues tbody th').innerText")
        assert first == "loans"  # it waits for too long, and stays
        browser.ask("document.querySelector('#pause').click()")
        assert browser.ask("document.querySelector('#pause').getAttribute('aria-pressed')") == "true"
        assert browser.problems == []

    await deferToThread(use)


def smallest(browser: Browser, selector: str) -> float:
    """The smallest font of these that say anything, in pixels."""
    size = "(part) => parseFloat(getComputedStyle(part).fontSize)"
    found = f"[...document.querySelectorAll('{selector}')].filter(one => one.innerText.trim())"
    return float(browser.ask(f"Math.min(...{found}.map({size}))"))


def readable(browser: Browser) -> None:
    """From five metres on a screen of 55 inches: figures of 50 pixels and more, words of 28; one screen."""
    assert smallest(browser, "main .number") >= 50
    assert smallest(browser, "#queues tbody th") >= 38
    assert smallest(browser, "main dt, main h2, main h3, main thead th, main .longest") >= 28
    for box in ("document.documentElement", "document.querySelector('main')"):
        assert browser.ask(f"{box}.scrollHeight <= {box}.clientHeight + 1")
        assert browser.ask(f"{box}.scrollWidth <= {box}.clientWidth")
    end = "getBoundingClientRect().bottom"
    rows = f"Math.max(...[...document.querySelectorAll('#queues tbody tr')].map(row => row.{end}))"
    browser.wait(f"{rows} <= document.querySelector('#queues .scroll').{end} + 1")


@pytest.mark.parametrize("queues", [16, 3])
@ensureDeferred
async def test_given_the_worst_day_of_a_large_site_then_nothing_is_cut_off_in_any_language(
    wall: ServedWall, browser: Browser, queues: int
) -> None:
    crowded(wall.hotline, queues)
    wall.hotline.record(e.LinkWentDown(at=wall.hotline.now, driver="ari", reason="closed"))

    def use() -> None:
        look(browser, wall, "view=desk&theme=light&language=en")
        for view, width, height in (("wall", 1920, 1080), ("wall", 1600, 860), ("desk", 1440, 900)):
            browser.size(width, height)
            for language in ("en", "zh", "ko"):
                show(browser, wall, f"view={view}&theme=light&language={language}")
                states = browser.ask("document.querySelectorAll('#agents .group').length")
                assert states == 9
                amiss = [
                    one for one in browser.ask(AMISS) if not one.startswith(f"{WIDE} stands out of SPAN")
                ]
                assert amiss == [], (view, width, language)
        assert browser.problems == []

    await deferToThread(use)

"""The server's own picture in the editor, in a real Chromium: ways to lines, and callers on them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource

from ivrcore.lab.groups import chromium
from ivrcore.picture.counts import Counts
from ivrcore.web.server import tree
from tests.web.browser import Browser
from tests.web.editor_page import EditorPage
from tests.web.served import TOKEN
from tests.web.served_dialplans import ServedDialplans


class Ways:
    """Made-up callers of the sample."""

    def versions(self, name: str) -> list[str]:
        return ["v1"]

    def counts(
        self, name: str, versions: object, now: float, since: float = 0.0, until: float | None = None
    ) -> Counts:
        ways = {
            ("number", "5000"): 90,
            ("step", "welcome/0"): 90,
            ("step", "welcome/1"): 88,
            ("menu", "main"): 90,
            ("asked", "main"): 100,
            ("no_match", "main"): 30,
            ("choice", "main", "cards"): 60,
            ("choice", "main", "hours"): 20,
            ("hung_up", "main"): 10,
            ("menu", "cards"): 60,
            ("choice", "cards", "lost"): 60,
        }
        return Counts(90, since, now, ways)


class WithPicture(ServedDialplans):
    """The real addresses alone."""

    def root(self) -> Resource:
        return tree(
            self.hotline,
            self.hotline.exposition(),
            self.access,
            lambda: self.hotline.now,
            self.library,
            self.editor,
            ways=Ways(),
        )


@pytest.fixture
def served(tmp_path: Path) -> Iterator[WithPicture]:
    pytest_twisted.blockon(deferLater(reactor, 0))  # the loop runs from here on: the library needs it
    made = WithPicture(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.stop()))


@pytest.fixture
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    started = chromium()
    made = Browser(started.command, tmp_path_factory.mktemp("chromium"), started.environment)
    made.size(1000, 900)  # narrower than the picture: where it begins is to be seen all the same
    yield made
    made.close()


@ensureDeferred
async def test_given_the_server_s_picture_then_a_click_leads_to_the_line_and_edges_have_callers(
    served: WithPicture, browser: Browser, tmp_path: Path
) -> None:
    def use() -> None:
        page = EditorPage(browser, served.server.url, TOKEN)
        browser.wait("document.querySelectorAll('#picture g.node').length === 13")
        words = str(browser.ask("document.querySelector('#picture svg').textContent"))
        where = (
            "[document.querySelector('g.node[data-title=\"number:5000\"]').getBoundingClientRect(),"
            " document.querySelector('#picture svg').parentElement.getBoundingClientRect()]"
            ".map(one => [one.left, one.right])"
        )
        browser.wait("document.querySelector('g.node[data-line]') !== null")
        (left, right), (first, last) = browser.ask(where)
        assert first <= left, "a new picture shows where a call begins"
        assert right <= last
        assert "60 · 67 %" in words
        assert "!! 30 % not understood or silent (30)" in words
        browser.picture(tmp_path / "picture.png")
        for title, line in (("menu:cards", "  cards:"), ("block:sorry", "    - say: Let me")):
            browser.ask(
                f"[...document.querySelectorAll('g.node')].find(one => one.dataset.title === '{title}')"
                ".querySelector('text').dispatchEvent(new MouseEvent('click', {bubbles: true}))"
            )
            assert page.line().startswith(line)
        assert browser.problems == []

    await deferToThread(use)

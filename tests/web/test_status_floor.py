"""The floor on the status page in a real Chromium: all that routing knows, for one agent and for 40."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import pytest_twisted
from msgspec import structs
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.template import Tag, flattenString

from ivrcore.lab.groups import chromium
from ivrcore.model.names import By
from ivrcore.routing import commands as r
from ivrcore.web import floor
from ivrcore.web.server import tree
from ivrcore.web.view import AgentAction
from tests.web.browser import Browser
from tests.web.large_floor import LONG, NAMED, LargeFloor
from tests.web.served import Served
from tests.web.test_status_page import SHOWN, log_in


class ServedFloor(Served):
    """A server over a floor of so many agents."""

    def __init__(self, agents: int) -> None:
        self.agents = agents
        super().__init__()

    def root(self) -> Resource:
        self.hotline = self.floor = LargeFloor(self.agents)
        return tree(self.floor, self.floor.exposition(), self.access, lambda: self.floor.now)


Make = Callable[[int], ServedFloor]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[ServedFloor] = []

    def one(agents: int) -> ServedFloor:
        made.append(ServedFloor(agents))
        return made[-1]

    yield one
    for served in made:
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
    chrome.problems.clear()
    return chrome


def rows(browser: Browser, table: str) -> list[list[str]]:
    """The cells of a table, by row."""
    cells = "[...row.cells].map(cell => cell.innerText)"
    return list(
        browser.ask(f"[...document.querySelectorAll('[aria-label={table}] tbody tr')].map(row => {cells})")
    )


Cells = dict[str, list[str]]


def shown(browser: Browser, served: ServedFloor) -> tuple[Cells, Cells]:
    """Log in; give who waits and the agents, by the first cell."""
    browser.size(1280, 900)
    log_in(browser, served.server.url)
    browser.wait(SHOWN)
    waiting, agents = rows(browser, "Waiting"), rows(browser, "Agents")
    return {row[0]: row[1:] for row in waiting}, {row[0]: row[1:] for row in agents}


def fits(browser: Browser, where: Path) -> None:
    """In either scheme, on any screen, only tables scroll."""
    for scheme in ("light", "dark"):
        browser.scheme(scheme)
        for width in (1280, 360):
            browser.size(width, 900)
            browser.picture(where / f"{scheme}-{width}.png")
            assert browser.ask("document.documentElement.scrollWidth") <= width
            assert browser.ask("document.querySelector('[aria-label=Agents] tbody th').offsetWidth") >= 150
    assert browser.problems == []


@ensureDeferred
async def test_given_many_agents_then_what_each_does_and_what_everybody_who_waits_needs_is_shown(
    make: Make, browser: Browser, tmp_path: Path
) -> None:
    served = make(40)
    served.floor.busy()

    def use() -> None:
        waiting, agents = shown(browser, served)
        assert waiting["c-1700000000.19\nbank"] == [
            f"loans\nfrom {LONG}", "1", "0", "0:05", "13:50:28", "–",
            "french 2 or more\nrelaxed 1×: step 1 of 2",
            "agent02, agent10, agent11, agent22, agent23, agent31, agent38 ringing, 0:17 left",
        ]  # fmt: skip
        assert waiting["c-1700000000.18\ncall-back\nbank"] == [
            LONG, "1", "0", "0:05", "12:48:48", "–", "any agent of the queue", "–",
        ]  # fmt: skip
        assert waiting["c-1700000000.17\nbank"][1:3] == ["2", "10"]
        assert waiting["c-1700000000.17\nbank"][6] == "any agent of the queue\nrather agent01, agent10"
        assert len(agents) == 40
        assert agents["Agent 9\nagent09"] == [
            "talking", "1:41", "–", "2 of 3\nt2 in cards, talking\nt12 in cards, talking", "–",
            "cards\xa01", "french\xa02, loans\xa02", "2", "–",
        ]  # fmt: skip
        assert agents[f"{NAMED}\nagent10"][3] == "1 of 1\nc-1700000000.19 in loans, ringing, 0:17 left"
        assert agents["Agent 12\nagent12"][:5] == [
            "resting\n0:19 left", "1:41", "out of reach", "–", "1 in a row",
        ]  # fmt: skip
        assert agents["Agent 6\nagent06"][0] == "talking (a meeting about the new rates)\nthen paused"
        assert agents["Agent 26\nagent26"][0] == "unreachable"
        assert agents["Agent 5\nagent05"][:4] == ["off queue", "1:09", "own call", "0 of 3"]
        assert rows(browser, "Waiting")[0][0].startswith("c-1700000000.19")
        fits(browser, tmp_path)

    await deferToThread(use)


@ensureDeferred
async def test_given_one_agent_whose_talk_ends_then_the_page_follows_and_nobody_else_is_shown(
    make: Make, browser: Browser, tmp_path: Path
) -> None:
    served = make(1)
    served.floor.busy()

    def use() -> list[list[str]]:
        _, agents = shown(browser, served)
        assert agents[f"{NAMED}\nagent01"][3] == "1 of 3\nt0 in cards, talking"
        fits(browser, tmp_path)
        return rows(browser, "Waiting")

    assert len(await deferToThread(use)) == 3
    served.floor.route(r.TalkOver("t0.v1.o1", By.CALLER))
    served.floor.now += 4.0
    for contact in ("c-1700000000.17", "c-1700000000.18", "c-1700000000.19"):
        served.floor.route(r.WithdrawContact(contact, "sue"))

    def after() -> None:
        browser.wait("document.querySelector('[aria-label=Waiting] td').innerText === 'Nobody waits.'")
        (row,) = rows(browser, "Agents")
        assert row[1:5] == ["wrap up\n0:06 left", "0:04", "–", "0 of 3"]
        assert row[9] == "0:04 ago"
        assert browser.problems == []

    await deferToThread(after)


def test_given_a_queue_with_very_many_then_its_first_are_shown_and_how_many_more_there_are(
    make: Make,
) -> None:
    served = make(1)
    for number in range(30):
        served.floor.arrive_at(f"w{number:02}", "cards")
    page = flat(floor.waiting(served.floor.waiting(floor.WAITING_SHOWN), served.floor.now))
    assert page.count("<tr>") == 1 + floor.WAITING_SHOWN
    assert "And 20 more in cards." in page
    for action in (AgentAction.READY, AgentAction.PAUSE):
        served.floor.set_agent("agent01", action, "")
    served.floor.route(r.HandOver("w29", "agent01", 60.0, "sue"))
    served.floor.route(r.Prioritise("w29", 900, "sue"))
    page = flat(floor.waiting(served.floor.waiting(1), served.floor.now))
    assert "only agent01<br /><small>handed over to agent01</small>" in page
    assert [one.contact for one in served.floor.waiting(3).contacts] == ["w29", "w00", "w01"]


def test_given_very_many_agents_then_those_who_are_logged_in_are_shown(make: Make) -> None:
    one = make(1).floor.agents()[0]
    many = [
        structs.replace(one, name=f"a{n}", display=f"a{n}", state="ready" if n % 3 == 0 else "logged_out")
        for n in range(floor.AGENTS_SHOWN + 100)
    ]
    page = flat(floor.agents(many, 0.0))
    assert page.count("<tr>") == 1 + 100
    assert "100 of 300 are shown" in page


def flat(tag: Tag) -> str:
    done: list[bytes] = []
    flattenString(None, tag).addCallback(done.append)
    return done[0].decode()

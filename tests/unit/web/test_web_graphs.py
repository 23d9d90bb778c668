"""The pictures' part of the API over real sockets, on a real library, with a scenario's callers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from ivrcore.metrics.traffic import TrafficFold
from ivrcore.web.server import WebServer, tree
from tests.scenarios.floor import START, Floor
from tests.scenarios.test_ways_of_callers import PLAN, gone
from tests.unit.web.test_web_dialplans import Api
from tests.web.router_hotline import RouterHotline


class GraphApi(Api):
    """Serves the scenario's dialplan too; three callers chose cards there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.floor = Floor(PLAN.replace('"5000"', '"5500"'))
        self.ways = TrafficFold().fold(self.floor.journal.events)

    def call(self, callers: int) -> None:
        before = len(self.floor.journal.events)
        for _ in range(callers):
            leg = self.floor.call("5500")
            self.floor.wait(3)
            self.floor.press(leg, "1234")
            self.floor.wait(0.5)
            self.floor.press(leg, "1")
            gone(self.floor, leg)
        self.ways.fold(self.floor.journal.events[before:])

    async def begin(self) -> None:
        """Listen anew, with the ways, and have the dialplan published."""
        await self.server.stop()
        hotline = RouterHotline()
        root = tree(
            hotline, hotline.exposition(), self.access, self.floor.clock.now, self.library, ways=self.ways
        )
        self.server = WebServer(reactor, root, "127.0.0.1", 0, self.access.may_ask)
        self.server.start()
        text = PLAN.replace('"5000"', '"5500"')
        status, told = await self.ask("PUT", "/ways", {"text": text, "base": ""})
        assert status == 200, told
        assert told["version"] == self.floor.plan.version


@pytest.fixture
def api(tmp_path: Path) -> Iterator[GraphApi]:
    made = GraphApi(tmp_path)
    yield made
    pytest_twisted.blockon(Deferred.fromCoroutine(made.close()))


@ensureDeferred
async def test_a_text_that_is_being_written_is_drawn_with_its_problems(api: GraphApi) -> None:
    status, told = await api.ask("POST", "/graph", {"text": PLAN})
    assert status == 200
    assert all(problem["severity"] == "warning" for problem in told["problems"])
    assert told["dot"].startswith('digraph "ways" {')
    assert told["mermaid"].startswith("flowchart TB")
    main = next(node for node in told["nodes"] if node["id"] == "menu:main")
    assert (main["kind"], main["name"]) == ("menu", "main")
    assert PLAN.splitlines()[main["line"] - 1] == "  main:"
    assert f'URL="#line-{main["line"]}"' in told["dot"]
    status, told = await api.ask("POST", "/graph", {"text": PLAN.replace("goto: main", "goto: mane")})
    assert status == 200
    assert any("mane" in problem["message"] for problem in told["problems"])
    assert any(node["kind"] == "missing" for node in told["nodes"])
    status, near = await api.ask("POST", "/graph", {"text": PLAN, "from": "cards", "depth": 1})
    assert (status, len(near["nodes"]) < len(told["nodes"])) == (200, True)


@ensureDeferred
async def test_what_cannot_be_drawn_is_refused(api: GraphApi) -> None:
    status, told = await api.ask("POST", "/graph", {"text": "name: [\n"})
    assert status == 422
    assert told["problems"][0]["line"] in (1, 2)
    assert (await api.ask("POST", "/graph", {"text": PLAN, "depth": 99}))[0] == 400
    assert (await api.ask("POST", "/graph", {"text": PLAN, "from": "nobody"}))[0] == 400
    assert (await api.ask("GET", "/nothing/graph"))[0] == 404
    assert (await api.ask("GET", "/bank/graph?since=yesterday"))[0] == 400
    assert (await api.ask("GET", "/bank/graph?depth=0"))[0] == 400
    assert (await api.ask("GET", "/bank/graph", headers={}))[0] == 401


@ensureDeferred
async def test_what_is_served_is_drawn_with_the_callers_until_now(api: GraphApi) -> None:
    await api.begin()
    status, told = await api.ask("GET", "/ways/graph")
    assert (status, told["traffic"]["contacts"]) == (200, 0)
    api.call(3)
    status, told = await api.ask("GET", "/ways/graph?since=24h")
    assert told["traffic"]["contacts"] == 3
    assert told["counted_versions"] == [api.floor.plan.version]
    chosen = next(edge for edge in told["edges"] if edge["to"] == "menu:cards")
    assert (chosen["count"], chosen["share"]) == (3, 1.0)
    assert "3 · 100 %" in told["dot"]
    assert told["traffic"]["since"] <= START
    api.floor.steady.advance(7200)
    status, told = await api.ask("GET", "/ways/graph?since=1h&version=all")
    assert told["traffic"]["contacts"] == 0
    status, told = await api.ask("GET", "/bank/graph")
    assert (status, told["traffic"]["contacts"]) == (200, 0)

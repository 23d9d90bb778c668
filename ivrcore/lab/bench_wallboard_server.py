# mypy: untyped-calls-exclude=twisted
"""A wallboard with traffic of its own, for the benchmark: `python -m ivrcore.lab.bench_wallboard_server`.

Queues, agents and calls as events, without a router and without Asterisk; folds, board, feed and HTTP are
the server's. It says its port, and ends with its standard input.
"""

from __future__ import annotations

import random
import sys
import time
from itertools import count
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from ivrcore.journal.record import Record
from ivrcore.metrics.days import DayFold
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.metrics.traffic import TrafficFold
from ivrcore.model import events as e
from ivrcore.model.names import AgentState, By, Outcome
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.wallboard.board import Board
from ivrcore.wallboard.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twisted.web.resource import IResource

    from ivrcore.model.event import Event

QUEUES = 30
AGENTS = 200
CALLS = 5.0
"""A second: 18,000 an hour."""
EVENTS = 12
"""Of each call, its end included."""
IN_PROGRESS = 100
TOKEN = "the token of the benchmark"  # noqa: S105 - on loopback, for a minute
AGENT_STATES = (AgentState.OFFERED, AgentState.TALKING, AgentState.WRAP_UP, AgentState.READY)


class Traffic:
    """Calls that come, wait, are answered and end, by chance."""

    def __init__(self) -> None:
        self.figures, self.days, self.ways = Figures(), DayFold(ZoneInfo("UTC")), TrafficFold()
        board = Board(self.figures, self.days, lambda _: 30.0, self.ways.place_of)
        self._chance = random.Random(1)  # noqa: S311 - traffic, no secret
        self._seq = count(1)
        self._calls: list[Iterator[Event]] = []
        self._queues = tuple(QueueFacts(name=f"queue {n}") for n in range(QUEUES))
        self._names = [f"agent{n}" for n in range(AGENTS)]
        from twisted.internet import reactor

        self.reactor: Any = reactor
        self.feed = Feed(board, reactor, time.time, dict)

    def open(self) -> None:
        """Have everybody log in."""
        staff = tuple(
            AgentFacts(name=name, endpoint="PJSIP/x", queues=(self._queues[n % QUEUES].name,))
            for n, name in enumerate(self._names)
        )
        self.show(e.RosterLoaded(at=time.time(), queues=self._queues, agents=staff))
        for name in self._names:
            self.show(e.AgentStateChanged(at=time.time(), agent=name, state=AgentState.READY))
        for _ in range(IN_PROGRESS):
            self._begin()

    def show(self, event: Event) -> None:
        """Fold an event, as the server does."""
        apply(self.figures, Record(next(self._seq), event))
        self.ways.apply(event)
        self.days.apply(event)
        self.feed.observe(event)

    def step(self) -> None:
        """Have a call come, and as much happen to those in progress that one of them ends on average."""
        self.reactor.callLater(1.0 / CALLS, self.step)
        self._begin()
        for _ in range(EVENTS - 1):
            self._go_on(self._chance.choice(self._calls))

    def _begin(self) -> None:
        self._calls.append(self._call(f"c-{next(self._seq)}"))
        self._go_on(self._calls[-1])

    def _go_on(self, call: Iterator[Event]) -> None:
        event = next(call, None)
        if event is None:
            self._calls.remove(call)
        else:
            self.show(event)

    def _call(self, contact: str) -> Iterator[Event]:
        queue, agent = self._chance.choice(self._queues).name, self._chance.choice(self._names)
        leg, visit = f"{contact}.l1", f"{contact}.v1"
        at = time.time
        yield e.ContactArrived(
            at=at(), contact=contact, leg=leg, channel=leg, number="1", plan="bank", plan_version="1"
        )
        yield e.MenuEntered(at=at(), contact=contact, menu="main")
        yield e.MenuEntered(at=at(), contact=contact, menu=queue)
        began = at()
        yield e.ContactQueued(at=began, contact=contact, visit=visit, queue=queue)
        states = iter(AGENT_STATES)
        yield e.AgentStateChanged(at=at(), agent=agent, state=next(states))
        yield e.VisitAnswered(
            at=at(),
            offer="o",
            agent=agent,
            bridge="b",
            waited=at() - began,
            in_threshold=True,
            contact=contact,
            visit=visit,
            queue=queue,
        )
        yield e.AgentStateChanged(at=at(), agent=agent, state=next(states))
        yield e.TalkEnded(
            at=at(), agent=agent, talked=1.0, by=By.CALLER, contact=contact, visit=visit, queue=queue
        )
        for state in states:
            yield e.AgentStateChanged(at=at(), agent=agent, state=state)
        yield e.ContactClosed(at=at(), contact=contact, outcome=Outcome.QUEUED)


def main() -> None:
    """Serve until the standard input ends."""
    from twisted.internet import asyncioreactor

    asyncioreactor.install()  # as the server has it
    from twisted.internet import stdio
    from twisted.internet.protocol import Protocol

    from ivrcore.web.access import Access
    from ivrcore.web.endpoint import Folder
    from ivrcore.web.roles import by_token
    from ivrcore.web.server import WebServer
    from ivrcore.web.wall import WallStream

    traffic = Traffic()
    traffic.open()
    access = Access(TOKEN, traffic.reactor.seconds)
    root, api, v1 = (cast("Any", Folder)() for _ in range(3))
    root.putChild(b"api", api)
    api.putChild(b"v1", v1)
    v1.putChild(b"wallboard", cast("IResource", WallStream(traffic.feed, by_token(access), "bench")))
    web = WebServer(traffic.reactor, root, "127.0.0.1", 0, access.may_ask)

    class Until(Protocol):
        def connectionLost(self, _reason: object = None) -> None:  # noqa: N802 - Twisted's name
            traffic.reactor.stop()

    def begin() -> None:
        web.start()
        stdio.StandardIO(Until())
        traffic.step()
        sys.stderr.write(f"{web.url}\n")
        sys.stderr.flush()

    traffic.reactor.callWhenRunning(begin)
    traffic.reactor.run()


if __name__ == "__main__":
    main()

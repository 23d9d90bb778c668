"""The benchmark's scrape: what reading the metrics of a large site costs, and how long it holds up calls.

500 queues and 5,000 agents, as text in memory: no sockets. Beside it prometheus_client's own writing of the
same families.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from twisted.internet.task import Clock

from ivrcore.journal.record import Record
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.metrics.collector import Exposition, FiguresCollector
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.fold import apply
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, By, Outcome
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.service.cycles import Cycles

QUEUES, AGENTS, SERVED = 500, 5_000, 5
"""Queues, agents, and queues that each agent serves."""
BEGAN = 1_700_000_000.0
MOST_PER_SERIES = 6e-6
"""CPU seconds for a series, all of them written anew (issue 7)."""
MOST_PIECE = 0.010
"""Seconds of the event loop (issue 7)."""
MOST_SCRAPE = 0.100
"""Seconds, when a tenth changed (issue 7)."""
Say = Callable[[str], None]


@dataclass
class Scraped:
    """One scrape: seconds of CPU, those of its longest piece, and how many series it had."""

    seconds: float
    longest: float
    series: int


class Site:
    """Figures of so many queues and agents; `serve` gives some of them a contact each."""

    def __init__(self, queues: int = QUEUES, agents: int = AGENTS) -> None:
        self.queues = [f"queue-{n:03}" for n in range(queues)]
        self.agents = [f"agent-{n:04}" for n in range(agents)]
        self.figures, self.now = Figures(), BEGAN
        self.collector = FiguresCollector(self.figures, lambda: self.now)
        self.exposition = Exposition(self.collector)
        self._take(self._opening())
        self.serve(1)

    def _take(self, events: Iterable[Event]) -> None:
        for event in events:
            apply(self.figures, Record(self.figures.seq + 1, event))

    def _opening(self) -> Iterator[Event]:
        yield e.ServerStarted(at=self.now, node="n1", app="n1-a", version="1.0.0")
        several = [self.queues[n : n + SERVED] for n in range(0, len(self.queues), SERVED)]
        yield e.RosterLoaded(
            at=self.now,
            queues=tuple(QueueFacts(name=name, threshold=25.0) for name in self.queues),
            agents=tuple(
                AgentFacts(name=name, endpoint=f"PJSIP/{name}", queues=tuple(several[n % len(several)]))
                for n, name in enumerate(self.agents)
            ),
        )
        for name in self.agents:
            yield e.AgentStateChanged(at=self.now, agent=name, state=AgentState.READY)

    def serve(self, every: int) -> None:
        """Have every so-manieth agent serve a contact, and so that share of the queues too."""
        self.now += 15.0
        queues = self.queues[::every]
        for n, agent in enumerate(self.agents[::every]):
            self._take(self._contact(f"c{self.figures.seq}", queues[n % len(queues)], agent))

    def _contact(self, contact: str, queue: str, agent: str) -> Iterator[Event]:
        at, visit = self.now, f"{contact}.v1"
        yield e.ContactArrived(
            at=at,
            contact=contact,
            leg=f"{contact}.l1",
            channel=contact,
            number="1000",
            plan="",
            plan_version="",
        )
        yield e.ContactQueued(at=at, contact=contact, visit=visit, queue=queue, expected=4.0)
        yield e.VisitAnswered(
            at=at,
            contact=contact,
            visit=visit,
            queue=queue,
            offer=f"{contact}.o1",
            agent=agent,
            bridge="b",
            waited=5.0,
            in_threshold=True,
        )
        yield e.AgentStateChanged(at=at, agent=agent, state=AgentState.TALKING)
        yield e.TalkEnded(
            at=at + 5,
            contact=contact,
            visit=visit,
            queue=queue,
            agent=agent,
            talked=5.0,
            by=By.CALLER,
        )
        yield e.AgentStateChanged(at=at + 5, agent=agent, state=AgentState.READY)
        yield e.ContactClosed(at=at + 5, contact=contact, outcome=Outcome.QUEUED)

    def scrape(self, accept: str = "") -> Scraped:
        """Render once as the server does, and time every piece."""
        longest = spent = 0.0
        parts: list[bytes] = []
        began = time.thread_time()
        pieces = self.exposition.pieces(accept)[1]
        while True:
            took = time.thread_time() - began
            longest, spent = max(longest, took), spent + took
            began = time.thread_time()
            part = next(pieces, None)
            if part is None:
                return Scraped(spent, longest, series_of(b"".join(parts)))
            parts.append(part)


def _look(cycles: Cycles) -> float:
    """Have cycles collected if it is time, as a server does every second; give the seconds."""
    began = time.thread_time()
    cycles.look()
    return time.thread_time() - began


def series_of(text: bytes) -> int:
    """Count the series of a text."""
    return sum(not line.startswith(b"#") for line in text.splitlines())


def scrape(*, quick: bool, say: Say) -> Table:
    """Measure a first scrape, those of changes, and prometheus_client's."""
    say("scrape: making the site")
    site = Site()
    clock: Any = Clock()  # it is never advanced: what is due is asked for between scrapes
    cycles = Cycles(clock, lambda: 1)
    cycles.start()  # as the server does once it is started
    try:
        return _measured(site, cycles, 3 if quick else 20, say)
    finally:
        cycles.stop()


def _measured(site: Site, cycles: Cycles, times: int, say: Say) -> Table:
    first, looks = site.scrape(), [_look(cycles)]
    say("scrape: a tenth changed, again and again")
    rows = [_row("the first, everything written", [first], MOST_PER_SERIES * first.series)]
    for name, every, limit in (
        ("nothing changed", 0, None),
        ("a tenth changed", 10, MOST_SCRAPE),
        ("everything changed", 1, MOST_PER_SERIES * first.series),
    ):
        seen = []
        for _ in range(times):
            if every:
                site.serve(every)
            looks.append(_look(cycles))
            seen.append(site.scrape())
        rows.append(_row(name, seen, limit))
    say("scrape: prometheus_client")
    registry = CollectorRegistry()
    registry.register(site.collector)
    began = time.thread_time()
    text = generate_latest(registry)
    took = time.thread_time() - began
    rows.append(
        _row("prometheus_client, in one piece", [Scraped(took, took, series_of(text))], None, told=False)
    )
    say("scrape: done")
    head = ("scrape", "series", "ms median", "ms most", "limit ms", "µs per series", "longest piece ms")
    note = (
        f"{QUEUES} queues, {AGENTS:,} agents who serve {SERVED} each; CPU time, {times} scrapes of each; "
        f"limits: {MOST_PER_SERIES * 1e6:.0f} µs for a series, {MOST_SCRAPE * 1000:.0f} ms when a tenth "
        f"changed, no piece over {MOST_PIECE * 1000:.0f} ms; full collections of cycles between scrapes, as "
        f"in the server, the longest {max(looks) * 1000:.1f} ms"
    )
    return Table("Scrape of the metrics", head, rows, (note,))


def _row(name: str, seen: list[Scraped], limit: float | None, *, told: bool = True) -> list[str]:
    seconds = sorted(one.seconds for one in seen)
    most, longest = seconds[-1], max(one.longest for one in seen)
    return [
        name,
        f"{seen[-1].series:,}",
        f"{seconds[len(seconds) // 2] * 1000:.1f}",
        f"{most * 1000:.1f}",
        "–" if limit is None else f"{limit * 1000:.0f} {'kept' if most <= limit else OVER}",
        f"{most / seen[-1].series * 1e6:.2f}",
        f"{longest * 1000:.1f}" + (f" {'kept' if longest <= MOST_PIECE else OVER}" if told else ""),
    ]

"""The benchmark's routing: how long decisions take as sites grow, and what a waiting contact costs."""

from __future__ import annotations

import gc
import os
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from ivrcore.lab.bench_figures import Table, percentile
from ivrcore.model.names import By
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.commands import (
    AgentAnswered,
    AgentReady,
    Bridged,
    Enqueue,
    LoadRoster,
    RingAgent,
    TalkOver,
)
from ivrcore.routing.router import RouterState, step

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivrcore.routing.commands import Command, Input
    from ivrcore.routing.rulebook import RoutingPlugins

SIZES = (10, 100, 1_000, 10_000)
LARGE_AGENTS, LARGE_QUEUES, LARGE_WAITING = 10_000, 1_000, 50_000
QUEUES_EACH = 5
"""Queues that an agent of the large site serves."""
P99_LIMIT, RATE_LIMIT, MEMORY_LIMIT = 1.0, 20_000, 2.0
"""Milliseconds, decisions a second of one core, kB a waiting contact: what issue 4 asks of the large site."""
HEAD = ("site", "agents", "queues", "waiting", "decisions", "p50 µs", "p99 µs", "per s of CPU", "scan µs")


class Site:
    """A router with a roster, all agents ready, and what it rang last."""

    def __init__(self, agents: int, queues: int, plugins: RoutingPlugins) -> None:
        self.state = RouterState(plugins, Random(1).random)  # noqa: S311 - a benchmark is to repeat itself
        self.now = 0.0
        self.times: list[float] = []
        self.offering: list[float] = []
        """Of these, the decisions that offered a contact to an agent."""
        self.busy: list[str] = []
        self._contacts = 0
        names = [f"queue{number}" for number in range(queues)]
        each = min(QUEUES_EACH, queues)
        roster = LoadRoster(
            tuple(QueueFacts(name=name, wrap_up=0.0) for name in names),
            tuple(
                AgentFacts(
                    name=f"agent{n}",
                    endpoint="PJSIP/bench",
                    queues=tuple(names[(n + 7 * k) % queues] for k in range(each)),
                )
                for n in range(agents)
            ),
        )
        step(self.state, roster, self.now)
        for agent in roster.agents:
            step(self.state, AgentReady(agent.name), self.now)

    def give(self, given: Input) -> Sequence[Command]:
        """Take one decision, measured."""
        began = time.perf_counter()
        commands = step(self.state, given, self.now).commands
        taken = time.perf_counter() - began
        self.times.append(taken)
        if commands and type(commands[-1]) is RingAgent:
            self.offering.append(taken)
        return commands

    def call(self, queue: int) -> None:
        """Let a caller come; whoever is rung answers at once."""
        self.now += 0.01
        self._contacts += 1
        contact = f"c{self._contacts}"
        self._answer(self.give(Enqueue(contact, f"{contact}.v1", f"queue{queue}")))

    def hang_up(self, chance: Random) -> None:
        """Let a conversation end; the agent's next caller is answered at once."""
        self.now += 0.01
        at = int(chance.random() * len(self.busy))  # randrange takes a hundredth of what is measured
        self.busy[at], self.busy[-1] = self.busy[-1], self.busy[at]
        self._answer(self.give(TalkOver(self.busy.pop(), By.AGENT)))

    def _answer(self, commands: Sequence[Command]) -> None:
        for command in commands:
            if type(command) is RingAgent:
                self.give(AgentAnswered(command.offer))
                self.give(Bridged(command.offer, f"{command.offer}.b"))
                self.busy.append(command.offer)


def routing(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure one queue that all agents serve, at several sizes, and a large site whose callers wait."""
    plugins = load_plugins().routing()
    turns = 1_000 if quick else 5_000
    rows = []
    for agents in SIZES:
        rows.append(_one_queue(agents, turns, plugins))
        say(f"routing: one queue with {agents} agents")
    row, memory, offering = _large(turns, plugins)
    rows.append(row)
    notes = [
        f"Limits at the large site: p99 {P99_LIMIT:g} ms, {RATE_LIMIT:,} decisions a second of one core, "
        f"{MEMORY_LIMIT:g} kB a waiting contact; measured {memory:.2f} kB.",
        "A decision is one step of the router, its events applied: a caller comes, an agent answers, both "
        "are joined, a conversation ends.",
        "One of these four offers the contact to an agent: at the large site that one alone takes "
        f"{percentile(offering, 0.5):.0f} µs (p50), {percentile(offering, 0.99):.0f} µs (p99).",
        "The plain linear scan only looks for the least idle time among the free agents, with their facts "
        "at hand; it decides, records and keeps nothing.",
    ]
    return Table("Routing decisions", HEAD, rows, notes)


def _one_queue(agents: int, turns: int, plugins: RoutingPlugins) -> list[str]:
    """Half of the agents talk; callers come and go."""
    site, chance = Site(agents, 1, plugins), Random(2)  # noqa: S311 - as above
    for _ in range(agents // 2):
        site.call(0)
    site.times.clear()
    began = time.process_time()
    for _ in range(turns):
        site.call(0)
        site.hang_up(chance)
    spent = time.process_time() - began
    return _row("one queue", agents, 1, 0, site, spent)


def _large(turns: int, plugins: RoutingPlugins) -> tuple[list[str], float, list[float]]:
    """All agents talk, and many wait: each conversation that ends is followed by the next."""
    site, chance = Site(LARGE_AGENTS, LARGE_QUEUES, plugins), Random(3)  # noqa: S311 - as above
    for n in range(LARGE_AGENTS + LARGE_QUEUES):
        site.call(n % LARGE_QUEUES)
    gc.collect()
    before = _resident()
    for n in range(LARGE_WAITING):
        site.call(n % LARGE_QUEUES)
    site.times.clear()
    site.offering.clear()
    gc.collect()
    memory = (_resident() - before) / LARGE_WAITING / 1000
    began = time.process_time()
    for _ in range(turns):
        site.hang_up(chance)
        site.call(int(chance.random() * LARGE_QUEUES))
    spent = time.process_time() - began
    waiting = sum(site.state.waiting_in(queue) for queue in site.state.queues)
    row = _row("large site", LARGE_AGENTS, LARGE_QUEUES, waiting, site, spent)
    return row, memory, [1e6 * taken for taken in site.offering]


def _row(name: str, agents: int, queues: int, waiting: int, site: Site, spent: float) -> list[str]:
    micro = [1e6 * taken for taken in site.times]
    return [
        name,
        f"{agents:,}",
        f"{queues:,}",
        f"{waiting:,}",
        f"{len(micro):,}",
        f"{percentile(micro, 0.5):.0f}",
        f"{percentile(micro, 0.99):.0f}",
        f"{len(micro) / spent:,.0f}",
        "–" if waiting else f"{_scan(agents // 2):.0f}",
    ]


def _scan(free: int) -> float:
    """Give the microseconds in which the best of so many free agents is found by looking at each."""
    facts = [(f"agent{n}", float(n * 7919 % 1_000)) for n in range(max(free, 1))]
    rounds = max(1, 20_000 // len(facts))
    began = time.perf_counter()
    for _ in range(rounds):
        min(facts, key=lambda one: (one[1], one[0]))
    return 1e6 * (time.perf_counter() - began) / rounds


def _resident() -> int:
    """Give this process's memory in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")

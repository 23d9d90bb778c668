"""The benchmark's simulator: contacts simulated on one core by CPU time, and the router's part of that."""

from __future__ import annotations

import cProfile
import pstats
import time
from statistics import median
from typing import TYPE_CHECKING

from ivrcore.collecting import uncollected
from ivrcore.lab.bench_figures import Table
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.simulator.chance import Exponential, Gamma
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate, Several

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.routing.rulebook import RoutingPlugins

LIMIT = 200_000
"""Contacts a minute that one core is to simulate (issue 4)."""
HANDLING = 180.0
LOAD = 0.9
"""Erlangs per agent."""
SIZES = (10, 50, 300)
HEAD = ("agents", "queues", "contacts", "a minute, median", "a minute, best", "limit", "router's part")
LEAST = 500
"""Contacts of a round, or ten per agent. Whatever else the machine does only ever takes time, so the best of
many short rounds is nearest to the truth."""


def simulator(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure one queue of Erlang's kind at several sizes, and ten queues that share their agents."""
    plugins = load_plugins().routing()
    contacts = 5_000 if quick else 20_000
    rows = []
    for agents, queues in [*((size, 1) for size in SIZES), (50, 10)]:
        rows.append(_row(agents, queues, contacts, plugins))
        say(f"simulated {contacts} contacts with {agents} agents, {queues} queues")
    return Table("Simulated contacts", HEAD, rows, ["The router's part is of a run under the profiler."])


def _row(agents: int, queues: int, contacts: int, plugins: RoutingPlugins) -> list[str]:
    each = max(LEAST, 10 * agents)
    floor = _floor(agents, queues, each)
    entered, rates = 0, []
    for number in range(contacts // each):
        with uncollected():
            began = time.process_time()
            tally = simulate(floor, f"bench/{number}", plugins)
            taken = time.process_time() - began
        found = sum(counts.entered for (counts,) in tally.queues.values())
        entered += found
        rates.append(60 * found / taken)
    part = _routers_part(floor, plugins)
    return [
        str(agents),
        str(queues),
        f"{entered:,}",
        f"{median(rates):,.0f}",
        f"{max(rates):,.0f}",
        f"{LIMIT:,}",
        f"{100 * part:.0f} %",
    ]


def _floor(agents: int, queues: int, contacts: int) -> Floor:
    """Every agent serves every queue; some callers give up, and each conversation has a wrap-up."""
    wrap_up = 10.0
    rate = agents * LOAD / (HANDLING + wrap_up)
    names = [f"queue{number}" for number in range(queues)]
    return Floor(
        queues=tuple(QueueFacts(name=name, wrap_up=wrap_up) for name in names),
        agents=tuple(AgentFacts(name=f"agent{n}", endpoint="PJSIP/simulated") for n in range(agents)),
        traffic=Several(
            tuple(
                Demand(name, (Rate(0.0, rate / queues),), Gamma(HANDLING, 0.7), Exponential(120.0))
                for name in names
            )
        ),
        end=contacts / rate,
    )


def _routers_part(floor: Floor, plugins: RoutingPlugins) -> float:
    profile = cProfile.Profile()
    profile.runcall(simulate, floor, "bench", plugins)
    stats = pstats.Stats(profile)
    found = {name: times[3] for (_, _, name), times in stats.stats.items()}  # type: ignore[attr-defined]
    return float(found["step"] / found["simulate"])

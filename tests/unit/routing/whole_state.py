"""The whole of a router's state as plain values, to compare two of them: all but indices and caches."""

from __future__ import annotations

from array import array
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
from sortedcontainers import SortedList

from ivrcore.routing.agent import Agent
from ivrcore.routing.deadlines import Deadlines, Kind
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from ivrcore.routing.router import RouterState

PARTS = (
    "queues",
    "offers",
    "memories",
    "standings",
    "estimates",
    "redials",
    "last_talks",
    "deadlines",
    "plans",
)
OF_AN_AGENT = ("workload", "position", "queues")
"""What counts of an agent beside what is compared."""
DONE_BY_STEP = ("fresh",)
"""What has been looked at: no part of the state."""


def whole(state: RouterState, now: float) -> dict[str, Any]:
    """Give everything that later decisions may depend on."""
    for queue in state.standings:
        state.queue_view(queue, now)  # forgets what is too old, as any look does
    found = {part: plain(getattr(state, part)) for part in PARTS}
    waiting = {name: part for name, part in vars(state.waiting).items() if name not in DONE_BY_STEP}
    agents = {name: plain(agent) for name, agent in state.pool.agents.items()}
    return {**found, "waiting": plain(waiting), "agents": agents}


def elapsed(state: RouterState, now: float) -> dict[tuple[str, ...], float]:
    """Give the seconds since everything that has been, of whom or what and which of its times."""
    found: dict[tuple[str, ...], float | None] = {}
    for name, agent in state.pool.agents.items():
        for what in ("since", "idle_since", "inbound_idle_since", "ready_since", "talk_began"):
            found["agent", name, what] = getattr(agent, what)
        for what in ("talk", "work", "staffed"):
            spans = getattr(agent.workload, what)
            found["agent", name, what] = spans.opened
            found |= {("agent", name, what, str(n)): at for n, at in enumerate(spans._closed)}
    for visit in state.waiting.visits.values():
        for what in ("entered", "since", "stage_began"):
            found["visit", visit.id, what] = getattr(visit, what)
    for offer in state.offers.values():
        found["offer", offer.id] = offer.bridged_at if offer.phase is Phase.TALKING else None
    for queue, standing in state.standings.items():
        found |= {("standing", queue, str(n)): one.at for n, one in enumerate(standing.recent)}
    found |= {("dropped", *key): place.at for key, place in state.redials.places.items()}
    found |= {("talk", key): talk.at for key, talk in state.last_talks._talks.items()}
    found |= {("span", name): span.began for name, span in state.estimates._spans.items()}
    return {key: now - at for key, at in found.items() if at}


def still_to_come(state: RouterState, now: float) -> dict[tuple[str, ...], float]:
    """Give the seconds until everything that is to be."""
    found: dict[tuple[str, ...], float | None] = {}
    for kept in (state.deadlines, state.plans, state.looks):
        found |= {(kind.name, name): at for (kind, name), at in _due(kept).items()}
    found |= {("agent", name): agent.until for name, agent in state.pool.agents.items()}
    found |= {("held", visit.id): visit.held_until for visit in state.waiting.visits.values()}
    found |= {("relaxes", visit.id): visit.relaxes for visit in state.waiting.visits.values()}
    found |= {("offer", offer.id): offer.deadline for offer in state.offers.values()}
    return {key: at - now for key, at in found.items() if at is not None}


def plain(value: Any) -> Any:
    """Make one part of it plain."""
    if value is None or isinstance(value, bool | int | float | str | Enum):
        return value
    if isinstance(value, msgspec.Struct) and value.__struct_config__.frozen:
        return value
    if isinstance(value, Deadlines):
        return _due(value)
    if isinstance(value, OrderedDict):
        return [(key, plain(inner)) for key, inner in value.items()]
    if isinstance(value, Counter):
        return {key: count for key, count in value.items() if count}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, set):
        return sorted(value)
    if isinstance(value, list | tuple | deque | array | SortedList):
        return [plain(inner) for inner in value]
    return {name: plain(getattr(value, name)) for name in _names(value)}


def _due(kept: Deadlines) -> dict[tuple[Kind, str], float]:
    return {(kind, name): at for kind in Kind for name, at in kept._kept[kind].items()}


def _names(value: Any) -> list[str]:
    if isinstance(value, Agent):
        return [one.name for one in fields(value) if one.compare or one.name in OF_AN_AGENT]
    if is_dataclass(value):
        return [one.name for one in fields(value)]
    if isinstance(value, msgspec.Struct):
        return list(value.__struct_fields__)
    return list(getattr(type(value), "__slots__", ()) or vars(value))

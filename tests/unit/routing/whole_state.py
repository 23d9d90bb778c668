"""The whole of a router's state as plain values, to compare two of them: all but indices and caches."""

from __future__ import annotations

from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

import msgspec
from sortedcontainers import SortedList

from ivrcore.routing.agent import Agent
from ivrcore.routing.deadlines import Deadlines

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


def plain(value: Any) -> Any:
    """Make one part of it plain."""
    if value is None or isinstance(value, bool | int | float | str | Enum | msgspec.Struct):
        return value
    if isinstance(value, Deadlines):
        return dict(value._at)
    if isinstance(value, OrderedDict):
        return [(key, plain(inner)) for key, inner in value.items()]
    if isinstance(value, Counter):
        return {key: count for key, count in value.items() if count}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | deque | SortedList):
        return [plain(inner) for inner in value]
    return {name: plain(getattr(value, name)) for name in _names(value)}


def _names(value: Any) -> list[str]:
    if isinstance(value, Agent):
        return [one.name for one in fields(value) if one.compare or one.name in OF_AN_AGENT]
    if is_dataclass(value):
        return [one.name for one in fields(value)]
    return list(getattr(type(value), "__slots__", ()) or vars(value))

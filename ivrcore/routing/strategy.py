"""What a routing strategy plugin provides: a pure key by which the core keeps agents in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a strategy may know of a ready agent; times are UTC seconds."""

    agent: str
    idle_since: float
    """End of the last contact or missed offer since login, else since first ready."""
    skills: Mapping[str, int]
    contacts_taken: int
    """Since login."""


Key = tuple[float | int | str, ...]


class Strategy(Protocol):
    """Orders a queue's ready agents. Pure; the agent with the least key is offered the contact."""

    @property
    def name(self) -> str:
        """As configuration names it."""

    def key(self, candidate: Candidate, options: Mapping[str, str | int | float | bool]) -> Key:
        """Give the sort key; it may change only by this agent's own events. Ties go by agent name."""

    def explain(self, candidate: Candidate, now: float) -> str:
        """Say in words why this agent came first, e.g. ``idle for 63 s``."""

"""The one place that calls strategy plugins, and what is done when one raises.

A strategy that fails (raises, or gives a key that cannot be ordered) ranks its agent behind those that it
did rank, by idle time and then name; the failure is kept for the router to report.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ivrcore.errors import PLUGIN_FAULTS, PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.strategy import Candidate, Strategy

Rank = tuple[int, tuple[tuple[int, float | str], ...], str]
"""Least first: 0 ranked by the strategy, 1 by idle time; the key's parts (numbers before words); the name."""


class Ranking:
    """Strategies by name, and which of them failed since `take_failures`."""

    def __init__(self, strategies: Mapping[str, Strategy]) -> None:
        self._strategies = strategies
        self._failures: dict[str, str] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """What a queue may name."""
        return tuple(sorted(self._strategies))

    def rank(self, queue: QueueFacts, candidate: Candidate) -> Rank:
        """Give where the agent stands among the queue's ready agents."""
        try:
            key = self._strategy(queue).key(candidate, queue.options)
            return 0, tuple(_part(part) for part in key), candidate.agent
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(queue.strategy, error)
            return 1, ((0, candidate.idle_since),), candidate.agent

    def explain(self, queue: QueueFacts, candidate: Candidate, now: float) -> str:
        """Say in words why this agent came first."""
        try:
            return str(self._strategy(queue).explain(candidate, now))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(queue.strategy, error)
            return f"idle for {now - candidate.idle_since:.0f} s; the strategy failed"

    def take_failures(self) -> tuple[tuple[str, str], ...]:
        """Give (strategy, error) of those that failed since the last time, once each."""
        failures = tuple(sorted(self._failures.items()))
        self._failures.clear()
        return failures

    def _strategy(self, queue: QueueFacts) -> Strategy:
        if queue.strategy not in self._strategies:
            raise PluginError("no plugin provides it", plugin=queue.strategy)
        return self._strategies[queue.strategy]

    def _failed(self, strategy: str, error: BaseException) -> None:
        self._failures.setdefault(strategy, _describe(error))


def _describe(error: BaseException) -> str:
    """Say what went wrong and where, without the error's text: a plugin may put personal values there."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where


def _part(part: object) -> tuple[int, float | str]:
    """Make parts of any two keys comparable."""
    if isinstance(part, str):
        return 1, part
    if isinstance(part, int | float) and not math.isnan(part):
        return 0, part
    raise TypeError(f"a key's part must be a number or a string, not {part!r}")

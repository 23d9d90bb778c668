"""The one place that calls routing's plugins, and what is done when one raises or is not there.

A failure never holds a contact up: a strategy that fails leaves the choice to idle time, a rule of
eligibility excludes nobody, a relaxation leaves the need as it is, a contact order goes by age. Each is kept
for the router to report.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec import structs

from ivrcore.errors import PLUGIN_FAULTS, PluginError
from ivrcore.routing.need import need_of
from ivrcore.routing.relaxation import Relaxed
from ivrcore.routing.strategy import Order, Ranked

if TYPE_CHECKING:
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.facts import Candidate, Floor, Member, Memory, QueueView, VisitFacts
    from ivrcore.routing.need import Eligibility
    from ivrcore.routing.precedence import ContactOrder
    from ivrcore.routing.relaxation import Relaxation
    from ivrcore.routing.strategy import Choice, Strategy

STRATEGIES = "ivrcore_strategies"
ELIGIBILITY = "ivrcore_eligibility"
RELAXATIONS = "ivrcore_relaxations"
CONTACT_ORDERS = "ivrcore_contact_orders"

KeyPart = tuple[int, float | str]
"""A part of a key made comparable with any other: numbers before words."""

P = TypeVar("P")


class Rank(NamedTuple):
    """Where an agent stands among a line's free agents; least first."""

    tier: int
    failed: int
    """0 ranked by the strategy, 1 by idle time."""
    key: tuple[KeyPart, ...]
    agent: str


@dataclass(frozen=True, slots=True)
class RoutingPlugins:
    """Everything that plugins give to routing, by name."""

    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    eligibility: Mapping[str, Eligibility] = field(default_factory=dict)
    relaxations: Mapping[str, Relaxation] = field(default_factory=dict)
    contact_orders: Mapping[str, ContactOrder] = field(default_factory=dict)


class Failure(NamedTuple):
    """A plugin that failed, and in which hook's work."""

    plugin: str
    hook: str
    error: str


class Rulebook:
    """The plugins, and which of them failed since `take_failures`."""

    def __init__(self, plugins: RoutingPlugins) -> None:
        self.plugins = plugins
        self._failures: dict[tuple[str, str], str] = {}

    # --- which agent ---

    def keyed(self, queue: QueueFacts) -> bool:
        """Tell whether the queue's strategy sorts by keys (a missing one counts as doing so)."""
        return not hasattr(self.plugins.strategies.get(queue.strategy), "order")

    def pulled(self, queue: QueueFacts) -> bool:
        """Tell whether the queue's strategy rings nobody: its contacts wait for agents to take them."""
        return bool(getattr(self.plugins.strategies.get(queue.strategy), "pulled", False))

    def rank(self, queue: QueueFacts, candidate: Candidate, now: float) -> tuple[Rank, float | None]:
        """Give where the agent stands, and when to ask again."""
        strategy = self.plugins.strategies.get(queue.strategy)
        if hasattr(strategy, "order"):
            return Rank(candidate.tier, 0, (), candidate.agent), None
        try:
            found = _there(strategy, queue.strategy).key(candidate, queue.options, now)
            key, until = (found.key, found.until) if isinstance(found, Ranked) else (found, None)
            rank = Rank(candidate.tier, 0, tuple([_part(part) for part in key]), candidate.agent)
            return rank, None if until is None else _later(until, now)
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return Rank(candidate.tier, 1, ((0, candidate.idle_since),), candidate.agent), None

    def explain(self, queue: QueueFacts, candidate: Candidate, now: float) -> str:
        """Say in words why this agent came first."""
        try:
            return str(
                _there(self.plugins.strategies.get(queue.strategy), queue.strategy).explain(
                    candidate, queue.options, now
                )
            )
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return f"idle for {now - candidate.idle_since:.0f} s; the strategy failed"

    def start(self, queue: QueueFacts, memory: Memory) -> tuple[KeyPart, ...] | None:
        """Give the key behind which a search begins, if the strategy wants one."""
        start = getattr(self.plugins.strategies.get(queue.strategy), "start", None)
        if start is None:
            return None
        try:
            key = start(memory)
            return None if key is None else tuple([_part(part) for part in key])
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return None

    def remember(self, queue: QueueFacts, memory: Memory, candidate: Candidate, rank: Rank) -> Memory | None:
        """Give what a key strategy is to remember after an offer, if it remembers anything."""
        remember = getattr(self.plugins.strategies.get(queue.strategy), "remember", None)
        if remember is None or rank.failed:
            return None
        try:
            return _memory(remember(memory, candidate, tuple(value for _, value in rank.key)))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return None

    def order(self, queue: QueueFacts, choice: Choice, has: Callable[[str], bool]) -> Order:
        """Ask an order strategy whom to ring; ``has`` tells who is a candidate. Who is named twice rings
        once. If it fails, one rings: nobody more than ring already."""
        try:
            found = _there(self.plugins.strategies.get(queue.strategy), queue.strategy).order(choice)
            return _checked(found, choice.now, has)
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            if choice.ringing:
                return Order((), "the strategy failed")
            first = min(choice.candidates, key=lambda one: (one.idle_since, one.agent), default=None)
            if first is None:
                return Order((), "the strategy failed")
            return Order(
                (first.agent,), f"idle for {choice.now - first.idle_since:.0f} s; the strategy failed"
            )

    # --- who may ---

    def misfit(self, member: Member, need: tuple[tuple[str, Any], ...]) -> str:
        """Say why the agent may not have a contact with this need; "" if he may."""
        for rule, asked in need:
            try:
                found = _there(self.plugins.eligibility.get(rule), rule).misfit(member, asked)
                if found:
                    return str(found)
            except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
                self._failed(ELIGIBILITY, rule, error)
        return ""

    def relax(
        self,
        queue: QueueFacts,
        stage: int,
        visit: VisitFacts,
        need: Mapping[str, Any],
        floor: Floor,
        now: float,
    ) -> Relaxed:
        """Ask one of the queue's relaxations (``stage`` from 0) what the contact needs from now on.

        One that fails is over: the next takes its turn.
        """
        name, options = queue.relaxation, queue.relaxation_options
        if stage:
            name, options = structs.astuple(queue.relaxation_next[stage - 1])
        try:
            found = _there(self.plugins.relaxations.get(name), name).relax(visit, need, floor, options, now)
            hash(need_of(found.need))
            until = None if found.until is None else _later(float(found.until), now)
            return Relaxed(dict(found.need), str(found.why), until, bool(found.when_nobody), bool(found.over))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(RELAXATIONS, name, error)
            return Relaxed(need, "the relaxation failed", over=True)

    # --- which contact ---

    def place(self, queue: QueueFacts, visit: VisitFacts) -> float:
        """Give from when the contact counts as waiting."""
        name = queue.order
        try:
            return _number(
                _there(self.plugins.contact_orders.get(name), name).place(visit, queue.order_options)
            )
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(CONTACT_ORDERS, name, error)
            return visit.since

    def claim(self, queue: QueueFacts, place: float, view: QueueView, now: float) -> float:
        """Give how urgent a queue's first contact is.

        One that has waited for `LONGEST_HELD_BACK` goes before all that have not, in the order of their
        places, whatever the queues' contact orders say: so nobody starves.
        """
        if now - place >= LONGEST_HELD_BACK:
            return HELD_BACK + (now - place)
        name = queue.order
        try:
            found = _there(self.plugins.contact_orders.get(name), name)
            return min(HELD_BACK, _number(found.claim(place, view, queue.order_options, now)))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(CONTACT_ORDERS, name, error)
            return now - place

    # --- failures ---

    def take_failures(self) -> Sequence[Failure]:
        """Give those that failed since the last time, once each."""
        if not self._failures:
            return []
        failures = [Failure(name, hook, error) for (hook, name), error in sorted(self._failures.items())]
        self._failures.clear()
        return failures

    def _failed(self, hook: str, plugin: str, error: BaseException) -> None:
        self._failures.setdefault((hook, plugin), _describe(error))


def _there(plugin: Any, name: str) -> Any:
    if plugin is None:
        raise PluginError("no plugin provides it", plugin=name)
    return plugin


LONGEST_HELD_BACK = 1800.0
"""Seconds for which a contact can be overtaken by those of other queues, counted from its place."""
HELD_BACK = 1e9
"""More than any contact order can claim (seconds)."""
LEAST_PAUSE = 0.1
"""Seconds after which a plugin may be asked again at the earliest: one that names a time gone by must not
spin."""


def _later(until: float, now: float) -> float:
    if math.isnan(until):
        raise ValueError("a time that is not a number")
    return max(until, now + LEAST_PAUSE)


def _checked(found: Order, now: float, has: Callable[[str], bool]) -> Order:
    if not all(has(agent) for agent in found.ring):
        raise ValueError("names an agent who is no candidate")
    again = None if found.again is None else _later(float(found.again), now)
    memory = None if found.memory is None else _memory(found.memory)
    return Order(tuple(dict.fromkeys(found.ring)), str(found.why), memory, again)


def _number(value: float) -> float:
    if math.isnan(value):
        raise ValueError("not a number")
    return float(value)


def _memory(memory: Memory) -> Memory:
    for value in memory.values():
        if not isinstance(value, bool | int | float | str | None):
            raise TypeError(f"remembers a {type(value).__name__}, which the journal cannot keep")
    return dict(memory)


def _describe(error: BaseException) -> str:
    """Say what went wrong and where, without the error's text: a plugin may put personal values there."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
    return type(error).__name__ + where


def _part(part: object) -> KeyPart:
    """Make parts of any two keys comparable."""
    if isinstance(part, str):
        return 1, part
    if isinstance(part, int | float) and not math.isnan(part):
        return 0, part
    raise TypeError(f"a key's part must be a number or a string, not {part!r}")


Draw = Callable[[], float]
"""A source of random numbers from 0 up to 1."""

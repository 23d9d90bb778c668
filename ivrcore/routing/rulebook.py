"""The one place that calls routing's plugins, and what is done when one raises or is not there.

A failure never holds a contact up: a strategy that fails leaves the choice to idle time, a rule of
eligibility excludes nobody, a relaxation leaves the need as it is, a contact order goes by age. Each is kept
for the router to report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from msgspec import structs

from ivrcore.errors import PLUGIN_FAULTS, PluginError
from ivrcore.routing import plain
from ivrcore.routing.need import PBX
from ivrcore.routing.plain import KeyPart
from ivrcore.routing.relaxation import Relaxed
from ivrcore.routing.strategy import Order, Ranked

if TYPE_CHECKING:
    from ivrcore.model.roster import QueueFacts
    from ivrcore.routing.facts import Candidate, Floor, Member, Memory, Options, QueueView, VisitFacts
    from ivrcore.routing.need import Eligibility
    from ivrcore.routing.precedence import ContactOrder
    from ivrcore.routing.relaxation import Relaxation
    from ivrcore.routing.strategy import Choice, Strategy

STRATEGIES = "ivrcore_strategies"
ELIGIBILITY = "ivrcore_eligibility"
RELAXATIONS = "ivrcore_relaxations"
CONTACT_ORDERS = "ivrcore_contact_orders"


class Rank(msgspec.Struct, frozen=True, order=True, gc=False):
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


class QueueRules:
    """What one queue's configuration says of its plugins, looked up once."""

    __slots__ = (
        "facts",
        "keyed",
        "options",
        "order",
        "order_options",
        "pulled",
        "remember",
        "start",
        "steady",
        "strategy",
        "weighs",
    )

    def __init__(
        self, facts: QueueFacts, plugins: RoutingPlugins, shown: Callable[[Options], Options]
    ) -> None:
        self.facts = facts
        self.strategy: Any = plugins.strategies.get(facts.strategy)
        self.options = shown(facts.options)
        """The strategy's, as it is shown them."""
        self.keyed = not hasattr(self.strategy, "order")
        """Whether it sorts by keys (a missing one counts as doing so)."""
        self.pulled = bool(getattr(self.strategy, "pulled", False))
        self.steady = not self.keyed or bool(getattr(self.strategy, "steady", False))
        self.start = getattr(self.strategy, "start", None)
        self.remember = getattr(self.strategy, "remember", None)
        """Gives what it keeps in mind from offer to offer; None where that is nothing."""
        self.order: Any = plugins.contact_orders.get(facts.order)
        self.order_options = shown(facts.order_options)
        self.weighs = self.order is None or hasattr(self.order, "claim")


class Rulebook:
    """The plugins, and which of them failed."""

    def __init__(self, plugins: RoutingPlugins) -> None:
        self.plugins = plugins
        self.failures: dict[tuple[str, str], str] = {}
        """(hook, plugin) -> error of those that failed since `take_failures`."""
        self._shown: dict[int, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        self._rules: dict[str, QueueRules] = {}

    def of(self, queue: QueueFacts) -> QueueRules:
        """Give what a queue's configuration says of its plugins."""
        found = self._rules.get(queue.name)
        if found is None or found.facts is not queue:
            found = self._rules[queue.name] = QueueRules(queue, self.plugins, self.shown)
        return found

    # --- which agent ---

    def pulled(self, queue: QueueFacts) -> bool:
        """Tell whether the queue's strategy rings nobody: its contacts wait for agents to take them."""
        return self.of(queue).pulled

    def steady(self, queue: QueueFacts) -> bool:
        """Tell whether the queue's strategy gives the same ranks at any time, so that they can wait."""
        return self.of(queue).steady

    def rank(self, queue: QueueFacts, candidate: Candidate, now: float) -> tuple[Rank, float | None]:
        """Give where the agent stands, and when to ask again."""
        rules = self.of(queue)
        if not rules.keyed:
            return Rank(candidate.tier, 0, (), candidate.agent), None
        try:
            found = _there(rules.strategy, queue.strategy).key(candidate, rules.options, now)
            if isinstance(found, Ranked):
                rank = Rank(candidate.tier, 0, plain.key(found.key), candidate.agent)
                return rank, plain.later(found.until, now)
            return Rank(candidate.tier, 0, plain.key(found), candidate.agent), None
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return Rank(candidate.tier, 1, ((0, candidate.idle_since),), candidate.agent), None

    def explain(self, queue: QueueFacts, candidate: Candidate, now: float) -> str:
        """Say in words why this agent came first."""
        rules = self.of(queue)
        try:
            return plain.text(_there(rules.strategy, queue.strategy).explain(candidate, rules.options, now))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return f"idle for {now - candidate.idle_since:.0f} s; the strategy failed"

    def start(self, queue: QueueFacts, memory: Memory) -> tuple[KeyPart, ...] | None:
        """Give the key behind which a search begins, if the strategy wants one."""
        start = self.of(queue).start
        if start is None:
            return None
        try:
            key = start(memory)
            return None if key is None else plain.key(key)
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return None

    def remember(self, queue: QueueFacts, memory: Memory, candidate: Candidate, rank: Rank) -> Memory | None:
        """Give what a key strategy is to remember after an offer, if it remembers anything."""
        remember = self.of(queue).remember
        if remember is None or rank.failed:
            return None
        try:
            return plain.memory(remember(memory, candidate, tuple(value for _, value in rank.key)))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return None

    def reordered(
        self, queue: QueueFacts, memory: Memory, before: Sequence[str], now: Mapping[str, int]
    ) -> Memory:
        """Give what a strategy remembers when the agents of the configuration, or their order, change."""
        reordered = getattr(self.plugins.strategies.get(queue.strategy), "reordered", None)
        if reordered is None:
            return memory
        try:
            return plain.memory(reordered(MappingProxyType(dict(memory)), before, MappingProxyType(now)))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(STRATEGIES, queue.strategy, error)
            return memory

    def order(self, queue: QueueFacts, choice: Choice, has: Callable[[str], bool]) -> Order:
        """Ask an order strategy whom to ring; ``has`` tells who is a candidate. Who is named twice rings
        once. If it fails, one rings: nobody more than ring already."""
        try:
            found = _there(self.plugins.strategies.get(queue.strategy), queue.strategy).order(choice)
            may_wait = not choice.candidates or bool(choice.ringing) or self.pulled(queue)
            return _checked(found, choice.now, has, may_wait=may_wait)
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
            if rule == PBX:
                if asked not in member.reach:
                    return f"with a phone that PBX {asked} cannot dial"
                continue
            try:
                found = _there(self.plugins.eligibility.get(rule), rule).misfit(member, asked)
                if found:
                    return plain.text(found)
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
            found = _there(self.plugins.relaxations.get(name), name).relax(
                visit, dict(need), floor, self.shown(options), now
            )
            asked, until = plain.asked(found.need), plain.later(found.until, now)
            return Relaxed(asked, plain.text(found.why), until, bool(found.when_nobody), bool(found.over))
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(RELAXATIONS, name, error)
            return Relaxed(need, "the relaxation failed", over=True)

    # --- which contact ---

    def place(self, queue: QueueFacts, visit: VisitFacts) -> float:
        """Give from when the contact counts as waiting."""
        rules = self.of(queue)
        try:
            place = _there(rules.order, queue.order).place(visit, rules.order_options)
            return plain.number(place, visit.since - MOST_AHEAD, visit.since + MOST_AHEAD)
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(CONTACT_ORDERS, queue.order, error)
            return visit.since

    def weighs(self, queue: QueueFacts) -> bool:
        """Tell whether the queue's contact order claims anything but the time waited."""
        return self.of(queue).weighs

    def claim(
        self, queue: QueueFacts, since: float, place: float, view: QueueView | None, now: float
    ) -> float:
        """Give how urgent a queue's first contact is; ``view`` is wanted where its order `weighs`.

        One that has waited for `LONGEST_HELD_BACK` (a head start does not count) goes before all that have
        not, in the order of their places, whatever the queues' contact orders say: so nobody starves.
        """
        if now - since >= LONGEST_HELD_BACK:
            return HELD_BACK + (now - place)
        rules = self.of(queue)
        if view is None or not rules.weighs:
            return now - place
        try:
            claim = _there(rules.order, queue.order).claim(place, view, rules.order_options, now)
            return plain.number(claim, -MOST_CLAIMED, MOST_CLAIMED)
        except PLUGIN_FAULTS as error:  # reported as PluginFailed, calls go on
            self._failed(CONTACT_ORDERS, queue.order, error)
            return now - place

    # --- what they are shown ---

    def shown(self, options: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give a queue's settings as a plugin may see them: a copy, made once, that it cannot change."""
        found = self._shown.get(id(options))
        if found is None or found[0] is not options:
            if len(self._shown) >= SHOWN_KEPT:
                self._shown.clear()
            found = self._shown[id(options)] = options, MappingProxyType(deepcopy(dict(options)))
        return found[1]

    # --- failures ---

    def take_failures(self) -> Sequence[Failure]:
        """Give those that failed since the last time, once each."""
        if not self.failures:
            return []
        failures = [Failure(name, hook, error) for (hook, name), error in sorted(self.failures.items())]
        self.failures.clear()
        return failures

    def _failed(self, hook: str, plugin: str, error: BaseException) -> None:
        self.failures.setdefault((hook, plugin), _describe(error))


def _there(plugin: Any, name: str) -> Any:
    if plugin is None:
        raise PluginError("no plugin provides it", plugin=name)
    return plugin


LONGEST_HELD_BACK = 1800.0
"""Seconds of waiting for which weights and the like count between queues: then places do."""
MOST_AHEAD = 4 * 3600.0
"""Seconds by which a contact's place may be before or after its time: all that priority or points count."""
HELD_BACK = 1e9
"""What a contact claims that has waited for so long, beside its own wait (seconds)."""
MOST_CLAIMED = HELD_BACK - MOST_AHEAD
"""Seconds that a contact order can claim at most: less than any of these, also one whose place is to come."""


SHOWN_KEPT = 10_000
"""Settings of which a copy is kept, before they are all made anew."""


def _checked(found: Order, now: float, has: Callable[[str], bool], *, may_wait: bool) -> Order:
    ring = tuple(dict.fromkeys(plain.text(agent) for agent in found.ring))
    if not all(has(agent) for agent in ring):
        raise ValueError("names an agent who is no candidate")
    again = plain.later(found.again, now)
    if not (ring or may_wait) and again is None:
        raise ValueError("rings nobody and does not say when to ask again: the contact would wait for ever")
    memory = None if found.memory is None else plain.memory(found.memory)
    return Order(ring, plain.text(found.why), memory, again)


def _describe(error: BaseException) -> str:
    """Say what went wrong and where, without the error's text: a plugin may put personal values there."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" in {trace.tb_frame.f_code.co_name}, line {trace.tb_lineno}" if trace else ""
    return (type(error).__name__ + where).encode(errors="replace").decode()


Draw = Callable[[], float]
"""A source of random numbers from 0 up to 1."""

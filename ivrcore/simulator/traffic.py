"""Who calls, when and for how long: drawn from distributions, or as it was.

Each queue draws arrivals, patience and talk from streams of its own, seeded by name, so that two variants of
a scenario see the same callers (common random numbers) whatever is done with them.
"""

from __future__ import annotations

import heapq
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ivrcore.simulator.chance import AT_ONCE, NEVER, Duration, Exponential, stream

if TYPE_CHECKING:
    from random import Random

    from ivrcore.simulator.chance import Source


class Wish(NamedTuple):
    """A caller who asks to be called back; times in seconds."""

    after: float
    """Of waiting."""
    patience: float
    """So long after the asking the phone is answered still."""
    rings: tuple[float | None, ...]
    """For each try: how long until the phone is answered; None if it is not."""
    ring: float
    """Longer than that it does not ring."""
    gap: float
    """Between a try and the next."""
    longest_wait: float
    """Then it is given up."""


class Caller(NamedTuple):
    """One contact: times in seconds of the simulation."""

    at: float
    queue: str
    patience: float
    """Gives up after waiting so long."""
    talk: float
    """How long the conversation takes, whoever answers."""
    priority: int = 0
    skills: Mapping[str, int] = {}
    preferred: tuple[str, ...] = ()
    later: Caller | None = None
    """What he asks for next if he leaves the queue without a conversation; ``at`` is how long after."""
    wish: Wish | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """Which callers of a queue ask to be called back, and what becomes of it; see `Wish`."""

    after: float
    accepts: float = 1.0
    """The part of those who wait for so long."""
    patience: Duration = NEVER
    answer: Duration = AT_ONCE
    misses: float = 0.0
    """The part of the calls that are not answered at all."""
    tries: int = 3
    ring: float = 30.0
    gap: float = 300.0
    longest_wait: float = 14_400.0

    def of_callers(self, seed: str) -> Iterator[Wish | None]:
        """Give what each caller wishes, the same for the same seed."""
        chance = stream(seed, "call_back")
        patience = self.patience.source(stream(seed, "call_back", "patience"))
        answer = self.answer.source(stream(seed, "call_back", "answer"))
        while True:
            if chance.random() >= self.accepts:
                yield None
                continue
            rings = tuple(None if chance.random() < self.misses else answer() for _ in range(self.tries))
            yield Wish(self.after, patience(), rings, self.ring, self.gap, self.longest_wait)


class Traffic(Protocol):
    """Where callers come from."""

    def callers(self, seed: str, end: float) -> Iterator[Caller]:
        """Give the callers before ``end`` by their time; the same ones for the same seed."""


class Rate(NamedTuple):
    """From a time on so many contacts a second, until the next one."""

    since: float
    per_second: float


@dataclass(frozen=True, slots=True)
class Demand:
    """One queue's callers: a Poisson process whose rate changes in steps."""

    queue: str
    rates: tuple[Rate, ...]
    talk: Duration
    patience: Duration = NEVER
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    stream: str = ""
    """Names its random numbers, where that is not the queue."""
    call_back: Wishes | None = None
    """None: nobody is offered to be called back."""

    def callers(self, seed: str, end: float) -> Iterator[Caller]:
        """See `Traffic`."""
        seed = f"{seed}/{self.stream or self.queue}"
        talk = self.talk.source(stream(seed, "talk"))
        patience = self.patience.source(stream(seed, "patience"))
        wishes = self.call_back.of_callers(seed) if self.call_back else repeat(None)
        for at in arrivals(self.rates, stream(seed, "arrivals"), end):
            wish = next(wishes)
            yield Caller(at, self.queue, patience(), talk(), self.priority, self.skills, wish=wish)


def arrivals(rates: Sequence[Rate], random: Random, end: float) -> Iterator[float]:
    """Give the times of a Poisson process by the inverse of its cumulative rate (Çinlar 1975, ch. 4.7)."""
    due = random.expovariate(1.0)
    for number, (since, rate) in enumerate(rates):
        until = min(end, rates[number + 1].since if number + 1 < len(rates) else end)
        at = since
        while at < until:
            step = due / rate if rate > 0 else float("inf")
            if at + step >= until:
                due -= (until - at) * rate
                break
            at += step
            due = random.expovariate(1.0)
            yield at


@dataclass(frozen=True, slots=True)
class Several:
    """The callers of several sources."""

    sources: tuple[Traffic, ...]

    def callers(self, seed: str, end: float) -> Iterator[Caller]:
        """See `Traffic`."""
        if len(self.sources) == 1:
            return self.sources[0].callers(seed, end)
        return heapq.merge(*(one.callers(seed, end) for one in self.sources), key=attrgetter("at"))


class Past(NamedTuple):
    """A caller who was there. What is not known is None: the talk of one who hung up before it, the patience
    of one who was answered after waiting ``waited`` seconds."""

    at: float
    queue: str
    waited: float
    patience: float | None
    talk: float | None
    priority: int = 0
    skills: Mapping[str, int] = {}
    preferred: tuple[str, ...] = ()
    later: Past | None = None
    """What the dialplan had the caller ask for next, having waited here in vain."""

    @property
    def visits(self) -> Iterator[Past]:
        """Give what the caller did, one thing after another."""
        visit: Past | None = self
        while visit is not None:
            yield visit
            visit = visit.later

    def replayed(self, begin: float, queues: Container[str]) -> Past | None:
        """Give what the caller did in these queues, with ``begin`` as the time 0; None if nothing."""
        later = self.later.replayed(begin, queues) if self.later else None
        return self._replace(at=self.at - begin, later=later) if self.queue in queues else later


@dataclass(frozen=True, slots=True)
class Replay:
    """Callers as they came. What is not known of one is drawn from the others of the queue."""

    past: tuple[Past, ...]
    talk: Mapping[str, Duration]
    """Of a queue's callers."""
    patience: Mapping[str, Duration]

    def callers(self, seed: str, end: float) -> Iterator[Caller]:
        """See `Traffic`."""
        talks = {name: one.source(stream(seed, name, "talk")) for name, one in self.talk.items()}
        patience = {name: one.source(stream(seed, name, "patience")) for name, one in self.patience.items()}
        for one in self.past:
            if one.at >= end:
                return
            yield self._caller(one, talks, patience)

    def _caller(self, one: Past, talks: Mapping[str, Source], patience: Mapping[str, Source]) -> Caller:
        # exponential patience has no memory: who waited so long is as patient as any newcomer
        left = patience[one.queue]() if one.patience is None else 0.0
        talk = talks[one.queue]() if one.talk is None else one.talk
        stays = one.waited + left if one.patience is None else one.patience
        later = self._caller(one.later, talks, patience) if one.later else None
        if later is not None:
            later = later._replace(at=max(0.0, later.at - one.at - one.waited))
        return Caller(one.at, one.queue, stays, talk, one.priority, one.skills, one.preferred, later)


def fitted_patience(waited: Iterable[float], abandoned: int) -> Duration:
    """Estimate exponential patience: all waiting ÷ abandons, those answered being censored; without end where
    nobody gave up. Brown et al., Statistical analysis of a telephone call center (2005), 5.2."""
    total = sum(waited)
    return Exponential(total / abandoned) if abandoned and total > 0 else NEVER

"""What agents do in a simulation beside talking: shifts, how soon they pick up, which offers they miss."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.routing.commands import AgentLogout, AgentPause, AgentReady, Input
from ivrcore.simulator.chance import AT_ONCE, Duration, stream

if TYPE_CHECKING:
    from random import Random

    from ivrcore.simulator.chance import Source


Span = tuple[float, float]
"""From, until (seconds)."""


@dataclass(frozen=True, slots=True)
class Shift:
    """At work from a time to another (seconds of the simulation), pauses apart."""

    begin: float
    end: float
    pauses: tuple[Span, ...] = ()
    """Within the shift, one after another."""

    def since(self, begin: float) -> Shift | None:
        """Give what is left of it from ``begin`` on, which becomes the time 0; None if nothing."""
        if self.end <= begin:
            return None
        left = ((max(0.0, since - begin), until - begin) for since, until in self.pauses if until > begin)
        return Shift(max(0.0, self.begin - begin), self.end - begin, tuple(left))


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Put spans in order, those that touch or overlap as one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


def shifts_of(spans: Iterable[Span], pauses: Iterable[Span]) -> tuple[Shift, ...]:
    """Make shifts; of pauses, what lies within them counts."""
    pauses = joined(pauses)
    return tuple(
        Shift(begin, end, tuple((max(s, begin), min(u, end)) for s, u in pauses if s < end and u > begin))
        for begin, end in joined(spans)
    )


@dataclass(frozen=True, slots=True)
class Person:
    """One agent's habits."""

    answer: Duration = AT_ONCE
    """From the offer to the answer."""
    misses: float = 0.0
    """The part of offers that are not answered at all."""
    shifts: tuple[Shift, ...] | None = None
    """None: at work all the time."""


def changes(name: str, person: Person, begin: float) -> Iterator[tuple[float, Input]]:
    """Give what an agent tells the router of coming, pausing and going, and when; not in order."""
    if person.shifts is None:
        yield begin, AgentReady(name)
        return
    for shift in person.shifts:
        if all(since > shift.begin for since, _ in shift.pauses):
            yield shift.begin, AgentReady(name)
        for since, until in shift.pauses:
            yield since, AgentPause(name, "pause")
            if until < shift.end:
                yield until, AgentReady(name)
        yield shift.end, AgentLogout(name)


class Answers:
    """Who picks up when. Each agent has a stream of random numbers of his own."""

    def __init__(self, people: Mapping[str, Person], seed: str) -> None:
        self._people = people
        self._seed = seed
        self._streams: dict[str, tuple[Random, Source, float]] = {}

    def after(self, agent: str) -> float | None:
        """Give the seconds until the agent answers an offer; None if he never does."""
        found = self._streams.get(agent)
        if found is None:
            person, random = self._people[agent], stream(self._seed, agent, "answers")
            found = self._streams[agent] = (random, person.answer.source(random), person.misses)
        random, answer, misses = found
        if misses > 0 and random.random() < misses:
            return None
        return answer()

"""Which waiting visit is to be offered next, one after another.

Nobody who waits fits anybody who is free, except what became so since the last look: the *fresh* visits and
agents. So only these are looked at. The most urgent visit among them goes first; whom it gets is the
strategy's choice (:mod:`ivrcore.routing.offering`).
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import TYPE_CHECKING

import msgspec

from ivrcore.routing.rulebook import LONGEST_HELD_BACK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from ivrcore.routing.agent import Agent
    from ivrcore.routing.line_index import LineIndex
    from ivrcore.routing.need import Line
    from ivrcore.routing.places import Places
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Place, Visit


class Claim(msgspec.Struct, frozen=True, order=True, gc=False):
    """A visit that could be offered; the least goes first."""

    urgency: float
    """Minus the seconds that its queue's contact order claims."""
    since: float
    visit: str
    agent: str
    """For whom it is the best choice; "" where the visit itself is fresh."""


class Matching:
    """One round of it, at one time. With ``pulls`` also contacts are looked at that wait to be taken."""

    __slots__ = ("_claims", "_declined", "_heap", "_now", "_passed", "_pulls", "_state")

    def __init__(self, state: RouterState, now: float, *, pulls: bool = False) -> None:
        self._state = state
        self._now = now
        self._pulls = pulls
        self._heap: list[Claim] = []
        self._claims: dict[Place, float] = {}
        self._declined: set[str] = set()
        """Visits whose strategy wanted none of those who are free."""
        self._passed: dict[Line, Place] = {}
        """Behind which place of a line there may be visits that were not declined."""

    def visits(self) -> Iterator[tuple[Visit, float]]:
        """Give visits, with their claims, until none is left.

        Each must be offered (and applied), or declined, before the next is asked for.
        """
        self._fresh()
        heap, state = self._heap, self._state
        while heap:
            best = heap[0]
            visit = state.waiting.visits.get(best.visit)
            if (
                visit
                and visit.waiting
                and best.visit not in self._declined
                and state.pool.free_count(visit.line)
            ):
                yield visit, -best.urgency
            heappop(heap)
            if best.agent:
                self._push_best(state.pool.agents[best.agent])

    def decline(self, visit: Visit) -> None:
        """Leave a visit alone for the rest of this round."""
        self._declined.add(visit.id)

    def _fresh(self) -> None:
        state = self._state
        fresh = state.pool.take_fresh(self._now)
        for name in state.waiting.fresh:
            visit = state.waiting.visits[name]
            if state.pool.free_count(visit.line) and not state.rulebook.pulled(visit.facts):
                claim = self._claim(visit.place, visit)
                heappush(self._heap, Claim(-claim, visit.place.since, visit.id, ""))
        state.waiting.fresh.clear()
        for agent in fresh:
            self._push_best(agent)

    def _push_best(self, agent: Agent) -> None:
        if agent.free:
            best = self._most_urgent(agent)
            if best:
                visit, claim = best
                heappush(self._heap, Claim(-claim, visit.place.since, visit.id, agent.facts.name))

    def best(self, agent: Agent) -> Visit | None:
        """Give the visit that an agent should have: the most urgent of the first ones of his lines."""
        found = self._most_urgent(agent)
        return found[0] if found else None

    def _most_urgent(self, agent: Agent) -> tuple[Visit, float] | None:
        """Give that visit, and its claim."""
        waiting, visits, now = self._state.waiting.lines, self._state.waiting.visits, self._now
        if not waiting:
            return None
        best: Place | None = None
        most = 0.0
        for line, index in _both(agent.lines, waiting):
            places = waiting.get(line)
            if places is None or (index.pulled and not self._pulls):
                continue
            place = self._first(line, places) if self._declined else places.first
            if place is None:
                continue
            # Where the order has nothing to say, and nobody has waited for so long, the claim is the place.
            plain = not index.weighs and now - place.arrived < LONGEST_HELD_BACK
            claim = now - place.since if plain else self._claim(place, visits[place.visit])
            if best is None or claim > most or (claim == most and place < best):
                best, most = place, claim
        return (visits[best.visit], most) if best else None

    def _first(self, line: Line, places: Places) -> Place | None:
        """Give the first visit of a line that was not declined."""
        for place in places.since(self._passed.get(line)):
            self._passed[line] = place
            if place.visit not in self._declined:
                return place
        return None

    def _claim(self, place: Place, visit: Visit) -> float:
        found = self._claims.get(place)
        if found is None:
            found = self._claims[place] = self._state.claim(visit, self._now)
        return found


def _both(
    lines: Mapping[Line, LineIndex], waiting: Mapping[Line, Places]
) -> Iterable[tuple[Line, LineIndex]]:
    """Give the lines of an agent in which somebody may wait: looks at whichever are fewer."""
    if len(lines) <= len(waiting):
        return lines.items()
    return [(line, lines[line]) for line in waiting if line in lines]

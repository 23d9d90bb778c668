"""Counts of one simulated run, folded from the router's events; see docs/metrics.md for what each means.

Visits are counted in the slice of time in which they began, agents' time in the slice in which it passed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import AgentState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from ivrcore.model.event import Event


@dataclass(slots=True)
class Counts:
    """Callers of one queue who came in one slice: N = A + B + X + waiting; call-backs are none of them."""

    entered: int = 0
    answered: int = 0
    abandoned: int = 0
    left: int = 0
    waiting: int = 0
    """When the run ended."""
    late: int = 0
    """Of those: have waited for longer than the threshold already."""
    refused: int = 0
    """Not let in, by the queue's rules of joining; not among those who entered."""
    in_threshold: int = 0
    """A_T."""
    abandoned_in_threshold: int = 0
    """B_T."""
    short: int = 0
    """B_s."""
    waited_answered: float = 0.0
    """Seconds that those who were answered waited, all together."""
    asked: int = 0
    """To be called back, and left the queue for it."""
    called_back: int = 0
    """Of those: talked with an agent."""
    until_called: float = 0.0
    """Seconds from the asking to the talk, of these all together."""
    longest: float = 0.0
    """Seconds that anybody waited, however it ended."""

    def add(self, other: Counts) -> None:
        """Count the other's too."""
        for name in self.__slots__:
            if name != "longest":
                setattr(self, name, getattr(self, name) + getattr(other, name))
        self.longest = max(self.longest, other.longest)


class Slices:
    """When measuring begins and ends, and in how many equal slices of time (seconds of the simulation)."""

    def __init__(self, begin: float, end: float, count: int = 1) -> None:
        self.begin, self.end, self.count = begin, end, count
        self._length = (end - begin) / count

    def of(self, at: float) -> int:
        """Give the slice of a time; the last one for the end."""
        return min(self.count - 1, int((at - self.begin) / self._length))

    def parts(self, since: float, until: float) -> Iterable[tuple[int, float]]:
        """Give how much of a span lies in which slice."""
        since, until = max(since, self.begin), min(until, self.end)
        if since >= until:
            return ()
        first, last = (self.of(since), self.of(until)) if self.count > 1 else (0, 0)
        return ((first, until - since),) if first == last else self._cut(since, until, first, last)

    def _cut(self, since: float, until: float, first: int, last: int) -> Iterable[tuple[int, float]]:
        for number in range(first, last):
            edge = self.begin + (number + 1) * self._length
            yield number, edge - since
            since = edge
        yield last, until - since


@dataclass(slots=True)
class Work:
    """One agent's time in one slice, in seconds. Ringing, resting and pauses are neither."""

    busy: float = 0.0
    """Talk and wrap-up."""
    ready: float = 0.0


WORKING = (AgentState.TALKING, AgentState.WRAP_UP)


class Tally:
    """The fold. What began before the first slice is left out."""

    def __init__(self, slices: Slices) -> None:
        self.slices = slices
        self.queues: dict[str, list[Counts]] = {}
        self.agents: dict[str, list[Work]] = {}
        self.failures: Counter[tuple[str, str, str]] = Counter()
        """(plugin, hook, what happened) of plugins that failed."""
        self.events = 0
        self._open: dict[str, tuple[float, Counts, float]] = {}
        """When each visit that waits entered, where it is counted, and its queue's threshold (seconds)."""
        self._asked: dict[str, tuple[float, Counts]] = {}
        """By contact: when it asked to be called back, and where that is counted."""
        self._thresholds: dict[str, float] = {}
        self._states: dict[str, tuple[float, bool | None]] = {}
        """Since when each agent works (True), is ready (False) or neither (None)."""
        self._folds: Mapping[type[Event], Callable[..., None]] = {
            events.RosterLoaded: self._roster_loaded,
            events.ContactQueued: self._queued,
            events.JoinRefused: self._refused,
            events.VisitAnswered: self._answered,
            events.VisitAbandoned: self._abandoned,
            events.VisitLeft: self._left,
            events.AgentStateChanged: self._agent_changed,
            events.PluginFailed: self._failed,
        }

    def see(self, happened: Iterable[Event]) -> None:
        """Count what happened."""
        folds = self._folds
        for event in happened:
            fold = folds.get(type(event))
            if fold is not None:
                fold(event)

    def finish(self) -> None:
        """Count who still waits, and what agents did until the end."""
        for entered, counts, threshold in self._open.values():
            counts.waiting += 1
            counts.late += self.slices.end - entered > threshold
            counts.longest = max(counts.longest, self.slices.end - entered)
        self._open.clear()
        for agent in list(self._states):
            self._change(agent, self.slices.end, None)

    # --- visits ---

    def _roster_loaded(self, event: events.RosterLoaded) -> None:
        self._thresholds = {queue.name: queue.threshold for queue in event.queues}

    def _at(self, queue: str, at: float) -> Counts | None:
        """Give where to count what begins then; None where it is not measured."""
        slices = self.slices
        if not slices.begin <= at < slices.end:
            return None
        found = self.queues.get(queue)
        if found is None:
            found = self.queues[queue] = [Counts() for _ in range(slices.count)]
        return found[slices.of(at)]

    def asked(self, contact: str, visit: str, at: float) -> None:
        """A caller who waits asks to be called back, and is about to leave the queue."""
        found = self._open.get(visit)
        if found is not None:
            found[1].asked += 1
            self._asked[contact] = at, found[1]

    def _queued(self, event: events.ContactQueued) -> None:
        if event.call_back:  # the caller was counted
            return
        counts = self._at(event.queue, event.at)
        if counts:
            counts.entered += 1
            self._open[event.visit] = event.at, counts, self._thresholds[event.queue]

    def _refused(self, event: events.JoinRefused) -> None:
        counts = self._at(event.queue, event.at)
        if counts:
            counts.refused += 1

    def _closed(self, visit: str, waited: float) -> Counts | None:
        found = self._open.pop(visit, None)
        if found is None:
            return None
        counts = found[1]
        counts.longest = max(counts.longest, waited)
        return counts

    def _answered(self, event: events.VisitAnswered) -> None:
        counts = self._closed(event.visit, event.waited)
        if counts:
            counts.answered += 1
            counts.in_threshold += event.in_threshold
            counts.waited_answered += event.waited
        elif event.contact in self._asked:
            at, counts = self._asked.pop(event.contact)
            counts.called_back += 1
            counts.until_called += event.at - at

    def _abandoned(self, event: events.VisitAbandoned) -> None:
        counts = self._closed(event.visit, event.waited)
        if counts:
            counts.abandoned += 1
            counts.abandoned_in_threshold += event.in_threshold
            counts.short += event.short

    def _left(self, event: events.VisitLeft) -> None:
        counts = self._closed(event.visit, event.waited)
        if counts:
            counts.left += 1

    # --- agents ---

    def _agent_changed(self, event: events.AgentStateChanged) -> None:
        if event.state in WORKING:
            working: bool | None = True
        else:
            working = False if event.state is AgentState.READY and event.until is None else None
        self._change(event.agent, event.at, working)

    def _change(self, agent: str, at: float, working: bool | None) -> None:
        since, was = self._states.get(agent, (at, None))
        if was is not None:
            found = self.agents.get(agent)
            if found is None:
                found = self.agents[agent] = [Work() for _ in range(self.slices.count)]
            for number, seconds in self.slices.parts(since, at):
                work = found[number]
                if was:
                    work.busy += seconds
                else:
                    work.ready += seconds
        self._states[agent] = at, working

    def _failed(self, event: events.PluginFailed) -> None:
        self.failures[event.plugin, event.hook, event.error] += 1

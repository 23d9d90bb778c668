"""The raw journal, looked at; and the register of what is counted over it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from msgspec import structs

from ivrcore.model import events as e
from ivrcore.model.event import Event

E = TypeVar("E", bound=Event)
MANY = 100
"""Names of the site's own that labels tell apart; the rest is `OTHERS`."""
OTHERS = "(others)"


@dataclass(frozen=True)
class Past:
    """All that happened up to ``now`` (UTC seconds), as the journal has it."""

    journal: Sequence[Event]
    now: float

    @cached_property
    def events(self) -> Sequence[Event]:
        """The same by one clock: where it was set back, all that was told before is earlier by so much."""
        told: list[Event] = []
        back = 0.0
        for event in reversed(self.journal):
            told.append(_earlier(event, back) if back and not isinstance(event, e.ServerStarted) else event)
            if isinstance(event, e.ClockSetBack):
                back += event.seconds
        return told[::-1]

    def of(self, kind: type[E]) -> list[E]:
        """Give the events of a kind, in order."""
        return [event for event in self.events if type(event) is kind]

    def any_of(self, *kinds: type[Event]) -> list[Any]:
        """Give the events of these kinds, in order."""
        return [event for event in self.events if type(event) in kinds]

    def queues(self) -> list[str]:
        """Name every queue that ever was configured."""
        return list(
            dict.fromkeys(queue.name for roster in self.of(e.RosterLoaded) for queue in roster.queues)
        )


def _earlier(event: Event, seconds: float) -> Event:
    """Move an event, and the time in the past that it tells of."""
    event = structs.replace(event, at=event.at - seconds)
    if isinstance(event, e.CallBackAsked) and event.asked is not None:
        event = structs.replace(event, asked=event.asked - seconds)
    ends = isinstance(event, e.VisitAbandoned | e.VisitLeft | e.TalkEnded | e.ContactResumed)
    if ends and event.since is not None:
        event = structs.replace(event, since=event.since - seconds)
    return event


@dataclass
class Seen:
    """What a histogram is made of: each size, and the edges that there were when it was seen."""

    edges: tuple[float, ...]
    sizes: list[tuple[float, tuple[float, ...]]] = field(default_factory=list)

    def add(self, size: float, edges: tuple[float, ...] | None = None) -> None:
        """Note a size."""
        self.sizes.append((size, self.edges if edges is None else edges))

    def rows(self) -> Iterator[tuple[str, str, float]]:
        """Give suffix, ``le`` and number of each series."""
        ends = [next((edge for edge in edges if size <= edge), float("inf")) for size, edges in self.sizes]
        for edge in (*self.edges, float("inf")):
            le = "+Inf" if edge == float("inf") else str(float(edge))
            yield "_bucket", le, sum(end <= edge for end in ends)
        yield "_count", "", len(ends)
        yield "_sum", "", sum(size for size, _ in self.sizes)


Values = Mapping[tuple[str, ...], float | Seen]
Count = Callable[[Past], Values]


@dataclass(frozen=True)
class Family:
    """How a family of metrics is counted, and what it is labelled by."""

    name: str
    kind: str
    labels: tuple[str, ...]
    count: Count


COUNTED: dict[str, Family] = {}
"""Family -> how it is counted."""

LIVE = {
    "ivrcore_aeap_": "of connections of this process; none of them is an event",
    "ivrcore_agi_": "of connections of this process; none of them is an event",
    "ivrcore_app_queue_": "of an Asterisk's own queues, as its manager interface tells",
    "ivrcore_collector_": "of this process",
    "ivrcore_dialplan_broken": "of files as they lie there",
    "ivrcore_history_": "of the database",
    "ivrcore_journal_": "of the store below the journal",
    "ivrcore_kept_bytes": "of the disk",
    "ivrcore_kept_oldest_age_seconds": "of the disk",
    "ivrcore_kept_utterances_held": "of the disk",
    "ivrcore_loop_lag_seconds": "of this process",
    "ivrcore_recogniser_cost": "measured in this process",
    "ivrcore_recogniser_in_service": "of what this process has loaded",
    "ivrcore_speech_admitted": "since the start of this process",
    "ivrcore_speech_budget_cores": "of this process",
    "ivrcore_speech_cores": "of this process",
    "ivrcore_speech_server_": "of the connections of this process",
    "ivrcore_speech_streams": "of this process",
    "ivrcore_speech_threads": "of this process",
    "process_": "of this process",
}
"""Beginnings of names of families that are no fold of events -> what they are of."""


def family(name: str, kind: str, *labels: str) -> Callable[[Count], Count]:
    """Register how a family is counted."""

    def register(count: Count) -> Count:
        assert name not in COUNTED, name
        COUNTED[name] = Family(name, kind, labels, count)
        return count

    return register


def is_live(name: str) -> bool:
    """Tell whether a family is of something else than events."""
    return any(name.startswith(begin) for begin in LIVE)


Series = tuple[str, frozenset[tuple[str, str]]]
"""Name and labels of one sample."""


def expected(past: Past) -> dict[Series, float]:
    """Give every sample that there should be."""
    found: dict[Series, float] = {}
    for one in COUNTED.values():
        for values, number in one.count(past).items():
            labels = frozenset(zip(one.labels, values, strict=True))
            if isinstance(number, Seen):
                for suffix, le, count in number.rows():
                    found[one.name + suffix, labels | ({("le", le)} if le else set())] = count
            else:
                found[one.name + ("_total" if one.kind == "counter" else ""), labels] = number
    return found


# --- what many of them need -----------------------------------------------------------------------


def tally(
    keys: Iterable[tuple[str, ...]], zeros: Iterable[tuple[str, ...]] = ()
) -> dict[tuple[str, ...], float]:
    """Count how often each is there; those of ``zeros`` also if they never are."""
    counts: Counter[tuple[str, ...]] = Counter(keys)
    return {key: counts[key] for key in dict.fromkeys([*zeros, *counts])}


def single(number: float | Seen) -> Values:
    """Give the one number of a family without labels."""
    return {(): number}


def words(kind: type[StrEnum]) -> list[tuple[str]]:
    """Give each word of a closed set."""
    return [(word.value,) for word in kind]


def bounded(names: Iterable[str]) -> list[str]:
    """Give the names as labels have them: the first hundred, and one for all others."""
    known: dict[str, None] = {}
    given = []
    for name in names:
        if name in known or len(known) < MANY:
            known[name] = None
            given.append(name)
        else:
            known[OTHERS] = None
            given.append(OTHERS)
    return given

"""How the rows of each metric are read from the figures at one moment. Pure.

See :mod:`ivrcore.metrics.catalogue` for the metrics themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from ivrcore.kept.model import NOTHING_HELD, Held
from ivrcore.metrics.figures import AgentFigures, Figures
from ivrcore.model.histogram import Histogram
from ivrcore.model.names import COUNTED, EmergencyAction
from ivrcore.speech.recogniser import ServerNow
from ivrcore.telephony.aeap.figures import Figures as AeapFigures

Value = float | Histogram
Row = tuple[tuple[str, ...], Value]
"""The labels' values and the number."""


class JournalHealth(Protocol):
    """What is shown of a journal; :class:`ivrcore.journal.local.LocalJournal` has it."""

    @property
    def healthy(self) -> bool:
        """Whether the last commit reached the store."""

    @property
    def backlog(self) -> int:
        """How many rows are not durable yet."""

    @property
    def commit_times(self) -> Histogram:
        """Seconds that commits took."""


@dataclass(frozen=True, slots=True)
class EngineNow:
    """A recogniser that is loaded; ``rank`` is its place in the language's list, from 1."""

    name: str
    language: str
    rank: int
    serves: bool
    cost: float = 0.0
    """CPU seconds for a second of what is said."""
    servers: Sequence[ServerNow] = ()
    """Those that it asks."""


@dataclass(frozen=True, slots=True)
class SpeechNow:
    """Speech recognition at this moment.

    ``streams`` callers are listened to (``most`` at most): ``cores`` of ``budget`` if all spoke.
    """

    engines: Sequence[EngineNow] = ()
    streams: int = 0
    cores: float = 0.0
    budget: float = 0.0
    most: int = 0
    admitted: int = 0
    """Turns in which somebody was listened to, since the start."""
    kept: Held = NOTHING_HELD
    """What is kept of failed turns."""
    threads: int = 0
    """Threads that recognisers compute on, but for those that hang in one."""
    aeap: AeapFigures = field(default_factory=AeapFigures)
    """What Asterisk's own dialplans ask."""


@dataclass(frozen=True, slots=True)
class AgiNow:
    """The FastAGI server at this moment; ``most`` sessions may be open at once."""

    listening: bool
    sessions: int
    most: int
    refused: Mapping[str, int]
    """Why -> connections turned away since the start; every reason is there."""
    ended: Mapping[str, int]
    """How -> sessions that are over since the start; every way is there."""


@dataclass(frozen=True, slots=True)
class Known:
    """What can be counted though nothing of it happened yet: alerts need the 0 before a first failure."""

    plugins: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Plugin -> its hooks; as metrics name it, which may be a verb or what gives a plugin to routing."""
    services: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Kind -> lookups, queues or mailboxes."""


@dataclass(frozen=True, slots=True)
class View:
    """What one scrape sees: the figures at ``now`` (UTC seconds), and the state of this process."""

    figures: Figures
    now: float
    waiting: dict[str, list[float]]
    journal: JournalHealth | None = None
    loop_lag: float = 0.0
    broken: Mapping[str, bool] = field(default_factory=dict)
    """File of a dialplan -> whether it does not take effect as it is saved."""
    speech: SpeechNow = SpeechNow()
    agi: AgiNow | None = None
    """None without a section `fastagi`."""
    known: Known = Known()
    pauses: Sequence[Histogram] = ()
    """Seconds of the collections of each of Python's generations, since the start; none if not measured."""


def one(value: Callable[[View], Value]) -> Callable[[View], Iterator[Row]]:
    """Read one value without labels."""

    def read(view: View) -> Iterator[Row]:
        yield (), value(view)

    return read


def from_figures(value: Callable[[Figures], Value]) -> Callable[[View], Iterator[Row]]:
    """Read one figure without labels."""
    return one(lambda view: value(view.figures))


def per_word(counts: Callable[[Figures], dict[str, int]]) -> Callable[[View], Iterator[Row]]:
    """Read counts by one word."""

    def read(view: View) -> Iterator[Row]:
        for word, count in counts(view.figures).items():
            yield (word,), count

    return read


def per_pair(counts: Callable[[Figures], dict[str, dict[str, int]]]) -> Callable[[View], Iterator[Row]]:
    """Read counts by two words."""

    def read(view: View) -> Iterator[Row]:
        for outer, inner in counts(view.figures).items():
            for word, count in inner.items():
                yield (outer, word), count

    return read


def waiting(view: View) -> Iterator[Row]:
    """Count who waits in each queue."""
    for name, entered in view.waiting.items():
        yield (name,), len(entered)


def waiting_past_threshold(view: View) -> Iterator[Row]:
    """Count who has waited in each queue longer than its threshold."""
    for name, entered in view.waiting.items():
        latest = view.now - view.figures.queues[name].threshold
        yield (name,), sum(at < latest for at in entered)


def longest_wait(view: View) -> Iterator[Row]:
    """Give the age of each queue's eldest, in seconds."""
    for name, entered in view.waiting.items():
        yield (name,), max(0.0, view.now - min(entered)) if entered else 0.0


def count_states(agents: Iterable[AgentFigures]) -> dict[str, int]:
    """Count agents by state, naming every state."""
    counts = dict.fromkeys(COUNTED, 0)
    for agent in agents:
        counts[agent.state] += 1
    return counts


def agents(view: View) -> Iterator[Row]:
    """Count agents by state."""
    for state, count in count_states(view.figures.agents.values()).items():
        yield (state,), count


def decision_times(view: View) -> Iterator[Row]:
    """Give each recogniser's decision times."""
    for name, engine in view.figures.engines.items():
        yield (name,), engine.took


def recognisers_in_service(view: View) -> Iterator[Row]:
    """Tell of each recogniser whether it is asked."""
    for engine in view.speech.engines:
        yield (engine.name, engine.language, str(engine.rank)), float(engine.serves)


def recogniser_costs(view: View) -> Iterator[Row]:
    """Tell what each recogniser takes."""
    for engine in view.speech.engines:
        yield (engine.name, engine.language, str(engine.rank)), engine.cost


def per_server(value: Callable[[ServerNow], Value]) -> Callable[[View], Iterator[Row]]:
    """Read a value of each server that a recogniser asks."""

    def read(view: View) -> Iterator[Row]:
        for engine in view.speech.engines:
            for server in engine.servers:
                yield (engine.name, engine.language, server.address), value(server)

    return read


def oldest_kept(view: View) -> Iterator[Row]:
    """Give the age of the oldest kept utterance, in seconds; 0 without any."""
    oldest = view.speech.kept.oldest
    yield (), 0.0 if oldest is None else max(0.0, view.now - oldest)


def dialplan_versions(view: View) -> Iterator[Row]:
    """Name the versions that new calls get."""
    for name, version in view.figures.dialplans.items():
        yield (name, version), 1


def dialplan_calls(view: View) -> Iterator[Row]:
    """Count calls in progress by version: the current ones, and the old ones that still have calls."""
    calls = Counter(dict.fromkeys(view.figures.dialplans.items(), 0))
    calls.update((one.plan, one.version) for one in view.figures.open.values() if one.plan)
    yield from calls.items()


def broken_files(view: View) -> Iterator[Row]:
    """Tell for each dialplan's file whether it is broken."""
    for file, broken in view.broken.items():
        yield (file,), float(broken)


def links_up(view: View) -> Iterator[Row]:
    """Tell for each driver that is used whether its link stands."""
    for driver, up in view.figures.links_up().items():
        yield (driver,), float(up)


def link_losses(view: View) -> Iterator[Row]:
    """Count each driver's losses."""
    for driver, link in view.figures.links.items():
        yield (driver,), link.losses


def link_away(view: View) -> Iterator[Row]:
    """Give each driver's seconds without a link."""
    for driver, link in view.figures.links.items():
        yield (driver,), link.away


def switches(view: View) -> Iterator[Row]:
    """Tell for each scope of the emergency switch how it stands: 1 at one action, 0 at the others."""
    for scope, stands in view.figures.notices.switches.items():
        for action in EmergencyAction:
            yield (scope, action.value), float(action.value == stands)


def build(view: View) -> Iterator[Row]:
    """Name the release."""
    yield (view.figures.version,), 1


def from_journal(value: Callable[[JournalHealth], Value]) -> Callable[[View], Iterator[Row]]:
    """Read one value of the journal, if there is one to show."""

    def read(view: View) -> Iterator[Row]:
        if view.journal is not None:
            yield (), value(view.journal)

    return read

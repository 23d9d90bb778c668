"""Reports: what happened in queues, to agents, in menus, with contacts, and to recognisers, by interval.

A row for every interval and every queue (agent, menu, …) of which there is anything; queues also with
nothing.
Must not know how it is written out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from ivrcore.config.history import UTC
from ivrcore.errors import RequestRefused
from ivrcore.history import measures as m
from ivrcore.history.intervals import Every, Interval, intervals
from ivrcore.history.queries import Asker, Found, Key, names_in
from ivrcore.problems import did_you_mean, quoted

if TYPE_CHECKING:
    from ivrcore.history.database import Database


class About(StrEnum):
    """What a report is about."""

    QUEUES = "queues"
    AGENTS = "agents"
    MENUS = "menus"
    CONTACTS = "contacts"
    DISPOSITIONS = "dispositions"
    ENGINES = "engines"


@dataclass(frozen=True, slots=True)
class Subject:
    """Names of what rows are of, the measures, and where the counts come from."""

    keys: tuple[str, ...]
    measures: tuple[m.Measure, ...]
    counts: Callable[[Asker], Found]


SUBJECTS = {
    About.QUEUES: Subject(("queue",), m.QUEUE, Asker.queues),
    About.AGENTS: Subject(("agent",), m.AGENT, Asker.agents),
    About.MENUS: Subject(("dialplan", "menu"), m.MENU, Asker.menus),
    About.CONTACTS: Subject((), m.CONTACT, Asker.contacts),
    About.DISPOSITIONS: Subject(("dialplan", "disposition"), m.DISPOSITION, Asker.dispositions),
    About.ENGINES: Subject(("engine",), m.ENGINE, Asker.engines),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: of what, from when to when (UTC seconds), by which intervals of which zone's clock.

    ``only`` keeps the rows of one queue, agent, menu, disposition or recogniser.
    """

    about: About
    since: float
    until: float
    every: Every = Every.WHOLE
    zone: ZoneInfo = UTC
    only: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a report."""

    interval: Interval
    key: Key
    values: dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Report:
    """What was asked, its lines in order, and their sum."""

    asked: Asked
    keys: tuple[str, ...]
    measures: tuple[m.Measure, ...]
    lines: list[Line]
    total: dict[str, float | None]


def make_report(database: Database, asked: Asked, now: float) -> Report:
    """Ask the database; raise :class:`ivrcore.errors.HistoryError`. ``now`` ends what still lasts.

    Raise :class:`RequestRefused` where ``only`` is a name that the history does not have.
    """
    if asked.only and asked.about is About.CONTACTS:
        raise RequestRefused("a report of contacts has no rows by name", hint="leave out --only")
    subject = SUBJECTS[asked.about]
    spans = intervals(asked.since, asked.until, asked.every, asked.zone)
    with database.transaction() as connection:
        asker = Asker(connection, spans, min(now, asked.until))
        counts = _counts(subject, asker, spans, asked)
        if asked.only and not counts:
            _check_name(asked, names_in(connection, asked.about.value))
        if asked.about is About.QUEUES:
            _add_waiting(counts, asker.waiting(asked.since), len(spans))
    lines = [
        Line(spans[number], key, m.complete(subject.measures, row))
        for (number, key), row in sorted(counts.items())
    ]
    summed = m.added(subject.measures, counts.values())
    if asked.about is About.QUEUES:
        last = len(spans) - 1
        summed["waiting"] = sum(row["waiting"] for (number, _), row in counts.items() if number == last)
    return Report(asked, subject.keys, subject.measures, lines, m.complete(subject.measures, summed))


def _check_name(asked: Asked, known: set[str]) -> None:
    """Let a name pass of which there is nothing in that time."""
    if asked.only not in known:
        message = f"the history knows no {asked.about.value[:-1]} {quoted(asked.only)}"
        raise RequestRefused(message, hint=did_you_mean(asked.only, known) if known else "it knows none yet")


Counts = dict[tuple[int, Key], dict[str, float]]


def _counts(subject: Subject, asker: Asker, spans: list[Interval], asked: Asked) -> Counts:
    counts: Counts = {}
    names: set[Key] = set()
    if asked.about is About.QUEUES:
        names |= {(name,) for name in (*asker.configured(), *asker.waiting(asked.since))}
    elif asked.about is About.CONTACTS:
        names = {()}
    known = m.nothing(subject.measures).keys()
    for number, key, found in subject.counts(asker):
        names.add(key)
        row = counts.setdefault((number, key), m.nothing(subject.measures))
        for name in found.keys() & known:
            row[name] += found[name]
    if asked.about in (About.QUEUES, About.CONTACTS):
        for number in range(len(spans)):
            for key in names:
                counts.setdefault((number, key), m.nothing(subject.measures))
    if asked.only:
        counts = {place: row for place, row in counts.items() if asked.only in place[1]}
    return counts


def _add_waiting(counts: Counts, before: dict[str, int], spans: int) -> None:
    """Carry over from interval to interval who waits: N = A + B + X + waiting."""
    for queue in {key for _, key in counts}:
        waiting = float(before.get(queue[0], 0))
        for number in range(spans):
            row = counts[number, queue]
            waiting += row["entered"] - row["answered"] - row["abandoned"] - row["left"]
            row["waiting"] = waiting

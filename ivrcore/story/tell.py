"""A contact's story as text or JSON, from its events. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ivrcore.durations import in_words
from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.names import AgentState
from ivrcore.story.words import PLUMBING, plain, told


def as_text(contact: str, records: Sequence[Record], zone: ZoneInfo, *, everything: bool = False) -> str:
    """Write a line for each thing that happened: when, how long after the first, what."""
    began = records[0].event.at
    day = datetime.fromtimestamp(began, zone)
    lines = [f"contact {contact}, {day.strftime('%Y-%m-%d')} ({zone.key})"]
    for record in records:
        if everything or type(record.event) not in PLUMBING:
            at = datetime.fromtimestamp(record.event.at, zone)
            clock = f"{at.strftime('%H:%M:%S')}.{at.microsecond // 100_000}"
            lines.append(f"{clock}  {record.event.at - began:+8.1f} s  {told(record.event, zone)}")
    return "\n".join([*lines, *_sum(records)]) + "\n"


def _sum(records: Sequence[Record]) -> list[str]:
    """Tell how long the contact waited, talked and was wrapped up, where it was."""
    totals = {"waited": 0.0, "talked": 0.0, "held": 0.0}
    for record in records:
        for name in totals:
            totals[name] += getattr(record.event, name, 0.0) if type(record.event) in COUNTED else 0.0
    totals["wrapped up"] = _wrapped_up(records)
    parts = [f"{name} {in_words(round(value, 1))}" for name, value in totals.items() if value]
    return [f"in all: {', '.join(parts)}"] if parts else []


COUNTED = frozenset({e.VisitAnswered, e.VisitAbandoned, e.VisitLeft, e.ContactResumed, e.TalkEnded})
"""Events whose ``waited``, ``talked`` or ``held`` is added up; an outside number is another matter."""


def _wrapped_up(records: Iterable[Record]) -> float:
    """Add up the seconds of wrap-ups; one that is not over does not count, as in the metrics."""
    began: dict[str, float] = {}
    total = 0.0
    for event in (record.event for record in records):
        if isinstance(event, e.AgentStateChanged):
            total += event.at - began.pop(event.agent, event.at)
            if event.state is AgentState.WRAP_UP:
                began[event.agent] = event.at
    return total


def as_objects(contact: str, records: Sequence[Record], zone: ZoneInfo) -> dict[str, Any]:
    """Give the whole story for JSON: every event with its place in the journal, its words, and its fields."""
    return {
        "contact": contact,
        "events": [
            {
                "seq": record.seq,
                "event": type(record.event).__name__,
                "said": told(record.event, zone),
                **plain(record.event),
            }
            for record in records
        ],
    }

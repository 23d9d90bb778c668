"""A contact as spans of a trace: what it went through, with begin and end. Pure, made from its rows.

Ids follow from the contact's and the span's own, so whoever makes the spans of a journal again gets the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ivrcore.history.book import History
from ivrcore.history.fold import apply
from ivrcore.history.rows import ContactRow, IntervalRow, LegRow, MenuRow, OfferRow, Row, VisitRow
from ivrcore.journal.record import Record
from ivrcore.model import events
from ivrcore.model.names import AgentState, Outcome, Told

Value = str | int | float | bool
BAD_OFFERS = frozenset({"no_answer", "rejected", "unreachable", "agent_hung_up", "unconfirmed", "failed"})
"""How offers end that count as errors."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that took time (``begin`` to ``end``, UTC seconds); ``parent`` is a ``key`` of its contact.

    ``error`` says what went wrong, if it did. The contact itself has the key "".
    """

    contact: str
    key: str
    name: str
    begin: float
    end: float
    parent: str | None = ""
    attributes: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""

    @property
    def trace_id(self) -> int:
        """The trace's id: 128 bits."""
        return _hash(self.contact, 16)

    @property
    def span_id(self) -> int:
        """The span's id: 64 bits."""
        return _hash(f"{self.contact} {self.key}", 8)

    @property
    def parent_id(self) -> int | None:
        """The parent's id; None for the contact itself."""
        return None if self.parent is None else _hash(f"{self.contact} {self.parent}", 8)


def _hash(text: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:size], "big")


class Spans:
    """Gives spans as they end. What had begun before the first record is in none."""

    def __init__(self) -> None:
        self._history = History()
        self._asked: dict[tuple[str, str], events.ServiceAsked] = {}

    def observe(self, record: Record) -> list[Span]:
        """Take in one record; give the spans that ended with it."""
        apply(self._history, record)
        ended = [span for row in self._history.take() for span in _spans(row)]
        event = record.event
        if isinstance(event, events.ServiceAsked):
            self._asked[event.contact, event.request] = event
        elif isinstance(event, events.ServiceAnswered):
            ended += self._service(event)
        elif isinstance(event, events.ContactClosed):
            for mark in [mark for mark in self._asked if mark[0] == event.contact]:
                del self._asked[mark]
        return ended

    def _service(self, event: events.ServiceAnswered) -> Iterator[Span]:
        asked = self._asked.pop((event.contact, event.request), None)
        if asked is None:
            return
        attributes: dict[str, Value] = {"ivrcore.service": event.service.value, "ivrcore.name": event.name}
        attributes["ivrcore.how"] = event.how.value
        failed = event.how in (Told.FAILED, Told.TIMED_OUT)
        name = f"{event.service.value} {event.name}"
        error = (event.code or event.how.value) if failed else ""
        yield Span(event.contact, event.request, name, asked.at, event.at, "", attributes, error)


def _spans(row: Row) -> Iterator[Span]:
    """Give the spans of a row that changed, as far as they are over."""
    if isinstance(row, VisitRow):
        yield from _of_visit(row)
    elif row.open:
        return
    elif isinstance(row, ContactRow) and row.closed is not None:
        yield _of_contact(row, row.closed)
    elif isinstance(row, LegRow) and row.ended is not None:
        of = {"ivrcore.leg": row.kind, "ivrcore.agent": row.agent, "ivrcore.ended_by": row.ended_by}
        yield Span(row.contact, row.id, f"leg {row.kind}", row.began, row.ended, row.offer, _some(of))
    elif isinstance(row, MenuRow) and row.ended is not None:
        yield _of_menu(row, row.ended)
    elif isinstance(row, OfferRow) and row.ended is not None:
        of = {"ivrcore.agent": row.agent, "ivrcore.queue": row.queue, "ivrcore.how": row.how}
        error = row.how if row.how in BAD_OFFERS else ""
        yield Span(row.contact, row.id, f"offer {row.agent}", row.made, row.ended, row.visit, of, error)
    elif isinstance(row, IntervalRow) and row.ended is not None:
        yield from _of_interval(row, row.ended)


def _some(of: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in of.items() if value != ""}


def _of_contact(row: ContactRow, closed: float) -> Span:
    of: dict[str, Value] = {
        "ivrcore.contact": row.id,
        "ivrcore.dialplan": row.plan,
        "ivrcore.dialplan.version": row.plan_version,
        "ivrcore.called": row.number,
        "ivrcore.language": row.language,
        "ivrcore.outcome": row.outcome,
        "ivrcore.disposition": row.disposition,
        "ivrcore.inferred": row.inferred,
    }
    error = row.outcome if row.outcome == Outcome.FAILED else ""
    return Span(row.id, "", f"contact {row.plan}", row.arrived, closed, None, _some(of), error)


def _of_menu(row: MenuRow, ended: float) -> Span:
    of: dict[str, Value] = {
        "ivrcore.dialplan": row.plan,
        "ivrcore.menu": row.menu,
        "ivrcore.how": row.how,
        "ivrcore.choice": row.choice,
        "ivrcore.turns": row.turns,
        "ivrcore.no_inputs": row.no_inputs,
        "ivrcore.no_matches": row.no_matches,
    }
    error = row.how if row.gave_up else ""
    return Span(row.contact, row.id, f"menu {row.menu}", row.began, ended, "", _some(of), error)


def _of_visit(row: VisitRow) -> Iterator[Span]:
    """Give the wait when it is over, and the conversation when that is."""
    if row.ended is None:
        return
    queue = {"ivrcore.queue": row.queue}
    if row.outcome == "answered" and row.talk_ended is not None:
        of: dict[str, Value] = {**queue, "ivrcore.agent": row.agent, "ivrcore.held": row.held}
        of["ivrcore.ended_by"] = row.ended_by
        yield Span(row.contact, f"{row.id}.talk", f"talk {row.agent}", row.ended, row.talk_ended, "", of)
    if not row.open:
        why = {**queue, "ivrcore.outcome": row.outcome, "ivrcore.why": row.why, "ivrcore.agent": row.agent}
        error = row.why if row.why == "failed" else ""
        yield Span(row.contact, row.id, f"queue {row.queue}", row.entered, row.ended, "", _some(why), error)


def _of_interval(row: IntervalRow, ended: float) -> Iterator[Span]:
    if row.state == AgentState.WRAP_UP and row.visit:
        contact = row.visit.rpartition(".")[0]
        of = {"ivrcore.agent": row.agent, "ivrcore.queue": row.queue}
        yield Span(contact, f"{row.visit}.wrap_up", f"wrap-up {row.agent}", row.began, ended, "", of)

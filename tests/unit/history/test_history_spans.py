"""Spans of a contact: one for each thing that took time, below the right one, each once."""

from __future__ import annotations

from collections import Counter

from ivrcore.history.spans import Span, Spans
from ivrcore.journal.record import Record
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import By, Service, Told
from tests.unit.metrics import metrics_stories as stories


def spans(events: list[Event]) -> list[Span]:
    fold = Spans()
    return [span for seq, event in enumerate(events, 1) for span in fold.observe(Record(seq, event))]


def of(contact: str, found: list[Span]) -> dict[str, Span]:
    return {span.name: span for span in found if span.contact == contact}


def test_given_a_day_then_a_contact_has_all_that_it_went_through() -> None:
    found = of("c1", spans(stories.a_day()))
    assert set(found) == {"contact bank", "menu main", "queue loans", "offer ann", "talk ann", "wrap-up ann"}
    lengths = {name: span.end - span.begin for name, span in found.items()}
    assert lengths == {
        "contact bank": 50.0,
        "menu main": 3.0,
        "queue loans": 5.0,
        "offer ann": 5.0,
        "talk ann": 30.0,
        "wrap-up ann": 10.0,
    }
    contact = found["contact bank"]
    assert contact.parent_id is None
    assert {span.trace_id for span in found.values()} == {contact.trace_id}
    below = {name: span.parent_id for name, span in found.items()}
    assert below["offer ann"] == found["queue loans"].span_id
    for name in ("menu main", "queue loans", "talk ann", "wrap-up ann"):
        assert below[name] == contact.span_id
    assert contact.attributes["ivrcore.outcome"] == "queued"
    assert found["menu main"].attributes["ivrcore.choice"] == "loan"


def test_given_any_day_then_no_span_is_there_twice_and_none_ends_before_it_begins() -> None:
    found = spans(stories.a_day())
    assert max(Counter((span.trace_id, span.span_id) for span in found).values()) == 1
    assert all(span.begin <= span.end for span in found)
    assert Counter(span.name.split()[0] for span in found)["contact"] == 4, (
        "those who are there have none yet"
    )


def test_given_what_failed_then_its_span_says_so() -> None:
    found = of("c4", spans(stories.a_day()))
    assert found["offer cho"].error == "no_answer"
    assert found["queue loans"].error == ""
    assert of("c6", spans(stories.a_day()))["menu main"].error == "gave_up"


def test_given_services_and_legs_then_each_has_a_span() -> None:
    asked = {"contact": "c1", "request": "c1.s1", "service": Service.LOOKUP, "name": "crm"}
    other = asked | {"request": "c1.s2", "name": "slow"}
    found = of(
        "c1",
        spans(
            [
                stories.arrived("c1", 10.0),
                e.ServiceAsked(at=11.0, **asked, until=16.0),
                e.ServiceAnswered(at=12.5, **asked, how=Told.DONE),
                e.ServiceAsked(at=13.0, **other, until=16.0),
                e.ServiceAnswered(at=16.0, **other, how=Told.TIMED_OUT, code="IVR701"),
                e.LegEnded(at=20.0, contact="c1", leg="c1.l1", cause=16, by=By.CALLER),
            ]
        ),
    )
    assert (found["lookup crm"].end - found["lookup crm"].begin, found["lookup crm"].error) == (1.5, "")
    assert found["lookup slow"].error == "IVR701"
    assert found["leg caller"].attributes == {"ivrcore.leg": "caller", "ivrcore.ended_by": "caller"}


def test_given_the_same_events_again_then_the_ids_are_the_same() -> None:
    first, again = spans(stories.a_day()), spans(stories.a_day())
    assert [(one.trace_id, one.span_id) for one in first] == [(one.trace_id, one.span_id) for one in again]

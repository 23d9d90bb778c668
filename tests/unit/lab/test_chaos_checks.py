"""What the audit of a chaos run finds wrong with holds, talks and messages, by events and phones alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from ivrcore.answerers.messages import Head
from ivrcore.lab.chaos_audit import miscounted
from ivrcore.lab.chaos_doing import Doing
from ivrcore.lab.chaos_end import dropped, strays
from ivrcore.lab.chaos_holds import Holds
from ivrcore.lab.chaos_messages import Left, lacks, spoken
from ivrcore.lab.chaos_site import ENTRIES
from ivrcore.lab.chaos_talks import torn
from ivrcore.lab.phone_records import Result, Step
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import By, Owner, Service, Told

OF = {"contact": "c1", "visit": "c1.v1", "queue": "cards", "agent": "a1"}


def held(at: float, contact: str = "c1") -> Event:
    return events.ContactHeld(at=at, **OF | {"contact": contact})


def resumed(at: float, seconds: float, contact: str = "c1", since: float | None = None) -> Event:
    return events.ContactResumed(at=at, held=seconds, since=since, **OF | {"contact": contact})


def ended(at: float) -> Event:
    return events.TalkEnded(at=at, talked=9.0, by=By.AGENT, **OF)


@pytest.mark.parametrize(
    ("happened", "words"),
    [
        ([held(1.0), resumed(3.0, 2.0), held(4.0), resumed(5.0, 1.0), ended(6.0)], ""),
        ([held(1.0), held(2.0)], "a1 put c1 on hold, and c1"),
        ([resumed(1.0, 1.0)], "who was not on hold"),
        ([held(1.0), resumed(2.0, 1.0, "c2")], "took c2 back, who was not on hold"),
        ([held(1.0), resumed(4.0, 1.0)], "was on hold for 3.0 s, not 1.0"),
        ([held(1.0), resumed(4.0, 1.5, since=2.5), held(5.0), resumed(6.0, 0.0, since=2.0)], ""),
        ([held(1.0), resumed(4.0, 3.0, since=2.5)], "was on hold for 1.5 s, not 3.0"),
        ([held(1.0), ended(2.0)], "the talk of a1 is over, and c1 on hold"),
    ],
)
def test_given_a_hold_that_is_lost_or_doubled_then_it_is_said(happened: list[Event], words: str) -> None:
    holds = Holds()
    wrong = [one for event in happened for one in holds.take(event)]
    assert (words in " ".join(wrong)) if words else wrong == []


def test_given_two_who_talked_then_they_may_be_apart_only_if_one_hung_up() -> None:
    first, second = frozenset({"x", "y"}), frozenset({"v", "w"})
    before = {first: ("caller1", "phone1"), second: ("caller2", "phone2")}
    assert torn(before, {first, second}, ()) == []
    assert torn(before, {first}, {"phone2"}) == []
    assert torn(before, {first, frozenset({"v"})}, {"phone3"}) == [("caller2", "phone2")]


def spoke(seconds: float, outcome: str = "said") -> list[Step]:
    """A caller who speaks from second 100 on, and hangs up."""
    shift = time.time() - time.monotonic()
    told: list[tuple[float, str, dict[str, str]]] = [
        (100.0, "say begins", {}),
        (100.0 + seconds, "say ends", {"outcome": outcome}),
        (100.0 + seconds, "ended", {}),
    ]
    return [Step(at - shift, what, details) for at, what, details in told]


def kept(seconds: float) -> Head:
    return Head(message="m1", mailbox="complaints", contact="c1", at=120.0, seconds=seconds)


@pytest.mark.parametrize(
    ("heads", "away", "words"),
    [
        ([kept(8.1)], [], ""),
        ([kept(7.0)], [(50.0, 60.0)], ""),
        ([kept(3.0)], [(103.0, 105.0)], "3.0 s are kept"),
        ([], [], "no message is kept"),
        ([], [(103.0, 105.0)], "no message is kept"),
        ([], [(108.5, 109.0)], "no message is kept"),
        ([kept(2.5)], [(97.5, 104.0)], ""),
    ],
)
def test_given_a_message_then_what_was_said_while_it_was_recorded_is_kept(
    heads: list[Head], away: list[tuple[float, float]], words: str
) -> None:
    left = Left("c1", "s1", begun=98.0)
    wrong = lacks(left, heads, spoke(8.0), away)
    assert (words in " ".join(wrong)) if words else wrong == []


def test_given_a_caller_then_only_what_could_be_recorded_counts_as_spoken() -> None:
    assert spoken(spoke(8.0), 102.0, 0.0) == pytest.approx(6.0, abs=0.01)
    assert spoken(spoke(8.0), 90.0, 103.0) == pytest.approx(3.0, abs=0.01)
    assert spoken(spoke(8.0), 109.0, 0.0) == 0.0
    assert spoken(spoke(8.0, "held up"), 102.0, 0.0) == 0.0


def test_given_contacts_then_it_is_told_what_they_are_doing() -> None:
    doing = Doing()

    def take(*happened: Event) -> dict[str, int]:
        for event in happened:
            doing.take(event)
        return doing.of(["c1", "c2"])

    def asked(service: Service) -> Event:
        return events.ServiceAsked(at=1.0, contact="c2", request="r1", service=service, name="x", until=9.0)

    answered = events.ServiceAnswered(
        at=5.0, contact="c2", request="r1", service=Service.RECORD, name="x", how=Told.DONE
    )
    assert take(held(1.0)) == {"on hold": 1}, "one"
    assert take(resumed(2.0, 1.0)) == {}
    assert take(asked(Service.TRANSFER)) == {}
    dialled = events.LegDialled(at=2.0, contact="c2", leg="c2.l2", channel="x", outbound="r1")
    assert take(dialled) == {"outside phone ringing": 1}
    joined = events.BridgeRequested(at=3.0, contact="c2", bridge="b", legs=("c2.l1", "c2.l2"))
    assert take(joined) == {"talking with the outside": 1}
    assert take(answered) == {}
    handed = events.LegHandedOver(at=3.0, contact="c2", leg="c2.l1", owner=Owner.SERVICE)
    assert take(asked(Service.RECORD), handed) == {"leaving a message": 1}
    assert take(answered) == {}
    assert take(asked(Service.LOOKUP)) == {"in a lookup": 1}


def test_given_callers_by_agi_then_they_are_told_apart_whatever_they_are_doing() -> None:
    doing = Doing()
    for contact, number in (("c1", ENTRIES["702"]), ("c2", "5006"), ("c3", ENTRIES["701"])):
        doing.take(
            events.ContactArrived(
                at=1.0, contact=contact, leg="l", channel="x", number=number, plan="p", plan_version="1"
            )
        )
    for contact in ("c1", "c2"):
        doing.take(events.CallBackAsked(at=2.0, contact=contact, queue="backs", subject="s"))
    assert doing.of(["c1", "c2", "c3"]) == {
        "by AGI": 2, "waiting to be called back": 2, "waiting to be called back (by AGI)": 1
    }  # fmt: skip


def test_given_counters_then_each_must_be_between_what_the_journal_had_before_and_after() -> None:
    one, other = ("a_total", ()), ("b_total", ())
    assert miscounted({one: 2, other: 5}, {one: 1, other: 5}, {one: 2, other: 5}) == []
    assert miscounted({one: 3}, {one: 1}, {one: 2}) == ["a_total is 3, and 2 in the journal"]
    assert miscounted({one: 0}, {one: 1}, {one: 2}) == ["a_total is 0, and 2 in the journal"]
    assert miscounted({}, {one: 1}, {one: 1}) == ["a_total is None, and 1 in the journal"]
    assert miscounted({one: 1}, {}, {}) == ["a_total is 1, and None in the journal"]


def test_given_channels_that_were_nobodys_then_only_those_that_we_were_ending_may_be() -> None:
    found = [
        events.OrphanEnded(at=1.0, what=what, id=name, action="ended")
        for what, name in (
            ("channel", "c1.l1.a1.snoop"), ("channel", "c1.l1.a2.media"), ("bridge", "c1.v1.o1"),
            ("channel", "c1.b1"), ("channel", "c1.v1.o1.l"), ("channel", "lab-1.5"),
        )
    ]  # fmt: skip
    assert strays(found, {"c1.b1": [0.5]}) == [
        "channel c1.v1.o1.l was nobody's: ended",
        "channel lab-1.5 was nobody's: ended",
    ]


@dataclass(frozen=True)
class Journal:
    """What it tells of hang-ups."""

    callers: Mapping[str, Sequence[str]]
    hung_up: Mapping[str, Sequence[float]]


@pytest.mark.parametrize(
    ("by", "answered", "hung_up", "wrong"),
    [
        ("far", 100.0, 130.2, False),
        ("far", 100.0, 90.0, True),
        ("far", 100.0, None, True),
        ("caller", 100.0, None, False),
        ("refused", None, None, False),
    ],
)
def test_given_a_caller_who_was_hung_up_on_then_that_must_have_been_meant(
    by: str, answered: float | None, hung_up: float | None, *, wrong: bool
) -> None:
    shift = time.time() - time.monotonic()
    call = Result(200, "OK", 16, answered, 130.0, by, Path("heard.wav"), 100.0, 9, ())
    told = Journal({"12": ["c1.l1"]}, {"c1.l1": [] if hung_up is None else [hung_up + shift]})
    assert bool(dropped([("12", call)], told)) is wrong

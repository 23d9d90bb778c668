"""Call-backs over a restart of the server, in memory: nobody who was promised a call is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.call_backs import OpenCallBacks
from ivrcore.errors import JournalError
from ivrcore.journal.memory import MemoryJournal
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, Told
from ivrcore.routing import commands as routing
from ivrcore.testing import NEVER_ANSWERS, UNREACHABLE, Phone
from tests.scenarios.floor import CALL_BACK, Floor, NoteBook
from tests.scenarios.test_call_backs import ANSWERS, CUSTOMER, PLAN, SITE, asked, dialled, ended

TALKS = Phone(answers_after=1.0, hangs_up_after=20.0)


@pytest.fixture
def floor() -> Floor:
    return Floor(PLAN, rules=SITE)


def folded(floor: Floor) -> OpenCallBacks:
    return OpenCallBacks().after(floor.journal.events)


def missed(floor: Floor) -> list[tuple[int, Told]]:
    return [(e.attempt, e.how) for e in floor.journal.events if isinstance(e, events.CallBackMissed)]


def serve(floor: Floor) -> None:
    floor.switch.phones[CUSTOMER] = TALKS
    floor.phone("ann", ANSWERS)
    floor.ready("ann")


def test_given_a_call_back_when_the_server_dies_and_starts_then_the_customer_is_rung(floor: Floor) -> None:
    asked(floor)
    later = floor.killed()
    assert later.exchange.routing.waiting_in("general") == 1
    serve(later)
    later.wait(6)
    assert dialled(later) == ["PJSIP/ann", CUSTOMER]
    (shown, _) = later.switch.dials
    assert (shown.caller_number, shown.caller_name) == ("+82212345678", "general: Kim")
    later.wait(30)
    assert ended(later) == [CallBackEnd.TALKED]
    later.check()


def test_given_a_place_in_the_queue_then_it_is_kept_over_the_restart(floor: Floor) -> None:
    asked(floor)
    floor.wait(30)
    later = floor.killed()
    caller = later.call("6002", "+82287654321")
    serve(later)
    later.wait(6)
    assert dialled(later) == ["PJSIP/ann", CUSTOMER]
    caller.hang_up()
    later.wait(40)
    assert ended(later) == [CallBackEnd.TALKED]
    later.check()


def test_given_the_customer_was_being_rung_when_the_server_died_then_that_was_one_try(floor: Floor) -> None:
    asked(floor)
    floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
    floor.phone("ann", ANSWERS)
    floor.ready("ann")
    floor.wait(5)
    assert dialled(floor) == ["PJSIP/ann", CUSTOMER]
    later = floor.killed()
    assert missed(later) == [(1, Told.FAILED)]
    later.wait(50)
    assert dialled(later) == []
    later.wait(40)
    assert dialled(later).count(CUSTOMER) == 1
    assert later.switch.dials[-1].leg.endswith(".b2.l")
    assert missed(later) == [(1, Told.FAILED), (2, Told.NO_ANSWER)]
    assert ended(later) == [CallBackEnd.NOT_REACHED]
    later.wait(20)
    later.check()


def test_given_a_server_that_dies_at_every_try_then_the_tries_are_limited(floor: Floor) -> None:
    asked(floor)
    for _ in range(CALL_BACK.tries):
        floor.switch.phones[CUSTOMER] = NEVER_ANSWERS
        floor.phone("ann", ANSWERS)
        floor.ready("ann")
        floor.wait(70)
        floor = floor.killed()
    assert ended(floor) == [CallBackEnd.NOT_REACHED]
    floor.wait(200)
    assert dialled(floor) == []
    floor.check()


def test_given_a_conversation_when_the_server_dies_then_the_customer_is_not_rung_again(floor: Floor) -> None:
    asked(floor)
    serve(floor)
    floor.wait(10)
    assert len(floor.happened(events.VisitAnswered)) == 1
    (one,) = folded(floor).by_contact.values()
    assert one.subject in floor.subjects.kept
    later = floor.killed()
    assert ended(later) == [CallBackEnd.TALKED]
    assert one.subject not in later.subjects.kept  # nobody needs the number any more
    later.wait(300)
    assert dialled(later) == []
    later.check()


def test_given_the_caller_still_heard_the_goodbye_when_the_server_died_then_the_promise_holds(
    floor: Floor,
) -> None:
    floor.call("6000")
    floor.wait(0.2)
    assert len(floor.happened(events.CallBackAsked)) == 1
    later = floor.killed()
    serve(later)
    later.wait(40)
    assert ended(later) == [CallBackEnd.TALKED]
    later.check()


def test_given_the_number_was_erased_then_it_is_given_up_with_the_reason(floor: Floor) -> None:
    asked(floor)
    floor.subjects.kept.clear()
    later = floor.killed()
    assert ended(later) == [CallBackEnd.NUMBER_ERASED]
    later.check()


def test_given_another_key_then_it_is_given_up_with_the_reason(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(floor)

    def get(subject: str) -> None:
        raise JournalError(f"the personal values of subject {subject} cannot be decrypted")

    monkeypatch.setattr(floor.subjects, "get", get)
    later = floor.killed()
    assert ended(later) == [CallBackEnd.NUMBER_UNREADABLE]
    later.check()


class FaultyBook(NoteBook):
    """Fails on one subject, as often as is said."""

    def __init__(self, kept: dict[str, Mapping[str, str]], subject: str, faults: int) -> None:
        super().__init__(kept)
        self.subject, self.faults = subject, faults

    def get(self, subject: str) -> Mapping[str, str] | None:
        if subject == self.subject and self.faults:
            self.faults -= 1
            raise RuntimeError("the disk has gone")
        return super().get(subject)


def two_asked(floor: Floor, faults: int) -> Floor:
    """Two callers ask; the server starts anew, and cannot read what is kept of the first."""
    for caller in ("+82212345678", "+82287654321"):
        floor.call("6000", caller)
        floor.wait(3)
    first = floor.call_backs.open["c1"].subject
    floor.subjects = FaultyBook(floor.subjects.kept, first, faults)
    return floor.killed()


def test_given_one_that_cannot_be_taken_up_then_those_behind_it_are_and_it_is_tried_again(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    later = two_asked(floor, faults=2)
    assert list(later.call_backs.open) == ["c2"]
    failed = [one for one in later.journal.events if isinstance(one, events.CommandFailed)]
    assert [(one.contact, one.command, one.code) for one in failed] == [("c1", "take_up", "IVR900")]
    assert "the call-back of c1 could not be taken up; tried again in 30 s" in caplog.text
    later.wait(31)
    assert list(later.call_backs.open) == ["c2"]
    later.wait(30)
    assert list(later.call_backs.open) == ["c2", "c1"]
    assert later.exchange.routing.waiting_in("general") == 2
    serve(later)
    later.wait(30)
    assert dialled(later)[:2] == ["PJSIP/ann", CUSTOMER], "with its own place, the first"


def test_given_one_that_can_never_be_taken_up_then_that_is_told_until_it_is_too_old(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    later = two_asked(floor, faults=1000)
    later.wait(CALL_BACK.longest_wait + 60)
    told = [line for line in caplog.messages if "could not be taken up" in line]
    # Once it is too old nothing is read of it any more: it ends like any other.
    assert 10 < len(told) < CALL_BACK.longest_wait / 30 + 2
    assert ended(later) == [CallBackEnd.TOO_OLD] * 2
    assert later.call_backs.open == {}
    assert not later.steady.getDelayedCalls()


def test_given_a_server_that_was_away_for_too_long_then_it_is_given_up(floor: Floor) -> None:
    asked(floor)
    later = floor.killed(replace(CALL_BACK, longest_wait=2.0))
    assert ended(later) == [CallBackEnd.TOO_OLD]
    later.check()


def test_given_the_number_is_erased_while_it_waits_then_nobody_is_rung(floor: Floor) -> None:
    asked(floor)
    (one,) = floor.call_backs.open.values()
    floor.call_backs.erased(one.subject)
    floor.settle()
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    serve(floor)
    floor.wait(10)
    assert dialled(floor) == []
    floor.check()


def test_given_the_number_is_erased_before_the_caller_hung_up_then_nobody_is_rung(floor: Floor) -> None:
    floor.call("6000")
    floor.wait(0.2)
    (one,) = floor.call_backs.open.values()
    floor.call_backs.erased(one.subject)
    floor.wait(5)
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    floor.check()


def test_given_a_caller_who_asks_for_two_then_the_second_holds() -> None:
    plan = PLAN.replace(
        "    - say: We will call you.\n",
        '    - call_back: general\n      number: "+82300000000"\n    - say: We will call you.\n',
    )
    floor = Floor(plan, rules=SITE)
    asked(floor)
    assert ended(floor) == [CallBackEnd.REPLACED]
    assert floor.exchange.routing.waiting_in("general") == 1
    floor.wait(620)
    assert ended(floor) == [CallBackEnd.REPLACED, CallBackEnd.TOO_OLD]
    floor.check()


def test_given_a_second_wish_when_the_caller_leaves_before_it_is_confirmed_then_the_first_holds() -> None:
    plan = PLAN.replace(
        "    - say: We will call you.\n", '    - call_back: general\n      number: "+82300000000"\n'
    )
    unconfirmed: list[Callable[[], None]] = []
    journal = MemoryJournal(unconfirmed.append)
    floor = Floor(plan, rules=SITE, journal=journal)
    caller = floor.call("6000")
    while len(floor.happened(events.CallBackAsked)) < 2:
        unconfirmed.pop(0)()
        floor.settle()
    # One append, so one record: whatever crash comes, the journal has the first one or the second.
    assert [type(one) for one in floor.journal.events[-2:]] == [events.CallBackEnded, events.CallBackAsked]
    first = floor.happened(events.CallBackAsked)[0].at
    caller.hang_up()
    floor.settle()
    while unconfirmed:
        unconfirmed.pop(0)()
        floor.settle()
    assert ended(floor) == [CallBackEnd.REPLACED, CallBackEnd.FAILED]
    assert floor.call_backs.open == folded(floor).by_contact
    assert [one.place for one in floor.call_backs.open.values()] == [first]
    later = floor.killed()
    serve(later)
    later.wait(30)
    assert dialled(later) == ["PJSIP/ann", CUSTOMER]
    assert ended(later)[2:] == [CallBackEnd.TALKED]
    later.check()


DEEDS = st.one_of(
    st.tuples(st.just("call"), st.sampled_from(["6000", "6002"])),
    st.tuples(st.just("ready"), st.sampled_from(["ann", "bob"])),
    st.tuples(st.just("customer"), st.sampled_from([TALKS, ANSWERS, NEVER_ANSWERS, UNREACHABLE])),
    st.tuples(st.just("hang up"), st.integers(0, 3)),
    st.tuples(st.just("wait"), st.sampled_from([0.2, 2.0, 15.0, 70.0])),
    st.tuples(st.just("kill"), st.just("")),
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, database=None, derandomize=True)
@given(st.lists(DEEDS, min_size=3, max_size=14), st.booleans())
def test_whatever_happens_the_fold_of_events_is_the_live_state(
    deeds: list[tuple[str, object]], first: bool
) -> None:
    call_back = replace(CALL_BACK, customer_first=first)
    floor = Floor(PLAN, rules=SITE, call_back=call_back)
    for agent in ("ann", "bob"):
        floor.phone(agent, ANSWERS)
    for deed, what in deeds:
        match deed, what:
            case "call", str(number):
                floor.call(number)
            case "ready", str(agent):
                floor.ready(agent)
            case "customer", Phone() as phone:
                floor.switch.phones[CUSTOMER] = phone
            case "hang up", int(n) if n < len(floor.switch.legs):
                list(floor.switch.legs.values())[n].hang_up()
            case "wait", float(seconds):
                floor.wait(seconds)
            case "kill", _:
                floor = floor.killed(call_back)
            case _:
                pass
        floor.settle()
        assert folded(floor).by_contact == floor.call_backs.open
    for leg in list(floor.switch.legs.values()):
        leg.hang_up()
    for agent in ("ann", "bob"):
        floor.exchange.order(routing.AgentLogout(agent))
    floor.wait(720)
    assert floor.call_backs.open == {}
    floor.check()

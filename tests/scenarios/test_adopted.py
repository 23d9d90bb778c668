"""The server dies, its calls go on in Asterisk, and the next one takes them up where they stood."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ivrcore.config import CallBackConfig, OverloadConfig, QueueVoice
from ivrcore.config.overload import OverloadAction
from ivrcore.dialplan.commands import Spoken
from ivrcore.dialplan.state import MAX_ANSWERING
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AdoptedIn, AgentState, By, LeftQueue, OfferEnd, Outcome
from ivrcore.overload import Limits
from ivrcore.session import adoption
from ivrcore.session.exchange import PATIENCE, Exchange
from ivrcore.session.living import Living
from ivrcore.session.looked_after import LookedAfter
from ivrcore.telephony.asterisk_files import FALLBACK, OVERLOAD, drained
from ivrcore.telephony.leg import Arrival, GoOn
from ivrcore.testing import Phone
from tests.scenarios.floor import AGENTS, CONFIG, PLAN, Floor


def where(floor: Floor) -> list[AdoptedIn]:
    """Where the adopted contacts were."""
    return [one.where for one in floor.journal.events if isinstance(one, events.ContactAdopted)]


def test_given_a_caller_in_a_menu_when_the_server_dies_then_the_menu_is_said_again() -> None:
    floor = Floor()
    leg = floor.call("5000")
    floor.wait(3)
    floor = floor.replaced(away=2)
    assert floor.heard(leg)[-1] == "Cards, loans or opening hours?"
    floor.press(leg, "3")
    floor.wait(5)
    assert floor.heard(leg)[-1] == "Nine to five."
    (closed,) = floor.happened(events.ContactClosed)
    assert isinstance(closed, events.ContactClosed)
    assert closed.outcome is Outcome.SELF_SERVED
    assert where(floor) == [AdoptedIn.DIALPLAN]
    floor.check()


def test_given_a_caller_being_answered_when_nobody_is_there_for_long_then_there_is_time_for_the_answer() -> (
    None
):
    floor = Floor(slow=0.2)
    leg = floor.call("5000")
    assert not leg.answered
    floor = floor.replaced(away=MAX_ANSWERING + 1, slow=0.2)
    floor.wait(3)
    assert leg.answered
    assert floor.heard(leg)[-1] == "Cards, loans or opening hours?"
    assert not floor.happened(events.HangUpRequested)
    leg.hang_up()
    floor.wait(1)
    floor.check()


def test_given_callers_who_wait_when_the_server_dies_then_places_and_waits_stay() -> None:
    floor = Floor()
    legs = [floor.call("5001") for _ in range(3) if floor.wait(1) is None]
    before = floor.exchange.routing.snapshot().visits
    floor = floor.replaced(away=4)
    assert floor.exchange.routing.snapshot().visits == before
    assert where(floor) == [AdoptedIn.QUEUE] * 3
    assert [leg.music for leg in legs] == ["default"] * 3
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=2.0))
    floor.ready("ann")
    floor.wait(40)
    answered = [one.contact for one in floor.journal.events if isinstance(one, events.VisitAnswered)]
    assert answered == ["c1", "c2", "c3"]
    floor.check()


def test_given_a_ringing_phone_when_the_server_dies_then_it_rings_on_and_its_answer_counts() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=5.0, hangs_up_after=4.0))
    floor.ready("ann")
    floor.call("5001")
    floor.wait(2)
    floor = floor.replaced(away=1)
    assert where(floor) == [AdoptedIn.OFFERED]
    floor.wait(12)
    assert len(floor.happened(events.OfferMade)) == 1
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor.check()


def test_given_a_phone_that_is_answered_meanwhile_then_they_are_joined() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=3.0, hangs_up_after=6.0))
    floor.ready("ann")
    floor.call("5001")
    floor.wait(2)
    floor = floor.replaced(away=2)
    floor.wait(1)
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor.wait(15)
    floor.check()


def test_given_a_phone_answered_long_before_the_start_then_no_deadline_of_meanwhile_parts_them() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=3.0, hangs_up_after=30.0))
    floor.ready("ann")
    leg = floor.call("5001")
    floor.wait(2)
    floor = floor.replaced(away=12)
    floor.wait(1)
    assert len(floor.happened(events.VisitAnswered)) == 1
    assert not floor.happened(events.OfferEnded)
    assert not floor.happened(events.HangUpRequested)
    assert leg.bridge is not None
    floor.wait(40)
    floor.check()


def test_given_a_phone_given_up_before_the_link_is_up_then_it_is_asked_to_hang_up_once() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=3.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2)
    floor = floor.replaced(away=12, linked=False)
    floor.wait(PATIENCE + 1)
    floor.switch.come_back()
    floor.wait(1)
    ended = [one.how for one in floor.journal.events if isinstance(one, events.OfferEnded)]
    assert ended[0] is OfferEnd.NO_ANSWER
    asked = [one.leg for one in floor.journal.events if isinstance(one, events.HangUpRequested)]
    assert len(set(asked)) == len(asked) > 0
    caller.hang_up()
    floor.wait(30)
    floor.check()


def test_given_no_link_after_the_start_then_deadlines_pass_after_the_patience() -> None:
    floor = Floor()
    leg = floor.call("5001")
    floor.wait(10)
    floor = floor.replaced(away=115, linked=False)
    floor.wait(PATIENCE - 1)
    assert not floor.happened(events.VisitLeft)
    floor.wait(2)
    assert len(floor.happened(events.VisitLeft)) == 1
    floor.switch.come_back()
    floor.wait(3)
    assert floor.heard(leg)[-1] == "Good bye."
    floor.check()


def test_given_a_pair_that_talks_when_the_server_dies_then_it_talks_on_and_wraps_up() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=10.0))
    floor.ready("ann")
    leg = floor.call("5001")
    floor.wait(4)
    floor = floor.replaced(away=3)
    assert where(floor) == [AdoptedIn.TALK]
    assert leg.bridge is not None
    floor.wait(5)
    (talk,) = [one for one in floor.journal.events if isinstance(one, events.TalkEnded)]
    assert talk.by is By.AGENT
    assert talk.talked == pytest.approx(10.0, abs=0.3)
    assert floor.exchange.routing.agent_state("ann") is AgentState.WRAP_UP
    floor = floor.replaced(away=1)
    assert floor.exchange.routing.agent_state("ann") is AgentState.WRAP_UP
    floor.wait(5)
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert floor.heard(leg)[-1] == "Good bye."
    floor.check()


def test_given_callers_who_leave_meanwhile_then_they_are_closed_with_the_time_range() -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    talking, waiting, menu = floor.call("5001"), floor.call("5001"), floor.call("5000")
    floor.wait(4)
    for leg in (talking, waiting, menu):
        leg.hang_up()
    floor = floor.replaced(away=3)
    floor.wait(10)
    closed = [one for one in floor.journal.events if isinstance(one, events.ContactClosed)]
    assert {one.inferred for one in closed} == {True}
    assert sorted(one.outcome for one in closed) == ["left_in_menu", "queued", "queued"]
    ends = [one for one in floor.journal.events if isinstance(one, events.LegEnded)]
    assert all(one.since is not None for one in ends if one.leg.endswith(".l1"))
    assert not where(floor)
    floor.check()


def test_given_a_wait_that_ended_meanwhile_then_the_dialplan_goes_on() -> None:
    floor = Floor()
    leg = floor.call("5001")
    floor.wait(10)
    floor = floor.replaced(away=115)
    floor.wait(3)
    (left,) = [one for one in floor.journal.events if isinstance(one, events.VisitLeft)]
    assert left.why is LeftQueue.TIMED_OUT
    assert floor.heard(leg)[-1] == "Good bye."
    floor.check()


VOICES = {
    "general": QueueVoice(
        whisper=(Spoken("General enquiry", "en"),),
        position={"en": "You are number {position}."},
        announce_first=2.0,
        announce_every=3.0,
    )
}
NUMBERS = """"6000": {start: leave}
  "6001": {start: away}
  "6002": {start: message}
  "5003":"""
DAY = PLAN.replace('"5003":', NUMBERS).replace(
    "menus:",
    """  away:
    - transfer: "+82212345678"
      ring: 5s
      failed: [{say: Nobody is there.}]
    - say: Good bye.
  message:
    - record: complaints
      longest: 6s
      silence: 2s
      failed: [{say: Nothing was left.}]
    - say: Thank you.
  leave:
    - queue: general
      keys: {"1": [{call_back: general}, {say: We will call you.}], "2": [{say: As you like.}]}
menus:""",
)
WARY = (replace(AGENTS[0], confirm=10.0), *AGENTS[1:])


@settings(max_examples=200, deadline=None)
@given(
    kills=st.lists(
        st.tuples(
            st.integers(0, 60),
            st.sampled_from([0.0, 0.3, 2.0, 12.0]),
            st.sampled_from([0.0, 0.5, 1.0]),
            st.sampled_from([False, False, False, True]),
        ),
        max_size=4,
    ),
    slow=st.sampled_from([0.0, 0.05, 0.25]),
    calls=st.lists(
        st.tuples(
            st.sampled_from(["5000", "5001", "5003", "6000", "6001", "6002"]),
            st.integers(0, 30),
            st.integers(1, 120),
        ),
        min_size=1,
        max_size=5,
    ),
    phones=st.lists(
        st.tuples(st.sampled_from([0.3, 2.0, 9.0, None]), st.sampled_from([0.5, 5.0, None])),
        min_size=1,
        max_size=3,
    ),
    keys=st.lists(st.tuples(st.integers(0, 60), st.sampled_from("123")), max_size=4),
)
def test_a_server_killed_at_any_moment_loses_and_doubles_nothing(
    kills: list[tuple[int, float, float, bool]],
    slow: float,
    calls: list[tuple[str, int, int]],
    phones: list[tuple[float | None, float | None]],
    keys: list[tuple[int, str]],
) -> None:
    quick = CallBackConfig(tries=2, gap=5.0, ring=4.0, longest_wait=30.0)
    floor = Floor(DAY, VOICES, slow=slow, agents=WARY, call_back=quick)
    floor.switch.phones["PJSIP/+82212345678@trunk"] = Phone(answers_after=1.0, hangs_up_after=6.0)
    agents = ("ann", "bob", "cho")[: len(phones)]
    for agent, (answers, hangs_up) in zip(agents, phones, strict=True):
        floor.phone(agent, Phone(answers_after=answers, hangs_up_after=hangs_up))
    floor.ready(*agents)
    live = []
    deaths = {at: how for at, *how in kills}
    for tick in range(61):
        for number, begins, lasts in calls:
            if begins == tick:
                live.append((floor.call(number), tick + lasts))
        for at, key in keys:
            if at == tick and live:
                for leg in [*floor.switch.legs.values()]:
                    floor.press(leg, key)
        for leg, until in live:
            leg.speak(b"\x00\x10" * 8000)
            if until == tick:
                leg.hang_up()
        floor.steady.advance(0.07)
        if tick in deaths:
            away, kept, plan_lost = deaths[tick]
            floor = floor.replaced(away, slow, kept=kept, plan_lost=plan_lost)
            for orphan in floor.switch.orphans.values():  # Asterisk's fallback has them, or they are ended
                orphan.hang_up()
        floor.wait(0.4)
    for leg, _ in live:
        leg.hang_up()
    floor.wait(40)
    floor.check()
    offers = [one.offer for one in floor.journal.events if isinstance(one, events.OfferMade)]
    assert len(set(offers)) == len(offers)
    assert [dial.leg for dial in floor.switch.dials] == list(
        dict.fromkeys(dial.leg for dial in floor.switch.dials)
    )


def test_given_a_contact_that_cannot_be_taken_up_by_a_fault_then_it_is_closed_and_others_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor()
    bad, good = floor.call("5001"), floor.call("5001")
    floor.wait(2)
    make = adoption.AdoptedSession

    def fails(exchange: Exchange, arrival: Arrival, *rest: Any) -> adoption.AdoptedSession:
        if arrival.contact == "c1":
            raise ValueError("a fault of ours")
        return make(exchange, arrival, *rest)

    monkeypatch.setattr(adoption, "AdoptedSession", fails)
    floor = floor.replaced(away=1)
    assert list(floor.exchange.sessions) == ["c2"]
    (closed,) = [one for one in floor.journal.events if isinstance(one, events.ContactClosed)]
    assert (closed.contact, closed.outcome, closed.inferred) == ("c1", Outcome.FAILED, True)
    assert floor.exchange.routing.position("c2.v1") == 1
    floor.wait(1)
    assert bad.ended
    (ended,) = [one for one in floor.journal.events if isinstance(one, events.LegEnded)]
    assert (ended.leg, ended.since) == (bad.id, None)
    good.hang_up()
    floor.wait(2)
    assert not floor.exchange.sessions
    assert not floor.switch.legs


def test_given_a_story_that_cannot_be_folded_then_only_its_contact_is_closed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    floor = Floor()
    floor.call("5001"), floor.call("5001")
    floor.wait(2)
    fold = adoption.standing_of

    def fails(life: Sequence[Event]) -> adoption.Standing | None:
        if life[0].contact == "c1":
            raise ValueError("a word that only another release knows")
        return fold(life)

    monkeypatch.setattr(adoption, "standing_of", fails)
    floor = floor.replaced(away=1)
    assert list(floor.exchange.sessions) == ["c2"]
    (closed,) = [one for one in floor.journal.events if isinstance(one, events.ContactClosed)]
    assert (closed.contact, closed.inferred) == ("c1", True)
    assert "IVR900 c1 cannot be taken up again" in caplog.text


def test_given_a_conversation_that_cannot_be_taken_up_by_a_fault_then_nobody_is_left_in_silence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(4)
    agent = floor.agent_leg("ann")

    def fails(*_: Any) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(adoption.AdoptedDelivery, "take_up", fails)
    floor = floor.replaced(away=1)
    floor.wait(5)
    assert agent.ended
    assert len(floor.happened(events.TalkEnded)) == 1
    assert floor.heard(caller)[-1] == "Good bye."
    assert not floor.switch.legs
    assert not floor.exchange.deliveries
    assert not floor.exchange.sessions


KEYS = """
name: keys
language: en
numbers: {"6000": {start: wait}}
blocks:
  wait:
    - queue: general
      keys: {"1": [{say: We will see.}], "2": [{say: As you like.}]}
    - say: Good bye.
"""


def test_given_a_key_in_the_queue_when_the_server_dies_at_once_then_its_steps_follow() -> None:
    floor = Floor(KEYS, slow=0.2)
    caller = floor.call("6000")
    floor.wait(3)
    floor.press(caller, "2")
    floor.steady.advance(0.1)
    (left,) = [one for one in floor.journal.events if isinstance(one, events.VisitLeft)]
    assert (left.why, left.key) == (LeftQueue.BY_KEY, "2")
    floor = floor.replaced(away=1)
    floor.wait(1)
    assert floor.heard(caller)[-1] == "As you like."
    floor.wait(5)
    floor.check()


@pytest.mark.parametrize("kept", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize(
    ("why", "action"),
    [
        ("overload", OverloadAction.PLAY),
        ("overload", OverloadAction.FALLBACK),
        ("overload", OverloadAction.BUSY),
        ("drain", OverloadAction.BUSY),
    ],
)
def test_given_who_is_being_turned_away_when_the_server_dies_then_they_are_sent_there(
    why: str, action: OverloadAction, gone: bool, kept: float
) -> None:
    floor = Floor(slow=0.2)
    floor.config = dataclasses.replace(CONFIG, overload=OverloadConfig(Limits(contacts=0), action))
    if why == "drain":
        floor.intake.drain(True, "someone")
    floor.switch.on_arrival = floor.intake.taking(floor.exchange.arrived)
    leg = floor.call("5001")
    assert not leg.commands
    floor.exchange.stop()
    if gone:
        leg.hang_up()
    floor = floor.replaced(away=1, kept=kept)
    if leg.id in floor.switch.orphans and not gone:
        assert kept < 1.0
        leg.hang_up()
    floor.wait(3)
    if kept == 1.0 and not gone:
        ways = {OverloadAction.PLAY: OVERLOAD, OverloadAction.FALLBACK: FALLBACK}
        wanted = drained(CONFIG.slot) if why == "drain" else ways.get(action)
        (command,) = leg.commands
        assert (command.context if isinstance(command, GoOn) else None) == wanted
    assert leg.ended
    assert floor.happened(events.CommandFailed) == []
    floor.check()


def test_given_a_closed_contact_of_agi_then_its_legs_are_written_off() -> None:
    journal = Floor()
    leg = journal.call("5001")
    journal.wait(2)
    leg.hang_up()
    journal.wait(2)
    events_ = [one for one in journal.journal.events if not isinstance(one, events.LegEnded)]
    living = Living()
    for event in events_:
        living.apply(event)
    assert list(living.lives) == ["c1"]
    floor = Floor()
    floor.journal.subscribe(lambda record: living.apply(record.event))
    gone = adoption.Adoption(
        living,
        LookedAfter(),
        floor.exchange,
        lambda *_: None,
        floor.call_backs,
        floor.intake,
        lambda _: False,
    )
    assert not gone.choose()
    gone.begin()
    assert not living.lives

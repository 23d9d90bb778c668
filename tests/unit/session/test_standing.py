"""How contacts stood when the server died, by their events alone."""

from __future__ import annotations

import pytest

from ivrcore.dialplan.state import Phase
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import By, Cause, LeftQueue, Outcome, Owner, PromptEnd, Service
from ivrcore.session.living import RECENT, Living
from ivrcore.session.standing import Standing, standing_of, why_not

C, L, V, OFFER = "c1", "c1.l1", "c1.v1", "c1.v1.o1"


def arrived(at: float = 1.0, contact: str = C) -> e.ContactArrived:
    return e.ContactArrived(
        at=at, contact=contact, leg=f"{contact}.l1", channel=f"{contact}-ch", number="5000", plan="bank",
        plan_version="v", subject="s",
    )  # fmt: skip


def entered() -> Event:
    return e.DialplanEntered(at=1.0, contact=C, number="5000", block="welcome", answer="at_once")


def queued() -> list[Event]:
    step = e.StepStarted(at=2.0, contact=C, block="welcome", index=0, verb="queue")
    return [arrived(), entered(), step, e.ContactQueued(at=2.0, contact=C, visit=V, queue="cards")]


def dialled() -> Event:
    return e.LegDialled(at=3.0, contact=C, leg=f"{OFFER}.l", channel=f"{OFFER}.l", agent="ann", offer=OFFER)


def stood(*happened: Event) -> Standing:
    found = standing_of(happened)
    assert found is not None
    return found


def test_a_caller_who_waits_keeps_places_visits_and_what_was_said() -> None:
    said = e.PromptStarted(at=4.0, contact=C, leg=L, playback=f"{V}.a3", name="position")
    one = stood(*queued(), said)
    assert (one.visits, one.places, one.announced, one.turns) == (1, {"cards": 2.0}, {V: 3}, 1)
    assert one.playbacks == [f"{V}.a3"]
    assert (one.state.phase, one.returned, why_not(one)) == (Phase.QUEUE, None, "")
    over = e.PromptEnded(at=5.0, contact=C, playback=f"{V}.a3", how=PromptEnd.FINISHED)
    assert stood(*queued(), said, over).playbacks == []


def test_a_wait_that_was_over_is_told_to_the_dialplan_until_it_goes_on() -> None:
    left = e.VisitLeft(at=5.0, contact=C, visit=V, queue="cards", waited=3.0, why=LeftQueue.TIMED_OUT)
    returned = stood(*queued(), left).returned
    assert returned is not None
    assert (returned.answered, returned.why) == (False, LeftQueue.TIMED_OUT)
    step = e.StepStarted(at=5.0, contact=C, block="welcome", index=1, verb="say", prompt=1)
    assert stood(*queued(), left, step).returned is None


def test_an_agents_leg_is_known_with_all_that_was_done_at_it() -> None:
    leg, bridge = f"{OFFER}.l", f"{OFFER}.b"
    (known,) = stood(
        *queued(),
        dialled(),
        e.PromptStarted(at=4.0, contact=C, leg=leg, playback=f"{OFFER}.k2", name="confirm"),
        e.LegAnswered(at=4.0, contact=C, leg=leg),
        e.PromptStarted(at=5.0, contact=C, leg=leg, playback=f"{OFFER}.p", name="whisper cards"),
        e.BridgeRequested(at=6.0, contact=C, bridge=bridge, legs=(L, leg)),
        e.ContactHeld(at=7.0, contact=C, visit=V, queue="cards", agent="ann"),
    ).dialled.values()
    assert (known.answered, known.whispered, known.asked, known.joining, known.held) == (
        4.0,
        True,
        2,
        True,
        7.0,
    )
    assert known.playbacks == [f"{OFFER}.k2", f"{OFFER}.p"]
    ended = e.LegEnded(at=8.0, contact=C, leg=leg, cause=Cause.NORMAL)
    assert not stood(*queued(), dialled(), ended).dialled


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (e.LegEnded(at=9.0, contact=C, leg=L, cause=16), "the caller is gone"),
        (
            e.LegHandedOver(at=9.0, contact=C, leg=L, owner=Owner.SERVICE),
            "somebody else was in charge of the caller",
        ),
        (
            e.DialHandedOut(at=9.0, contact=C, visit=V, queue="cards", offer=OFFER, agent="ann"),
            "a dialplan of Asterisk's own has the call",
        ),
    ],
)
def test_who_cannot_be_taken_up_is_told_why(event: Event, why: str) -> None:
    assert why_not(stood(*queued(), event)) == why


def test_who_was_sent_on_to_somebody_is_with_that_channel_until_it_ends() -> None:
    joined = e.BridgeRequested(at=6.0, contact=C, bridge=f"{OFFER}.b", legs=(L, f"{OFFER}.l"))
    sent = e.ContactSentOn(at=9.0, contact=C, visit=V, queue="cards", agent="ann", channel="their-ch")
    over = e.TalkEnded(at=9.0, contact=C, visit=V, queue="cards", agent="ann", talked=3.0, by=By.AGENT)
    one = stood(*queued(), dialled(), joined, sent, over)
    (known,) = one.dialled.values()
    assert (known.channel, known.sent_on, why_not(one)) == ("their-ch", sent, "")
    unknown = e.ContactSentOn(at=9.0, contact=C, visit=V, queue="cards", agent="ann")
    assert (
        why_not(stood(*queued(), dialled(), joined, unknown)) == "somebody else was in charge of the caller"
    )
    gone = e.LegEnded(at=9.5, contact=C, leg=f"{OFFER}.l", cause=16)
    assert why_not(stood(*queued(), dialled(), joined, unknown, gone)) == ""


def test_a_call_that_was_at_no_place_is_not_taken_up() -> None:
    assert why_not(stood(arrived())) == "it was at no place of its dialplan"
    assert standing_of([entered()]) is None


def test_a_clock_that_was_set_back_takes_its_seconds_off_what_is_waited_for() -> None:
    wait = e.WaitStarted(at=3.0, contact=C, until=10.0)
    back = e.ClockSetBack(at=2.0, seconds=4.0)
    one = stood(*queued(), dialled(), wait, back)
    assert (one.state.pause_until, one.places) == (6.0, {"cards": -2.0})


def test_a_service_that_is_asked_was_asked_so_much_earlier_by_a_clock_that_was_set_back() -> None:
    step = e.StepStarted(at=2.0, contact=C, block="welcome", index=0, verb="lookup")
    asked = e.ServiceAsked(
        at=5.0, contact=C, request="c1.s1", service=Service.LOOKUP, name="customer", until=15.0
    )
    state = stood(arrived(), entered(), step, asked, e.ClockSetBack(at=2.0, seconds=4.0)).state
    assert state.asked is not None
    assert (state.asked.since, state.asked.until) == (1.0, 11.0)


def test_a_life_is_kept_until_its_last_leg_has_ended() -> None:
    living = Living()
    closed = e.ContactClosed(at=5.0, contact=C, outcome=Outcome.QUEUED)
    for event in (*queued(), dialled(), e.LegEnded(at=4.0, contact=C, leg=L, cause=16), closed):
        living.apply(event)
    assert living.lives[C].closed
    assert living.lives[C].legs == {f"{OFFER}.l"}
    living.apply(e.LegEnded(at=6.0, contact=C, leg=f"{OFFER}.l", cause=16))
    assert not living.lives


def test_callers_of_the_last_minute_are_remembered() -> None:
    living = Living()
    living.apply(arrived())
    living.apply(arrived(1.0 + RECENT + 1, "c2"))
    assert set(living.recent) == {"c2-ch"}
    assert set(living.lives) == {C, "c2"}


def test_a_phone_that_was_dialled_when_the_caller_had_left_is_not_the_callers() -> None:
    gone = e.LegEnded(at=4.0, contact=C, leg=L, cause=Cause.NORMAL, by=By.CALLER)
    line = e.LegDialled(at=5.0, contact=C, leg=f"{C}.b1.l", channel=f"{C}.b1.l", outbound=f"{C}.b1")
    legs = stood(*queued(), dialled(), gone, line).dialled
    assert {name: leg.alone for name, leg in legs.items()} == {f"{OFFER}.l": False, f"{C}.b1.l": True}

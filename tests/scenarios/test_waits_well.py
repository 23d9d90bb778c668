"""Callers whom a queue lets not in, or moves on to another one, hear what fits."""

from __future__ import annotations

from msgspec import structs

from ivrcore.answerers.outbound import short_mark
from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.model.roster import OverflowFacts, QueueFacts
from ivrcore.routing.commands import LoadRoster
from ivrcore.service.known_callers import KNOWN_AS
from ivrcore.telephony import leg as legs
from ivrcore.testing import Phone
from tests.scenarios.floor import AGENTS, QUEUES, Floor

VOICES = {"general": QueueVoice(music="calm"), "loans": QueueVoice(music="gold")}


def configured(**general: object) -> Floor:
    """A floor with other rules for the queue `general`."""
    floor = Floor(voices=VOICES)
    queues = tuple(
        structs.replace(queue, **general) if queue.name == "general" else queue for queue in QUEUES
    )
    assert all(isinstance(queue, QueueFacts) for queue in queues)
    floor.exchange.order(LoadRoster(queues, AGENTS))
    return floor


def test_given_nobody_is_there_and_the_queue_minds_then_the_dialplan_goes_on_at_once() -> None:
    floor = configured(join_empty=False)
    caller = floor.call("5001")
    floor.wait(0.5)
    assert floor.heard(caller) == ["Good bye."]
    [refused] = floor.happened(events.JoinRefused)
    assert isinstance(refused, events.JoinRefused)
    assert refused.why is LeftQueue.NOBODY_THERE
    floor.wait(5)
    floor.check()


def test_given_a_long_wait_when_the_queue_overflows_then_the_caller_waits_on_with_other_music() -> None:
    floor = configured(overflow=(OverflowFacts(to="loans", after=30.0),), skills={"cards": 2})
    floor.phone("bob", Phone(answers_after=2.0, hangs_up_after=300.0))
    floor.phone("ann", Phone(answers_after=2.0, hangs_up_after=300.0))
    floor.ready("ann")
    floor.call("5001")
    floor.wait(3.0)
    floor.ready("bob")
    second = floor.call("5000")
    floor.wait(1.5)
    floor.say("loans")
    floor.wait(3.0)
    assert second.bridge is not None
    third = floor.call("5001")
    floor.wait(29.0)
    assert third.commands[-1] == legs.StartMusic("calm")
    floor.wait(2.0)
    assert third.commands[-1] == legs.StartMusic("gold")
    second.hang_up()
    floor.wait(4.0)
    assert third.bridge == floor.agent_leg("bob").bridge
    answered = floor.happened(events.VisitAnswered)[-1]
    assert isinstance(answered, events.VisitAnswered)
    assert answered.queue == "loans"
    floor.wait(320.0)
    floor.check()


def test_given_a_caller_who_hangs_up_when_he_calls_again_then_he_has_his_place_but_not_without_a_number() -> (
    None
):
    floor = configured(redial=300.0)
    for caller in ("+82 2-1234-5678", "anonymous"):
        leg = floor.call("5001", caller)
        floor.wait(20.0)
        leg.hang_up()
        floor.wait(20.0)
    again = [floor.call("5001", caller) for caller in ("+82212345678", "anonymous")]
    floor.wait(1.0)
    first, second, known, unknown = floor.happened(events.ContactQueued)
    assert isinstance(first, events.ContactQueued)
    assert isinstance(second, events.ContactQueued)
    assert isinstance(known, events.ContactQueued)
    assert isinstance(unknown, events.ContactQueued)
    assert known.since == first.at
    assert (unknown.since, unknown.caller) == (None, "")
    assert len(first.caller) == len("0" * 32)
    assert known.caller == first.caller
    assert "12345678" not in first.caller
    for leg in again:
        leg.hang_up()
    floor.wait(1.0)
    floor.check()


def test_given_a_stranger_who_is_counted_under_the_same_short_mark_then_he_has_nobody_elses_place() -> None:
    numbers = "+82212345678", "+82310306037"
    assert len({short_mark(b"k" * 32, "caller", number) for number in numbers}) == 1
    floor = configured(redial=300.0)
    leg = floor.call("5001", numbers[0])
    floor.wait(20.0)
    leg.hang_up()
    floor.wait(20.0)
    floor.call("5001", numbers[1])
    floor.wait(1.0)
    known, stranger = floor.happened(events.ContactQueued)
    assert isinstance(known, events.ContactQueued)
    assert isinstance(stranger, events.ContactQueued)
    assert stranger.since is None
    assert stranger.caller != known.caller


def test_given_a_queue_that_knows_nobody_again_then_no_name_is_made_for_a_caller() -> None:
    floor = configured()
    floor.call("5001", "+82212345678")
    floor.wait(1.0)
    [queued] = floor.happened(events.ContactQueued)
    assert isinstance(queued, events.ContactQueued)
    assert queued.caller == ""
    assert [KNOWN_AS in kept for kept in floor.subjects.kept.values()] == [False]


WITH_KEYS = """\
name: keys
language: en
numbers: {"5001": {start: straight}}
blocks:
  straight:
    - queue: general
      keys: {"1": [{say: "We call you back."}], "2": [{goto: straight}]}
    - say: "Good bye."
"""


def test_given_a_waiting_caller_when_a_key_is_pressed_then_the_dialplan_goes_on_with_its_steps() -> None:
    floor = Floor(WITH_KEYS, voices=VOICES)
    caller = floor.call("5001")
    floor.wait(20.0)
    floor.press(caller, "5")  # leads nowhere
    assert floor.happened(events.VisitLeft) == []
    floor.press(caller, "1")
    floor.wait(1.0)
    [left] = floor.happened(events.VisitLeft)
    assert isinstance(left, events.VisitLeft)
    assert left.why is LeftQueue.BY_KEY
    assert "We call you back." in floor.heard(caller)
    floor.wait(10.0)
    floor.check()


def test_given_a_ringing_agent_when_the_caller_leaves_by_key_then_the_phone_stops_ringing() -> None:
    floor = Floor(WITH_KEYS, voices=VOICES)
    floor.phone("ann", Phone(answers_after=8.0, hangs_up_after=30.0))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(2.0)
    floor.press(caller, "1")
    floor.wait(1.0)
    assert "We call you back." in floor.heard(caller)
    floor.wait(30.0)
    assert floor.happened(events.VisitAnswered) == []
    floor.check()


def test_given_comfort_messages_when_a_caller_waits_then_each_is_heard_in_its_turn() -> None:
    said = tuple({"en": (Spoken(text, "en"),)} for text in ("One.", "Two."))
    voice = QueueVoice(comfort=said, announce_first=5.0, announce_every=20.0)
    floor = Floor(voices={"general": voice})
    caller = floor.call("5001")
    floor.wait(80.0)
    assert floor.heard(caller)[:3] == ["One.", "Two.", "One."]
    caller.hang_up()
    floor.settle()
    floor.check()

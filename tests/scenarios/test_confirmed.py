"""Agents who say by a key that it is they who picked up, in memory."""

from __future__ import annotations

import pytest
from msgspec import structs

from ivrcore.config import QueueVoice
from ivrcore.dialplan.commands import Spoken
from ivrcore.model import events
from ivrcore.model.names import AgentState, OfferEnd
from ivrcore.model.roster import QueueFacts
from ivrcore.routing import commands as routing
from ivrcore.telephony import leg as legs
from ivrcore.testing import FakeLeg, Phone
from tests.scenarios.floor import AGENTS, Floor
from tests.scenarios.test_call_backs import CUSTOMER, SITE
from tests.scenarios.test_call_backs import PLAN as BACK
from tests.scenarios.test_call_backs_kept import early

ASKED = "Press 1 to take the call."
PICKS_UP = Phone(answers_after=1.0)
VOICES = {"general": QueueVoice(whisper=(Spoken("General enquiry", "en"),), music="jazz")}


def floor_of(strategy: str = "longest_idle", floor: Floor | None = None) -> Floor:
    """A floor whose agents have ten seconds for the key."""
    floor = floor or Floor(voices=VOICES)
    agents = tuple(structs.replace(agent, confirm=10.0) for agent in AGENTS)
    general = QueueFacts(name="general", wrap_up=5.0, ring_time=10.0, strategy=strategy, retry_after=60.0)
    floor.exchange.order(routing.LoadRoster((general,), agents))
    for agent in ("ann", "bob"):
        floor.phone(agent, PICKS_UP)
    return floor


def ended(floor: Floor) -> dict[str, OfferEnd]:
    return {one.agent: one.how for one in floor.journal.events if isinstance(one, events.OfferEnded)}


def picked_up(floor: Floor) -> list[str]:
    return [one.agent for one in floor.journal.events if isinstance(one, events.OfferPickedUp)]


def asked_again(floor: Floor, leg: FakeLeg) -> int:
    return floor.heard(leg).count(ASKED)


def test_given_the_key_then_the_agent_alone_was_asked_again_and_again_and_they_talk() -> None:
    floor = floor_of()
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(6.5)
    ann = floor.agent_leg("ann")
    assert asked_again(floor, ann) == 3
    assert (caller.music, caller.bridge, floor.heard(caller)) == ("jazz", None, [])
    assert floor.exchange.routing.agent_state("ann") is AgentState.OFFERED
    floor.press(ann, "2")
    assert not floor.happened(events.OfferAccepted)
    floor.press(ann, "1")
    floor.wait(2)
    assert caller.bridge is not None
    assert ann.bridge == caller.bridge
    assert floor.heard(ann)[-1] == "General enquiry"
    assert picked_up(floor) == ["ann"]
    floor.press(ann, "1")
    caller.hang_up()
    floor.wait(10)
    assert len(floor.happened(events.VisitAnswered)) == 1
    floor.check()


def test_given_a_voicemail_then_the_next_agent_is_rung_and_the_caller_waits_on() -> None:
    floor = floor_of()
    floor.ready("ann")
    floor.wait(1)
    floor.ready("bob")
    caller = floor.call("5001")
    floor.wait(2)
    voicemail = floor.agent_leg("ann")
    floor.wait(11)
    assert voicemail.ended
    assert ended(floor) == {"ann": OfferEnd.UNCONFIRMED}
    assert caller.music == "jazz"
    bob = floor.agent_leg("bob")
    floor.press(bob, "1")
    floor.wait(2)
    assert caller.bridge == bob.bridge is not None
    caller.hang_up()
    floor.wait(60)
    floor.check()


def test_given_a_hang_up_instead_of_the_key_then_it_was_not_answered() -> None:
    floor = floor_of()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=3.5))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(6)
    assert ended(floor) == {"ann": OfferEnd.UNCONFIRMED}
    assert caller.music == "jazz"
    caller.hang_up()
    floor.wait(60)
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_given_a_picked_up_phone_when_the_caller_hangs_up_then_it_is_let_go(slow: float) -> None:
    floor = floor_of(floor=Floor(voices=VOICES, slow=slow))
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(3)
    ann = floor.agent_leg("ann")
    caller.hang_up()
    floor.wait(1)
    assert ann.ended
    assert ended(floor) == {"ann": OfferEnd.CALLER_LEFT}
    floor.wait(60)
    floor.check()


def test_given_a_picked_up_phone_when_a_supervisor_withdraws_the_contact_then_it_is_let_go() -> None:
    floor = floor_of()
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(3)
    ann = floor.agent_leg("ann")
    contact = caller.id.removesuffix(".l1")
    floor.exchange.order(routing.WithdrawContact(contact, "kim"))
    floor.wait(1)
    assert ann.ended
    floor.press(ann, "1")
    floor.wait(60)
    assert floor.heard(caller) == ["Good bye."]
    assert not floor.happened(events.OfferAccepted)
    floor.check()


@pytest.mark.parametrize("slow", [0.0, 0.3])
def test_given_ring_all_when_two_pick_up_then_the_first_key_wins(slow: float) -> None:
    floor = floor_of("ring_all", Floor(voices=VOICES, slow=slow))
    floor.ready("ann", "bob")
    caller = floor.call("5001")
    floor.wait(4)
    ann, bob = floor.agent_leg("ann"), floor.agent_leg("bob")
    assert sorted(picked_up(floor)) == ["ann", "bob"]
    assert min(asked_again(floor, ann), asked_again(floor, bob)) > 0
    bob.press("1")
    ann.press("1")
    floor.wait(4)
    assert ann.ended
    assert caller.bridge == bob.bridge is not None
    assert ended(floor) == {"ann": OfferEnd.TAKEN}
    caller.hang_up()
    floor.wait(60)
    floor.check()


def test_given_nothing_to_play_then_the_key_counts_all_the_same() -> None:
    floor = floor_of()
    floor.prompts.unspoken.add(ASKED)
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(3)
    floor.press(floor.agent_leg("ann"), "1")
    floor.wait(2)
    assert caller.bridge is not None
    caller.hang_up()
    floor.wait(60)
    floor.check()


def test_given_prompts_that_fail_then_they_are_tried_again_at_leisure() -> None:
    floor = floor_of()
    floor.switch.missing.add(f"sound:{ASKED}")
    floor.ready("ann")
    caller = floor.call("5001")
    floor.wait(8)
    plays = [one for one in floor.agent_leg("ann").commands if isinstance(one, legs.Play)]
    assert 3 < len(plays) < 8
    caller.hang_up()
    floor.wait(60)
    floor.check()


def test_given_a_call_back_then_the_customer_is_rung_once_the_key_was_pressed() -> None:
    floor = floor_of(floor=Floor(BACK, rules=SITE, voices=VOICES))
    floor.switch.phones[CUSTOMER] = Phone(answers_after=1.0)
    floor.call("6000")
    floor.wait(3)
    floor.ready("ann")
    floor.wait(4)
    assert CUSTOMER not in [dial.endpoint for dial in floor.switch.dials]
    ann = floor.agent_leg("ann")
    floor.press(ann, "1")
    floor.wait(4)
    assert ann.bridge is not None
    assert len(floor.happened(events.VisitAnswered)) == 1
    ann.hang_up()
    floor.wait(60)
    floor.check()


def test_given_customer_first_then_the_customer_hears_music_until_the_key() -> None:
    floor = early(1.0)
    agents = tuple(structs.replace(agent, confirm=10.0) for agent in AGENTS)
    floor.exchange.order(routing.LoadRoster(tuple(floor.exchange.routing.queues.values()), agents))
    floor.wait(22)
    ann = floor.agent_leg("ann")
    (customer,) = [leg for leg in floor.switch.legs.values() if ".b" in leg.id]
    assert ASKED in floor.heard(ann)
    assert (customer.answered, customer.bridge, customer.music is None) == (True, None, False)
    floor.press(ann, "1")
    floor.wait(3)
    assert ann.bridge == customer.bridge is not None
    ann.hang_up()
    floor.wait(120)
    floor.check()

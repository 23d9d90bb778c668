"""A queue's `last_agent`: who talked with a contact or its caller is preferred for a time."""

from __future__ import annotations

from router_desk import Desk

from ivrcore.model.events import CallBackAsked, CallBackEnded, ContactClosed, ContactQueued
from ivrcore.model.names import By, CallBackEnd, Outcome
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import Enqueue, RingAgent, TalkOver
from ivrcore.routing.fold import apply
from ivrcore.routing.last_talks import LastTalks, Talk

HOUR = 3600.0


def desk(**facts: float) -> Desk:
    """A queue that prefers who talked last, and two agents; ann has talked with the caller `ca11`."""
    queue = QueueFacts(name="loans", relaxation="preferred", wrap_up=0.0, **{"last_agent": HOUR, **facts})
    made = Desk([queue], ["ann", "bob"])
    come(made, "c1", "ca11")
    talk(made, "c1.v1.o1")
    return made


def come(made: Desk, contact: str, caller: str, visit: int = 1, preferred: tuple[str, ...] = ()) -> None:
    made.give(Enqueue(contact, f"{contact}.v{visit}", "loans", caller=caller, preferred=preferred))


def talk(made: Desk, offer: str) -> None:
    made.answer(offer)
    made.give(TalkOver(offer, By.AGENT), after=60)


def test_a_caller_who_calls_again_gets_the_same_agent() -> None:
    made = desk()
    come(made, "c2", "ca11")
    come(made, "c3", "0ther")
    assert made.offers() == [("c1", "ann"), ("c2", "ann"), ("c3", "bob")]
    assert made.replayed().snapshot() == made.state.snapshot()


def test_who_is_rung_learns_whether_the_caller_should_rather_have_that_agent() -> None:
    made = desk()
    come(made, "c2", "ca11")
    come(made, "c3", "0ther")
    rung = [one for one in made.commands if isinstance(one, RingAgent)]
    assert [(one.agent, one.known) for one in rung] == [("ann", False), ("ann", True), ("bob", False)]


def test_a_contact_that_comes_back_gets_the_same_agent_without_a_number() -> None:
    made = desk()
    come(made, "c2", "")
    talk(made, "c2.v1.o1")
    come(made, "c2", "", visit=2)
    assert made.offers() == [("c1", "ann"), ("c2", "bob"), ("c2", "bob")]


def test_whom_the_dialplan_names_comes_first() -> None:
    made = desk()
    come(made, "c2", "ca11", preferred=("bob",))
    assert made.last(ContactQueued).preferred == ("bob", "ann")
    assert made.offers()[-1] == ("c2", "bob")


def test_after_the_time_or_without_the_option_nobody_is_preferred() -> None:
    made = desk()
    made.pass_time(HOUR + 1)
    come(made, "c2", "ca11")
    assert made.last(ContactQueued).preferred == ()
    made = desk(last_agent=0.0)
    come(made, "c2", "ca11")
    queued = made.last(ContactQueued)
    assert (queued.preferred, queued.caller) == ((), "")


def test_old_conversations_are_forgotten() -> None:
    talks = LastTalks()
    talks.began("c1", "m1", Talk("ann", 0.0))
    talks.began("c2", "", Talk("bob", 31 * 86_400.0))
    assert talks.agents("c1", "m1", 0.0) == ()
    assert talks.agents("c2", "", 0.0) == ("bob",)


def test_a_contact_is_forgotten_at_its_end_and_its_caller_is_not() -> None:
    talks = LastTalks()
    talks.began("c1", "m1", Talk("ann", 0.0))
    talks.closed("c1")
    talks.closed("never-talked")
    assert talks.agents("c1", "", 0.0) == ()
    assert talks.agents("c1", "m1", 0.0) == ("ann",)


def test_a_contact_that_is_to_be_called_back_is_kept_until_it_was() -> None:
    talks = LastTalks()
    talks.began("c1", "", Talk("ann", 0.0))
    talks.to_be_called_back("c1")
    talks.closed("c1")
    assert talks.agents("c1", "", 0.0) == ("ann",)
    talks.called_back("c1")
    assert talks.agents("c1", "", 0.0) == ()


def test_a_day_of_closed_contacts_leaves_nothing_in_mind() -> None:
    state = desk().state
    for number in range(100):
        contact = f"day{number}"
        state.last_talks.began(contact, "", Talk("ann", float(number)))
        apply(state, ContactClosed(at=float(number), contact=contact, outcome=Outcome.QUEUED))
    apply(state, CallBackAsked(at=100.0, contact="c1", queue="loans", subject="s"))
    apply(state, ContactClosed(at=101.0, contact="c1", outcome=Outcome.QUEUED))
    assert state.last_talks.agents("c1", "", 0.0) == ("ann",)
    apply(state, CallBackEnded(at=102.0, contact="c1", how=CallBackEnd.TALKED))
    assert list(state.last_talks._talks) == ["caller ca11"]

"""What an earlier run left open is closed once: at each stage of an offer, with others waiting."""

from __future__ import annotations

import pytest

from ivrcore.config import CallBackConfig
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState, By, LeftQueue, OfferEnd, Outcome
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import commands as routing
from ivrcore.routing import router
from ivrcore.session.recovery import OpenContacts, close_left_over

NOW = 1000.0


class Earlier:
    """An earlier run: two callers in a queue, one agent; `left` is what recovery makes of it."""

    def __init__(self) -> None:
        self.state = router.RouterState(load_plugins().routing())
        self.open = OpenContacts()
        self.happened: list[Event] = []
        queue = QueueFacts(name="cards", ring_time=10.0, wrap_up=0.0)
        self.give(routing.LoadRoster((queue,), (AgentFacts(name="ann", endpoint="PJSIP/ann"),)))
        self.give(routing.AgentReady("ann"))
        for contact in ("c1", "c2"):
            self.take(
                events.ContactArrived(
                    at=NOW,
                    contact=contact,
                    leg=f"{contact}.l1",
                    channel=contact,
                    number="5000",
                    plan="bank",
                    plan_version="1",
                    subject="",
                )
            )
            self.give(routing.Enqueue(contact, f"{contact}.v1", "cards", 0, {}))
        (self.offer,) = self.state.offers

    def take(self, event: Event) -> None:
        """Note an event, as the journal does."""
        self.happened.append(event)
        self.open.apply(event)

    def give(self, given: routing.Input) -> None:
        """Give routing an input."""
        for event in router.step(self.state, given, NOW).events:
            self.take(event)

    def left(self) -> list[Event]:
        """Start anew: close what is open."""
        return close_left_over(self.open, self.state, NOW + 60, CallBackConfig())


@pytest.fixture
def earlier() -> Earlier:
    """Two in a queue, the agent's phone rings for the first."""
    return Earlier()


def of(happened: list[Event], kind: type[Event]) -> list[Event]:
    """Give the events of a kind."""
    return [one for one in happened if isinstance(one, kind)]


def assert_closed(earlier: Earlier, closed: list[Event]) -> None:
    """Both contacts are closed once, nobody waits, the agent is free and was offered nobody else."""
    contacts = of(closed, events.ContactClosed)
    assert [(one.contact, one.outcome, one.inferred) for one in contacts] == [  # type: ignore[attr-defined]
        ("c1", Outcome.QUEUED, True),
        ("c2", Outcome.QUEUED, True),
    ]
    assert not earlier.state.waiting.visits
    assert not earlier.state.offers
    assert earlier.state.pool.agents["ann"].state is AgentState.READY
    assert not of(closed, events.OfferMade)


def test_given_a_ringing_agent_when_closed_then_both_left_the_queue(earlier: Earlier) -> None:
    closed = earlier.left()
    assert [one.why for one in of(closed, events.VisitLeft)] == [LeftQueue.FAILED] * 2  # type: ignore[attr-defined]
    assert [one.how for one in of(closed, events.OfferEnded)] == [OfferEnd.WITHDRAWN]  # type: ignore[attr-defined]
    assert_closed(earlier, closed)


def test_given_an_agent_who_answered_when_not_joined_yet_then_the_offer_failed(earlier: Earlier) -> None:
    earlier.give(routing.AgentAnswered(earlier.offer))
    closed = earlier.left()
    assert [one.why for one in of(closed, events.VisitLeft)] == [LeftQueue.FAILED] * 2  # type: ignore[attr-defined]
    assert [one.how for one in of(closed, events.OfferEnded)] == [OfferEnd.FAILED]  # type: ignore[attr-defined]
    assert_closed(earlier, closed)


def test_given_a_conversation_when_closed_then_it_ended_by_nobody_knows_whom(earlier: Earlier) -> None:
    earlier.give(routing.AgentAnswered(earlier.offer))
    earlier.give(routing.Bridged(earlier.offer, "b1"))
    closed = earlier.left()
    assert [one.by for one in of(closed, events.TalkEnded)] == [By.UNKNOWN]  # type: ignore[attr-defined]
    assert len(of(closed, events.VisitLeft)) == 1
    assert_closed(earlier, closed)


def test_given_what_was_closed_when_folded_then_nothing_is_open(earlier: Earlier) -> None:
    for event in earlier.left():
        earlier.open.apply(event)
    assert not earlier.open.contacts

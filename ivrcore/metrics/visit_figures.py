"""How each event of visits, offers and conversations changes the figures. Pure.

:mod:`ivrcore.metrics.fold` calls it; definitions are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivrcore.metrics.figures import Figures, OpenContact, QueueFigures
from ivrcore.metrics.outside_figures import bump
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import LeftQueue, OfferEnd

REPEAT_WINDOW = 7 * 86_400.0
"""A caller who comes again within so many seconds of talking with an agent had not been helped at once."""
MOST_CALLERS = 100_000
"""Callers remembered for that, at most; the earliest are forgotten first."""


def contact_of(figures: Figures, event: Any) -> OpenContact:
    """Give the open contact; one whose arrival is not in the journal begins here."""
    return figures.open.setdefault(event.contact, OpenContact(arrived=event.at, plan=""))


def forget_the_lost(figures: Figures, contact: OpenContact) -> None:
    """End the visit of a contact that is over while it waited.

    It was lost with the server that held it: nobody could say how the visit ended, or when.
    """
    if contact.queue:
        bump(figures.queue(contact.queue).left, LeftQueue.FAILED)


# --- visits -------------------------------------------------------------------------------------


def _queued(figures: Figures, event: events.ContactQueued) -> None:
    queue = figures.queue(event.queue)
    queue.entered += 1
    contact = contact_of(figures, event)
    if event.caller and not contact.caller:
        contact.caller = event.caller
        queue.known += 1
        served = figures.served.get(event.caller)
        queue.repeated += served is not None and event.at - served <= REPEAT_WINDOW
    contact.queue, contact.visit, contact.entered = event.queue, event.visit, event.at
    contact.expected = event.expected


def _join_refused(figures: Figures, event: events.JoinRefused) -> None:
    bump(figures.queue(event.queue).refused, event.why)


def _visit_over(figures: Figures, event: Any) -> QueueFigures:
    contact = contact_of(figures, event)
    contact.queue = contact.visit = ""
    return figures.queue(event.queue)


def _answered(figures: Figures, event: events.VisitAnswered) -> None:
    queue = _visit_over(figures, event)
    queue.answered += 1
    queue.answered_in_threshold += event.in_threshold
    queue.wait_answered.observe(event.waited, event.contact, event.at)
    contact = contact_of(figures, event)
    contact.agent = event.agent
    _remember(figures, contact.caller, event.at)
    if contact.expected is not None:
        queue.expected_error.observe(abs(event.waited - contact.expected), event.contact, event.at)
        if contact.expected > 0:
            queue.expected_ratio.observe(event.waited / contact.expected, event.contact, event.at)
    figures.agent(event.agent).contacts += 1


def _remember(figures: Figures, caller: str, now: float) -> None:
    """Note that an agent served the caller; who was served last stands last, so the old ones go first."""
    if not caller:
        return
    served = figures.served
    served.pop(caller, None)
    served[caller] = now
    while len(served) > MOST_CALLERS or now - next(iter(served.values())) > REPEAT_WINDOW:
        del served[next(iter(served))]


def _abandoned(figures: Figures, event: events.VisitAbandoned) -> None:
    queue = _visit_over(figures, event)
    queue.abandoned += 1
    queue.abandoned_in_threshold += event.in_threshold
    queue.abandoned_short += event.short
    queue.wait_abandoned.observe(event.waited, event.contact, event.at)


def _left(figures: Figures, event: events.VisitLeft) -> None:
    queue = _visit_over(figures, event)
    bump(queue.left, event.why)
    queue.left_past_threshold += event.waited > queue.threshold
    queue.wait_left.observe(event.waited, event.contact, event.at)


# --- offers and conversations -------------------------------------------------------------------


def _offer_made(figures: Figures, event: events.OfferMade) -> None:
    figures.queue(event.queue).offers += 1


def _offer_picked_up(figures: Figures, event: events.OfferPickedUp) -> None:
    figures.queue(event.queue).offers_picked_up += 1


def _offer_accepted(figures: Figures, event: events.OfferAccepted) -> None:
    figures.queue(event.queue).offers_accepted += 1


def _offer_ended(figures: Figures, event: events.OfferEnded) -> None:
    bump(figures.queue(event.queue).offers_ended, event.how)
    if event.how is OfferEnd.CUSTOMER_MISSED:  # the agent was at work on it, and wraps that up
        agent = figures.agent(event.agent)
        agent.last_queue, agent.last_contact = event.queue, event.contact


def _resumed(figures: Figures, event: events.ContactResumed) -> None:
    figures.queue(event.queue).hold.observe(event.held, event.contact, event.at)


def _sent_on(figures: Figures, event: events.ContactSentOn) -> None:
    figures.queue(event.queue).sent_on += 1


def _talk_ended(figures: Figures, event: events.TalkEnded) -> None:
    figures.queue(event.queue).talk.observe(event.talked, event.contact, event.at)
    agent = figures.agent(event.agent)
    agent.last_talk, agent.last_queue, agent.last_contact = event.at, event.queue, event.contact
    if event.contact in figures.open:
        figures.open[event.contact].agent = ""


QUEUES: Mapping[type[Event], Callable[[Figures, Any], None]] = {
    events.ContactQueued: _queued,
    events.JoinRefused: _join_refused,
    events.VisitAnswered: _answered,
    events.VisitAbandoned: _abandoned,
    events.VisitLeft: _left,
    events.OfferMade: _offer_made,
    events.OfferPickedUp: _offer_picked_up,
    events.OfferAccepted: _offer_accepted,
    events.OfferEnded: _offer_ended,
    events.ContactResumed: _resumed,
    events.ContactSentOn: _sent_on,
    events.TalkEnded: _talk_ended,
}
"""Event class -> what it changes."""

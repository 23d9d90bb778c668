"""Visits to queues, offers and conversations in the history. Pure.

A call-back's visits go on when its contact is closed: a visit is found by its own id.
"""

from __future__ import annotations

from typing import Any

from ivrcore.history.book import History, changes
from ivrcore.history.of_contacts import leave_menu
from ivrcore.history.rows import AgentRow, ContactRow, OfferRow, RefusalRow, VisitRow
from ivrcore.model import events
from ivrcore.model.names import OfferEnd


@changes(events.ContactQueued)
def _queued(history: History, _seq: int, event: events.ContactQueued) -> None:
    leave_menu(history, event.contact, event.at, "left")
    history.keep(
        VisitRow(
            id=event.visit,
            contact=event.contact,
            queue=event.queue,
            entered=event.at,
            priority=event.priority,
            call_back=event.call_back,
        )
    )
    contact = history.find(ContactRow, event.contact)
    if contact is not None:
        contact.visits += 1
        history.keep(contact)


@changes(events.JoinRefused)
def _refused(history: History, seq: int, event: events.JoinRefused) -> None:
    row = RefusalRow(id=f"r{seq}", contact=event.contact, queue=event.queue, at=event.at, why=event.why.value)
    row.open = False
    history.keep(row)


def _wraps_up(history: History, event: events.TalkEnded | events.OfferEnded) -> None:
    """Note what the agent was at work on last: wrap-up that follows is of that."""
    agent = history.find(AgentRow, event.agent) or AgentRow(id=event.agent)
    agent.last_queue, agent.last_visit = event.queue, event.visit
    history.keep(agent)


def _visit(history: History, event: Any) -> VisitRow | None:
    return history.find(VisitRow, event.visit)


def _over(history: History, event: Any, outcome: str) -> VisitRow | None:
    visit = _visit(history, event)
    if visit is not None:
        visit.outcome, visit.ended, visit.waited = outcome, event.at, event.waited
        history.keep(visit)
    return visit


def _close(history: History, visit: VisitRow | None) -> None:
    if visit is not None:
        visit.open = False
        history.keep(visit)


@changes(events.VisitAnswered)
def _answered(history: History, _seq: int, event: events.VisitAnswered) -> None:
    visit = _over(history, event, "answered")
    if visit is not None:
        visit.in_threshold, visit.agent, visit.offer = event.in_threshold, event.agent, event.offer
    offer = history.find(OfferRow, event.offer)
    if offer is not None:
        offer.ended, offer.how, offer.open = event.at, "talked", False
        history.keep(offer)


@changes(events.VisitAbandoned)
def _abandoned(history: History, _seq: int, event: events.VisitAbandoned) -> None:
    visit = _over(history, event, "abandoned")
    if visit is not None:
        visit.in_threshold, visit.short = event.in_threshold, event.short
    _close(history, visit)


@changes(events.VisitLeft)
def _left(history: History, _seq: int, event: events.VisitLeft) -> None:
    visit = _over(history, event, "left")
    if visit is not None:
        visit.why = event.why.value
    _close(history, visit)


@changes(events.ContactResumed)
def _resumed(history: History, _seq: int, event: events.ContactResumed) -> None:
    visit = _visit(history, event)
    if visit is not None:
        visit.holds += 1
        visit.held += event.held
        history.keep(visit)


@changes(events.ContactSentOn)
def _sent_on(history: History, _seq: int, event: events.ContactSentOn) -> None:
    visit = _visit(history, event)
    if visit is not None:
        visit.sent_on = True
        history.keep(visit)


@changes(events.TalkEnded)
def _talk_ended(history: History, _seq: int, event: events.TalkEnded) -> None:
    _wraps_up(history, event)
    visit = _visit(history, event)
    if visit is not None:
        visit.talked, visit.talk_ended, visit.ended_by = event.talked, event.at, event.by.value
    _close(history, visit)


# --- offers ---------------------------------------------------------------------------------------


@changes(events.OfferMade)
def _made(history: History, _seq: int, event: events.OfferMade) -> None:
    history.keep(
        OfferRow(
            id=event.offer,
            contact=event.contact,
            visit=event.visit,
            queue=event.queue,
            agent=event.agent,
            made=event.at,
        )
    )


@changes(events.OfferPickedUp)
def _picked_up(history: History, _seq: int, event: events.OfferPickedUp) -> None:
    offer = history.find(OfferRow, event.offer)
    if offer is not None:
        offer.picked_up = event.at
        history.keep(offer)


@changes(events.OfferAccepted)
def _accepted(history: History, _seq: int, event: events.OfferAccepted) -> None:
    offer = history.find(OfferRow, event.offer)
    if offer is not None:
        offer.accepted = event.at
        history.keep(offer)


@changes(events.OfferEnded)
def _ended(history: History, _seq: int, event: events.OfferEnded) -> None:
    if event.how is OfferEnd.CUSTOMER_MISSED:  # the agent was at work on it
        _wraps_up(history, event)
    offer = history.find(OfferRow, event.offer)
    if offer is not None:
        offer.ended, offer.how, offer.open = event.at, event.how.value, False
        history.keep(offer)

"""Moving contacts on to another queue that waited for too long, or would have to.

A contact keeps its time: in the other queue it stands where it would, had it come there at first. It never
goes back to a queue that it came through, so that queues which overflow into each other cannot pass it
around. Who is being offered is left alone, and looked at again if nothing comes of the offer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import LeftQueue, OfferEnd
from ivrcore.routing.facts import VisitFacts
from ivrcore.routing.joining import outlook_of, why_not
from ivrcore.routing.waiting import Place, first_need

if TYPE_CHECKING:
    from ivrcore.model.roster import OverflowFacts, QueueFacts
    from ivrcore.routing.draft import Draft
    from ivrcore.routing.state import RouterState
    from ivrcore.routing.waiting import Visit

AGAIN = 15.0
"""Seconds until an expected wait, or a queue that could take nobody, is looked at again."""


def look(draft: Draft, visit: Visit) -> float | None:
    """Move a waiting visit if one of its queue's rules says so; else tell when to look again, if ever."""
    state, now = draft.state, draft.now
    again: list[float] = []
    for rule in visit.facts.overflow if visit.waiting else ():
        due = None if rule.after is None else visit.entered + rule.after
        if due is not None and due > now:
            again.append(due)
        elif _holds(state, visit, rule):
            to = state.queues[rule.to]
            if _takes(state, visit, to):
                move(draft, visit, to)
                return None
            again.append(now + AGAIN)
        elif rule.to in state.queues and rule.to not in (visit.facts.name, *visit.through):
            again.append(now + AGAIN)
    return min(again, default=None)


def _holds(state: RouterState, visit: Visit, rule: OverflowFacts) -> bool:
    """Whether a rule whose time has come wants the visit moved."""
    if rule.to not in state.queues or rule.to in (visit.facts.name, *visit.through):
        return False
    if rule.expected is None:
        return True
    own = state.expected_wait(visit.facts.name, visit.place, visit.contact)
    return own is not None and own > rule.expected


def _takes(state: RouterState, visit: Visit, to: QueueFacts) -> bool:
    """Whether the other queue lets it join, somebody is there, and the wait is not known to be longer."""
    need = state.need_from(visit.contact, first_need(to, visit.skills))
    if why_not(state, to, need) is not None or not state.staffed(to.name):
        return False
    own = state.expected_wait(visit.facts.name, visit.place, visit.contact)
    other = state.expected_wait(to.name, contact=visit.contact)
    return not own or other is None or other < own  # 0: it waits though somebody is free


def move(draft: Draft, visit: Visit, to: QueueFacts, by: str = "") -> None:
    """Close the visit and begin another one in another queue, at once and with the time of the first.

    ``by`` is the supervisor who wants it so, if it is one.
    """
    state, now, name = draft.state, draft.now, f"{visit.id}.m"
    draft.events.append(
        events.VisitLeft(
            at=now,
            contact=visit.contact,
            visit=visit.id,
            queue=visit.facts.name,
            waited=now - visit.entered,
            why=LeftQueue.MOVED,
            by=by,
        )
    )
    draft.end_offers(visit, OfferEnd.WITHDRAWN)
    # Its own part of the priority: the queue's was added as it was configured when the contact came.
    priority = visit.priority - visit.entry.priority + to.priority
    view = VisitFacts(
        contact=visit.contact,
        visit=name,
        queue=to.name,
        entered=now,
        since=visit.since,
        priority=priority,
        skills=visit.view.skills,
        preferred=visit.preferred,
        call_back=visit.call_back,
    )
    place = state.rulebook.place(to, view)
    outlook = outlook_of(state, to, visit.contact, visit.skills, Place(place, name))
    draft.events.append(
        events.ContactQueued(
            at=now,
            contact=visit.contact,
            visit=name,
            queue=to.name,
            priority=priority,
            skills=dict(visit.skills),
            call_back=visit.call_back,
            since=visit.since,
            place=place,
            preferred=visit.preferred,
            expected=outlook.expected if outlook else None,
            at_most=outlook.at_most if outlook else None,
            through=(*visit.through, visit.facts.name),
            caller=visit.caller,
        )
    )

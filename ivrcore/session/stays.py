"""The stays of one caller in queues: joining, the place that counts, and who keeps the caller company."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import LeftQueue
from ivrcore.routing import commands as routing
from ivrcore.session.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ivrcore.dialplan.commands import DoEnqueue
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import KeptPlace
    from ivrcore.session.session import Session
    from ivrcore.telephony.leg import Ended


class Stays:
    """One caller's; one at a time."""

    def __init__(self, exchange: Exchange, session: Session) -> None:
        self._exchange = exchange
        self._session = session
        self.visits = 0
        """How many queues were asked for."""
        self.waiting: Waiting | None = None
        self._places: dict[str, float] = {}
        """Queue -> from when its place there counts."""
        self._asked = ""
        """The queue that the dialplan named last."""
        self._kept: tuple[str, float] | None = None
        """The place in a queue that was left for an emergency."""
        self._joined = False
        """Whether routing let the caller into the queue that was asked for last."""

    def join(self, wanted: DoEnqueue) -> None:
        """Ask routing for a queue. A customer who is to be called back takes that place, once in the queue:
        who may not join is called back still."""
        exchange, session = self._exchange, self._session
        kept = self._called_in(wanted.queue)
        since = kept.since if kept else None
        if since is None and self._kept and self._kept[0] == wanted.queue:
            since = self._kept[1]
        self._joined = False
        self._asked = wanted.queue
        self.visits += 1
        visit = f"{session.contact}.v{self.visits}"
        self.waiting = Waiting(exchange, session, visit, exchange.voice(wanted.queue), wanted.exits)
        exchange.route(
            routing.Enqueue(
                session.contact,
                visit,
                wanted.queue,
                wanted.priority,
                wanted.skills,
                since=since,
                caller=self._known_as(wanted.queue),
                preferred=wanted.preferred,
                promised=kept is not None,
            )
        )
        if kept is not None and self._joined:
            kept.taken(session)

    def take_up(self, visits: int, places: Mapping[str, float], asked: str) -> None:
        """Know what an earlier life of the server knew; ``asked`` is the queue that the dialplan named."""
        self.visits, self._places, self._asked = visits, dict(places), asked
        self._joined = bool(places)

    def wait_on(self, visit: str, queue: str, exits: tuple[str, ...]) -> Waiting:
        """Keep the caller company in a visit that an earlier life of the server began."""
        self.waiting = Waiting(self._exchange, self._session, visit, self._exchange.voice(queue), exits)
        return self.waiting

    def _called_in(self, queue: str) -> KeptPlace | None:
        number = self._session.arrival.caller_number
        return self._exchange.ports.called_in(self._session.contact, number, queue) if number else None

    def _known_as(self, queue: str) -> str:
        """Say who calls, if the queue wants to know its callers again: no name is made in vain."""
        facts = self._exchange.routing.queues.get(queue)
        if facts is None or not (facts.redial or facts.last_agent):
            return ""
        return self._exchange.ports.known_as(self._session.arrival.caller_number)

    def fold(self, event: Event) -> None:
        """Follow what routing decided: another queue, or a place of before."""
        if isinstance(event, events.VisitAnswered):
            self._places.clear()
            self._kept = None
            talks, number = self._exchange.ports.talks, self._session.arrival.caller_number
            self._exchange.enter(partial(talks, event.contact, number, event.queue))
        elif isinstance(event, events.ContactQueued):
            self._queued(event)

    def _queued(self, event: events.ContactQueued) -> None:
        self._joined = True
        since = event.at if event.since is None else event.since
        self._places.update(dict.fromkeys((*event.through, event.queue), since))
        if self.waiting is None:
            return
        if event.visit != self.waiting.visit:
            self.waiting.moved(event.visit, self._exchange.voice(event.queue))
        elif event.since is not None:
            self.waiting.welcome_back()

    def caller_gone(self, ended: Ended) -> None:
        """Leave whatever there is to leave; who waited when Asterisk itself ended has not given up."""
        if not self.visits:
            return
        contact = self._session.contact
        if ended.crashed:
            self._exchange.route(routing.LeaveQueue(contact, LeftQueue.FAILED, since=ended.since))
        self._exchange.route(routing.CallerLeft(contact, ended.since))

    def since(self, queue: str) -> float | None:
        """Give from when its place in a queue counts that it waited in and talked to nobody; else None."""
        return self._places.get(queue)

    def end(self, why: LeftQueue) -> str:
        """It is over without a conversation; give the key that was pressed, if that is why.

        Who leaves for an emergency has the place again where the same queue is asked for next.
        """
        place = self._places.get(self._asked)
        self._kept = None
        if why is LeftQueue.EMERGENCY and place is not None:
            self._kept = self._asked, place
        key = self.waiting.pressed if self.waiting else ""
        self.waiting = None
        return key

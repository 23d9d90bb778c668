"""The stays of one caller in queues: joining, the place that counts, and who keeps the caller company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.routing import commands as routing
from ivrcore.session.waiting import Waiting

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import DoEnqueue
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.session import Session


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

    def join(self, wanted: DoEnqueue) -> None:
        """Ask routing for a queue. A customer who is to be called back takes that place."""
        exchange, session = self._exchange, self._session
        ports, number = exchange.ports, session.arrival.caller_number
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
                since=ports.called_in(session.contact, number, wanted.queue) if number else None,
                caller=ports.caller_mark(number),
                preferred=wanted.preferred,
            )
        )

    def fold(self, event: Event) -> None:
        """Follow what routing decided: another queue, or a place of before."""
        if isinstance(event, events.VisitAnswered):
            self._places.clear()
        elif isinstance(event, events.ContactQueued):
            self._queued(event)

    def _queued(self, event: events.ContactQueued) -> None:
        since = event.at if event.since is None else event.since
        self._places.update(dict.fromkeys((*event.through, event.queue), since))
        if self.waiting is None:
            return
        if event.visit != self.waiting.visit:
            self.waiting.moved(event.visit, self._exchange.voice(event.queue))
        elif event.since is not None:
            self.waiting.welcome_back()

    def since(self, queue: str) -> float | None:
        """Give from when its place in a queue counts that it waited in and talked to nobody; else None."""
        return self._places.get(queue)

    def end(self) -> str:
        """It is over without a conversation; give the key that was pressed, if that is why."""
        key = self.waiting.pressed if self.waiting else ""
        self.waiting = None
        return key

"""A customer who was called back and talks with an agent (or was just being joined) since before the start.

There is only this conversation left to see to: the call-back has done what it was for. Must not know how
Asterisk is asked, nor how customers are rung.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore import call_backs
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, CallBackEnd, Cause, Outcome
from ivrcore.routing import commands as routing
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.call_backs import OpenCallBack
    from ivrcore.model.event import Event
    from ivrcore.model.names import LeftQueue
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import LegOwner


class AdoptedCallBack:
    """A :class:`ivrcore.session.ports.Party`; ``since`` is when the earlier life was last known to be."""

    def __init__(
        self, exchange: Exchange, arrival: legs.Arrival, call_back: OpenCallBack, since: float
    ) -> None:
        """``arrival`` is the customer as agents are shown, with the customer's leg."""
        self.contact = call_back.contact
        self.arrival = arrival
        self.leg = arrival.leg
        self.owner: LegOwner | None = None
        self._exchange = exchange
        self._call_back = call_back
        self._since = since
        self._talked = call_back.talked
        self._over = False
        self._gone = False
        self.leg.own(self._from_leg)

    @property
    def partner(self) -> legs.Leg:
        """The customer's leg."""
        return self.leg

    @property
    def ended(self) -> bool:
        """Whether the conversation is over."""
        return self._over

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """The customer is on the line."""
        ready()

    def let_go(self) -> None:
        """Nobody waits for the customer any more."""

    def hand_over(self, owner: LegOwner) -> None:
        """Give the leg to a delivery."""
        self.owner = owner

    def take_back(self, *, talked: bool, ended: legs.Ended | None = None) -> None:
        """The conversation is over: so is the call."""
        self.owner = None
        self._close()

    def leg_answered(self) -> None:
        """It is answered long since."""

    def fold(self, event: Event) -> None:
        """See that the call ends with the conversation, also where the agent's leg was gone already."""
        if isinstance(event, events.VisitAnswered):
            self._talked = True
        elif isinstance(event, events.TalkEnded | events.OfferEnded):
            self._exchange.enter(self._close)

    def returned(self, why: LeftQueue) -> None:
        """Who is returned from a conversation has nothing to go on with."""
        self._close()

    def news(self) -> None:
        """Nobody listens."""

    def broken(self) -> None:
        """A step failed by a fault of ours: nobody is left on the line."""
        self._close()

    def halt(self) -> None:
        """There are no timers."""

    def _from_leg(self, event: legs.LegEvent) -> None:
        self._exchange.enter(partial(self._take, event), self.broken)

    def _take(self, event: legs.LegEvent) -> None:
        if isinstance(event, legs.Ended):
            self._ended(event)
            return
        if isinstance(event, legs.Found):
            adopted = events.ContactAdopted(
                at=self._now(),
                contact=self.contact,
                leg=self.leg.id,
                where=AdoptedIn.TALK,
                since=self._since,
            )
            self._exchange.record([adopted])
        if self.owner is not None:
            self.owner.from_caller(event)

    def _ended(self, event: legs.Ended) -> None:
        self._gone = True
        gone = events.LegEnded(
            at=self._now(),
            contact=self.contact,
            leg=self.leg.id,
            cause=event.cause,
            by=event.by,
            since=event.since,
        )
        self._exchange.record([gone])
        if self._over:
            self._closed(event.cause)
        elif self.owner is not None:
            self.owner.from_caller(event)
        else:
            self._close()

    def _close(self) -> None:
        """End what is left: the conversation for routing, the leg, the contact. Twice is once."""
        if self._over:
            return
        self._over = True
        self._exchange.route(routing.CallerLeft(self.contact))
        if self._gone:
            self._closed(Cause.NORMAL)
            return
        wanted = events.HangUpRequested(
            at=self._now(), contact=self.contact, leg=self.leg.id, cause=Cause.NORMAL
        )
        self._exchange.record([wanted], partial(self.leg.send, legs.HangUp()))

    def _closed(self, cause: int) -> None:
        now = self._now()
        how = CallBackEnd.TALKED if self._talked else CallBackEnd.FAILED
        over = call_backs.ended(self._call_back, how, now)
        closed = events.ContactClosed(at=now, contact=self.contact, outcome=Outcome.QUEUED, cause=cause)
        erase = self._exchange.ports.subjects.erase
        self._exchange.record([over, closed], partial(erase, self._call_back.subject))
        self._exchange.session_over(self.contact)

    def _now(self) -> float:
        return self._exchange.ports.clock.now()

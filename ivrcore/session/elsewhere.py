"""An offer whose agent is dialled by somebody else: a dialplan of Asterisk's own. Its leg is not ours.

Says nothing of the phone by itself: what the dialplan tells goes to routing by way of the contact.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

from ivrcore.model import events
from ivrcore.model.names import OfferEnd
from ivrcore.routing import commands as routing

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange


class Asks(Protocol):
    """The contact that it is for."""

    def offered(self, offer: DialledElsewhere) -> None:
        """The agent is reserved."""

    def withdrawn(self, offer: DialledElsewhere) -> None:
        """It is over."""


class DialledElsewhere:
    """One offer, in the place of a delivery."""

    def __init__(self, exchange: Exchange, asks: Asks, offer: routing.RingAgent) -> None:
        self._exchange = exchange
        self._asks = asks
        self._offer = offer
        self._over = False
        self.id = offer.offer
        self.agent = offer.agent
        self.endpoint = offer.endpoint
        self.ring_time = offer.ring_time
        self.rings_until = exchange.ports.clock.now() + offer.ring_time

    def intent(self, now: float) -> Event:
        """Say what `dial` will do, to be durable before it does."""
        offer = self._offer
        return events.DialHandedOut(
            at=now,
            contact=offer.contact,
            visit=offer.visit,
            queue=offer.queue,
            offer=offer.offer,
            agent=offer.agent,
        )

    def dial(self) -> None:
        """Have the dialplan dial."""
        if not self._over:
            self._asks.offered(self)

    def connect(self) -> None:
        """The dialplan has joined them: `Bridged` said so."""

    def withdraw(self) -> None:
        """It is over: who picks up now is let go when that is told."""
        if self._over:
            return
        self._over = True
        self._exchange.delivery_over(self.id)
        self._asks.withdrawn(self)

    def broken(self) -> None:
        """Free the agent: a step failed by a fault of ours."""
        self._exchange.enter(partial(self._exchange.route, routing.OfferFailed(self.id, OfferEnd.FAILED)))
        self.withdraw()

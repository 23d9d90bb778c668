"""An offer, or a conversation, that an earlier life of the server has left, and the last legs of contacts.

Goes on once Asterisk was asked: a phone that rings rings on, who talk talk on, what was half done is done.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import By, OfferEnd
from ivrcore.routing import commands as routing
from ivrcore.routing.state import Phase
from ivrcore.session.delivery import Delivery, Stage
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.routing.state import Offer
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Party
    from ivrcore.session.standing import DialledLeg

ONLY_AFTER_BOTH = (Stage.JOINING, Stage.TALKING)


def stage_of(offer: Offer, leg: DialledLeg) -> Stage:
    """Tell how far an offer was."""
    if offer.phase is Phase.TALKING:
        return Stage.TALKING
    if offer.phase is Phase.ACCEPTED:
        if leg.joining:
            return Stage.JOINING
        if f"{offer.id}.p" in leg.playbacks:
            return Stage.WHISPERING
        return Stage.REACHING if leg.whispered else Stage.ANSWERED
    return Stage.CONFIRMING if offer.picked_up else Stage.RINGING


def rung_for(known: DialledLeg) -> routing.RingAgent:
    """Give what is needed of the order that led to a conversation which was sent on."""
    sent_on = known.sent_on
    assert sent_on is not None, "it was sent on"
    return routing.RingAgent(
        offer=known.offer,
        contact=sent_on.contact,
        visit=sent_on.visit,
        queue=sent_on.queue,
        agent=sent_on.agent,
        endpoint="",
        ring_time=0.0,
    )


class AdoptedDelivery(Delivery):
    """Made before the link is up."""

    def __init__(
        self, exchange: Exchange, session: Party, ring: routing.RingAgent, known: DialledLeg, stage: Stage
    ) -> None:
        super().__init__(exchange, session, ring)
        self._stage = stage
        self._known = known
        self._there: set[str] = set()
        self._hung_up = False
        self._whispers = stage is Stage.WHISPERING
        self._holding.take_up(known.held)
        asked = [name for name in known.playbacks if name != self._whisper]
        self._confirming.take_up(known.asked, asked[-1] if asked else "")
        if stage in ONLY_AFTER_BOTH or stage is Stage.SENT_ON:
            session.owner = self
        if stage is Stage.TALKING or stage is Stage.SENT_ON:
            self._joined = {"agent", "caller"}

    def take_up(self, leg: legs.Leg) -> None:
        """Own the agent's leg."""
        self._leg = leg
        leg.own(self._from_agent)

    def _agent_event(self, event: legs.LegEvent) -> None:
        if isinstance(event, legs.Found):
            self._there.add("agent")
            self._go_on()
        else:
            super()._agent_event(event)

    def _agent_gone(self, event: legs.Ended) -> None:
        """See :class:`Delivery`; a customer who is called back may have been rung for this agent already."""
        if self._stage is Stage.ANSWERED:
            self._session.let_go()
        super()._agent_gone(event)

    def from_caller(self, event: legs.LegEvent) -> None:
        """See :class:`Delivery`."""
        if isinstance(event, legs.Found):
            self._there.add("caller")
            self._go_on()
        else:
            super().from_caller(event)

    def _go_on(self) -> None:
        if self._stage in ONLY_AFTER_BOTH:
            if self._there == {"agent", "caller"}:
                self._exchange.record((), self._join_again)
        elif self._stage is Stage.RINGING and self._known.answered is not None:
            self._picked_up()
        elif self._stage is Stage.CONFIRMING and self._leg is not None:
            self._confirming.begin(self._leg)
        elif self._stage is Stage.ANSWERED:
            self.connect()
        elif self._stage is Stage.REACHING:
            self._reach()
        elif self._stage is Stage.OVER:
            self._end_agent()

    def _end_agent(self) -> None:
        """See :class:`Delivery`; it may be asked for before the leg is found, and is carried out then."""
        if not self._hung_up:
            self._hung_up = self._leg is not None
            super()._end_agent()

    def _picked_up(self) -> None:
        """The agent answered, and nobody decided on it any more."""
        if self._offer.confirm and self._leg is not None:
            self._stage = Stage.CONFIRMING
            self._exchange.route(routing.AgentPickedUp(self._offer.offer))
            self._confirming.begin(self._leg)
        else:
            self._stage = Stage.ANSWERED
            self._exchange.route(routing.AgentAnswered(self._offer.offer))

    def _join_again(self) -> None:
        """Have both in the bridge: whoever is there stays."""
        if self._stage in ONLY_AFTER_BOTH and self._leg is not None:
            self._exchange.ports.switch.join(self.bridge, [self._session.leg, self._leg])


class LastLeg:
    """A leg whose offer is over, seen to its end: nobody else waits for it."""

    def __init__(self, exchange: Exchange, contact: str, known: DialledLeg) -> None:
        self._exchange = exchange
        self._contact = contact
        self._open = set(known.playbacks)
        self._leg: legs.Leg | None = None

    def take_up(self, leg: legs.Leg) -> None:
        """Own it."""
        self._leg = leg
        leg.own(self.from_leg)

    def from_leg(self, event: legs.LegEvent) -> None:
        """Take what the leg reports."""
        self._exchange.enter(partial(self._take, event))

    def _take(self, event: legs.LegEvent) -> None:
        now, contact = self._exchange.ports.clock.now(), self._contact
        match event:
            case legs.Found() if self._leg is not None:
                self._leg.send(legs.HangUp())
            case legs.PlayEnded(playback=playback, how=how, inferred=inferred) if playback in self._open:
                self._open.discard(playback)
                over = events.PromptEnded(
                    at=now, contact=contact, playback=playback, how=how, inferred=inferred
                )
                self._exchange.record([over])
            case legs.Ended(cause=cause, by=by, since=since) if self._leg is not None:
                gone = events.LegEnded(
                    at=now, contact=contact, leg=self._leg.id, cause=cause, by=by, since=since
                )
                self._exchange.record([gone])
            case _:
                pass


def nobody_rings(exchange: Exchange, offer: Offer, since: float) -> None:
    """End an offer whose leg has ended, which nobody decided on any more: the earlier life was last known to
    be at ``since`` (UTC seconds)."""
    if offer.phase is Phase.TALKING:
        exchange.route(routing.TalkOver(offer.id, By.AGENT, since))
    else:
        exchange.route(routing.OfferFailed(offer.id, OfferEnd.FAILED))

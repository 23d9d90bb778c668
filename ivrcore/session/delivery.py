"""One offer on its way: the agent's leg, the agent's key, the whisper, the bridge, the conversation.

Owns the agent's leg from the dialling to its end, and the caller's leg from the joining to the end of the
conversation. Says what happened to routing; decides nothing itself. Must not know of menus.
"""

from __future__ import annotations

from enum import Enum, auto
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import By, Cause, OfferEnd, Owner, PromptEnd
from ivrcore.routing import commands as routing
from ivrcore.session.confirming import Confirming
from ivrcore.session.holding import Holding
from ivrcore.telephony import leg as legs
from ivrcore.telephony import variables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Party

OFFER_ENDS = {
    Cause.BUSY: OfferEnd.REJECTED,
    Cause.REJECTED: OfferEnd.REJECTED,
    Cause.NO_ANSWER: OfferEnd.NO_ANSWER,
    Cause.NO_USER_RESPONSE: OfferEnd.UNREACHABLE,
    Cause.UNALLOCATED: OfferEnd.UNREACHABLE,
    Cause.UNREACHABLE: OfferEnd.UNREACHABLE,
    Cause.UNAVAILABLE: OfferEnd.UNREACHABLE,
}
"""What an agent's leg's cause says of an offer that nobody answered."""


class Stage(Enum):
    """How far the offer is."""

    RINGING = auto()
    CONFIRMING = auto()
    ANSWERED = auto()
    WHISPERING = auto()
    REACHING = auto()
    JOINING = auto()
    TALKING = auto()
    SENT_ON = auto()
    OVER = auto()


class Delivery:
    """Brings one contact to one agent."""

    def __init__(self, exchange: Exchange, session: Party, offer: routing.RingAgent) -> None:
        self._exchange = exchange
        self._session = session
        self._offer = offer
        self._voice = exchange.voice(offer.queue)
        self.leg_id = f"{offer.offer}.l"
        self.bridge = f"{offer.offer}.b"
        self._whisper = f"{offer.offer}.p"
        self._leg: legs.Leg | None = None
        self._stage = Stage.RINGING
        self._joined: set[str] = set()
        self._whispers = False
        self._holding = Holding(offer)
        self._confirming = Confirming(exchange, offer, self.leg_id, self._voice.language)

    # --- told by the exchange -------------------------------------------------------------------

    def intent(self, now: float) -> Event:
        """Say what `dial` will do, to be durable before it does."""
        return events.LegDialled(
            at=now,
            contact=self._offer.contact,
            leg=self.leg_id,
            channel=self.leg_id,
            agent=self._offer.agent,
            offer=self._offer.offer,
        )

    def dial(self) -> None:
        """Ring the agent's phone; caller, queue and called number go with it."""
        if self._stage is not Stage.RINGING:
            return
        caller = self._session.arrival
        order = legs.Dial(
            leg=self.leg_id,
            channel=self.leg_id,
            endpoint=self._offer.endpoint,
            caller_number=caller.caller_number,
            caller_name=f"{self._offer.queue}: {caller.caller_name or caller.caller_number}",
            time_out=self._offer.ring_time,
            variables={
                variables.header(variables.HEADER_QUEUE): self._offer.queue,
                variables.header(variables.HEADER_CALLED): caller.number,
            },
            partner=self._session.partner,
            home=self._offer.home,
        )
        self._leg = self._exchange.ports.switch.dial(order, self._from_agent)

    def connect(self) -> None:
        """Go on to the conversation: the offer is accepted."""
        if self._stage is not Stage.ANSWERED:
            return
        known = self._voice.whisper_known if self._offer.known else ()
        said = known or self._voice.whisper
        media = self._exchange.ports.prompts.media(said, self._voice.language) if said else ()
        if not media or self._leg is None:
            self._reach()
            return
        self._stage = Stage.WHISPERING
        self._whispers = True
        started = events.PromptStarted(
            at=self._now(),
            contact=self._offer.contact,
            leg=self.leg_id,
            playback=self._whisper,
            name=f"whisper {self._offer.queue}",
        )
        self._exchange.record([started], partial(self._leg.send, legs.Play(self._whisper, media)))

    def withdraw(self) -> None:
        """End the agent's leg: the offer is over."""
        if self._stage is Stage.OVER:
            return
        if self._stage is Stage.REACHING:
            self._session.let_go()
        self._stage = Stage.OVER
        self._confirming.end()
        self._part()
        self._end_agent()
        if self._session.owner is self:
            self._session.take_back(talked=False)

    def broken(self) -> None:
        """Free agent and caller: a step of this delivery failed by a fault of ours."""
        self._exchange.enter(
            partial(self._exchange.route, routing.OfferFailed(self._offer.offer, OfferEnd.FAILED))
        )
        self.withdraw()

    # --- what the legs say ----------------------------------------------------------------------

    def _from_agent(self, event: legs.LegEvent) -> None:
        self._exchange.enter(partial(self._agent_event, event), self.broken)

    def _agent_event(self, event: legs.LegEvent) -> None:
        match event:
            case legs.Answered():
                self._answered()
            case legs.PlayEnded(playback=self._whisper, how=how):
                self._whispered(how)
            case legs.PlayEnded(playback=playback, how=how):
                self._exchange.record(self._confirming.heard(playback, how))
            case legs.Key(digit=digit) if self._stage is Stage.CONFIRMING:
                self._pressed(digit)
            case legs.Joined():
                self._has_joined("agent")
            case legs.Held() if self._stage is Stage.TALKING:
                self._exchange.record(self._holding.begin(self._now()))
            case legs.Held():
                self._holding.early()
            case legs.SentOn() if self._stage is Stage.TALKING:
                self._sent_on()
            case legs.Resumed():
                self._exchange.record(self._holding.end(self._now()))
            case legs.Ended():
                self._agent_gone(event)
            case legs.Failed():
                self._failed("agent", event)
            case _:
                pass

    def from_caller(self, event: legs.LegEvent) -> None:
        """Take an event of the caller's leg while the delivery owns it."""
        match event:
            case legs.Joined():
                self._has_joined("caller")
            case legs.Ended():
                self._caller_gone(event)
            case legs.Failed():
                self._failed("caller", event)
            case legs.Answered():
                self._session.leg_answered()
            case _:
                pass

    def _answered(self) -> None:
        answered = events.LegAnswered(at=self._now(), contact=self._offer.contact, leg=self.leg_id)
        self._exchange.record([answered])
        if self._stage is Stage.RINGING and self._offer.confirm and self._leg is not None:
            self._stage = Stage.CONFIRMING
            self._exchange.route(routing.AgentPickedUp(self._offer.offer))
            self._confirming.begin(self._leg)
        elif self._stage is Stage.RINGING:
            self._stage = Stage.ANSWERED
            self._exchange.route(routing.AgentAnswered(self._offer.offer))
        elif self._stage is Stage.OVER:
            self._end_agent()

    def _pressed(self, digit: str) -> None:
        if self._confirming.pressed(digit):
            self._stage = Stage.ANSWERED
            self._exchange.route(routing.AgentAnswered(self._offer.offer))

    def _whispered(self, how: PromptEnd) -> None:
        self._exchange.record([self._whisper_ended(how)])
        # Stopped, and not by us: the agent hung up, which is told next. Nobody is rung for that moment.
        if self._stage is Stage.WHISPERING and how is not PromptEnd.STOPPED:
            self._reach()

    def _reach(self) -> None:
        """See that the party is on the line; a customer who is called back is rung now."""
        if self._session.ended or self._offer.offer not in self._exchange.routing.offers:
            return  # routing knows already, and withdraws the offer
        self._stage = Stage.REACHING
        self._session.reach(self._offer.offer, self._join)
        if self._stage is Stage.REACHING and self._leg is not None and not self._session.ended:
            self._leg.send(legs.StartMusic(self._voice.music))

    def _join(self) -> None:
        if self._session.ended or self._stage is not Stage.REACHING:
            return  # routing knows already, and withdraws the offer
        self._stage = Stage.JOINING
        now = self._now()
        contact = self._offer.contact
        caller = self._session.leg
        intents: list[Event] = [
            events.LegHandedOver(at=now, contact=contact, leg=caller.id, owner=Owner.DELIVERY),
            events.BridgeRequested(
                at=now, contact=contact, bridge=self.bridge, legs=(caller.id, self.leg_id)
            ),
        ]
        self._session.hand_over(self)
        self._exchange.record(intents, self._do_join)

    def _do_join(self) -> None:
        if self._stage is Stage.JOINING and self._leg is not None:
            self._exchange.ports.switch.join(self.bridge, [self._session.leg, self._leg])

    def _has_joined(self, who: str) -> None:
        self._joined.add(who)
        if self._stage is Stage.JOINING and self._joined == {"agent", "caller"}:
            self._stage = Stage.TALKING
            self._exchange.route(routing.Bridged(self._offer.offer, self.bridge))
            if held := self._holding.talking(self._now()):
                self._exchange.record(held)

    def _sent_on(self) -> None:
        """The agent is done with the caller, who talks on with whoever the agent's phone sent them to."""
        self._stage = Stage.SENT_ON
        now, offer = self._now(), self._offer
        sent = events.ContactSentOn(
            at=now,
            contact=offer.contact,
            visit=offer.visit,
            queue=offer.queue,
            agent=offer.agent,
            channel="" if self._leg is None else self._leg.channel,
        )
        self._exchange.record([*self._holding.end(now), sent])
        self._exchange.route(routing.TalkOver(offer.offer, By.AGENT))

    def _agent_gone(self, event: legs.Ended) -> None:
        resumed = self._holding.end(self._now(), event.since)
        self._exchange.record([*self._silenced(), *resumed, self._ended(event)])
        stage, self._stage = self._stage, Stage.OVER
        self._leg = None
        if stage is Stage.RINGING:
            how = (
                OFFER_ENDS.get(Cause(event.cause), OfferEnd.FAILED) if known(event.cause) else OfferEnd.FAILED
            )
            self._exchange.route(routing.OfferFailed(self._offer.offer, how))
        elif stage is Stage.CONFIRMING:
            self._exchange.route(routing.OfferFailed(self._offer.offer, OfferEnd.UNCONFIRMED))
        elif stage in (Stage.ANSWERED, Stage.WHISPERING, Stage.REACHING):
            if stage is Stage.REACHING:
                self._session.let_go()
            self._exchange.route(routing.OfferFailed(self._offer.offer, OfferEnd.AGENT_HUNG_UP))
        elif stage is Stage.JOINING:
            self._part()
            self._session.take_back(talked=False)
            self._exchange.route(routing.OfferFailed(self._offer.offer, OfferEnd.AGENT_HUNG_UP))
        elif stage is Stage.TALKING:
            self._part()
            by = event.by if event.by is By.CALLER else By.AGENT  # whose leg may be expected back yet
            self._exchange.route(routing.TalkOver(self._offer.offer, by, event.since))
            self._session.take_back(talked=True)
        elif stage is Stage.SENT_ON:
            self._part()
            self._session.take_back(talked=True)
        self._exchange.delivery_over(self._offer.offer)

    def _caller_gone(self, event: legs.Ended) -> None:
        """End the agent's leg too; routing learns it from the session, which closes the contact."""
        self._exchange.record(self._holding.end(self._now(), event.since))
        self._stage = Stage.OVER
        self._part()
        self._end_agent()
        self._session.take_back(talked=False, ended=event)

    def _failed(self, who: str, event: legs.Failed) -> None:
        command = type(event.command).__name__ if event.command else "join" if self._leg else "dial"
        failed = events.CommandFailed(
            at=self._now(),
            contact=self._offer.contact,
            leg=self.leg_id if who == "agent" else self._session.leg.id,
            command=command,
            code=event.code,
            status=event.status,
        )
        self._exchange.record([failed])
        if self._stage is Stage.WHISPERING and isinstance(event.command, legs.Play):
            self._reach()
        elif self._stage in (Stage.RINGING, Stage.JOINING) and not isinstance(event.command, legs.HangUp):
            joining = self._stage is Stage.JOINING
            self.withdraw()
            self._exchange.route(
                routing.OfferFailed(self._offer.offer, OfferEnd.FAILED if joining else OfferEnd.UNREACHABLE)
            )

    # --- small parts ----------------------------------------------------------------------------

    def _now(self) -> float:
        return self._exchange.ports.clock.now()

    def _ended(self, event: legs.Ended) -> Event:
        return events.LegEnded(
            at=self._now(),
            contact=self._offer.contact,
            leg=self.leg_id,
            cause=event.cause,
            by=event.by,
            since=event.since,
        )

    def _silenced(self) -> list[Event]:
        """Say that what was played ended with the leg, where nothing else said so."""
        whisper = [self._whisper_ended(PromptEnd.STOPPED, inferred=True)] if self._whispers else []
        return [*whisper, *self._confirming.silenced()]

    def _whisper_ended(self, how: PromptEnd, *, inferred: bool = False) -> Event:
        self._whispers = False
        return events.PromptEnded(
            at=self._now(),
            contact=self._offer.contact,
            playback=self._whisper,
            how=how,
            inferred=inferred,
        )

    def _part(self) -> None:
        """Dissolve the bridge if one was asked for; the legs stay."""
        if self._session.owner is self or self._joined:
            self._exchange.record((), partial(self._exchange.ports.switch.part, self.bridge))
        self._joined.clear()

    def _end_agent(self) -> None:
        """Hang the agent's phone up, once the intent is durable; the delivery is over when it is gone."""
        if self._leg is None:
            self._exchange.delivery_over(self._offer.offer)
            return
        wanted: Sequence[Event] = [
            events.HangUpRequested(
                at=self._now(), contact=self._offer.contact, leg=self.leg_id, cause=Cause.NORMAL
            )
        ]
        self._exchange.record(wanted, partial(self._leg.send, legs.HangUp()))


def known(cause: int) -> bool:
    """Whether the Q.850 cause is one that we tell apart."""
    return cause in Cause._value2member_map_

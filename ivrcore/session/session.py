"""One caller's way through a dialplan: leg events in, leg commands out, the interpreter in between.

Owns the caller's leg except while a delivery does. For every input: decide, append the facts, the decision's
events and the intents of its prompts in one batch, fold them, and run the commands once durable. Must not
know how Asterisk is talked to, nor how routing picks.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.dialplan import commands as plan_io
from ivrcore.dialplan import interpreter
from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.names import Cause, LeftQueue, Outcome, Owner, PromptEnd
from ivrcore.session.clock import Alarm
from ivrcore.session.hearing import Hearing, heard_input
from ivrcore.session.keeping import Keeping
from ivrcore.session.playing import Playing
from ivrcore.session.services import Asking
from ivrcore.session.stays import Stays
from ivrcore.session.turn import Decided
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import LegOwner, Successor
    from ivrcore.session.turn import SpeechEvent


class Session:
    """One contact from first ring to closed."""

    def __init__(self, exchange: Exchange, arrival: legs.Arrival, plan: Plan, subject: str) -> None:
        self._exchange = exchange
        self._now = exchange.ports.clock.now
        self.arrival = arrival
        self.contact = arrival.contact
        self.leg = arrival.leg
        self.owner: LegOwner | None = None
        self.plan = plan
        self.subject = subject
        self._state = interpreter.State(self.contact, self.leg.id)
        self._alarm = Alarm(exchange.ports.clock, partial(exchange.enter, self._tick, self.broken))
        ports = exchange.ports
        self._hearing = Hearing(ports.speech, self.leg, self._heard)
        self._keeping = Keeping(ports.keeper, self.contact, subject, plan, self._now)
        self._playing = Playing(ports, self, self._from_leg)
        self._stays = Stays(exchange, self)
        self._answered = False
        self._ended = False
        self._broken = False
        self._successor: Successor | None = None
        self.asking = Asking(ports.services, self, ports.clock, self._service_told)

    # --- told by the exchange and by deliveries -------------------------------------------------

    def start(self) -> None:
        """Begin with the number that was called."""
        self.leg.own(self._from_leg)
        arrived = events.ContactArrived(
            at=self._now(),
            contact=self.contact,
            leg=self.leg.id,
            channel=self.leg.channel,
            number=self.arrival.number,
            plan=self.plan.name,
            plan_version=self.plan.version,
            subject=self.subject,
        )
        self._take(plan_io.Begin(self.arrival.number, self.arrival.caller_number), arrived)

    def fold(self, event: Event) -> None:
        """Let the state know what routing decided; who waits on after an offer may have missed news."""
        self._state = interpreter.apply(self._state, event)
        if isinstance(event, events.OfferEnded):
            self.news()
        self._stays.fold(event)

    def queued_since(self, queue: str) -> float | None:
        """Give from when its place in a queue counts; see :class:`ivrcore.session.ports.Call`."""
        return self._stays.since(queue)

    def news(self) -> None:
        """There may be a new announcement: play it to a waiting caller."""
        if self._stays.waiting is not None:
            self._stays.waiting.news()

    @property
    def language(self) -> str:
        """The language that the caller hears now."""
        return self._state.language or self.plan.language

    @property
    def state(self) -> interpreter.State:
        """Where the call is in its dialplan."""
        return self._state

    def returned(self, why: LeftQueue) -> None:
        """Go on in the dialplan: the visit ended without a conversation."""
        self._end_waiting()
        key = self._stays.end(why)
        if not self._ended:
            self._take(plan_io.QueueOver(answered=False, why=why, key=key))

    @property
    def partner(self) -> legs.Leg:
        """The caller's leg."""
        return self.leg

    @property
    def ended(self) -> bool:
        """Whether the caller is gone."""
        return self._ended

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events; see :class:`ivrcore.session.ports.Call`."""
        self._exchange.record(happened, then, on_fault)

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call in its turn; a fault in it ends this call, unless ``on_fault`` says otherwise."""
        self._exchange.enter(call, on_fault or self.broken)

    def hand_over(self, owner: LegOwner) -> None:
        """Give the leg to a delivery or a service, which is in charge now; an unanswered leg is answered."""
        if self._ended:
            return
        self._hearing.end()  # what others are told is not for us, and an open stream costs
        self._end_waiting()
        self.owner = owner
        if not self._answered:
            request = events.AnswerRequested(at=self._now(), contact=self.contact, leg=self.leg.id)
            self._exchange.record([request], partial(self.leg.send, legs.Answer()))

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """The caller is on the line."""
        ready()

    def let_go(self) -> None:
        """Wait on."""

    def stay_open(self, successor: Successor | None) -> None:
        """Leave the contact to somebody else when the caller hangs up."""
        self._successor = successor

    def take_back(self, *, talked: bool, ended: legs.Ended | None = None) -> None:
        """Own the leg again: after a conversation, after a joining that failed, or when it is gone."""
        self.owner = None
        if ended is not None:
            self._leg_gone(ended)
        if self._ended:
            return
        back = events.LegHandedOver(
            at=self._now(), contact=self.contact, leg=self.leg.id, owner=Owner.SESSION
        )
        self._exchange.record([back])
        if talked:
            self._stays.waiting = None
            self._take(plan_io.QueueOver(answered=True))
        elif self._stays.waiting is not None:
            self._stays.waiting.start()

    def leg_answered(self) -> None:
        """Keep in mind that the caller's leg is up (told by the delivery that owns it)."""
        self._answered = True
        answered = events.LegAnswered(at=self._now(), contact=self.contact, leg=self.leg.id)
        self.fold(answered)
        self._exchange.record([answered])

    def broken(self) -> None:
        """End the call: a step of it failed by a fault of ours, so nobody would be in charge of it."""
        if self._ended:
            if self._exchange.sessions.get(self.contact) is self:  # else somebody stands in its place
                self._exchange.session_over(self.contact)
        elif not self._broken:
            self._broken = True
            failed = events.CommandFailed(
                at=self._now(), contact=self.contact, leg=self.leg.id, command="step", code=CoreMisuse.code
            )
            self._exchange.record([failed])
            self._hang_up(Cause.TEMPORARY_FAILURE)

    def started_playing(self, playback: str) -> None:
        """Keep in mind that this was asked to be played to the caller."""
        self._playing.began(playback)

    def halt(self) -> None:
        """Stop timers and ears; the call itself stays in Asterisk."""
        self._alarm.cancel()
        self.asking.halt()
        self._playing.halt()
        self._hearing.stop()
        self._end_waiting()

    # --- inputs ---------------------------------------------------------------------------------

    def _from_leg(self, event: legs.LegEvent) -> None:
        self._exchange.enter(partial(self._leg_event, event), self.broken)

    def _leg_event(self, event: legs.LegEvent) -> None:
        if self.owner is not None and not isinstance(event, legs.PlayEnded):
            self.owner.from_caller(event)
            return
        now = self._now()
        match event:
            case legs.Answered():
                self._answered = True
                answered = events.LegAnswered(at=now, contact=self.contact, leg=self.leg.id)
                self._take(plan_io.Answered(), answered)
            case legs.Key(digit=digit) if self._stays.waiting is not None and self._stays.waiting.leaves(
                digit
            ):
                pass
            case legs.Key(digit=digit):
                self._take(plan_io.KeyIn(digit))
            case legs.PlayEnded():
                self._prompt_over(event)
            case legs.Ended():
                self._leg_gone(event)
            case legs.Failed():
                self._failed(event)
            case _:
                pass

    def _prompt_over(self, event: legs.PlayEnded) -> None:
        over = events.PromptEnded(
            at=self._now(),
            contact=self.contact,
            playback=event.playback,
            how=event.how,
            inferred=event.inferred,
        )
        number = self._playing.over(event.playback)
        if number is not None:
            self._take(plan_io.PromptOver(number, event.how), over)
            return
        self._exchange.record([over])
        if self._stays.waiting is not None:
            self._stays.waiting.prompt_over(event.playback)

    def _failed(self, event: legs.Failed) -> None:
        failed = events.CommandFailed(
            at=self._now(),
            contact=self.contact,
            leg=self.leg.id,
            command=type(event.command).__name__,
            code=event.code,
            status=event.status,
        )
        self._exchange.record([failed])
        if isinstance(event.command, legs.Play):
            self._prompt_over(legs.PlayEnded(event.command.playback, PromptEnd.FAILED))
        elif isinstance(event.command, legs.Answer):
            # A caller who cannot be answered cannot be served: end it, so that the trunk may try elsewhere.
            self._hang_up(Cause.TEMPORARY_FAILURE)

    def _leg_gone(self, event: legs.Ended) -> None:
        if self._ended:
            return
        self._ended = True
        self.owner = None
        gone = events.LegEnded(
            at=self._now(),
            contact=self.contact,
            leg=self.leg.id,
            cause=event.cause,
            by=event.by,
            since=event.since,
        )
        try:
            self._hearing.stop()
            self._end_waiting()
            self._alarm.cancel()
            self.asking.stop_all()
            self._playing.end()
            self._take(plan_io.CallerGone(event.cause), *self._playing.silenced(self._now()), gone)
        finally:
            self._close(event)

    def _close(self, event: legs.Ended) -> None:
        """Close the contact, whatever the interpreter or routing make of its end."""
        try:
            self._stays.caller_gone(event)
        finally:
            self._closed(event)

    def _closed(self, event: legs.Ended) -> None:
        if self._successor is not None:
            self._exchange.hand_on(self._successor, self._stays.visits)
            return
        outcome = Outcome.FAILED if self._broken else interpreter.outcome(self._state)
        closed = events.ContactClosed(
            at=self._now(),
            contact=self.contact,
            outcome=Outcome.QUEUED if self._stays.visits else outcome,
            cause=event.cause,
            inferred=event.since is not None,
        )
        self._exchange.record([closed])
        self._alarm.cancel()
        self._exchange.session_over(self.contact)

    def _heard(self, event: SpeechEvent) -> None:
        self._exchange.enter(partial(self._speech_event, event), self.broken)

    def _speech_event(self, event: SpeechEvent) -> None:
        if self._ended:
            return
        if isinstance(event, Decided):
            self._keeping.heard(event, self._state)
        self._take(heard_input(event))

    def _service_told(self, told: plan_io.ServiceTold) -> None:
        if not self._ended:
            self._take(told)

    def _tick(self) -> None:
        self._take(plan_io.Tick())

    # --- decide, append, fold, run --------------------------------------------------------------

    def _take(self, given: plan_io.Input, *facts: Event) -> None:
        now = self._now()
        taken = interpreter.step(self.plan, self._state, given, now, facts, self._exchange.ports.world)
        self._state = taken.state
        happened = [*taken.events, *self._playing.announce(taken.commands, now)]
        if happened or taken.commands:
            begins = any(isinstance(one, plan_io.TO_LEG) for one in taken.commands)
            if begins and not isinstance(given, plan_io.KeyIn):  # behind a key may be another one
                self.leg.command_follows()
            run = partial(self._run, taken.commands) if taken.commands else None
            self._exchange.record(happened, run, self.broken)
        self._keeping.follow(taken.events, taken.state)
        self._alarm.follow(interpreter.next_deadline(self._state))

    def _run(self, commands: Sequence[plan_io.Command]) -> None:
        for command in commands:
            if not self._ended:
                self._do(command)

    def _do(self, command: plan_io.Command) -> None:
        match command:
            case plan_io.DoAnswer():
                self.leg.send(legs.Answer())
            case plan_io.DoRing():
                self.leg.send(legs.Ring())
            case plan_io.DoPlay():
                self._playing.play(command, self._state.language)
            case plan_io.DoStopPlay(prompt_id=number):
                self._playing.stop(number)
            case plan_io.DoListen():
                self._hearing.listen(command)
            case plan_io.DoHeedAll():
                self._hearing.prompt_over()
            case plan_io.DoStopListening():
                self._hearing.stop()
            case plan_io.DoEnqueue():
                self._enqueue(command)
            case plan_io.DoAsk():
                self.asking.ask(command)
            case plan_io.DoStopAsking(request=request):
                self.asking.stop(request)
            case plan_io.DoHangUp(cause=cause):
                self.leg.send(legs.HangUp(cause))

    def _enqueue(self, command: plan_io.DoEnqueue) -> None:
        self._hearing.end()
        self._stays.join(command)
        self._exchange.record((), self._begin_waiting, self.broken)

    # --- small parts ----------------------------------------------------------------------------

    def _begin_waiting(self) -> None:
        """Start the music, now that the visit is durable, unless the wait is over already."""
        if self._stays.waiting is not None and self.owner is None and not self._ended:
            self._stays.waiting.start()

    def _end_waiting(self) -> None:
        if self._stays.waiting is not None:
            self._stays.waiting.stop()

    def _hang_up(self, cause: int) -> None:
        wanted = events.HangUpRequested(at=self._now(), contact=self.contact, leg=self.leg.id, cause=cause)
        self._exchange.record([wanted], partial(self.leg.send, legs.HangUp(cause)))

"""A customer who is called back, in the place that the caller left: from the queue to the end of the contact.

`CallBack` is whom a delivery brings to an agent (:class:`ivrcore.session.ports.Party`): it waits in the
queue, has the customer's phone rung when an agent took the offer, plans the next try, and closes the
contact. What it is to remember over a restart is `CallBack.state`, folded from the events that it appends.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ivrcore import call_backs
from ivrcore.answerers.customer_phone import Customer, CustomerPhone
from ivrcore.answerers.outbound import Asker
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd, Cause, LeftQueue, Outcome, Owner, Told
from ivrcore.routing import commands as routing
from ivrcore.session.clock import Alarm
from ivrcore.tollguard import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivrcore.answerers.outbound import Desk
    from ivrcore.call_backs import OpenCallBack
    from ivrcore.config import CallBackConfig
    from ivrcore.model.event import Event
    from ivrcore.session.ports import Hall, LegOwner
    from ivrcore.telephony import leg as legs

LOOK_AGAIN = 30.0
"""Seconds until a limit is looked at again of which nobody knows how long it is reached."""


LOOK = 2.0
"""Seconds between two looks whether the turn is near."""
SOON = 15.0
"""Seconds before the turn at which the customer's phone is rung at the earliest: most ring for so long."""


class CallBack:
    """One customer to be called back; ``forget`` is called at its end, ``erase`` once that is durable.

    ``rung`` gives the contacts of all whose phones are in use, ``held_back`` tells whether no more customers
    are to be brought to agents: the server is about to end.
    """

    def __init__(
        self,
        desk: Desk,
        settings: CallBackConfig,
        state: OpenCallBack,
        customer: Customer,
        *,
        rung: Callable[[], Iterable[str]],
        held_back: Callable[[], bool],
        forget: Callable[[CallBack], object],
        erase: Callable[[], object],
    ) -> None:
        self.contact = state.contact
        self.arrival = customer
        self.owner: LegOwner | None = None
        self.state = state
        """What the journal knows of it."""
        self._desk = desk
        self._settings = settings
        self._rung = rung
        self._held_back = held_back
        self._put_off = False
        """Whether it would be in its queue, but for that."""
        self._forget = forget
        self._erase = erase
        self._hall: Hall | None = None
        self._visits = 0
        self._taken = ""
        """The offer that an agent has taken, who is not in conversation yet or no more."""
        self._doomed: CallBackEnd | None = None
        """Why it is over as soon as the caller hangs up."""
        self._over: CallBackEnd | None = None
        self._is_closed = False
        self._phone = CustomerPhone(desk, self, settings.ring)
        self._again = Alarm(desk.clock, partial(self.enter, self._enqueue))
        self._look = Alarm(desk.clock, partial(self.enter, self._look_ahead))
        self._too_old = Alarm(desk.clock, partial(self.enter, self._give_up_waiting))

    def begin(self, hall: Hall, visits: int) -> None:
        """Take the caller's place: the caller hung up, now or before the server was started again."""
        self._hall, self._visits = hall, visits
        self._too_old.set(self.state.asked + self._settings.longest_wait)
        again = self.state.again
        if self._doomed is not None:
            self.close(self._doomed)
        elif self._now() >= self.state.asked + self._settings.longest_wait:
            self.close(CallBackEnd.TOO_OLD)
        elif again is not None and again > self._now():
            self._again.set(again)
        else:
            self._enqueue()

    def _enqueue(self) -> None:
        """Queue, unless no agent could be given the customer now."""
        self._put_off = self._held_back()
        if self._put_off:
            return
        state, customer = self.state, self.arrival
        verdict = self._desk.decide(customer.caller_number, Asker(self.contact, customer.asked_by))
        if isinstance(verdict, Refused):
            self._not_now(verdict)
            return
        self._visits += 1
        self._route(
            routing.Enqueue(
                self.contact,
                f"{self.contact}.v{self._visits}",
                state.queue,
                state.priority,
                dict(state.skills),
                call_back=True,
                since=state.place,
            )
        )
        self._look_ahead()

    def _look_ahead(self) -> None:
        """Ring the customer already, if the site wants that and the turn is near; else look again soon."""
        if not self._settings.customer_first or self._over is not None or self.state.reached:
            return
        assert self._hall is not None, "it has not begun"
        self._look.set(self._now() + LOOK)
        if self._held_back():
            return
        soon = self._now() + min(self._settings.ring, SOON)
        near = self._hall.turn_near(self.contact, soon, self._rung())
        if near and not self._phone.in_use:
            self._phone.ring_early()

    def hold_back_changed(self) -> None:
        """Be offered to nobody, at its place, or be offered again; who is rung already is not held back."""
        if self._hall is not None and self._over is None:
            self.enter(self._rest if self._held_back() else self._go_on)

    def _rest(self) -> None:
        if self._held_back() and self._over is None and not self._phone.in_use:
            self._route(routing.Park(self.contact))

    def _go_on(self) -> None:
        if self._put_off:
            self._enqueue()
        else:
            self._route(routing.Unpark(self.contact))

    # --- what exchange and deliveries ask -------------------------------------------------------

    @property
    def leg(self) -> legs.Leg:
        """The customer's leg; there is one once `reach` said so."""
        assert self._phone.leg is not None, "the customer is not on the line"
        return self._phone.leg

    @property
    def partner(self) -> legs.Leg | None:
        """The customer's leg, if their phone is in use."""
        return self._phone.leg

    @property
    def ended(self) -> bool:
        """Whether nobody is to be brought to an agent any more."""
        return self._over is not None

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events, and fold them."""
        assert self._hall is not None, "it has not begun"
        for event in happened:
            self.state = call_backs.apply(self.state, event) or self.state
        self._hall.record(happened, then, on_fault or self.broken)

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call in its turn."""
        assert self._hall is not None, "it has not begun"
        self._hall.enter(call, on_fault or self.broken)

    def fold(self, event: Event) -> None:
        """Keep in mind what routing decided: another queue, an agent who is about to have the customer rung,
        a conversation."""
        self.state = call_backs.apply(self.state, event) or self.state
        match event:
            case events.OfferAccepted(offer=offer):
                self._taken = offer
            case events.OfferEnded(offer=offer) if offer == self._taken:
                self._taken = ""
                self.enter(self._rest)
            case _:
                pass

    def news(self) -> None:
        """Nobody listens."""

    def halt(self) -> None:
        """Let time stand still: the server stops."""
        self._again.cancel()
        self._look.cancel()
        self._too_old.cancel()

    def broken(self) -> None:
        """A step failed by a fault of ours: nobody shall wait for this customer for ever."""
        self.close(CallBackEnd.FAILED)

    def returned(self, why: LeftQueue) -> None:
        """The visit is over without a conversation: after a try that missed, another one is planned."""
        if why is LeftQueue.TIMED_OUT:
            self.close(CallBackEnd.TOO_OLD)
        elif why is not LeftQueue.NOT_REACHED:
            self.close(CallBackEnd.FAILED)

    def reach(self, offer: str, ready: Callable[[], None]) -> None:
        """An agent waits: ring the customer, and say when they are on the line."""
        self._phone.reach(ready)

    def let_go(self) -> None:
        """The agent is gone: no more ringing, and that was a try. Who answered already waits on."""
        if self._phone.let_go() and self._over is None:
            self._missed(Told.FAILED, agent_left=True)

    def hand_over(self, owner: LegOwner) -> None:
        """Give the customer's leg to the delivery, which is about to join it."""
        self.owner = owner

    def take_back(self, *, talked: bool, ended: legs.Ended | None = None) -> None:
        """The conversation is over, or never came about, or the customer is gone."""
        self.owner = None
        leg = self._phone.leg
        if ended is not None or leg is None:
            self.customer_left(None if ended is None else ended.since)
        elif talked:
            self.close(CallBackEnd.TALKED)
        else:
            back = events.LegHandedOver(at=self._now(), contact=self.contact, leg=leg.id, owner=Owner.SERVICE)
            self.record([back], self._phone.hold)

    def leg_answered(self) -> None:
        """It is answered long since."""

    # --- what the customer's phone tells --------------------------------------------------------

    def missed(self, how: Told, since: float | None = None) -> None:
        """Leave the queue, which frees an agent who waits; try again later, or give up."""
        self._missed(how, since=since)

    def _missed(self, how: Told, *, agent_left: bool = False, since: float | None = None) -> None:
        missed = call_backs.miss(self.state, self._settings, how, self._now())
        self.record([missed])
        self._leave(agent_left=agent_left, since=since)
        if missed.again is None:
            self.close(CallBackEnd.NOT_REACHED)
        else:
            self._again.set(missed.again)

    def refused(self, why: Refused) -> None:
        """Leave the queue until the limit has passed: the customer's phone did not ring, this was no try."""
        self._leave()
        self._not_now(why)

    def _leave(self, *, agent_left: bool = False, since: float | None = None) -> None:
        """Be in no queue: nothing is looked for, and no agent offered, until `_again`."""
        self._look.cancel()
        self._route(routing.CustomerMissed(self.contact, agent_left, since))

    def _not_now(self, refused: Refused) -> None:
        """Wait until a limit has passed; what the rules forbid is over."""
        if not refused.passes:
            self.close(CallBackEnd.REFUSED)
            return
        now = self._now()
        until = now + LOOK_AGAIN if refused.until is None else refused.until
        postponed = call_backs.postpone(self.state, self._settings, refused.why, until, now)
        if postponed.again <= postponed.at:
            self.close(CallBackEnd.TOO_OLD)
            return
        self.record([postponed])
        self._again.set(postponed.again)

    def found(self) -> None:
        """No phone of an earlier life of the server is this one's: see :mod:`.adopted_call_back`."""

    def customer_left(self, since: float | None = None) -> None:
        """The customer was on the line, and hung up."""
        self.close(CallBackEnd.TALKED if self.state.talked else CallBackEnd.HUNG_UP, since)

    def _give_up_waiting(self) -> None:
        """It is too old; an agent who has the customer on the line, or is about to, comes first."""
        if self._phone.in_use or self._taken:
            self._too_old.set(self._now() + self._settings.ring)
        else:
            self.close(CallBackEnd.TOO_OLD)

    # --- the end --------------------------------------------------------------------------------

    def close(self, how: CallBackEnd, since: float | None = None) -> None:
        """End whatever is left: visit, customer's leg, contact. Twice is once.

        ``since``: see :class:`ivrcore.routing.commands.CallerLeft`.
        """
        if self._over is not None or self._hall is None:
            return
        self._over = how
        self.halt()
        if how is CallBackEnd.TOO_OLD:
            self._route(routing.LeaveQueue(self.contact, LeftQueue.TIMED_OUT))
        elif how in {CallBackEnd.CALLED_IN, CallBackEnd.GOES_ON}:
            self._route(routing.LeaveQueue(self.contact, LeftQueue.MOVED))
        self._route(routing.CallerLeft(self.contact, since))
        if self._phone.in_use:
            self._phone.hang_up()
        else:
            self.closed(Cause.NORMAL)

    def asked_again(self) -> Event:
        """Say that it holds after all, with its place: what was to replace it does not."""
        event = call_backs.asked_again(self.state, self._now())
        self.state = call_backs.asked(event)
        return event

    def give_up(self, how: CallBackEnd) -> None:
        """Ring the customer no more, for a reason from outside; who is on the line already, stays there."""
        if self._hall is None:
            self._doomed = how
        elif not self.state.reached:
            self.enter(partial(self.close, how))

    def called_in(self, how: CallBackEnd = CallBackEnd.CALLED_IN) -> None:
        """The customer called again and talks, or has the place in person; their phone stops ringing.

        It has ended already, as the journal knows, where it ``how`` goes on with the other call.
        """
        if self.state.reached or not self.holds:
            return  # they have answered meanwhile
        if self._hall is None:
            self._doomed = how
        else:
            self.close(how)

    def talks_in_person(self, queue: str) -> None:
        """The caller who asked for it waited on, in the very call, and is through to an agent."""
        if self.state.serves(queue):
            self.state = replace(self.state, talked=True)  # as the fold of the journal says of it
            self.called_in()

    @property
    def busy(self) -> bool:
        """Whether an agent took it, or the customer's phone is in use: not while it only waits."""
        return bool(self._taken) or self._phone.in_use

    @property
    def in_use(self) -> bool:
        """Whether the customer's phone rings, or the customer is on the line."""
        return self._phone.in_use

    @property
    def holds(self) -> bool:
        """Whether it is neither over nor about to be."""
        return self._over is None and self._doomed is None

    def waits_in(self, queue: str) -> bool:
        """Whether it is or was for this queue, and the customer neither spoken to nor on the line yet."""
        return self.holds and not self.state.reached and queue in self.state.queues

    @property
    def has_its_place(self) -> bool:
        """Whether who called in is in the queue still."""
        return self._hall is None and self.state.in_person

    def closed(self, cause: int) -> None:
        """Nobody is on the line any more: close the contact."""
        if self._is_closed or self._over is None:
            return
        self._is_closed = True
        assert self._hall is not None
        closing = close_events(self.state, self._over, cause, self._now())
        if self._over is CallBackEnd.GOES_ON:
            self.record(closing[1:])
        else:
            self.record(closing, self._erase)
        self._hall.session_over(self.contact)
        self._forget(self)

    def _route(self, given: routing.Input) -> None:
        assert self._hall is not None, "it has not begun"
        self._hall.route(given)

    def _now(self) -> float:
        return self._desk.clock.now()


def close_events(state: OpenCallBack, how: CallBackEnd, cause: int, now: float) -> list[Event]:
    """Give the end of a call-back and its contact."""
    closed = events.ContactClosed(at=now, contact=state.contact, outcome=Outcome.QUEUED, cause=cause)
    return [call_backs.ended(state, how, now), closed]

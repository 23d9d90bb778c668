"""A caller whom an earlier life of the server has left: found in Asterisk, the call goes on where it stood.

Until the leg says that it is there only what it missed is written down. Must not know how Asterisk is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivrcore.dialplan import commands as plan_io
from ivrcore.dialplan.interpreter import apply, next_deadline
from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.verbs.queue import Queue
from ivrcore.dialplan.walk import Walk
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, LeftQueue
from ivrcore.routing import commands as routing
from ivrcore.session.services import TIME_TO_TELL
from ivrcore.session.session import Session
from ivrcore.telephony import leg as legs

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Plan
    from ivrcore.model.event import Event
    from ivrcore.session.begun import Begun
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.standing import Standing


class AdoptedSession(Session):
    """Made before the link is up; ``since`` is when the earlier life was last known to be (UTC seconds)."""

    def __init__(
        self, exchange: Exchange, arrival: legs.Arrival, plan: Plan, standing: Standing, since: float
    ) -> None:
        super().__init__(exchange, arrival, plan, standing.arrived.subject)
        private = replace(self._state.private, caller=arrival.caller_number)
        self._state = replace(standing.state, private=private)
        self._answered = self._state.answered
        self._broken = standing.broken
        self._standing = standing
        self._since = since
        self._found = False
        for playback in standing.playbacks:
            self._playing.began(playback)
        self._told: plan_io.ServiceTold | None = None
        """What was answered before the leg was found."""
        self._take_up_stays()
        self.leg.own(self._from_leg)

    def take_up(self, begun: Begun, line: legs.Leg | None) -> None:
        """Go on with what the dialplan asked the outside for; ``line`` is the leg that it dialled."""
        self.asking.take_up(begun, line, self._ask_again)

    def _ask_again(self) -> None:
        if not self._ended:
            self._take(plan_io.TakenUp(self._answered, again=True))

    def _take_up_stays(self) -> None:
        one, state = self._standing, self._exchange.routing
        step = Walk(self.plan, self._state, self._since, self._exchange.ports.world).step
        step = step if isinstance(step, Queue) and self._state.phase is Phase.QUEUE else None
        self._stays.take_up(one.visits, one.places, step.queue.text if step else "")
        visit = state.waiting.by_contact.get(self.contact)
        if visit is None:
            return
        waiting = self._stays.wait_on(visit.id, visit.facts.name, tuple(step.exits) if step else ())
        playing = [name for name in one.playbacks if name.startswith(f"{visit.id}.a")]
        waiting.take_up(one.announced.get(visit.id, 0), one.turns, playing[-1] if playing else "")

    def fold(self, event: Event) -> None:
        """See :class:`Session`; a conversation may be over before the leg is found."""
        super().fold(event)
        if isinstance(event, events.TalkEnded) and not self._found:
            self._stays.waiting = None
            self._standing.returned = plan_io.QueueOver(answered=True)

    def returned(self, why: LeftQueue) -> None:
        """See :class:`Session`; before the leg is found, kept in mind."""
        if self._found:
            super().returned(why)
        else:
            self._standing.returned = plan_io.QueueOver(answered=False, why=why, key=self._stays.end(why))

    def _leg_event(self, event: legs.LegEvent) -> None:
        if isinstance(event, legs.Found):
            self._take_up(event)
        elif isinstance(event, legs.PlayEnded) and not self._found:
            self._missed(event)
        else:
            super()._leg_event(event)

    def _missed(self, event: legs.PlayEnded) -> None:
        """Write down that a prompt is over; whether it was heard is not known, so nothing follows from it."""
        over = events.PromptEnded(
            at=self._now(),
            contact=self.contact,
            playback=event.playback,
            how=event.how,
            inferred=event.inferred,
        )
        self._playing.over(event.playback)
        self._state = apply(self._state, over)
        self._exchange.record([over])
        if self._stays.waiting is not None:
            self._stays.waiting.prompt_over(event.playback)

    def _take_up(self, found: legs.Found) -> None:
        self._found = True
        adopted = events.ContactAdopted(
            at=self._now(),
            contact=self.contact,
            leg=self.leg.id,
            where=self._where(),
            since=self._since,
        )
        self._exchange.record([adopted])
        if self.owner is not None:
            self.owner.from_caller(found)
        elif self._stays.waiting is not None:
            self._stays.waiting.go_on()
        elif self._state.phase is Phase.QUEUE and self._standing.returned is not None:
            self._take(self._standing.returned)
        elif self._unheard is not None:
            self._take(self._unheard)
        else:
            begun = self._standing.begun
            self._take(plan_io.TakenUp(found.up, again=begun is not None and begun.again))
        due = next_deadline(self._state)
        if due is not None and self.owner is not None:
            due = max(due, self._now() + TIME_TO_TELL)
        self._alarm.set(due)
        self._exchange.route(routing.Unpark(self.contact))

    @property
    def _unheard(self) -> plan_io.ServiceTold | None:
        """What the dialplan's request came to, and nobody told it."""
        begun = self._standing.begun
        if self._told is not None or begun is None or begun.told is None:
            return self._told
        how, values = begun.told
        return plan_io.ServiceTold(begun.request, how, values)

    def _service_told(self, told: plan_io.ServiceTold) -> None:
        """See :class:`Session`; before the leg is found, kept in mind."""
        if self._found:
            super()._service_told(told)
        else:
            self._told = told

    def _where(self) -> AdoptedIn:
        visit = self._exchange.routing.waiting.by_contact.get(self.contact)
        if visit is None:
            sent_on = self.owner is not None and self._standing.begun is None
            return AdoptedIn.TALK if sent_on else AdoptedIn.DIALPLAN
        if visit.answered:
            return AdoptedIn.TALK
        return AdoptedIn.OFFERED if visit.live else AdoptedIn.QUEUE

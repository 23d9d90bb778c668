"""Outside numbers on the line: asked of the toll-fraud guard, dialled, ended, each step in the journal.

Whoever wants one (a transfer, a call-back) makes a `Line` at the `Desk` that all of them share. A number
stands in no event: only the prefix of the rules that allowed it, and a short mark of who asked.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Protocol

from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.names import By, Cause, Told
from ivrcore.model.unseen import lasted
from ivrcore.session.clock import Alarm
from ivrcore.telephony import leg as legs
from ivrcore.tollguard import Allowed, Asked, GuardState, Refused, Rules, apply, decide
from ivrcore.tollguard.guard import judge

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from ivrcore.model.event import Event
    from ivrcore.model.names import Service
    from ivrcore.session.clock import Clock

TOLD = {
    Cause.BUSY: Told.BUSY,
    Cause.REJECTED: Told.BUSY,
    Cause.NO_ANSWER: Told.NO_ANSWER,
    Cause.NO_USER_RESPONSE: Told.NO_ANSWER,
}
"""What the cause of a leg that was never answered says."""

SHORTEST = 3
"""Digits of a number that somebody may have; shorter ones are none."""
_SEPARATORS = re.compile(r"[\s()+./-]")
MARK_LETTERS = 5
"""Of a mark (hexadecimal): about a million marks, so that each stands for thousands of numbers."""
FULL_MARK_LETTERS = 32
"""Of a mark that stands for one number: 128 bits, by which no two numbers of the world meet."""


def full_mark(key: bytes, what: str, text: str) -> str:
    """Give the mark that is of one number only, for who has the key: never for the journal."""
    return hmac.new(key, f"{what} {text}".encode(), hashlib.sha256).hexdigest()[:FULL_MARK_LETTERS]


def short_mark(key: bytes, what: str, text: str) -> str:
    """Give the mark under which a number is counted: keyed, and shared by many numbers."""
    return full_mark(key, what, text)[:MARK_LETTERS]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants an outside number: a caller's number, or a call if there is none."""

    contact: str
    number: str = field(default="", repr=False)


@dataclass(frozen=True)
class Desk:
    """What all outside lines share. ``state`` is folded here at once, and from the journal at the start."""

    rules: Rules
    state: GuardState
    clock: Clock
    switch: legs.Switch
    key: bytes

    def judge(self, number: str) -> Allowed | Refused:
        """Judge a number by the rules alone: whether it could ever be dialled."""
        return judge(self.rules, Asked(number))

    def decide(self, number: str, asker: Asker, caller_id: str = "") -> Allowed | Refused:
        """Judge a number by rules and limits."""
        return decide(self.state, self.rules, self.asked(number, asker, caller_id), self.clock.now())

    def asked(self, number: str, asker: Asker, caller_id: str = "") -> Asked:
        """Put marks to numbers; however a number is written, it has one mark.

        Withheld numbers come as nothing or as a word (RFC 3323: anonymous).
        """
        by = self.rules.number(asker.number)
        return Asked(
            number,
            caller=self._mark("contact", asker.contact) if by is None else self._mark("caller", by),
            caller_id=caller_id,
            called=self._mark("called", self.rules.number(number) or number),
            anonymous=by is None,
        )

    def caller_mark(self, number: str) -> str:
        """Give the full mark of a caller's number, however it is written; "" for a withheld one.

        It tells callers apart, and begins otherwise than the marks of events (`Asked`).
        """
        by = self.rules.number(number) or _SEPARATORS.sub("", number)
        return (
            full_mark(self.key, "known caller", by)
            if by.lstrip("+").isdigit() and len(by) >= SHORTEST
            else ""
        )

    def _mark(self, what: str, text: str) -> str:
        return short_mark(self.key, what, text)


def close_left_over(state: GuardState, now: float, but: Collection[str] = ()) -> list[Event]:
    """Count as ended what an earlier run of the server left open: nobody would tell of its end.

    Those in ``but`` are taken up again.
    """
    left: Iterable[str] = [name for name in state.open if name not in but]
    ended: list[Event] = [
        events.OutboundEnded(
            at=now, contact=name.rpartition(".")[0], outbound=name, how=Told.FAILED, inferred=True
        )
        for name in left
    ]
    for event in ended:
        apply(state, event)
    return ended


class OnBehalf(Protocol):
    """For whom a line is: a caller's session, or a call-back."""

    @property
    def contact(self) -> str:
        """The contact's id."""

    def record(
        self,
        happened: Sequence[Event],
        then: Callable[[], object] | None = None,
        on_fault: Callable[[], object] | None = None,
    ) -> None:
        """Append events; run ``then`` once they are durable."""

    def enter(self, call: Callable[[], object], on_fault: Callable[[], object] | None = None) -> None:
        """Run a call in its turn."""


class Line:
    """One outside number, from the guard's word to the end of its leg.

    ``outbound`` is the id of the whole, the leg has that and ``.l``. ``tell`` is given its events, each
    in its turn, the last one `Ended`. It is journalled here. ``partner`` is the leg to be joined with it.
    """

    def __init__(
        self,
        desk: Desk,
        call: OnBehalf,
        outbound: str,
        service: Service,
        tell: Callable[[legs.LegEvent], None],
        partner: legs.Leg | None = None,
    ) -> None:
        self.id = outbound
        self.leg_id = f"{outbound}.l"
        self.leg: legs.Leg | None = None
        self.over = False
        self._desk = desk
        self._call = call
        self._service = service
        self._tell = tell
        self._partner = partner
        self._answered_at: float | None = None
        self.given_up = False
        """Whether we were told to end it."""
        self._longest = Alarm(desk.clock, partial(call.enter, self.hang_up))

    def dial(
        self,
        number: str,
        ring: float,
        asked_by: str,
        caller_id: str = "",
        *,
        unlimited: bool = False,
        says: Sequence[Event] = (),
    ) -> Refused | None:
        """Dial for a caller's number, ringing for so many seconds; give the guard's refusal if it refuses.

        If it allows it, ``says`` is what else is to be durable before the phone rings.
        """
        asker = Asker(self._call.contact, asked_by)
        # The supervisors' own choice in an emergency knows rules, but no limits: every caller is forwarded.
        verdict = self._desk.judge(number) if unlimited else self._desk.decide(number, asker, caller_id)
        now = self._desk.clock.now()
        contact = self._call.contact
        if isinstance(verdict, Refused):
            refused = events.OutboundRefused(
                at=now,
                contact=contact,
                outbound=self.id,
                service=self._service,
                why=verdict.why,
                prefix=verdict.prefix,
            )
            self.over = True
            self._call.record([refused])
            return verdict
        asked = self._desk.asked(number, asker)
        allowed = events.OutboundAllowed(
            at=now,
            contact=contact,
            outbound=self.id,
            service=self._service,
            prefix=verdict.prefix,
            caller=asked.caller,
            called=asked.called,
            anonymous=asked.anonymous,
            unlimited=unlimited,
        )
        dialled = events.LegDialled(
            at=now, contact=contact, leg=self.leg_id, channel=self.leg_id, outbound=self.id
        )
        apply(self._desk.state, allowed)
        self._call.record([*says, allowed, dialled], partial(self._dial, verdict, ring), self._broken)
        return None

    def take_up(self, leg: legs.Leg, answered: float | None) -> None:
        """Go on with the leg that an earlier life of the server dialled; ``answered``: when (UTC seconds)."""
        self.leg, self._answered_at = leg, answered
        if answered is not None:
            self._longest.set(answered + self._desk.rules.longest_call)
        leg.own(self._from_leg)

    @property
    def answered(self) -> bool:
        """Whether somebody picked up."""
        return self._answered_at is not None

    def hang_up(self) -> None:
        """End it; its end is told. Twice is once."""
        if self.over or self.given_up:
            return
        self.given_up = True
        if self.leg is None:
            return  # `_dial` comes still, and sees it
        self._call.record([self._hang_up_event()], partial(self.leg.send, legs.HangUp()))

    def _broken(self) -> None:
        """Dialling failed by a fault of ours: no leg will ever tell of its end."""
        if self.leg is None and not self.over:
            self._call.record([self._failed(legs.Failed(None, CoreMisuse.code))])
            self._ended(legs.Ended(Cause.TEMPORARY_FAILURE, By.SERVER))

    def _dial(self, allowed: Allowed, ring: float) -> None:
        if self.given_up:
            self._ended(legs.Ended(Cause.NORMAL, By.SERVER))
            return
        order = legs.Dial(
            leg=self.leg_id,
            channel=self.leg_id,
            endpoint=allowed.endpoint,
            caller_number=allowed.shown,
            time_out=ring,
            partner=self._partner,
        )
        self.leg = self._desk.switch.dial(order, self._from_leg)

    def _from_leg(self, event: legs.LegEvent) -> None:
        self._call.enter(partial(self._take, event))

    def _take(self, event: legs.LegEvent) -> None:
        if self.over:  # it ended by a fault of ours, and the switch tells of a leg all the same
            return
        now = self._desk.clock.now()
        match event:
            case legs.Answered() if self._answered_at is None:
                self._answered_at = now
                self._longest.set(now + self._desk.rules.longest_call)
                self._call.record([events.LegAnswered(at=now, contact=self._call.contact, leg=self.leg_id)])
                self._tell(event)
            case legs.Ended():
                self._ended(event)
            case legs.Failed():
                self._call.record([self._failed(event)])
                self._tell(event)
            case _:
                self._tell(event)

    def _ended(self, event: legs.Ended) -> None:
        now = self._desk.clock.now()
        contact = self._call.contact
        self.over, self.leg = True, None
        self._longest.cancel()
        gone = events.LegEnded(
            at=now, contact=contact, leg=self.leg_id, cause=event.cause, by=event.by, since=event.since
        )
        answered = self._answered_at
        talked = 0.0 if answered is None else lasted(now, answered, event.since)[0]
        ended = events.OutboundEnded(
            at=now, contact=contact, outbound=self.id, how=self.told(event), talked=talked
        )
        apply(self._desk.state, ended)
        self._call.record([gone, ended])
        self._tell(event)

    def told(self, event: legs.Ended) -> Told:
        """Give what the end of the leg says of the attempt."""
        if self._answered_at is not None:
            return Told.DONE
        return TOLD.get(Cause(event.cause), Told.FAILED) if event.cause in CAUSES else Told.FAILED

    def _hang_up_event(self) -> Event:
        now, contact = self._desk.clock.now(), self._call.contact
        return events.HangUpRequested(at=now, contact=contact, leg=self.leg_id, cause=Cause.NORMAL)

    def _failed(self, event: legs.Failed) -> Event:
        return events.CommandFailed(
            at=self._desk.clock.now(),
            contact=self._call.contact,
            leg=self.leg_id,
            command=type(event.command).__name__ if event.command else "dial" if self.leg is None else "join",
            code=event.code,
            status=event.status,
        )


CAUSES = frozenset(Cause)
"""Those that we tell apart."""

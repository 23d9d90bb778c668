"""Call-backs: none lost, none doubled, and no customer's phone rung but for one that is wanted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_agi import CALLERS
from ivrcore.lab.chaos_site import CUSTOMERS, GAP
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phone_records import AgentCall
    from ivrcore.model.event import Event

CLOSE = 1.0
"""Seconds by which a phone and the journal may tell of the same thing apart."""


@dataclass
class Booked:
    """One call-back; times are UTC seconds."""

    contact: str
    number: str
    """The customer's."""
    asked: float
    ended: float = 0.0
    how: CallBackEnd | None = None
    dials: int = 0
    missed: float = 0.0
    """When a try was over in vain, the last time."""
    caller_gone: bool = False
    """Whether who asked for it has hung up: there is no call until the customer is rung."""


@dataclass
class CallBacks:
    """A fold of the journal."""

    number_of: Callable[[str], str]
    """Gives who a subject is, by the number they showed."""
    open: dict[str, Booked] = field(default_factory=dict)
    """By contact."""
    over: list[Booked] = field(default_factory=list)

    def waiting(self) -> set[str]:
        """Give those contacts that have no caller's channel."""
        return {one.contact for one in self.open.values() if one.caller_gone}

    def take(self, event: Event) -> list[str]:
        """Take what happened; say what cannot be."""
        match event:
            case events.CallBackAsked(contact=contact, at=at, contact_subject=subject):
                if contact in self.open:
                    return [f"{contact} is to be called back twice"]
                self.open[contact] = Booked(contact, self.number_of(subject), at)
            case events.LegEnded(contact=contact, leg=leg) if leg.endswith(CALLERS) and contact in self.open:
                self.open[contact].caller_gone = True
            case events.CallBackDialled(contact=contact):
                if contact not in self.open:
                    return [f"{contact} is rung, and not to be called back"]
                self.open[contact].dials += 1
            case events.CallBackMissed(contact=contact, at=at) if contact in self.open:
                before, self.open[contact].missed = self.open[contact].missed, at
                if before and at < before + GAP:
                    return [f"two tries of {contact} were in vain within {at - before:.2f} s"]
            case events.CallBackEnded(contact=contact, at=at, how=how):
                if contact not in self.open:
                    return [f"the call-back of {contact} is over, and was not to be"]
                booked = self.open.pop(contact)
                booked.ended, booked.how = at, how
                self.over.append(booked)
            case events.ContactClosed(contact=contact) if contact in self.open:
                return [f"{contact} is closed, and still to be called back"]
            case _:
                pass
        return []


def misrung(lab: HotlineLab, booked: Sequence[Booked]) -> list[str]:
    """Say which customers' phones tell otherwise than the journal, once all is over."""
    shift = time.time() - time.monotonic()
    wrong = []
    for number in map(str, CUSTOMERS):
        mine = [one for one in booked if one.number == number]
        wrong += of_customer(number, mine, lab.phones.agents[f"agent{number}"].calls, shift)
    return wrong


def of_customer(number: str, booked: Sequence[Booked], calls: Sequence[AgentCall], shift: float) -> list[str]:
    """Say what of one customer's phone does not fit; ``shift`` makes its times UTC."""
    wrong = []
    rung = dict.fromkeys((one.contact for one in booked), 0)
    spoken = set[str]()
    for call, after in zip(calls, [*calls[1:], None][: len(calls)], strict=True):
        at = call.invited_at + shift
        mine = next((one for one in booked if one.asked - CLOSE < at < (one.ended or at) + CLOSE), None)
        if mine is None:
            wrong.append(f"customer {number} was rung at {at:.2f}, and nobody was to")
            continue
        rung[mine.contact] += 1
        if call.answered_at is not None:
            spoken.add(mine.contact)
        if after is not None and after.invited_at < (call.ended_at or after.invited_at):
            wrong.append(f"customer {number} was rung at {after.invited_at + shift:.2f} beside another call")
    for one in booked:
        if rung[one.contact] > one.dials:
            wrong.append(
                f"customer {number} was rung {rung[one.contact]} times, {one.dials} are in the journal"
            )
        if one.how is CallBackEnd.TALKED and one.contact not in spoken:
            wrong.append(f"{one.contact} is told to have talked, and customer {number} never answered")
    return wrong

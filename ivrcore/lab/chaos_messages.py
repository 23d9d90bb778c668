"""Messages: what callers' phones said while it was recorded is kept, once."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.answerers.messages import Messages
from ivrcore.config.load import load_config
from ivrcore.lab.phone_caller import SAID
from ivrcore.model import events
from ivrcore.model.names import Owner, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivrcore.answerers.messages import Head
    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.chaos_people import People
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phone_records import Step
    from ivrcore.model.event import Event

BEGINS = 1.0
"""Seconds that a recording may take to begin once the journal says so: a beep, and a busy machine."""
SOMETHING = 1.5
"""Seconds of speech that must lead to a message."""
MISSING = 1.5
"""Seconds that a message may be shorter than what was said."""
Away = tuple[float, float]
"""From when to when what was ordered of Asterisk may have waited (UTC seconds)."""


@dataclass
class Left:
    """One contact at the mailbox, by the journal; times are UTC seconds."""

    contact: str
    subject: str
    asked: bool = False
    """Whether a message was asked for, and was not answered yet."""
    begun: float = 0.0
    """When its recording was to begin; the last time, if it had to be asked for again."""
    over: float = 0.0
    """When the recording was known to be over, though the caller was there."""


def miskept(lab: HotlineLab, calls: Calls, numbers: People, away: Sequence[Away]) -> list[str]:
    """Say what of the messages of a run is lost or doubled, once all calls are over."""
    config = load_config(lab.site)
    happened = [record.event for record in lab.records()]
    left = _left(happened)
    heads = Messages(lab.site / "var/messages", config.journal.key).heads()
    told = Counter(one.message for one in happened if isinstance(one, events.MessageRecorded))
    wrong = [f"message {one} is told {count} times" for one, count in told.items() if count > 1]
    wrong += [f"message {one} is not kept" for one in told.keys() - {head.message for head in heads}]
    wrong += [
        f"message {head.message} of {head.contact} is told nowhere"
        for head in heads
        if not told[head.message]
    ]
    times = Counter(head.contact for head in heads)
    wrong += [f"{count} messages of {contact} are kept" for contact, count in times.items() if count > 1]
    for one in left.values():
        me = numbers.of(one.subject)
        if one.begun and me in calls.of:
            mine = [head for head in heads if head.contact == one.contact]
            wrong += lacks(one, mine, calls.of[me].timeline, away)
    return wrong


def _left(happened: Iterable[Event]) -> dict[str, Left]:
    """Fold who was at the mailbox."""
    found: dict[str, Left] = {}
    for event in happened:
        match event:
            case events.ContactArrived(contact=contact, subject=subject):
                found[contact] = Left(contact, subject)
            case events.ServiceAsked(contact=contact, service=service):
                found[contact].asked = service is Service.RECORD
            case events.ServiceAnswered(contact=contact):
                found[contact].asked = False
            case events.LegHandedOver(contact=contact, owner=Owner.SERVICE) if found[contact].asked:
                found[contact].begun, found[contact].over = event.at, 0.0
            case events.LegHandedOver(contact=contact, owner=Owner.SESSION) if found[contact].asked:
                found[contact].over = event.at
            case _:
                pass
    return found


def lacks(one: Left, heads: Sequence[Head], steps: Sequence[Step], away: Sequence[Away]) -> list[str]:
    """Say what is missing of what this caller said, whose phone took these steps."""
    begun = max([one.begun, *(back for lost, back in away if lost - BEGINS < one.begun < back)])
    said = spoken(steps, begun + BEGINS, one.over)
    if said < SOMETHING:
        return []
    if not heads:
        return [f"{one.contact} spoke for {said:.1f} s, and no message is kept"]
    if heads[0].seconds < said - MISSING:
        return [f"{one.contact} spoke for {said:.1f} s, and {heads[0].seconds:.1f} s are kept"]
    return []


def spoken(steps: Sequence[Step], since: float, until: float) -> float:
    """Give for how long a caller spoke between two times (UTC seconds; ``until`` 0: to the call's end).

    Nothing, if the phones were held up meanwhile: what they left out nobody can record.
    """
    shift = time.time() - time.monotonic()
    if any(step.what == "say ends" and step.details.get("outcome") != SAID for step in steps):
        return 0.0
    end = next((step.at for step in steps if step.what in ("ended", "done")), time.monotonic()) + shift
    end = min(end, until or end)
    begins = [step.at + shift for step in steps if step.what == "say begins"]
    ends = [step.at + shift for step in steps if step.what == "say ends"]
    return sum(
        max(min(stop, end) - max(start, since), 0.0)
        for start, stop in zip(begins, [*ends, end][: len(begins)], strict=True)
    )

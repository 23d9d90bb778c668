"""What a measurement of the chaos runs tells when it waited in vain: all that is needed to find out why."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ivrcore.lab.packages import LabError
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ivrcore.journal.record import Record
    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phones import Call
    from ivrcore.model.event import Event

CONTACTS, EVENTS, STEPS, LINES = 5, 25, 12, 80
"""So many of them, and the last so many of their events, of a call's steps and of the server's lines."""


@contextmanager
def telling(
    lab: HotlineLab, audit: Audit, missed: Callable[[], Collection[str]], calls: Sequence[Call]
) -> Iterator[None]:
    """Tell it with what is raised where something is waited for in vain; ``missed`` gives the contacts."""
    try:
        yield
    except LabError as error:
        raise LabError(f"{error}\n{told(lab, audit, missed(), calls)}") from None


def told(lab: HotlineLab, audit: Audit, missed: Collection[str], calls: Sequence[Call]) -> str:
    """Tell of contacts that were missed and of callers: what journal, Asterisk, phones and server know."""
    audit.read()
    stories: dict[str, list[Record]] = {contact: [] for contact in sorted(missed)[:CONTACTS]}
    for record in lab.records():
        contact = getattr(record.event, "contact", "")
        if contact in stories:
            stories[contact].append(record)
    parts = [f"{len(missed)} contacts were missed; {_counted(audit.new)}", *_channels(lab, stories)]
    for contact, story in stories.items():
        parts.append(f"{contact} in the journal{'' if contact in audit.open else ', closed'}:")
        parts += [f"  {one.seq} {one.event.at:.3f} {one.event}" for one in story[-EVENTS:]]
    for call in calls:
        parts.append(f"call {call.call_id}, {len(call.timeline)} steps, the last:")
        parts += [f"  {one.at:.2f} {one.what} {dict(one.details)}" for one in call.timeline[-STEPS:]]
    log = lab.folder / "server.log"
    parts += [f"the last lines of {log}:", *log.read_text().splitlines()[-LINES:]]
    return "\n".join(parts)


def _counted(happened: Sequence[Event]) -> str:
    kinds = Counter(type(one).__name__ for one in happened)
    return "since the kill: " + (", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing")


def _channels(lab: HotlineLab, stories: Mapping[str, Sequence[Record]]) -> list[str]:
    """Give Asterisk's word: how many channels it has, and those of contacts that were missed."""
    try:
        rows = lab.pbx.rx("core show channels concise").splitlines()
    except LabError as error:
        return [f"Asterisk does not say which channels it has: {error}"]
    arrived = [one.event for story in stories.values() for one in story]
    names = {one.channel for one in arrived if isinstance(one, events.ContactArrived)}
    found = [row for row in rows if row.rpartition("!")[2] in names]
    return [f"Asterisk has {len(rows)} channels, of the missed contacts:", *found]

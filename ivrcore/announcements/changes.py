"""The events of changes to the board, and who may make them. Pure; what is wrong is told by `faults`."""

from __future__ import annotations

from collections.abc import Iterable

from ivrcore.announcements.board import Board
from ivrcore.announcements.drafts import Draft, Fault, SwitchDraft, plain_texts
from ivrcore.errors import RequestRefused
from ivrcore.model import events
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.names import EmergencyAction, Via

LONGEST_AUTHOR = 140
"""Room for the name of a token and whom its client says it is for."""


def post(
    board: Board, draft: Draft, author: str, via: Via, now: float, mark: str = ""
) -> events.AnnouncementSet | None:
    """Give the event of posting a draft without faults; None if callers would notice no difference."""
    starts = now if draft.starts is None else draft.starts
    found = board.posted.get(draft.name)
    if found is not None and _same(found.announcement, draft, starts, now):
        return None
    return events.AnnouncementSet(
        at=now,
        name=draft.name,
        version=board.version + 1,
        texts=plain_texts(draft.texts),
        recording=draft.recording,
        numbers=list(draft.numbers),
        whole=draft.whole,
        starts=starts,
        ends=draft.ends,
        author=author,
        via=via,
        mark=mark,
    )


def _same(known: Announcement, draft: Draft, starts: float, now: float) -> bool:
    begun = known.starts <= now and starts <= now  # what has begun does not begin again
    return (
        known.texts == plain_texts(draft.texts)
        and set(known.numbers) == set(draft.numbers)
        and (known.recording, known.whole, known.ends) == (draft.recording, draft.whole, draft.ends)
        and (begun or known.starts == starts)
    )


def switch(board: Board, draft: SwitchDraft, author: str, via: Via, now: float) -> events.EmergencySet | None:
    """Give the event of a draft without faults; None if the switch stands there already."""
    told = draft.action is not EmergencyAction.OPEN
    texts = plain_texts(draft.texts) if told else {}
    number = draft.number if draft.action is EmergencyAction.FORWARD else ""
    found = board.switched.get(draft.scope)
    stands = found.emergency if found else Emergency(draft.scope, EmergencyAction.OPEN)
    if stands == Emergency(draft.scope, draft.action, texts, number):
        return None
    return events.EmergencySet(
        at=now, scope=draft.scope, action=draft.action, texts=texts, number=number, author=author, via=via
    )


def checked_author(author: str) -> str:
    """Give who asks, without spaces around; raise :class:`RequestRefused` for nobody."""
    name = author.strip()
    if not name or len(name) > LONGEST_AUTHOR or not name.isprintable():
        raise RequestRefused(
            "a change needs its author's name",
            hint=f"give `author`, {LONGEST_AUTHOR} characters at most: it is kept with the change",
        )
    return name


def refuse(faults: Iterable[Fault]) -> None:
    """Raise :class:`RequestRefused` with the errors among them, if there are any."""
    errors = [fault for fault in faults if fault.forbids]
    if errors:
        hints = dict.fromkeys(fault.hint for fault in errors if fault.hint)
        message = "; ".join(fault.message for fault in errors)
        raise RequestRefused(f"{message} ({errors[0].rule.code})", hint="; ".join(hints))

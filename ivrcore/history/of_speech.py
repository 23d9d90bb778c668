"""What recognisers did, in the history. Pure."""

from __future__ import annotations

from typing import Any

from ivrcore.history.book import History, changes
from ivrcore.history.rows import ContactRow, MenuRow, RecognitionRow
from ivrcore.model import events
from ivrcore.model.names import Verdict

HEARD = {Verdict.ACCEPT: "accepted", Verdict.CONFIRM: "confirmed", Verdict.REJECT: "rejected"}
"""Verdict -> where a stay in a menu counts it."""


def _recognition(history: History, seq: int, event: Any, how: str) -> RecognitionRow:
    """Make a row of something that happened to a contact: it is over already."""
    contact = history.find(ContactRow, event.contact)
    menu = next((row.menu for row in history.of_contact(MenuRow, event.contact)), "")
    return RecognitionRow(
        id=f"u{seq}",
        open=False,
        contact=event.contact,
        plan=contact.plan if contact else "",
        menu=menu,
        engine=event.engine,
        at=event.at,
        how=how,
    )


@changes(events.SpeechHeard)
def _heard(history: History, seq: int, event: events.SpeechHeard) -> None:
    row = _recognition(history, seq, event, event.verdict.value)
    row.took = event.took
    history.keep(row)
    for stay in history.of_contact(MenuRow, event.contact):
        name = HEARD[event.verdict]
        setattr(stay, name, getattr(stay, name) + 1)
        history.keep(stay)


@changes(events.RecogniserGaveUp)
def _gave_up(history: History, seq: int, event: events.RecogniserGaveUp) -> None:
    row = _recognition(history, seq, event, "gave_up")
    row.code = event.code
    history.keep(row)


@changes(events.RecogniserChanged)
def _changed(history: History, seq: int, event: events.RecogniserChanged) -> None:
    if event.fault is None:
        return
    row = RecognitionRow(
        id=f"u{seq}",
        open=False,
        contact="",
        plan="",
        menu="",
        engine=event.engine,
        at=event.at,
        how="taken_out",
        code=event.fault.value,
    )
    history.keep(row)

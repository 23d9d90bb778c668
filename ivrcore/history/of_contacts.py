"""Contacts, legs and menus in the history. Pure."""

from __future__ import annotations

from typing import Any

from ivrcore.history.book import History, changes
from ivrcore.history.rows import ContactRow, DispositionRow, LegRow, MenuRow, OfferRow, VisitRow
from ivrcore.model import events
from ivrcore.model.names import ChosenBy, LeftQueue, Universal

LEAVING = frozenset({Universal.BACK, Universal.START_OVER, Universal.AGENT})
"""Universals that take the caller out of the menu."""


@changes(events.ContactArrived)
def _arrived(history: History, _seq: int, event: events.ContactArrived) -> None:
    history.keep(
        ContactRow(
            id=event.contact,
            arrived=event.at,
            number=event.number,
            plan=event.plan,
            plan_version=event.plan_version,
            subject=event.subject,
        )
    )
    history.keep(LegRow(id=event.leg, contact=event.contact, began=event.at, kind="caller"))


@changes(events.ContactClosed)
def _closed(history: History, _seq: int, event: events.ContactClosed) -> None:
    leave_menu(history, event.contact, event.at, "left")
    for visit in history.of_contact(VisitRow, event.contact):
        if not visit.outcome:  # lost with the server that held it: nobody could say how it ended
            visit.outcome, visit.why, visit.ended, visit.open = (
                "left",
                LeftQueue.FAILED.value,
                event.at,
                False,
            )
            history.keep(visit)
    contact = history.find(ContactRow, event.contact)
    if contact is not None:
        contact.closed, contact.outcome, contact.open = event.at, event.outcome.value, False
        contact.cause, contact.inferred = event.cause, event.inferred
        history.keep(contact)


@changes(events.LanguageSet)
def _language(history: History, _seq: int, event: events.LanguageSet) -> None:
    contact = history.find(ContactRow, event.contact)
    if contact is not None:
        contact.language = event.language
        history.keep(contact)


@changes(events.DialplanEntered)
def _dialplan_entered(history: History, _seq: int, event: events.DialplanEntered) -> None:
    contact = history.find(ContactRow, event.contact)
    if contact is not None and event.language:
        contact.language = event.language
        history.keep(contact)


@changes(events.DispositionSet)
def _disposition(history: History, seq: int, event: events.DispositionSet) -> None:
    contact = history.find(ContactRow, event.contact)
    said = DispositionRow(
        id=f"d{seq}",
        open=False,
        contact=event.contact,
        plan=contact.plan if contact else "",
        disposition=event.disposition,
        at=event.at,
    )
    history.keep(said)
    if contact is not None:
        contact.disposition = event.disposition
        history.keep(contact)


# --- legs -----------------------------------------------------------------------------------------


@changes(events.LegDialled)
def _dialled(history: History, _seq: int, event: events.LegDialled) -> None:
    kind = "agent" if event.agent else "outbound"
    leg = LegRow(id=event.leg, contact=event.contact, began=event.at, kind=kind)
    leg.agent, leg.offer = event.agent, event.offer
    history.keep(leg)


@changes(events.LegAnswered)
def _answered(history: History, _seq: int, event: events.LegAnswered) -> None:
    leg = history.find(LegRow, event.leg)
    if leg is None or leg.answered is not None:
        return
    leg.answered = event.at
    history.keep(leg)
    contact = history.find(ContactRow, event.contact)
    if leg.kind == "caller" and contact is not None and contact.answered is None:
        contact.answered = event.at
        history.keep(contact)


@changes(events.LegEnded)
def _ended(history: History, _seq: int, event: events.LegEnded) -> None:
    leg = history.find(LegRow, event.leg)
    if leg is not None:
        leg.ended, leg.ended_by, leg.cause, leg.open = event.at, event.by.value, event.cause, False
        history.keep(leg)


# --- menus ----------------------------------------------------------------------------------------


def leave_menu(history: History, contact: str, at: float, how: str) -> None:
    """End the contact's stay in a menu, if there is one."""
    for row in history.of_contact(MenuRow, contact):
        row.ended, row.how, row.open = at, how, False
        history.keep(row)


def _menu(history: History, seq: int, event: Any) -> MenuRow:
    """Give the stay that the event is of; a new one if the journal did not tell of its beginning."""
    for row in history.of_contact(MenuRow, event.contact):
        if row.menu == event.menu:
            return history.keep(row)
    leave_menu(history, event.contact, event.at, "left")
    return _enter(history, seq, event, entered=0)


def _enter(history: History, seq: int, event: Any, *, entered: int) -> MenuRow:
    contact = history.find(ContactRow, event.contact)
    row = MenuRow(
        id=f"m{seq}",
        contact=event.contact,
        plan=contact.plan if contact else "",
        menu=event.menu,
        began=event.at,
        entered=entered,
    )
    return history.keep(row)


@changes(events.MenuEntered)
def _menu_entered(history: History, seq: int, event: events.MenuEntered) -> None:
    leave_menu(history, event.contact, event.at, "left")
    _enter(history, seq, event, entered=1)
    contact = history.find(ContactRow, event.contact)
    if contact is not None:
        contact.menus += 1
        history.keep(contact)


@changes(events.TurnStarted)
def _turn(history: History, seq: int, event: events.TurnStarted) -> None:
    _menu(history, seq, event).turns += 1


@changes(events.ChoiceMade)
def _choice(history: History, seq: int, event: events.ChoiceMade) -> None:
    row = _menu(history, seq, event)
    row.choice = event.choice
    if event.by is ChosenBy.SPEECH:
        row.choices_by_speech += 1
    else:
        row.choices_by_key += 1
    leave_menu(history, event.contact, event.at, "choice")


@changes(events.DigitsCollected)
def _collected(history: History, seq: int, event: events.DigitsCollected) -> None:
    _menu(history, seq, event)
    leave_menu(history, event.contact, event.at, "collected")


@changes(events.UniversalUsed)
def _universal(history: History, seq: int, event: events.UniversalUsed) -> None:
    _menu(history, seq, event).universals += 1
    if event.universal in LEAVING:
        leave_menu(history, event.contact, event.at, "universal")


@changes(events.CallerImpatient)
def _impatient(history: History, seq: int, event: events.CallerImpatient) -> None:
    _menu(history, seq, event).impatient += 1
    leave_menu(history, event.contact, event.at, "impatient")


@changes(events.NoInput)
def _no_input(history: History, seq: int, event: events.NoInput) -> None:
    _menu(history, seq, event).no_inputs += 1


@changes(events.NoMatch)
def _no_match(history: History, seq: int, event: events.NoMatch) -> None:
    _menu(history, seq, event).no_matches += 1


@changes(events.MenuGaveUp)
def _gave_up(history: History, seq: int, event: events.MenuGaveUp) -> None:
    _menu(history, seq, event).gave_up += 1
    leave_menu(history, event.contact, event.at, "gave_up")


# --- the server -----------------------------------------------------------------------------------


@changes(events.ServerStarted)
def _started(history: History, _seq: int, event: events.ServerStarted) -> None:
    """Close what an earlier run left open of contacts that are closed: nobody tells its end any more."""
    del event
    rows: list[LegRow | VisitRow | OfferRow | MenuRow] = []
    for kind in (LegRow, VisitRow, OfferRow, MenuRow):
        rows += history.all(kind)
    for row in rows:
        if history.find(ContactRow, row.contact) is None:
            row.open = False
            history.keep(row)


@changes(events.ClockSetBack)
def _set_back(history: History, _seq: int, event: events.ClockSetBack) -> None:
    history.set_back(event.seconds)

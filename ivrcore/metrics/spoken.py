"""How each menu's callers were understood: a fold of the journal, for whoever tunes it. Pure.

An utterance belongs to the turn in which the menu was asked; what is answered to "did you say …?" says
whether it was understood. Only contacts that arrived within what is read are counted. No words here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.wording import NO
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import Verdict
from ivrcore.speech.scoring import Share, percentile
from ivrcore.speech.slots import SAID

Key = tuple[str, str]
"""Names of a dialplan and of a menu of it."""


@dataclass(slots=True)
class MenuSpeech:
    """Counts of one menu."""

    plan: str
    menu: str
    turns: int = 0
    """Times that it was asked, and listened."""
    heard: int = 0
    """Utterances."""
    accepted: int = 0
    """Taken unasked."""
    asked_back: int = 0
    """Asked about."""
    confirmed: int = 0
    """Of these: a yes, to the first guess or a later one."""
    denied: int = 0
    """Of these: a no, and no yes."""
    rejected: int = 0
    """No match: by the recogniser, or as no value that may be."""
    no_input: int = 0
    keyed: int = 0
    """Turns in which a key was pressed though speech was taken."""
    impatient: int = 0
    refused: int = 0
    """Times that it was asked without listening, for want of room or of a recogniser."""
    failed: int = 0
    """Turns in which the recogniser gave up."""
    took: list[float] = field(default_factory=list)
    """Seconds from end of speech to decision."""

    @property
    def in_grammar(self) -> Share:
        """Of the utterances: accepted, or confirmed by the caller."""
        return Share(self.accepted + self.confirmed, self.heard)

    @property
    def of(self) -> dict[str, Share]:
        """Give the rates, each of what it is a part of."""
        return {
            "in_grammar": self.in_grammar,
            "no_match": Share(self.rejected, self.heard),
            "asked_back": Share(self.asked_back, self.heard),
            "denied": Share(self.denied, self.asked_back),
            "no_input": Share(self.no_input, self.turns),
            "keyed": Share(self.keyed, self.turns),
        }

    def accuracy(self, labelled: int, meant: int) -> float | None:
        """Estimate how many of those who said a choice of the menu were understood.

        Of ``labelled`` utterances that were not understood ``meant`` did mean one. All others are taken to be
        like them, and all that were accepted to be right. None if nothing is labelled, or was said.
        """
        understood = self.in_grammar.hits
        if not labelled or not self.heard:
            return None
        missed = (self.heard - understood) * meant / labelled
        return understood / (understood + missed) if understood + missed else None

    def took_within(self, share: float) -> float | None:
        """Give the percentile of the seconds to a decision."""
        return percentile(sorted(self.took), share)


class _Counted(Enum):
    """As what the utterance of a turn was counted, where that may still change."""

    NOT = auto()
    ACCEPTED = auto()
    ASKED_BACK = auto()


class _Asked(Enum):
    """How it stands with an utterance that the caller is asked about."""

    NOT = auto()
    OPEN = auto()
    DENIED = auto()


@dataclass(slots=True)
class _Contact:
    plan: str
    turn: int = 0
    of: MenuSpeech | None = None
    """Whose turn it is, if it listens; in a question about an utterance: whose utterance that was."""
    guessing: str = ""
    """The choice that is asked about."""
    keyed: bool = False
    asked: _Asked = _Asked.NOT
    counted: _Counted = _Counted.NOT


class SpokenFold:
    """Counts events in their order."""

    def __init__(self) -> None:
        self._menus: dict[Key, MenuSpeech] = {}
        self._contacts: dict[str, _Contact] = {}

    def fold(self, found: Iterable[Event]) -> SpokenFold:
        """Count them all."""
        for event in found:
            self.apply(event)
        return self

    def apply(self, event: Event) -> None:
        """Count one event."""
        if isinstance(event, events.ContactArrived):
            self._contacts[event.contact] = _Contact(event.plan)
            return
        change = _CHANGES.get(type(event))
        contact = self._contacts.get(getattr(event, "contact", ""))
        if change is not None and contact is not None:
            change(self, contact, event)

    def menus(self) -> list[MenuSpeech]:
        """Give the menus that listened or would have, by dialplan and name."""
        return [self._menus[key] for key in sorted(self._menus)]

    def menu(self, contact: _Contact, name: str) -> MenuSpeech:
        """Give the counts of a menu of the contact's dialplan."""
        key = contact.plan, name
        return self._menus.setdefault(key, MenuSpeech(*key))

    def gone(self, contact: str) -> None:
        """Forget a contact that is over."""
        self._contacts.pop(contact, None)


Change = Callable[[SpokenFold, _Contact, Any], None]


def _settle(contact: _Contact) -> None:
    """The utterance that was asked about gets no further answer."""
    if contact.of is not None and contact.asked is _Asked.DENIED:
        contact.of.denied += 1
    contact.asked = _Asked.NOT


def _asked(fold: SpokenFold, contact: _Contact, event: events.TurnStarted) -> None:
    contact.turn, contact.keyed, contact.counted = event.turn, False, _Counted.NOT
    guessing = event.confirming if contact.asked is not _Asked.NOT else ""
    if guessing and contact.guessing and guessing != contact.guessing:
        contact.asked = _Asked.DENIED  # the next guess comes after a no
    contact.guessing = guessing
    if guessing:
        return
    _settle(contact)
    contact.of = fold.menu(contact, event.menu) if event.speech and not event.confirming else None
    if contact.of is not None:
        contact.of.turns += 1


def _heard(fold: SpokenFold, contact: _Contact, event: events.SpeechHeard) -> None:
    if contact.of is None or event.turn != contact.turn:
        return
    if contact.guessing:
        if event.choice == NO and event.verdict is not Verdict.REJECT:
            contact.asked = _Asked.DENIED
        return
    menu = contact.of
    menu.heard += 1
    menu.took.append(event.took)
    # As `ivrcore.dialplan.answers.heard`: universals are taken unasked, impatience only if it is sure.
    if event.verdict is Verdict.REJECT or (event.choice == IMPATIENT and event.verdict is not Verdict.ACCEPT):
        menu.rejected += 1
    elif event.verdict is Verdict.ACCEPT or event.choice.startswith("@"):
        menu.accepted += 1
        contact.counted = _Counted.ACCEPTED
    else:
        menu.asked_back += 1
        contact.asked, contact.counted = _Asked.OPEN, _Counted.ASKED_BACK


def _key(fold: SpokenFold, contact: _Contact, event: events.KeyPressed) -> None:
    if contact.of is None or event.turn != contact.turn or contact.keyed:
        return
    contact.keyed = True
    if not contact.guessing:
        contact.of.keyed += 1


def _chose(fold: SpokenFold, contact: _Contact, event: events.ChoiceMade) -> None:
    if contact.of is not None and contact.guessing and event.choice == contact.guessing:
        contact.of.confirmed += 1
        contact.asked = _Asked.NOT


def _collected(fold: SpokenFold, contact: _Contact, event: events.DigitsCollected) -> None:
    """Digits that were said and read back are collected by the yes."""
    if contact.of is not None and contact.guessing == SAID:
        contact.of.confirmed += 1
        contact.asked = _Asked.NOT


def _no_match(fold: SpokenFold, contact: _Contact, event: events.NoMatch) -> None:
    if contact.guessing and contact.keyed:
        contact.asked = _Asked.DENIED  # by key; another wrong key cannot be told from it
    elif contact.of is not None and event.turn == contact.turn:
        _take_back(contact, contact.of)


def _take_back(contact: _Contact, menu: MenuSpeech) -> None:
    """Reject what the recogniser was sure enough of: its check digit is wrong, say."""
    match contact.counted:
        case _Counted.NOT:
            return
        case _Counted.ACCEPTED:
            menu.accepted -= 1
        case _Counted.ASKED_BACK:
            menu.asked_back -= 1
            contact.asked = _Asked.NOT
    menu.rejected += 1
    contact.counted = _Counted.NOT


def _no_input(fold: SpokenFold, contact: _Contact, event: events.NoInput) -> None:
    if contact.of is not None and not contact.guessing and event.turn == contact.turn:
        contact.of.no_input += 1


def _impatient(fold: SpokenFold, contact: _Contact, event: events.CallerImpatient) -> None:
    fold.menu(contact, event.menu).impatient += 1


def _refused(fold: SpokenFold, contact: _Contact, event: events.SpeechRefused) -> None:
    fold.menu(contact, event.menu).refused += 1


def _failed(fold: SpokenFold, contact: _Contact, event: events.RecogniserGaveUp) -> None:
    if contact.of is not None and event.turn == contact.turn:
        contact.of.failed += 1
        contact.keyed = True  # a key is no choice of theirs any more


def _left(fold: SpokenFold, contact: _Contact, event: Event) -> None:
    """The menu is over: keys that come now are not for it."""
    _settle(contact)
    contact.of, contact.guessing = None, ""


def _closed(fold: SpokenFold, contact: _Contact, event: events.ContactClosed) -> None:
    _settle(contact)
    fold.gone(event.contact)


_CHANGES: dict[type[Event], Change] = {
    events.TurnStarted: _asked,
    events.SpeechHeard: _heard,
    events.KeyPressed: _key,
    events.ChoiceMade: _chose,
    events.DigitsCollected: _collected,
    events.NoMatch: _no_match,
    events.NoInput: _no_input,
    events.CallerImpatient: _impatient,
    events.SpeechRefused: _refused,
    events.RecogniserGaveUp: _failed,
    events.MenuEntered: _left,
    events.StepStarted: _left,
    events.ContactClosed: _closed,
}

COUNTED: tuple[type[Event], ...] = (events.ContactArrived, *_CHANGES)
"""The events that matter here: a reader of the journal need not look at others."""

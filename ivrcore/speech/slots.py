"""What a caller may say where no list of phrases will do: digits, an amount, a date. Pure.

A slot tells the words that a recogniser needs, and reads what was heard back into a value. Must not know
what is asked, nor what becomes of the value: it may be a secret, so it is in no repr and in no error.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import lru_cache

from ivrcore.speech.amounts import NO_NAMES, Money, amount_network, is_one_word, read_amount
from ivrcore.speech.dates import Dates
from ivrcore.speech.dates_en import EnglishDates
from ivrcore.speech.dates_ko import KoreanDates
from ivrcore.speech.dates_zh import ChineseDates
from ivrcore.speech.grammar import primary
from ivrcore.speech.network import Network
from ivrcore.speech.numerals import Numerals
from ivrcore.speech.numerals_de import German
from ivrcore.speech.numerals_en import English
from ivrcore.speech.numerals_ko import Korean
from ivrcore.speech.numerals_zh import Chinese

_DIGITS = re.compile("[0-9]+")
_AMOUNT = re.compile(r"(0|[1-9][0-9]*)(\.[0-9]{2})?")

SAID = "said"
"""What is chosen by saying a value: which one it is, is nobody's business where choices are told."""


_OWN: dict[str, type[Numerals]] = {"en": English, "de": German, "ko": Korean, "zh": Chinese}


class SlotKind(StrEnum):
    """What kind of value is asked for."""

    DIGITS = "digits"
    AMOUNT = "amount"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Slot:
    """A value that may be said in a language: ``least`` to ``most`` digits, a sum of ``money``, or a date.

    ``today`` is the day that a date is seen from.
    """

    kind: SlotKind
    language: str
    least: int = 1
    most: int = 20
    money: Money = NO_NAMES
    today: date | None = None

    @property
    def network(self) -> Network | None:
        """What may be said for it; None for a language whose words are not known."""
        return _network(replace(self, today=None))

    def read(self, text: str) -> str:
        """Give the value that was said; empty if these words mean none."""
        numerals = numerals_of(self.language)
        if numerals is None:
            return ""
        if self.kind is SlotKind.AMOUNT:
            return read_amount(numerals, self.money, text)
        if self.kind is SlotKind.DATE:
            return self._read_date(text)
        digits = numerals.read_digits(text)
        return digits if self.least <= len(digits) <= self.most else ""

    def allows(self, value: str) -> bool:
        """Whether a value could be one of these, written as `read` gives it: 3.50, 2026-05-01."""
        if self.kind is SlotKind.DIGITS:
            return bool(_DIGITS.fullmatch(value)) and self.least <= len(value) <= self.most
        if self.kind is SlotKind.AMOUNT:
            return bool(_AMOUNT.fullmatch(value)) and not value.endswith(".00")
        try:
            return date.fromisoformat(value).isoformat() == value
        except ValueError:
            return False

    def _read_date(self, text: str) -> str:
        dates = dates_of(self.language)
        found = dates.read(text, self.today) if dates and self.today else None
        return found.isoformat() if found else ""

    def lacking(self, knows: Callable[[str], bool]) -> tuple[str, ...]:
        """Give a word for each meaning that there is no known word for."""
        numerals = numerals_of(self.language)
        if self.kind is not SlotKind.DIGITS:  # without spaces, a word's parts may be known instead
            said = sorted(self.network.words) if numerals and numerals.spaced and self.network else []
            return tuple(word for word in said if not knows(word))
        meanings: dict[str, list[str]] = {}
        for word, digit in numerals.digits.items() if numerals else ():
            meanings.setdefault(digit, []).append(word)
        return tuple(words[0] for words in meanings.values() if not any(map(knows, words)))

    def is_unclear(self, text: str) -> bool:
        """Whether to ask about the value that this says, however sure the words are."""
        if self.kind is SlotKind.DATE:
            dates = dates_of(self.language)
            return bool(dates and self.today and dates.is_unclear(text, self.today))
        numerals = numerals_of(self.language)
        one = numerals is not None and is_one_word(numerals, self.money, text)
        return one and not self.is_whole(self.read(text))

    def is_whole(self, value: str) -> bool:
        """Whether nothing can follow."""
        return self.kind is SlotKind.DIGITS and len(value) == self.most


@lru_cache
def numerals_of(code: str) -> Numerals | None:
    """Give a language's words by its BCP 47 tag; None if there are none."""
    own = _OWN.get(primary(code))
    return own(primary(code)) if own else None


@lru_cache
def dates_of(code: str) -> Dates | None:
    """Give a language's ways to say a date by its BCP 47 tag; None if there are none."""
    match primary(code):
        case "en":
            return EnglishDates()
        case "ko":
            return KoreanDates(Korean("ko"))
        case "zh":
            return ChineseDates(Chinese("zh"))
    return None


@lru_cache(64)
def _network(slot: Slot) -> Network | None:
    numerals = numerals_of(slot.language)
    if numerals is None:
        return None
    if slot.kind is SlotKind.AMOUNT:
        return amount_network(numerals, slot.money)
    if slot.kind is SlotKind.DATE:
        dates = dates_of(slot.language)
        return dates.network() if dates else None
    return numerals.digit_network(slot.least, slot.most)

"""What `collect` asks for, digits, an amount or a date: typed, said, read back, in a variable. Pure."""

from __future__ import annotations

import re
from datetime import date, tzinfo

from ivrcore.dialplan.check_digits import JUDGES
from ivrcore.dialplan.model import Digits
from ivrcore.dialplan.saying import money_names, say
from ivrcore.expressions.text import Saying
from ivrcore.model.names import Scalar
from ivrcore.speech.amounts import Money
from ivrcore.speech.dates import YEARS
from ivrcore.speech.slots import Slot, SlotKind

MOST_OF_AMOUNT = 9
"""Digits of an amount before its decimals."""
DATE_KEYS = 8
"""Keys of a date: year, month, day."""


def slot_of(asked: Digits, language: str, today: date | None = None) -> Slot:
    """Give what may be said for it in a language; a date is seen from ``today``."""
    if asked.kind is SlotKind.DATE:
        return Slot(asked.kind, language, today=today)
    if asked.kind is SlotKind.AMOUNT:
        return Slot(asked.kind, language, money=_money(asked, language))
    return Slot(asked.kind, language, asked.least, asked.most)


def _money(asked: Digits, language: str) -> Money:
    return Money(*money_names(asked.currency, language)) if asked.currency else Money()


def goes_on(asked: Digits, typed: str) -> bool:
    """Whether these keys are the beginning of a longer answer."""
    if asked.kind is SlotKind.AMOUNT:
        decimals = _decimals(asked)
        whole = rf"[0-9]{{1,{MOST_OF_AMOUNT}}}"
        more = rf"(\*[0-9]{{0,{decimals - 1}}})?" if decimals else ""
        return bool(re.fullmatch(whole + more, typed)) and len(typed) < asked.most
    return typed.isdigit() and len(typed) < asked.most


def typed_value(asked: Digits, typed: str) -> str:
    """Give the value of the keys that were pressed, `*` being the point; empty if they are none."""
    if asked.kind is SlotKind.AMOUNT:
        match = re.fullmatch(rf"([0-9]{{1,{MOST_OF_AMOUNT}}})(?:\*([0-9]{{1,2}}))?", typed)
        if match is None or len(match[2] or "") > _decimals(asked):
            return ""
        whole, rest = str(int(match[1])), f"{match[2] or '':0<2}"
        return whole if rest == "00" else f"{whole}.{rest}"
    if asked.kind is SlotKind.DATE:
        return _typed_date(typed)
    return typed if typed.isdigit() and asked.least <= len(typed) <= asked.most else ""


def _typed_date(typed: str) -> str:
    """Read year, month and day (VoiceXML 2.0, appendix P)."""
    if len(typed) != DATE_KEYS or not typed.isdigit():
        return ""
    try:
        found = date(int(typed[:4]), int(typed[4:6]), int(typed[6:]))
    except ValueError:
        return ""
    return found.isoformat() if found.year in YEARS else ""


def _decimals(asked: Digits) -> int:
    return min(_money(asked, "en").decimals, 2)


def is_right(asked: Digits, value: str) -> bool:
    """Whether it has the right check digit, if there is to be one."""
    return not asked.judges or JUDGES[asked.judges](value)


def in_words(asked: Digits, value: str, language: str, zone: tzinfo) -> str:
    """Say a value back."""
    kind = Saying.DIGITS
    if asked.kind is SlotKind.AMOUNT:
        kind = Saying.AMOUNT if asked.currency else Saying.NUMBER
    elif asked.kind is SlotKind.DATE:
        kind = Saying.DATE
    return say(value, kind, asked.currency, language, zone)


def as_scalar(asked: Digits, value: str) -> Scalar:
    """Give a value as its variable has it: digits are a text, for their zeros; an amount is a number."""
    if asked.kind is SlotKind.AMOUNT:
        return float(value) if "." in value else int(value)
    return value

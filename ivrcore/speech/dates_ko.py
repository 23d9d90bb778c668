"""How Korean callers say a date: ``삼월 삼일``, ``이천이십육년 시월 이일``, ``다음 주 월요일``."""

from __future__ import annotations

import re
from datetime import date

from ivrcore.speech.dates import Dates, away, coming, day_of, number_of
from ivrcore.speech.grammar import words
from ivrcore.speech.network import Network
from ivrcore.speech.numerals import Numerals

_DATE = re.compile("(?:(?P<year>.+)년)?(?P<month>[^년]+)월(?P<day>.+)일")
_WEEKDAY = re.compile("(?P<week>이번주|다음주)?(?P<day>[월화수목금토일])요일")
_WEEKDAYS = "월화수목금토일"
_WEEKS = {"이번주": 0, "다음주": 1}
_MONTHS = {"유": 6, "시": 10}
"""Months that are not said as their number."""
_YEARS = {"올해": 0, "내년": 1, "작년": -1}
_AWAY = {"오늘": 0, "내일": 1, "모레": 2, "글피": 3, "어제": -1, "그저께": -2, "그제": -2}
_NAMES = ("년", "월", "일", "유월", "시월", "다음", "이번", "주", *_YEARS, *_AWAY)


class KoreanDates(Dates):
    """Korean."""

    def __init__(self, numerals: Numerals) -> None:
        self._numerals = numerals

    def read(self, text: str, today: date) -> date | None:
        """See :class:`Dates`."""
        said = "".join(words(text))
        if said in _AWAY:
            return away(today, _AWAY[said])
        if found := self.weekday(text):
            return coming(found[0], today, found[1])
        for year, months in _YEARS.items():  # without 년 of their own
            if said.startswith(year):
                said = f"{today.year + months}년{said.removeprefix(year)}"
        match = _DATE.fullmatch(said)
        if match is None:
            return None
        year_said, month, day = match["year"], match["month"], match["day"]
        number = number_of(self._numerals, year_said) if year_said else None
        if year_said and number is None:
            return None
        return day_of(
            number,
            _MONTHS.get(month) or number_of(self._numerals, month),
            number_of(self._numerals, day),
            today,
        )

    def weekday(self, text: str) -> tuple[int, int | None] | None:
        """See :class:`Dates`."""
        match = _WEEKDAY.fullmatch("".join(words(text)))
        return (_WEEKDAYS.index(match["day"]), _WEEKS.get(match["week"] or "")) if match else None

    def network(self) -> Network:
        """See :class:`Dates`."""
        return self._numerals.loop((*_NAMES, *(f"{day}요일" for day in _WEEKDAYS)))

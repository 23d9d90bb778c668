"""How Chinese callers say a date: ``三月三号``, ``二零二六年十月二日``, ``下周一``."""

from __future__ import annotations

import re
from datetime import date

from ivrcore.speech.dates import Dates, away, coming, day_of, number_of
from ivrcore.speech.grammar import words
from ivrcore.speech.network import Network
from ivrcore.speech.numerals import Numerals

_DATE = re.compile("(?:(?P<year>[^月]+)年)?(?P<month>[^年]+)月(?P<day>.+)[日号]")
_WEEKDAY = re.compile("(?P<week>这|本|下)?个?(?:星期|礼拜|周)(?P<day>[一二三四五六日天])")
_WEEKDAYS = {"一": 0, "二": 1, "三": 2, "四": 3, "五": 4, "六": 5, "日": 6, "天": 6}
_WEEKS = {"这": 0, "本": 0, "下": 1}
_YEARS = {"今": 0, "明": 1, "后": 2, "去": -1}
_AWAY = {"今天": 0, "明天": 1, "后天": 2, "大后天": 3, "昨天": -1, "前天": -2}
_NAMES: tuple[str, ...] = ("年", "月", "日", "号", "今年", "明年", "后年", "去年", "这", "本", "下", "个")
_NAMES += ("星期", "礼拜", "周", "天")


class ChineseDates(Dates):
    """Mandarin."""

    def __init__(self, numerals: Numerals) -> None:
        self._numerals = numerals

    def read(self, text: str, today: date) -> date | None:
        """See :class:`Dates`."""
        said = "".join(words(text))
        if said in _AWAY:
            return away(today, _AWAY[said])
        if found := self.weekday(text):
            return coming(found[0], today, found[1])
        match = _DATE.fullmatch(said)
        if match is None:
            return None
        year = self._year(match["year"], today) if match["year"] else None
        if match["year"] and year is None:
            return None
        return day_of(
            year, number_of(self._numerals, match["month"]), number_of(self._numerals, match["day"]), today
        )

    def weekday(self, text: str) -> tuple[int, int | None] | None:
        """See :class:`Dates`."""
        match = _WEEKDAY.fullmatch("".join(words(text)))
        return (_WEEKDAYS[match["day"]], _WEEKS.get(match["week"] or "")) if match else None

    def network(self) -> Network:
        """See :class:`Dates`."""
        return self._numerals.loop((*_NAMES, *_AWAY))

    def _year(self, said: str, today: date) -> int | None:
        if said in _YEARS:
            return today.year + _YEARS[said]
        digits = self._numerals.read_digits(said)
        return int(digits) if len(digits) == 4 else None

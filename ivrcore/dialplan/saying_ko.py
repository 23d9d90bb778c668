"""Korean words for values: num2words' Sino-Korean numbers, and native ones of our own.

Hours, and which one in a row, are native (한 시, 두 번째); num2words has these to 99 only, with 20 wrong
(스물 for 스무). A number of a phone or account has 공 for 0.
"""

from __future__ import annotations

import re
from datetime import date, time

from ivrcore.dialplan.saying_language import Currency, Language

_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_MONTHS = {6: "유", 10: "시"}
"""Months that are not said as their number."""


class Korean(Language):
    """Korean."""

    currencies = {
        "KRW": Currency("원", "원"),
        "USD": Currency("달러", "달러", "센트", "센트"),
        "EUR": Currency("유로", "유로", "센트", "센트"),
        "GBP": Currency("파운드", "파운드", "펜스", "펜스"),
        "CNY": Currency("위안", "위안"),
        "JPY": Currency("엔", "엔"),
    }
    signs = {"+": "플러스", "*": "별표", "#": "우물정"}

    def cardinal(self, number: int) -> str:
        """Say a whole number in Sino-Korean words."""
        # num2words drops the one of 10,000 inside a number too: 일억 만 일 for 일억 일만 일
        return re.sub(r"(?<=[억조경] )만", "일만", super().cardinal(number))

    def character(self, char: str) -> str:
        """Say one character of a number of a phone or account: 0 is 공 there."""
        return "공" if char == "0" else super().character(char)

    def point(self) -> str:
        """Say the point."""
        return "점"

    def minus(self) -> str:
        """Say the minus."""
        return "마이너스"

    def ordinal(self, number: int) -> str:
        """Say ``두 번째``."""
        return "첫 번째" if number == 1 else f"{self.native(number)} 번째"

    def native(self, number: int) -> str:
        """Say how many in native words; the hundreds and above have only Sino-Korean ones."""
        hundreds, rest = divmod(number, 100)
        said = "스무" if rest == 20 else _TENS[rest // 10] + _ONES[rest % 10]
        return (self.cardinal(hundreds * 100) if hundreds else "") + said

    def date(self, day: date) -> str:
        """Say ``이천이십육년 십일월 이십이일``."""
        month = _MONTHS.get(day.month) or self.cardinal(day.month)
        return f"{self.cardinal(day.year)}년 {month}월 {self.cardinal(day.day)}일"

    def time(self, at: time) -> str:
        """Say ``오후 한 시 오 분``; noon and midnight have their names."""
        if at.minute == 0 and at.hour in (0, 12):
            return "정오" if at.hour else "자정"
        half = "오전" if at.hour < 12 else "오후"
        minute = f" {self.cardinal(at.minute)} 분" if at.minute else ""
        return f"{half} {self.native(at.hour % 12 or 12)} 시{minute}"

    def duration(self, minutes: int) -> str:
        """Say ``약 한 시간 오 분``."""
        if minutes == 0:
            return "일 분 이내"
        hours, rest = divmod(minutes, 60)
        parts = [f"{self.native(hours)} 시간"] if hours else []
        if rest:
            parts.append(f"{self.cardinal(rest)} 분")
        return "약 " + " ".join(parts)

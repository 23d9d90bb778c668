"""English words for values; num2words' numbers, with the commas (pauses to a voice) taken out."""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal

from babel.dates import get_month_names

from ivrcore.dialplan.saying_language import Currency, Language


class English(Language):
    """English, said the way that American and British callers both follow."""

    currencies = {
        "USD": Currency("dollar", "dollars", "cent", "cents"),
        "EUR": Currency("euro", "euros", "cent", "cents"),
        "GBP": Currency("pound", "pounds", "penny", "pence"),
        "CNY": Currency("yuan", "yuan", "fen", "fen"),
        "KRW": Currency("won", "won"),
        "JPY": Currency("yen", "yen"),
    }
    signs = {"+": "plus", "*": "star", "#": "hash"}

    def library(self, number: int | Decimal, form: str) -> str:
        """Ask num2words, without its commas."""
        return super().library(number, form).replace(",", "")

    def point(self) -> str:
        """Say the point."""
        return "point"

    def minus(self) -> str:
        """Say the minus."""
        return "minus"

    def both(self, major: str, minor: str) -> str:
        """Join ``one dollar and two cents``."""
        return f"{major} and {minor}"

    def date(self, day: date) -> str:
        """Say ``November twenty-second, twenty twenty-six``."""
        month = get_month_names("wide", locale=self.locale)[day.month]
        return f"{month} {self.ordinal(day.day)}, {self.library(day.year, 'year')}"

    def time(self, at: time) -> str:
        """Say ``one oh five p.m.``; noon and midnight have their names."""
        if at.minute == 0 and at.hour in (0, 12):
            return "noon" if at.hour else "midnight"
        words = [self.cardinal(at.hour % 12 or 12)]
        if 0 < at.minute < 10:
            words.append("oh")
        if at.minute:
            words.append(self.cardinal(at.minute))
        return " ".join([*words, "a.m." if at.hour < 12 else "p.m."])

    def duration(self, minutes: int) -> str:
        """Say ``about one hour and five minutes``."""
        if minutes == 0:
            return "less than a minute"
        hours, rest = divmod(minutes, 60)
        parts = [self.counted(hours, "hour", "hours")] if hours else []
        if rest:
            parts.append(self.counted(rest, "minute", "minutes"))
        return "about " + " and ".join(parts)

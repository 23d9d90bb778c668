"""Chinese words for values, all of our own: num2words has none.

Two is 两 before 千, 万 and 亿 at a number's beginning and before a thing that is counted, else 二.
"""

from __future__ import annotations

import re
from datetime import date, time
from decimal import Decimal

from ivrcore.dialplan.saying_language import Currency, Language

_DIGITS = "零一二三四五六七八九"
_PLACES = ("千", "百", "十", "")
_PARTS = ((0, "凌晨"), (6, "上午"), (12, "中午"), (13, "下午"), (18, "晚上"))
"""From which hour on a part of the day is called so."""


class Chinese(Language):
    """Chinese (Mandarin), in simplified characters."""

    currencies = {
        "CNY": Currency("元", "元", "分", "分"),
        "USD": Currency("美元", "美元", "美分", "美分"),
        "EUR": Currency("欧元", "欧元", "欧分", "欧分"),
        "GBP": Currency("英镑", "英镑", "便士", "便士"),
        "KRW": Currency("韩元", "韩元"),
        "JPY": Currency("日元", "日元"),
    }
    signs = {"+": "加", "*": "星号", "#": "井号"}
    gap = ""

    def cardinal(self, number: int) -> str:
        """Say a whole number."""
        said = re.sub("^一十", "十", _plain(number))
        return re.sub("^二(?=[千万亿])", "两", said)

    def digit(self, digit: str) -> str:
        """Say a digit; two is 二."""
        return _DIGITS[int(digit)]

    def point(self) -> str:
        """Say the point."""
        return "点"

    def minus(self) -> str:
        """Say the minus."""
        return "负"

    def ordinal(self, number: int) -> str:
        """Say ``第二``; two is 二 throughout."""
        return f"第{_plain(number) if number >= 20 else self.cardinal(number)}"

    def counted(self, number: int, one: str, many: str) -> str:
        """Say how many of a thing; two are 两."""
        return ("两" if number == 2 else self.cardinal(number)) + many

    def money(self, number: Decimal, currency: str) -> str:
        """Say an amount; of a yuan there are ten 角, and ten 分 of these."""
        if currency != "CNY" or number == int(number):
            return super().money(number, currency)
        whole, cents = int(number), int(number * 100) % 100
        tens, ones = divmod(cents, 10)
        said = [self.counted(whole, "元", "元")] if whole else []
        if tens:
            said.append(self.counted(tens, "角", "角"))
        elif whole:
            said.append("零")
        if ones:
            said.append(_DIGITS[ones] + "分" if whole or tens else self.counted(ones, "分", "分"))
        return "".join(said)

    def date(self, day: date) -> str:
        """Say ``二零二六年十一月二十二日``."""
        year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
        return f"{year}年{self.cardinal(day.month)}月{self.cardinal(day.day)}日"

    def time(self, at: time) -> str:
        """Say ``下午一点零五分``."""
        part = next(name for hour, name in reversed(_PARTS) if at.hour >= hour)
        hour = at.hour if at.hour <= 12 else at.hour - 12
        minute = f"{'零' if at.minute < 10 else ''}{self.cardinal(at.minute)}分" if at.minute else ""
        return f"{part}{self.counted(hour, '点', '点')}{minute}"

    def duration(self, minutes: int) -> str:
        """Say ``大约一小时五分钟``."""
        if minutes == 0:
            return "不到一分钟"
        hours, rest = divmod(minutes, 60)
        parts = [self.counted(hours, "小时", "小时")] if hours else []
        if rest:
            parts.append(self.counted(rest, "分钟", "分钟"))
        return "大约" + "".join(parts)


def _plain(number: int) -> str:
    """Write a whole number with 二 throughout; 零 stands for one place or more that are left out."""
    if number == 0:
        return _DIGITS[0]
    for base, name in ((10**8, "亿"), (10**4, "万")):
        if number >= base:
            rest = number % base
            gap = "零" if 0 < rest < base // 10 else ""
            return _plain(number // base) + name + gap + (_plain(rest) if rest else "")
    return _below(number)


def _below(number: int) -> str:
    """Write a number from 1 to 9,999."""
    said = "".join(
        _DIGITS[int(digit)] + place if digit != "0" else "零"
        for digit, place in zip(f"{number:04}", _PLACES, strict=True)
    )
    return re.sub("零+", "零", said).strip("零")

"""Chinese words that callers say for numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ivrcore.speech.network import one_of
from ivrcore.speech.numerals import Numerals, in_tens

_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_TENTHS = ("角", "毛")
_ZERO = "零"


class Chinese(Numerals):
    """Mandarin, in simplified characters; one is 幺 where it could be taken for seven."""

    digits = {
        "零": "0",
        "一": "1",
        "幺": "1",
        "二": "2",
        "两": "2",
        "三": "3",
        "四": "4",
        "五": "5",
        "六": "6",
        "七": "7",
        "八": "8",
        "九": "9",
    }
    others = frozenset((*_UNITS, *_TENTHS))
    points = ("点",)
    also = {"元": ("块", "块钱", "人民币")}
    whole = staticmethod(one_of((*digits, *_UNITS)))

    def cardinal(self, tokens: Sequence[str]) -> int | None:
        """Read ``一百二十三``; 零 stands for places that are left out, 一百五 is 150."""
        if list(tokens) == [_ZERO]:
            return 0
        if tokens[-1:] == [_ZERO] or not _fits_together(tokens):
            return None
        said = [token for token in tokens if token != _ZERO]
        found = in_tens(said, self.digits, _UNITS, "十")
        if found is None or len(said) < 2 or not self._digit(said[-1]) or tokens[-2] == _ZERO:
            return found
        short = _UNITS.get(said[-2], 1)
        digit = self._digit(said[-1])
        return found + digit * (short // 10 - 1) if short > 10 else found

    def minor(self, tokens: Sequence[str], names: Sequence[str], *, alone: bool) -> int | None:
        """Read ``五角五分`` where there are 分; ``三块五`` is half a yuan more, ``三块零五`` five hundredths.

        零 says that there are no tenths, so only hundredths may follow it.
        """
        if "分" not in names:  # 三美元五 may be 3.50 as well as 3.05
            return super().minor(tokens, names, alone=alone) if len(tokens) > 1 else None
        if not alone and len(tokens) == 1 and re.fullmatch("[0-9]{2}", tokens[0]):
            return int(tokens[0]) or None  # 3块50
        gap = not alone and list(tokens[:1]) == [_ZERO]
        found, left = 0, list(tokens[1:] if gap else tokens)
        if len(left) % 2 and (len(left) > 1 or not alone):
            left.append("分" if gap or len(left) > 1 else _TENTHS[0])
        while left:
            value, name = self._digit(left[0]), "".join(left[1:2])
            left = left[2:]
            if name in _TENTHS and not found and value and not gap:
                found = 10 * value
            elif name == "分" and value and not left:
                found += value
            else:
                return None
        return found or None

    def _digit(self, token: str) -> int:
        """Give a single digit, said or written; 0 for anything else."""
        return int(self.digits.get(token, token if re.fullmatch("[0-9]", token) else "0"))


def _fits_together(tokens: Sequence[str]) -> bool:
    """Whether each 零 follows a unit, and no short form stands before ten thousands: 一百五万 is unclear."""
    places = [_UNITS.get(token, 0) for token in tokens]
    if any(token == _ZERO and not before for token, before in zip(tokens, [0, *places], strict=False)):
        return False
    ways = zip(places, places[1:], tokens[1:], places[2:], strict=False)
    return not any(
        first in (100, 1000) and not digit and then >= 10**4 and token != _ZERO
        for first, digit, token, then in ways
    )

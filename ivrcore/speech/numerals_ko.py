"""Korean words that callers say for numbers: Sino-Korean ones."""

from __future__ import annotations

from collections.abc import Sequence

from ivrcore.speech.network import one_of
from ivrcore.speech.numerals import Numerals, in_tens

_UNITS = {"십": 10, "백": 100, "천": 1000, "만": 10**4, "억": 10**8}


class Korean(Numerals):
    """Korean; zero is 공 in numbers of phones and accounts."""

    digits = {
        "공": "0",
        "영": "0",
        "일": "1",
        "이": "2",
        "삼": "3",
        "사": "4",
        "오": "5",
        "육": "6",
        "륙": "6",
        "칠": "7",
        "팔": "8",
        "구": "9",
    }
    others = frozenset(_UNITS)
    points = ("점",)
    nameless = frozenset("백천만")
    whole = staticmethod(one_of((*digits, *_UNITS)))

    def cardinal(self, tokens: Sequence[str]) -> int | None:
        """Read ``백이십삼``."""
        return in_tens(tokens, self.digits, _UNITS, "십백천만")

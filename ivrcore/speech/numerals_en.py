"""English words that callers say for numbers."""

from __future__ import annotations

from collections.abc import Sequence

from ivrcore.speech.network import Part, either, maybe, one_of, row
from ivrcore.speech.numerals import Numerals

DIGITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen")
_MORE_TEENS = ("fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_UNITS = {word: value for value, word in enumerate((*DIGITS, *_TEENS, *_MORE_TEENS), 1)}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2
    )
}
_SCALES = {"thousand": 10**3, "million": 10**6}


def _and(part: Part) -> Part:
    """Add a part that `and` may stand before."""
    return row(maybe(one_of(["and"])), part)


FEW = either(one_of((*_UNITS, *_TENS)), row(one_of(_TENS), one_of(DIGITS)))
_HUNDREDS = row(one_of((*DIGITS, "a")), one_of(["hundred"]), maybe(_and(FEW)))
_SOME = either(FEW, _HUNDREDS)
_TEEN_HUNDREDS = row(one_of((*_TEENS[1:], *_MORE_TEENS)), one_of(["hundred"]), maybe(_and(FEW)))
_THOUSANDS = row(either(_SOME, one_of(["a"])), one_of(["thousand"]), maybe(_and(_SOME)))
_MILLIONS = row(either(_SOME, one_of(["a"])), one_of(["million"]), maybe(either(_and(_SOME), _THOUSANDS)))


class English(Numerals):
    """English."""

    digits = {
        "zero": "0",
        "oh": "0",
        "one": "1",
        "two": "2",
        "three": "3",
        "four": "4",
        "five": "5",
        "six": "6",
        "seven": "7",
        "eight": "8",
        "nine": "9",
    }
    times = {"double": 2, "triple": 3}
    others = frozenset((*_UNITS, *_TENS, *_SCALES, "hundred", "and", "a"))
    points = ("point",)
    joins = ("and",)
    ones = ("a",)
    whole = staticmethod(either(one_of(["zero"]), _SOME, _TEEN_HUNDREDS, _THOUSANDS, _MILLIONS))
    few = staticmethod(FEW)

    def cardinal(self, tokens: Sequence[str]) -> int | None:
        """Read ``one hundred and twenty three``; fillers (``oh``, ``a``, ``and``) alone are none."""
        if list(tokens) == ["zero"]:
            return 0
        if tokens[:1] == ["and"] or tokens[-1:] == ["a"]:
            return None
        total, least, part = 0, 10**9, list[str]()
        for token in tokens:
            scale = _SCALES.get(token)
            if scale is None:
                part.append(token)
                continue
            count = _below_1000(part)
            if count is None or scale >= least:
                return None
            total, least, part = total + count * scale, scale, []
        rest = _below_1000(part) if part else 0
        return total + rest if tokens and rest is not None else None


def _below_1000(said: Sequence[str]) -> int | None:
    words = list(said[1:] if said[:1] == ["and"] and len(said) > 1 else said)
    if "hundred" not in words:
        return 1 if words == ["a"] else below_100(words)
    at = words.index("hundred")
    left, right = words[:at], words[at + 1 :]
    right = right[1:] if right[:1] == ["and"] and len(right) > 1 else right
    count = 1 if left == ["a"] else _UNITS.get(left[0]) if len(left) == 1 else None
    rest = below_100(right) if right else 0
    return None if count is None or rest is None else 100 * count + rest


def below_100(said: Sequence[str]) -> int | None:
    """Read a number below 100."""
    match said:
        case [one] if one.isascii() and one.isdigit() and len(one) < 10:
            return int(one)
        case [one]:
            return _UNITS.get(one) or _TENS.get(one)
        case [tens, one] if tens in _TENS and one in DIGITS:
            return _TENS[tens] + _UNITS[one]
    return None

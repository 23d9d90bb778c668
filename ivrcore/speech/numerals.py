"""How callers say numbers: the words of a language, and what they mean. Pure.

One class per language, as :mod:`ivrcore.dialplan.saying` has for what callers hear. What our own voices say
can be read back here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ivrcore.speech.grammar import UNSPACED, words
from ivrcore.speech.network import END, START, Draft, Network, Part

_WRITTEN = re.compile("[0-9]+")
_APART = re.compile("(?<=[0-9]) (?=[0-9])")
_GAP = "\0"
"""Between digits that are written apart, where spaces count for nothing else."""
_LONGEST = 12
"""Digits of a number that is written."""


class Numerals:
    """The words of one language; the class itself has none."""

    digits: Mapping[str, str] = {}
    """Word -> digit."""
    times: Mapping[str, int] = {}
    """Words before a digit that is said once for several: ``double seven``."""
    others: frozenset[str] = frozenset()
    """Words of larger numbers."""
    points: tuple[str, ...] = ()
    """What stands before decimals."""
    joins: tuple[str, ...] = ()
    """What may stand between an amount's two parts."""
    also: Mapping[str, tuple[str, ...]] = {}
    """Other names that callers have for a currency, by its name."""
    ones: tuple[str, ...] = ()
    """Words for one before a name: ``a euro``."""
    nameless: frozenset[str] = frozenset()
    """Numbers of one word that count only with the name of what is counted, where it has one: 천 원."""
    whole: Part | None = None
    """The ways to say a whole number; None where they are not known."""
    few: Part | None = None
    """The ways to say one from 1 to 99."""

    def __init__(self, code: str) -> None:
        self.spaced = code not in UNSPACED

    # --- digits one by one ----------------------------------------------------------------------------

    def digit_network(self, least: int, most: int) -> Network:
        """Give the ways to say so many digits."""
        draft = Draft()
        states = [START, *(draft.state() for _ in range(most))]
        for at in range(most):
            draft.add(states[at], states[at + 1], self.digits)
            for word, times in self.times.items():
                if at + times <= most:
                    then = draft.state()
                    draft.add(states[at], then, (word,))
                    draft.add(then, states[at + times], self.digits)
        for at in range(least, most + 1):
            draft.add(states[at], END)
        return draft.done()

    def read_digits(self, text: str) -> str:
        """Give the digits that are said; empty if anything else is. Written digits count too."""
        found, times = "", 0
        for word in self.tokens(text):
            if word in self.times and not times:
                times = self.times[word]
                continue
            digit = self.digits.get(word) or (word if word.isascii() and word.isdigit() else "")
            if not digit or (times and len(digit) > 1):
                return ""
            found, times = found + digit * (times or 1), 0
        return "" if times else found

    # --- numbers --------------------------------------------------------------------------------------

    def cardinal(self, tokens: Sequence[str]) -> int | None:
        """Give the whole number that is said; None if none is."""
        return None

    def counted(self, tokens: Sequence[str]) -> int | None:
        """Give how many are said before a name."""
        return 1 if len(tokens) == 1 and tokens[0] in self.ones else self.cardinal(tokens)

    def minor(self, tokens: Sequence[str], names: Sequence[str], *, alone: bool) -> int | None:
        """Give the hundredths of an amount that are said; ``alone`` they need their name."""
        tokens = tokens[1:] if tokens and tokens[0] in self.joins and not alone else tokens
        named = bool(tokens) and tokens[-1] in names
        if not named and alone:
            return None
        found = self.counted(tokens[:-1]) if named else self.cardinal(tokens)
        return found if found is not None and 0 < found < 100 else None

    # --- words ------------------------------------------------------------------------------------------

    def tokens(self, text: str, names: Iterable[str] = ()) -> list[str]:
        """Take a text apart into words and names; without spaces at the longest one that is known.

        Digits that are written together stay together.
        """
        said = list(words(text))
        if self.spaced:
            return _merged(said, {tuple(name.split()): name for name in names})
        known = {*self.digits, *self.times, *self.others, *self.points, *self.joins, *names}
        rest = _APART.sub(_GAP, " ".join(said)).replace(" ", "")
        longest, found = max(map(len, known)), list[str]()
        while rest:
            sizes = range(min(longest, len(rest)), 0, -1)
            written = _WRITTEN.match(rest)
            size = written.end() if written else next((size for size in sizes if rest[:size] in known), 1)
            found.append(rest[:size])
            rest = rest[size:].removeprefix(_GAP)
        return found

    def loop(self, names: Iterable[str]) -> Network:
        """Give all words of numbers, and these, in any order: for engines that know no other."""
        known = {*self.digits, *self.others, *self.points, *self.joins, *names}
        draft = Draft()
        at = draft.state()
        draft.add(START, at)
        draft.add(at, at, sorted(known))
        draft.add(at, END)
        return draft.done()


def _merged(said: list[str], names: Mapping[tuple[str, ...], str]) -> list[str]:
    """Put the words of a name together."""
    found: list[str] = []
    at = 0
    while at < len(said):
        sizes = range(max(map(len, names), default=0), 0, -1)
        size = next((size for size in sizes if tuple(said[at : at + size]) in names), 0)
        found.append(names[tuple(said[at : at + size])] if size else said[at])
        at += size or 1
    return found


def written_number(token: str) -> int | None:
    """Give the number that is written in digits, without zeros before it; None for anything else."""
    if not _WRITTEN.fullmatch(token) or len(token) > _LONGEST or (token[0] == "0" and len(token) > 1):
        return None
    return int(token)


def in_tens(
    tokens: Sequence[str], digits: Mapping[str, str], units: Mapping[str, int], bare: str
) -> int | None:
    """Read a number as Korean and Chinese build them: digits before 10, 100, 1000, by ten thousands.

    Units that are ``bare`` need no digit before them, 10,000 at the beginning only. Numbers that are written
    in digits may stand where there is room for them: 5000, 3만 5000, 15만.
    """
    total = part = 0
    digit: int | None = None
    least, large = 10_000, 10**12
    for token in tokens:
        unit = units.get(token)
        if unit is None:
            value = written_number(token) if digits.get(token) is None else int(digits[token])
            if value is None or digit is not None or (value >= least and len(tokens) > 1):
                return None
            digit = value
        elif unit < 10_000:
            if unit >= least or digit == 0 or (digit or 0) > 9 or (digit is None and token not in bare):
                return None
            part, digit, least = part + (1 if digit is None else digit) * unit, None, unit
        else:
            part += digit or 0
            if unit >= large or digit == 0 or not (part or (token in bare and not total)):
                return None
            total, part, digit, least, large = total + (part or 1) * unit, 0, None, 10_000, unit
    if not tokens or (digit == 0 and len(tokens) > 1):
        return None
    return total + part + (digit or 0)

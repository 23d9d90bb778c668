"""Telephone numbers in one form, so that no way of writing one passes where another is refused.

The form is E.164 with its ``+`` (ITU-T E.164 §6: at most 15 digits) wherever the country is known, else the
digits as they are dialled. Pure.
"""

from __future__ import annotations

SHORTEST, LONGEST = 2, 15
"""Digits."""
FILLERS = " \t-./()\u00a0\u2010\u2011\u2013"
"""What people write between digits."""
_DIGITS = frozenset("0123456789")


def canonical(
    text: str, *, country: str = "", international: tuple[str, ...] = ("00",), national: str = "0"
) -> str | None:
    """Give the number's one form, or None if it is none.

    ``country`` is the country code of this site, without which numbers within the country stay as dialled;
    ``international`` are the prefixes that stand for ``+`` here, ``national`` the one before area codes.
    """
    plain = "".join(letter for letter in text if letter not in FILLERS)
    abroad = plain.startswith("+")
    digits = plain.removeprefix("+")
    if not digits or not set(digits) <= _DIGITS:
        return None
    if not abroad:
        digits, abroad = _abroad(digits, country, international, national)
    if abroad:
        digits = _without_trunk_zero(digits, country, national)
        if _has_trunk_zero(digits, country, national):
            return None  # no number begins so, but a carrier may read it as one that does not
    if not SHORTEST <= len(digits) <= LONGEST or (abroad and digits.startswith("0")):
        return None
    return f"+{digits}" if abroad else digits


def _abroad(digits: str, country: str, international: tuple[str, ...], national: str) -> tuple[str, bool]:
    """Read what was dialled without a ``+``."""
    for prefix in sorted(international, key=len, reverse=True):
        if prefix and digits.startswith(prefix):
            return digits[len(prefix) :], True
    if country and national and digits.startswith(national):
        return country + digits[len(national) :], True
    return digits, False


def _without_trunk_zero(digits: str, country: str, national: str) -> str:
    """Read ``+82 (0)2 …`` as ``+82 2 …``: the same phone must not have two forms."""
    if _has_trunk_zero(digits, country, national):
        return country + digits[len(country) + len(national) :]
    return digits


def _has_trunk_zero(digits: str, country: str, national: str) -> bool:
    """Tell whether the prefix before area codes stands behind the country code.

    One without a zero (8 in Russia, 1 in America) may be the begin of an area code: +7 800 is one.
    """
    return bool(country) and national.startswith("0") and digits.startswith(country + national)

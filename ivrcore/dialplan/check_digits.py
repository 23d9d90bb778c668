"""Check digits: whether a number that a caller entered can be right. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def luhn(digits: str) -> bool:
    """Judge by ISO/IEC 7812-1, annex B: card numbers, many account numbers."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def mod97(digits: str) -> bool:
    """Judge by ISO/IEC 7064, MOD 97-10: the whole number leaves 1."""
    return int(digits) % 97 == 1


def mod11(digits: str) -> bool:
    """Judge by weights 2, 3, 4 … 7, 2, … from the right, the check digit being 11 minus the rest."""
    weighted = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(digits[:-1])))
    return (weighted + int(digits[-1])) % 11 == 0


JUDGES: Mapping[str, Callable[[str], bool]] = {"luhn": luhn, "mod97": mod97, "mod11": mod11}
"""Rule -> whether a number of at least one digit follows it."""

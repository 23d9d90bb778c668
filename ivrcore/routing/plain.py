"""What plugins gave, made plain: finite numbers, texts and mappings of exact types, as a journal keeps them.

Everything here gives a value that is the same after the journal wrote and read it, or raises
:class:`TypeError`, :class:`ValueError` or :class:`OverflowError` for one that cannot be used. Must not know
which plugin it came from, or what is done when it is unfit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from ivrcore.routing.facts import Memory
from ivrcore.routing.need import AGENTS, SKILLS, TIER

KeyPart = tuple[int, float | str]
"""A part of a key made comparable with any other: numbers before words."""

NUMBERS = (float, int)
"""What most parts of keys are."""
EXACT = 2**53
"""Whole numbers up to this are the same as floating-point numbers."""
WHOLE = 2**63
"""Whole numbers up to this are kept as they are."""
FARTHEST = math.nextafter(math.inf, 0.0)
"""What stands for infinity in keys: the greatest number that can be written down."""
LEAST_PAUSE = 0.1
"""Seconds after which a plugin may be asked again at the earliest: one that names a time gone by must not
spin."""
NEVER = 1e9
"""Seconds from now (three decades) after which a time counts as never."""
DEEPEST = 8
"""How deep what is asked of a rule may be nested."""


def key(parts: Any) -> tuple[KeyPart, ...]:
    """Make parts of any two keys comparable; infinity is farther than anything else."""
    return tuple([(0, p) if type(p) in NUMBERS and -EXACT <= p <= EXACT else _part(p) for p in parts])


def _part(part: Any) -> KeyPart:
    if isinstance(part, str):
        return 1, text(part)
    return 0, number(part, -FARTHEST, FARTHEST)


def number(value: Any, least: float, most: float) -> float:
    """Give a number within bounds, the nearest of these where it is not."""
    if type(value) is float and least <= value <= most:
        return value
    plain = _real(value)
    if math.isnan(plain):
        raise ValueError("not a number")
    return min(max(plain, least), most)


def _real(value: Any) -> float:
    if isinstance(value, int):
        whole = int(value)
        return whole if -EXACT <= whole <= EXACT else float(whole)
    if not isinstance(value, Real):
        raise TypeError(f"a number is wanted, not a {type(value).__name__}")
    return float(value)


def later(until: Any, now: float) -> float | None:
    """Give a time to ask again (UTC seconds), not at once; None for never."""
    if until is None:
        return None
    at = float(_real(until))
    if math.isnan(at):
        raise ValueError("a time that is not a number")
    return max(at, now + LEAST_PAUSE) if at < now + NEVER else None


def text(value: Any) -> str:
    """Give a text that can be written down: no halves of characters."""
    if type(value) is str and value.isascii():
        return value
    plain = str.__str__(value if isinstance(value, str) else str(value))
    plain.encode()
    return plain


def memory(given: Memory) -> dict[str, bool | int | float | str | None]:
    """Give what a strategy remembers."""
    return {_name(name): _scalar(value) for name, value in given.items()}


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"a name is wanted, not a {type(value).__name__}")
    return text(value)


def _scalar(value: Any) -> bool | int | float | str | None:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, int):
        if not -WHOLE <= value <= WHOLE:
            raise ValueError("a number that is too great")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that is not finite")
        return float(value)
    raise TypeError(f"a {type(value).__name__}, which the journal cannot keep")


def asked(need: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is asked of rules of eligibility; of those that the core reads too, in their shape."""
    if not isinstance(need, Mapping):
        raise TypeError(f"a need is a mapping, not a {type(need).__name__}")
    return {_name(rule): SHAPES.get(rule, _as_is)(_value(value)) for rule, value in need.items()}


def _value(value: Any, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, Mapping):
        return {text(_scalar(name)): _value(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_value(inner, depth + 1) for inner in value)
    return _scalar(value)


def _as_is(value: Any) -> Any:
    return value


def _levels(value: Any) -> dict[str, int] | None:
    """Skill -> least level, or pairs of these."""
    if value is None:
        return None
    pairs = value.items() if isinstance(value, dict) else value
    return {_name(skill): _whole(level) for skill, level in pairs}


def _tiers(value: Any) -> tuple[int | None, ...] | None:
    """Least and most tier, and what lower ones count as; each may be None."""
    if value is None or value == ():
        return None
    if not isinstance(value, tuple) or len(value) not in (2, 3):
        raise ValueError("two or three tiers are wanted")
    return tuple(None if tier is None else _whole(tier) for tier in value)


def _names(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, tuple):
        raise TypeError("a list of names is wanted")
    return tuple(_name(name) for name in value)


def _whole(value: Any) -> int:
    if not isinstance(value, int | float) or isinstance(value, bool) or value != int(value):
        raise ValueError("a whole number is wanted")
    return int(value)


SHAPES: Mapping[str, Callable[[Any], Any]] = {SKILLS: _levels, TIER: _tiers, AGENTS: _names}
"""Rules whose question the core reads itself -> what is made of it."""

"""Durations as people write them: read as seconds, and told again. Must not know of files and problems."""

from __future__ import annotations

import re
from math import isfinite

_WRITTEN = re.compile(
    r"(?:([0-9]{1,4})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,7})m(?!s))?"
    r"(?:([0-9]{1,9}(?:\.[0-9]{1,6})?)s)?(?:([0-9]{1,9})ms)?"
)
PATTERN = r"^(0|([0-9]{1,4}d)?([0-9]{1,5}h)?([0-9]{1,7}m)?([0-9]{1,9}(\.[0-9]{1,6})?s)?([0-9]{1,9}ms)?)$"
"""The same as a JSON Schema has it; it takes the empty text too."""
DAY, HOUR, MINUTE = 86_400, 3600, 60


def parse_duration(text: str) -> float | None:
    """Read ``5s``, ``500ms``, ``1m30s``, ``1.5s``, ``2d`` or ``0`` as seconds; None for what is none."""
    if text == "0":
        return 0.0
    match = _WRITTEN.fullmatch(text)
    if not match or not text:
        return None
    days, hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return days * DAY + hours * HOUR + minutes * MINUTE + seconds + milliseconds / 1000


def in_words(seconds: float) -> str:
    """Tell a duration as people do, to milliseconds: ``20 s``, ``1 min 30 s``, ``1 h``, ``2 days``."""
    if not isfinite(seconds):
        return f"{seconds:g} s"
    if seconds < 0:
        return f"-{in_words(-seconds)}"
    minutes, rest = divmod(round(seconds, 3), MINUTE)
    hours, minute = divmod(int(minutes), 60)
    days, hour = divmod(hours, 24)
    told = [f"{days} day{'s' * (days > 1)}"] * (days > 0) + [f"{hour} h"] * (hour > 0)
    told += [f"{minute} min"] * (minute > 0)
    rest = round(rest, 3)
    return " ".join([*told, f"{rest:g} s"] if rest or not told else told)

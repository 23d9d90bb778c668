"""Seconds of Asterisk as durations of ours."""

from __future__ import annotations

import re

from ivrcore.importing.extensions.pieces import Untold
from ivrcore.problems import quoted

_SECONDS = re.compile(r"\d{1,5}(?:\.\d+)?")


def seconds(text: str, what: str, least: float = 0.0, most: float = 120.0) -> str:
    """Write seconds as a duration, within what the step takes."""
    if not _SECONDS.fullmatch(text.strip()):
        raise Untold(f"{what} {quoted(text)} is no number of seconds")
    number = min(most, max(least, float(text)))
    return f"{number:g}s" if number >= 1 or number == 0 else f"{number * 1000:.0f}ms"

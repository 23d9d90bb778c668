"""A moment as a person writes it: ``24h`` ago, or a date. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from ivrcore.errors import RequestRefused
from ivrcore.problems import quoted

_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


def moment(text: str, now: float) -> float:
    """Give UTC seconds: so long before ``now``, or a time of ISO 8601, which is UTC unless it says otherwise.

    Raise RequestRefused for anything else.
    """
    ago = _AGO.fullmatch(text.strip())
    if ago is not None:
        return now - int(ago[1]) * _UNITS[ago[2]]
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise RequestRefused(
            f"{quoted(text)} is no time", hint="write how long ago, such as 24h or 7d, or 2026-11-22T08:00"
        ) from error

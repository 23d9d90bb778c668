"""Asterisk's time specifications as opening hours and conditions:
``times,weekdays,mdays,months[,timezone]``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import available_timezones

from ivrcore.importing.draft import Value
from ivrcore.importing.extensions.arguments import split
from ivrcore.importing.extensions.pieces import Untold

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")


@dataclass(frozen=True, slots=True)
class Times:
    """When something holds: opening hours (weekday or range: spans), or None for always; days of the year."""

    open: dict[str, Value] | None
    dates: str
    zone: str
    name: str


def read_times(text: str) -> Times:
    """Read a specification; raise :class:`Untold`."""
    if "|" in text and "," not in text:
        text = text.replace("|", ",")
    times, weekdays, mdays, months, zone = [*split(text), "", "", "", "", ""][:5]
    if len(split(text)) < 4:
        raise Untold(f"the time {text!r} has not four parts", "write times,weekdays,mdays,months")
    clocks = [span for part in times.split("&") for span in _spans(part)]
    days = _names(weekdays, DAYS)
    dates = " and ".join(part for part in (_months(months), _mdays(mdays)) if part)
    opened: dict[str, Value] | None = None
    if clocks or days:
        spans: Value = _shown(clocks)
        opened = dict.fromkeys(_ranges(days) if days else ["daily"], spans)
    if zone and zone not in available_timezones():
        raise Untold(f"there is no time zone {zone!r}", "write one such as Europe/Berlin")
    return Times(opened, dates, zone, _name(days, clocks))


def _any(part: str) -> bool:
    return part.strip() in ("*", "")


def _spans(part: str) -> list[tuple[str, str]]:
    """Give one range of times as spans within a day; none for any time."""
    if _any(part):
        return []
    ends = [_CLOCK.fullmatch(one.strip()) for one in part.split("-")]
    if len(ends) != 2 or ends[0] is None or ends[1] is None:
        raise Untold(f"the time {part!r} is not from-to", "write 9:00-17:00")
    begin, end = (int(one[1]) * 60 + int(one[2]) for one in ends if one)
    if begin >= 1440 or end >= 1440:
        raise Untold(f"the time {part!r} is not one of a day", "write 9:00-17:00")
    end += end % 60 == 59  # Asterisk counts the last minute in: 8:00-16:59 means until five
    if (begin, end) == (0, 1440):
        return []
    if begin < end:
        return [(_clock(begin), _clock(end))]
    return [("00:00", _clock(end)), (_clock(begin), "24:00")] if end else [(_clock(begin), "24:00")]


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _shown(clocks: Sequence[tuple[str, str]]) -> Value:
    if not clocks:
        return "00:00-24:00"
    spans: list[Value] = [f"{begin}-{end}" for begin, end in _together(clocks)]
    return spans[0] if len(spans) == 1 else spans


def _together(clocks: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Join spans that overlap or touch."""
    joined: list[tuple[str, str]] = []
    for begin, end in sorted(clocks):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return joined


def _names(part: str, known: Sequence[str]) -> list[int]:
    """Give the places of names or ranges of them, such as ``mon-fri&sun``; none for any."""
    if _any(part):
        return []
    found: set[int] = set()
    for piece in part.split("&"):
        words = [word.strip().casefold()[:3] for word in piece.split("-")]
        if len(words) > 2 or any(word not in known for word in words):
            raise Untold(f"{part!r} has none of {', '.join(known)}")
        first, last = known.index(words[0]), known.index(words[-1])
        found |= (
            set(range(first, last + 1))
            if first <= last
            else set(range(first, len(known))) | set(range(last + 1))
        )
    return sorted(found)


def _ranges(days: Sequence[int]) -> list[str]:
    """Write weekdays as ranges: ``mon-fri``."""
    runs: list[list[int]] = []
    for day in days:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    return [DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs]


def _months(part: str) -> str:
    months = _names(part, MONTHS)
    if not months or len(months) == 12:
        return ""
    return _either([f"contains(time.date, '-{month + 1:02d}-')" for month in months])


def _mdays(part: str) -> str:
    if _any(part):
        return ""
    days: list[int] = []
    for piece in part.split("&"):
        ends = piece.strip().split("-")
        if len(ends) > 2 or not all(end.strip().isdigit() and 1 <= int(end) <= 31 for end in ends):
            raise Untold(f"{part!r} are no days of a month")
        first, last = int(ends[0]), int(ends[-1])
        days += range(first, last + 1) if first <= last else [*range(first, 32), *range(1, last + 1)]
    return _either([f"ends_with(time.date, '-{day:02d}')" for day in sorted(set(days))])


def _either(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({' or '.join(parts)})"


def _name(days: Sequence[int], clocks: Sequence[tuple[str, str]]) -> str:
    """Make a name such as ``mon_fri_0900_1700``."""
    words = [word.replace("-", "_") for word in _ranges(days)] if days else ["daily"]
    words += [f"{begin}_{end}".replace(":", "") for begin, end in _together(clocks)]
    return "_".join(words)[:40].strip("_")

"""Figures of agents that several strategies sort by, and how their settings are read. No plugin by itself."""

from __future__ import annotations

from collections.abc import Sequence

from ivrcore.api import (
    Candidate,
    Key,
    Options,
    Ranked,
    Window,
    check_options,
    read_seconds,
    want_seconds,
)

HOUR = 3600.0
LONGEST = 4 * HOUR
"""Seconds that the core keeps of the past."""
SHARES = 120.0
"""A figure that changes with time is looked at again after this part of its window."""


def number(options: Options, name: str, default: float) -> float:
    """Give a setting that is a number of at least 0; raise ValueError for anything else."""
    value = options.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ValueError(f"{name} must be a number")
    return float(value)


def seconds(options: Options, name: str, default: float) -> float:
    """Give a setting in seconds, written as a number or like ``90s``, ``15m``, ``1h``; else ValueError."""
    return number({name: read_seconds(options.get(name, default))}, name, default)


def one_of(options: Options, name: str, known: Sequence[str]) -> str:
    """Give a setting that is one of these words, the first unless said otherwise; else ValueError."""
    value = options.get(name, known[0])
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}")
    return str(value)


def window(options: Options) -> float:
    """Give the seconds of the option ``window``: an hour unless said otherwise, at most four."""
    return max(1.0, min(seconds(options, "window", HOUR), LONGEST))


def idle(candidate: Candidate) -> Key:
    """Sort by contacts in hand, then by who is idle for longest."""
    return (candidate.load, candidate.idle_since)


def share(part: float, seen: Window) -> float:
    """Give a part of the staffed time in thousandths: what differs by less is alike."""
    return round(min(1.0, part / max(1.0, seen.staffed)), 3)


def renewed(key: Key, length: float, now: float) -> Ranked:
    """Give a key that changes with time: looked at again after a small part of its window."""
    return Ranked(key, now + max(1.0, length / SHARES))


def ago(candidate: Candidate, now: float) -> str:
    """Say how long an agent is idle."""
    return f"idle for {max(0.0, now - candidate.idle_since):.0f} s"


def span(length: float) -> str:
    """Say a length of time shortly."""
    return f"{length / 60:.0f} min" if length >= 60 else f"{length:.0f} s"


class LeastShare:
    """Sorts by a part of the staffed time within a window; a strategy says which part, and explains it."""

    @staticmethod
    def part(seen: Window) -> float:
        """Give the seconds of that part."""
        raise NotImplementedError

    def check(self, options: Options) -> Sequence[str]:
        """Look for options that there are not, or that are not possible."""
        return check_options(options, {"window": want_seconds(1, LONGEST)})

    def key(self, candidate: Candidate, options: Options, now: float) -> Key | Ranked:
        """Give the share; with nothing of that part in it, it stays so until the agent's next contact."""
        length = window(options)
        seen = candidate.window(length, now)
        key = (share(self.part(seen), seen), *idle(candidate))
        return renewed(key, length, now) if self.part(seen) else key

"""The values that scenarios have beyond configurations': times of day, spans, distributions."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from ivrcore.durations import parse_duration
from ivrcore.fields import Fields, kind_of
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.simulator.chance import NEVER, Duration, Empirical, Exponential, Fixed, Gamma, Lognormal
from ivrcore.simulator.rules import BAD_CLOCK, BAD_DURATION
from ivrcore.yamltree import MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from ivrcore.location import Location

DAY = 86_400.0
SHAPES = ("exponential", "lognormal", "gamma", "values")
HINT = "write 3m, {exponential: 3m}, {lognormal: 3m, cv: 0.8}, {gamma: 3m, cv: 0.5} or {values: [2m, 3m]}"
_CLOCK = re.compile(r"([01]?[0-9]|2[0-4]):([0-5][0-9])")


def parse_clock(text: str) -> float | None:
    """Read ``09:00`` as seconds since midnight, up to ``24:00``; None if it is none."""
    match = _CLOCK.fullmatch(text.strip())
    seconds = int(match[1]) * 3600.0 + int(match[2]) * 60.0 if match else None
    return None if seconds is None or seconds > DAY else seconds


def clock(seconds: float) -> str:
    """Write seconds since midnight as ``09:00``."""
    minutes = round(seconds / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"


def midnights(begins: float, end: float) -> list[float]:
    """Give when the days of a run begin (seconds of the simulation), the first one at or before its 0.

    The run begins at a time of day and lasts so long, both in seconds.
    """
    return [day * DAY - begins for day in range(math.ceil((begins + end) / DAY))]


def read_clock(text: str, location: Location, problems: Problems) -> float:
    """Read a time of day; 0, with the problem reported, for anything else."""
    found = parse_clock(text)
    if found is None:
        problems.report(BAD_CLOCK, location, f"{quoted(text)} is no time of day", "write it as 09:00")
    return found or 0.0


def read_spans(fields: Fields, key: str) -> tuple[tuple[float, float], ...]:
    """Read one span of a day (``09:00-17:30``) or a list of them; ``22:00-06:00`` ends on the next day."""
    found = []
    for node in fields.texts(key):
        begin, _, end = node.text.partition("-")
        span = parse_clock(begin), parse_clock(end)
        if span[0] is None or span[1] is None or span[0] == span[1]:
            message = f"{fields.what}: {quoted(node.text)} is no span of a day"
            hint = "write it as 09:00-17:30 or 22:00-06:00"
            fields.problems.report(BAD_CLOCK, node.location, message, hint)
        else:
            found.append((span[0], span[1] if span[0] < span[1] else span[1] + DAY))
    return tuple(found)


def read_duration(fields: Fields, key: str, default: Duration) -> Duration:
    """Read how long something takes: a duration, a distribution, or ``never``."""
    entry = fields.entry(key)
    if entry is None:
        return default
    found = _duration(entry.value, fields)
    if found is NEVER and default is not NEVER:
        message = f"{fields.what}: {quoted(key)} cannot be 'never': only patience has no end"
        fields.problems.report(BAD_DURATION, entry.value.location, message, HINT)
    elif found is None:
        message = f"{fields.what}: {quoted(key)} cannot be {kind_of(entry.value)}"
        fields.problems.report(BAD_DURATION, entry.value.location, message, HINT)
    return found or default


def _duration(node: Node, fields: Fields) -> Duration | None:
    if isinstance(node, ScalarNode):
        seconds = parse_duration(node.text)
        return NEVER if node.text == "never" else None if seconds is None else Fixed(seconds)
    if isinstance(node, MapNode):
        shape = next((name for name in SHAPES if node.get(name)), "")
        if not shape:
            names = [entry.key for entry in node.entries]
            fields.problems.report(
                BAD_DURATION, node.location, f"{fields.what}: no distribution", did_you_mean(names[0], SHAPES)
            )
            return Fixed(0.0)
        return _distribution(Fields(node, fields.problems, f"{fields.what}, {shape}"), shape)
    return None


def _distribution(fields: Fields, shape: str) -> Duration:
    if shape == "values":
        found: Duration = _values(fields)
    else:
        mean = fields.seconds(shape, 60.0, least=0.001)
        if shape == "exponential":
            found = Exponential(mean)
        else:
            cv = fields.number("cv", 1.0, least=0.01, most=20.0)
            found = Lognormal(mean, cv) if shape == "lognormal" else Gamma(mean, cv)
    fields.finish()
    return found


def _values(fields: Fields) -> Empirical:
    seconds = []
    for node in fields.texts("values"):
        found = parse_duration(node.text)
        if found is None:
            fields.bad(node.location, f"{quoted(node.text)} is no duration", "write it as 5s, 500ms or 1m30s")
        else:
            seconds.append(found)
    return Empirical(tuple(seconds) or (60.0,))

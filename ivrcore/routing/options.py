"""A plugin's options: what an admin wrote, read as seconds, and checked against a table of what is wanted.

A problem begins with the path of the option, such as ``rules[2].after: ``, so that it can be shown at its
place in the file.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ivrcore.durations import in_words, parse_duration
from ivrcore.model.roster import HIGHEST_LEVEL
from ivrcore.problems import did_you_mean, quoted
from ivrcore.routing.facts import Options

_NUMBERS = {1: "one", 2: "two"}
Wanted = Callable[[str, Any], Iterable[str]]
"""Told the path of an option and its value; gives the problems, each beginning with a path."""


def check_options(options: Options, known: Mapping[str, Wanted], needed: Iterable[str] = ()) -> list[str]:
    """Give what is wrong with options: names that are not known, needed ones missing, values unfit."""
    return list(_fields("", options, known, needed))


def read_seconds(value: Any) -> float:
    """Read a number of seconds, or a text such as ``1m30s``; raise :class:`ValueError` for what is none."""
    if type(value) is float and math.isfinite(value):
        return value
    read = parse_duration(value) if isinstance(value, str) else value
    if isinstance(read, int | float) and not isinstance(read, bool) and math.isfinite(read):
        return float(read)
    raise ValueError("not a duration")


def want_seconds(least: float = 0.0, most: float = math.inf) -> Wanted:
    """Want a duration between two bounds: seconds, or a text such as ``1m30s``."""

    def check(path: str, value: Any) -> Iterator[str]:
        try:
            read = read_seconds(value)
        except ValueError:
            yield _wrong(path, "seconds or a duration such as 1m30s", value)
        else:
            if read < least:
                yield _wrong(path, f"a duration of at least {in_words(least)}", value)
            if read > most:
                yield _wrong(path, f"a duration of at most {in_words(most)}", value)

    return check


def want_number(least: float = -math.inf, most: float = math.inf, *, whole: bool = False) -> Wanted:
    """Want a finite number between two bounds, these included."""
    kind = "a whole number" if whole else "a number"
    bounds = (f" from {least:g}" if least > -math.inf else "") + (f" to {most:g}" if most < math.inf else "")

    def check(path: str, value: Any) -> Iterator[str]:
        right = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not right or not (least <= value <= most and math.isfinite(value)):
            yield _wrong(path, kind + bounds, value)

    return check


def want_text(path: str, value: Any) -> Iterator[str]:
    """Want a text that is not empty."""
    if not isinstance(value, str) or not value:
        yield _wrong(path, "a text", value)


def want_truth(path: str, value: Any) -> Iterator[str]:
    """Want true or false."""
    if not isinstance(value, bool):
        yield _wrong(path, "true or false", value)


def want_one_of(*words: str) -> Wanted:
    """Want one of these words."""

    def check(path: str, value: Any) -> Iterator[str]:
        if value not in words:
            yield _wrong(path, "one of " + ", ".join(words), value)

    return check


def want_list(of: Wanted, least: int = 0) -> Wanted:
    """Want a list of so many at least, each as wanted."""

    def check(path: str, value: Any) -> Iterator[str]:
        if isinstance(value, str) or not isinstance(value, Sequence) or len(value) < least:
            yield _wrong(
                path, "a list" + (f" of {_NUMBERS.get(least, least)} or more" if least else ""), value
            )
            return
        for number, item in enumerate(value, start=1):
            yield from of(f"{path}[{number}]", item)

    return check


def want_fields(known: Mapping[str, Wanted], needed: Iterable[str] = ()) -> Wanted:
    """Want a mapping with these keys."""
    wanted = tuple(needed)

    def check(path: str, value: Any) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield _wrong(path, f"a mapping ({', '.join(known)})", value)
        else:
            yield from _fields(path, value, known, wanted)

    return check


def want_levels(path: str, value: Any) -> Iterator[str]:
    """Want a mapping of skills to levels."""
    if not isinstance(value, Mapping):
        yield _wrong(path, "a mapping (skill: level)", value)
        return
    level = want_number(1, HIGHEST_LEVEL, whole=True)
    for skill, given in value.items():
        yield from level(f"{path}.{skill}", given)


def _fields(
    path: str, value: Mapping[str, Any], known: Mapping[str, Wanted], needed: Iterable[str]
) -> Iterator[str]:
    inside = f"{path}." if path else ""
    for name, given in value.items():
        check = known.get(name)
        if check is not None:
            yield from check(inside + name, given)
        elif known:
            yield f"{inside}{name}: there is no such option; {did_you_mean(str(name), known)}"
        else:
            yield f"{inside}{name}: there are no options"
    for name in needed:
        if name not in value:
            yield f"{path}: {name!r} is missing" if path else f"{name!r} is missing"


def _wrong(path: str, wanted: str, value: Any) -> str:
    if isinstance(value, Mapping):
        shown = "a mapping"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        shown = "a list" if value else "an empty list"
    else:
        shown = quoted(value) if isinstance(value, str) else str(value).lower()
    return f"{path}: {wanted} is wanted, not {shown}"

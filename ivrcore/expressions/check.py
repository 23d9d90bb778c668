"""What can be told of an expression without running it: names that nobody knows."""

from __future__ import annotations

from collections.abc import Collection

from ivrcore.expressions import rules
from ivrcore.expressions.syntax import Expression, Place
from ivrcore.expressions.text import Template
from ivrcore.problems import Problems, did_you_mean, quoted


def unknown_names(read: Expression | Template, known: Collection[str]) -> tuple[Place, ...]:
    """Give the names that are none of ``known``, each time with its place."""
    return tuple(place for place in read.places if place.name not in known)


def report_unknown_names(read: Expression | Template, known: Collection[str], problems: Problems) -> None:
    """Report the names that are none of ``known``, with the nearest one that is."""
    for place in unknown_names(read, known):
        hint = did_you_mean(place.name, known)
        problems.report(rules.UNKNOWN_NAME, place.location, f"there is no {quoted(place.name)}", hint)

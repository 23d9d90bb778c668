"""The contact order ``score``: time waited plus points, the highest score first.

The score is seconds waited + base + skill points, as in mod_callcenter; with ``point: 1m`` it is minutes
waited + priority, as in Genesys. A contact is overtaken only by those who come within the time that their
points are worth more.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ivrcore.api import (
    ContactOrder,
    Options,
    VisitFacts,
    check_options,
    hookimpl,
    read_seconds,
    want_number,
    want_seconds,
)

MOST = 14_400
"""Points at most, either way: seconds of four hours, which is all that the router lets points be worth."""
_POINTS = want_number(-MOST, MOST)


def _want_points(path: str, value: Any) -> list[str]:
    if not isinstance(value, Mapping):
        return [f"{path}: a mapping (skill: points) is wanted"]
    return [problem for skill, given in value.items() for problem in _POINTS(f"{path}.{skill}", given)]


KNOWN = {
    "point": want_seconds(0.001),
    "base": _POINTS,
    "priority": _POINTS,
    "skills": _want_points,
}


class ByScore:
    """The highest score first: time waited plus points, a constant head start.

    Option ``point``: the waiting that a point is worth (default `1s`).

    Option ``base``: points of everybody in the queue (default 0; -14400 to 14400, as all points).

    Option ``priority``: points of a step of priority (default 1).

    Option ``skills``: points of a contact that asks for a skill (skill: points).
    """

    name = "score"

    def check(self, options: Options) -> Sequence[str]:
        """What a point is worth, and who has how many."""
        return check_options(options, KNOWN)

    def skills(self, options: Options) -> Collection[str]:
        """Give the skills that have points."""
        return tuple(options.get("skills", ()))

    def place(self, visit: VisitFacts, options: Options) -> float:
        """Give its arrival, earlier by its points."""
        points: float = options.get("base", 0) + options.get("priority", 1) * visit.priority
        points += sum(worth for skill, worth in options.get("skills", {}).items() if skill in visit.skills)
        return visit.since - points * read_seconds(options.get("point", 1))


@hookimpl
def ivrcore_contact_orders() -> Sequence[ContactOrder]:
    """Offer the order under its name."""
    return (ByScore(),)

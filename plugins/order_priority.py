"""The contact order ``priority``: higher priority first, then who came earlier, and nobody starves.

Who has one step less but has waited ``ageing`` longer goes first. So a contact is overtaken only by those who
come within the time that their steps are worth.
"""

from collections.abc import Sequence

from ivrcore.api import (
    ContactOrder,
    Options,
    VisitFacts,
    check_options,
    hookimpl,
    read_seconds,
    want_seconds,
)

AGEING = 300.0
"""Seconds that a step of priority is worth."""


class ByPriority:
    """Higher priority first, then who came earlier: a constant head start.

    Option ``ageing``: the waiting that a step of priority is worth (default `5m`).
    """

    name = "priority"

    def check(self, options: Options) -> Sequence[str]:
        """Nothing but the worth of a step."""
        return check_options(options, {"ageing": want_seconds()})

    def place(self, visit: VisitFacts, options: Options) -> float:
        """Give its arrival, earlier by its priority."""
        return visit.since - visit.priority * read_seconds(options.get("ageing", AGEING))


@hookimpl
def ivrcore_contact_orders() -> Sequence[ContactOrder]:
    """Offer the order under its name."""
    return (ByPriority(),)

"""The contact order ``weights``: between queues, who has waited longest times the queue's weight goes first.

With a weight of 3 a minute counts as three. Unlike app_queue's weights these compare contacts that the same
free agent may have, and no others: a heavy queue never holds an agent back who does not serve it, and no
weight outlives the bound after which the router lets a contact go before all that came later.
"""

from collections.abc import Sequence

from ivrcore.api import (
    ContactOrder,
    Options,
    QueueView,
    VisitFacts,
    check_options,
    hookimpl,
    read_seconds,
    want_number,
    want_seconds,
)

AGEING = 300.0
"""Seconds that a step of priority is worth."""


class ByWeight:
    """Between queues the longest wait times the queue's weight; within it as `priority`.

    Option ``weight``: what waiting in this queue counts (default 1; 0.01 to 100).

    Option ``ageing``: as in `priority`.
    """

    name = "weights"

    def check(self, options: Options) -> Sequence[str]:
        """A weight above nothing."""
        return check_options(options, {"weight": want_number(0.01, 100), "ageing": want_seconds()})

    def place(self, visit: VisitFacts, options: Options) -> float:
        """Give its arrival, earlier by its priority."""
        return visit.since - visit.priority * read_seconds(options.get("ageing", AGEING))

    def claim(self, place: float, queue: QueueView, options: Options, now: float) -> float:
        """Give the weight times the wait; a wait below nothing (negative priority) is not weighed."""
        waited = now - place
        return waited * float(options.get("weight", 1)) if waited > 0 else waited


@hookimpl
def ivrcore_contact_orders() -> Sequence[ContactOrder]:
    """Offer the order under its name."""
    return (ByWeight(),)

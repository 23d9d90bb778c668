"""The contact order ``service_level``: the queue that is furthest behind its target goes first.

Of the visits of the last half hour that were answered, or abandoned after the queue's threshold, the share
answered within it is the service level. A queue without such visits counts as on target. Queues equally far
behind go by the wait. A contact that has waited ``longest`` thresholds goes before all of other queues that
have not, so nobody starves in a queue that is always ahead.
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
TARGET = 0.8
LONGEST = 6.0
"""Thresholds after which a contact goes first whatever the service level."""
WORTH = 86_400.0
"""Seconds of waiting that a queue wholly behind is ahead of one on target: a hundredth is 14 minutes."""

KNOWN = {
    "target": want_number(0.01, 1),
    "longest": want_number(1),
    "ageing": want_seconds(),
}


class ByServiceLevel:
    """Between queues the one furthest behind its target; within it as `priority`.

    Option ``target``: the share wanted within the threshold (default 0.8).

    Option ``longest``: after so many thresholds a contact goes first whatever the levels (default 6).

    Option ``ageing``: as in `priority`.
    """

    name = "service_level"

    def check(self, options: Options) -> Sequence[str]:
        """A target from 0.01 to 1, and when it no longer counts."""
        return check_options(options, KNOWN)

    def place(self, visit: VisitFacts, options: Options) -> float:
        """Give its arrival, earlier by its priority."""
        return visit.since - visit.priority * read_seconds(options.get("ageing", AGEING))

    def claim(self, place: float, queue: QueueView, options: Options, now: float) -> float:
        """Give the wait, with what the shortfall is worth."""
        waited, target = now - place, float(options.get("target", TARGET))
        if waited >= float(options.get("longest", LONGEST)) * queue.threshold:
            return 2 * WORTH + waited
        level = queue.in_threshold / queue.answered if queue.answered else target
        return WORTH * (target - level) + waited


@hookimpl
def ivrcore_contact_orders() -> Sequence[ContactOrder]:
    """Offer the order under its name."""
    return (ByServiceLevel(),)

"""What a contact-order plugin provides: which of the waiting contacts goes first."""

from __future__ import annotations

from typing import Protocol

from ivrcore.routing.facts import Options, VisitFacts


class ContactOrder(Protocol):
    """Orders contacts within a queue, and speaks for the first one among several queues. Pure.

    It may also have `claim(place, queue: QueueView, options, now) -> float`: how urgent the first contact of
    a queue is against those of others, in seconds; most first. Without it that is ``now - place``. Should
    let nobody starve, and cannot do worse than the router lets it: a place counts within four hours of when
    the contact came, a claim for its first half hour of waiting.
    """

    @property
    def name(self) -> str:
        """As configuration names it."""

    def place(self, visit: VisitFacts, options: Options) -> float:
        """Give the order of service within the queue, least first, as a time: from when it counts as waiting.

        Asked once, and again when the contact's priority is changed: it may not change by itself.
        """

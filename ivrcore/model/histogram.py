"""A histogram as plain numbers: counts per bucket, sum and count. Must not know who exports it."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import msgspec

MOST_ID = 121
"""Characters of a contact's id that is shown: OpenMetrics allows 128 with the label's name, `contact`."""


class Exemplar(NamedTuple):
    """A contact that was counted: where to look when a number asks why."""

    contact: str
    value: float
    """What was observed; 1 where contacts are only counted."""
    at: float
    """UTC seconds."""


class Histogram(msgspec.Struct, kw_only=True, dict=True):
    """Observations by size; ``edges`` are inclusive upper bounds, ascending, without the infinite one."""

    edges: tuple[float, ...]
    counts: list[int] = []
    """One per edge and a last one for everything beyond; not cumulative."""
    total: float = 0.0
    """Sum of all observations."""

    def __post_init__(self) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.edges) + 1)
        # No field: of this process, for who looks now; snapshots do without.
        self.exemplars: dict[int, Exemplar] = {}

    def observe(self, value: float, contact: str = "", at: float = 0.0) -> None:
        """Count one observation; of a contact at a time (UTC seconds), it is its bucket's exemplar."""
        bucket = bisect_left(self.edges, value)
        self.counts[bucket] += 1
        self.total += value
        if contact and len(contact) <= MOST_ID:
            self.exemplars[bucket] = Exemplar(contact, value, at)

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts)

    def cumulative(self) -> list[tuple[str, float]]:
        """Give Prometheus's buckets: (``le`` as text, observations up to it), ending with ``+Inf``."""
        running = 0
        buckets: list[tuple[str, float]] = []
        for edge, count in zip((*self.edges, float("inf")), self.counts, strict=True):
            running += count
            buckets.append(("+Inf" if edge == float("inf") else str(float(edge)), running))
        return buckets

    def add_edge(self, edge: float) -> None:
        """Tell sizes up to ``edge`` apart from now on; those counted before in its bucket stay beyond it."""
        at = bisect_left(self.edges, edge)
        if at == len(self.edges) or self.edges[at] != edge:
            self.edges = (*self.edges[:at], edge, *self.edges[at:])
            self.counts.insert(at, 0)
            kept = {bucket: one for bucket, one in self.exemplars.items() if bucket != at}
            self.exemplars = {bucket + (bucket > at): one for bucket, one in kept.items()}

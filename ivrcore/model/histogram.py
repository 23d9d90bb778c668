"""A histogram as plain numbers: counts per bucket, sum and count. Must not know who exports it."""

from __future__ import annotations

from bisect import bisect_left

import msgspec


class Histogram(msgspec.Struct, kw_only=True):
    """Observations by size; ``edges`` are inclusive upper bounds, ascending, without the infinite one."""

    edges: tuple[float, ...]
    counts: list[int] = []
    """One per edge and a last one for everything beyond; not cumulative."""
    total: float = 0.0
    """Sum of all observations."""

    def __post_init__(self) -> None:
        if not self.counts:
            self.counts = [0] * (len(self.edges) + 1)

    def observe(self, value: float) -> None:
        """Count one observation."""
        self.counts[bisect_left(self.edges, value)] += 1
        self.total += value

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

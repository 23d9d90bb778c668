"""What a metric is: name, kind, labels, meaning, and how it is read from the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from ivrcore.metrics.rows import Row, View

Kind = Literal["counter", "gauge", "histogram"]


def exported(name: str, kind: Kind) -> str:
    """Give the name that a query uses for a metric."""
    return {"counter": f"{name}_total", "gauge": name, "histogram": f"{name}_bucket"}[kind]


@dataclass(frozen=True, slots=True)
class Metric:
    """``name`` is without the suffix that the kind adds; ``read`` gives one row per set of labels."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    read: Callable[[View], Iterable[Row]]

    @property
    def exported(self) -> str:
        """The name that a query uses."""
        return exported(self.name, self.kind)

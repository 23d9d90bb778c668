"""What a dashboard is: rows of panels, each with queries and what it says. Must not know Grafana."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["lines", "stacked", "number", "bars", "table"]
"""Lines over time, the same stacked, one number of now, bars of now, a table of now."""


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and the legend of its series: text with ``{{label}}`` slots; of a table, the column's title."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """``says`` is one sentence for who reads it; ``unit`` is Grafana's word for the unit.

    ``amber`` and ``red`` are where a number changes its colour; where ``red`` is below ``amber``, low is bad.
    """

    title: str
    says: str
    queries: tuple[Query, ...]
    kind: Kind = "lines"
    unit: str = "short"
    width: int = 8
    amber: float | None = None
    red: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """Panels below one heading."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable that the reader chooses on top of the board: values of ``label`` of ``metric``."""

    label: str
    metric: str


@dataclass(frozen=True, slots=True)
class Board:
    """One dashboard; ``name`` is its file's name and in its address."""

    name: str
    title: str
    says: str
    rows: tuple[Row, ...]
    choices: tuple[Choice, ...] = field(default=())

    def panels(self) -> Iterator[Panel]:
        """Give them in reading order."""
        for row in self.rows:
            yield from row.panels


def a_minute(metric: str, by: str = "", where: str = "") -> str:
    """Query how often a counter counts, per minute, by the labels."""
    total = f"sum by ({by})" if by else "sum"
    return f"60 * {total} (rate({metric}{_braces(where)}[$__rate_interval]))"


def in_an_hour(metric: str, by: str = "", where: str = "") -> str:
    """Query how much a counter counted in the last hour, by the labels."""
    total = f"sum by ({by})" if by else "sum"
    return f"{total} (increase({metric}{_braces(where)}[1h]))"


def share(part: str, whole: str) -> str:
    """Query a share; nothing where the whole is none."""
    return f"{part} / ({whole} > 0)"


def mean(histogram: str, by: str = "", where: str = "") -> str:
    """Query the mean of what a histogram saw in the last hour."""
    return share(in_an_hour(f"{histogram}_sum", by, where), in_an_hour(f"{histogram}_count", by, where))


def quantile(q: float, histogram: str, by: str = "", where: str = "") -> str:
    """Query a quantile of what a histogram saw in the last hour, estimated within its bucket."""
    labels = ", ".join(filter(None, ("le", by)))
    return f"histogram_quantile({q}, sum by ({labels}) (increase({histogram}_bucket{_braces(where)}[1h])))"


def _braces(where: str) -> str:
    return f"{{{where}}}" if where else ""

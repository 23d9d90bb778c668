"""What a recording rule is made from: counts with a symbol, and measures as formulas of these symbols. Pure.

A rule is named as Prometheus' convention has it, ``level:metric:operations``. Counts are recorded as the
increase over a window, so each measure is one short line over what was recorded before it, and every
variant of a service level is visibly made of the same numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SYMBOL = re.compile(r"[A-Z]\w*")

SHORT, LONG = "5m", "1h"
BOTH = (SHORT, LONG)
BURN = ("30m", "6h")
"""The windows that alerts on the burning of a service level need beside these."""


@dataclass(frozen=True, slots=True)
class Count:
    """``increase`` over a window of ``series``, recorded as ``name``; of a ``gauge`` its change instead."""

    symbol: str
    series: str
    name: str
    meaning: str
    gauge: bool = False
    among: str = ""
    """Series of which these are a part that may be missing: it counts 0 then, where any of them is there."""

    def over(self, window: str, by: str) -> str:
        """Give the expression that counts from the raw series."""
        function = "delta" if self.gauge else "increase"
        counted = f"sum{by}({function}({self.series}[{window}]))"
        return f"{counted} or 0 * sum{by}({function}({self.among}[{window}]))" if self.among else counted

    def record(self, level: str, window: str) -> str:
        """Name the rule."""
        return f"{level}:{self.name}:{'delta' if self.gauge else 'increase'}{window}"


@dataclass(frozen=True, slots=True)
class Measure:
    """``top / bottom``, formulas of symbols; where the bottom is 0 there is nothing to say, and no series."""

    name: str
    operation: str
    """``ratio``, or ``mean`` for seconds."""
    top: str
    bottom: str
    meaning: str
    more: tuple[str, ...] = ()
    """Windows beside those of its level."""

    @property
    def formula(self) -> str:
        """Give it as people write it."""
        return " / ".join(_bracketed(part) for part in (self.top, self.bottom))

    def record(self, level: str, window: str) -> str:
        """Name the rule."""
        return f"{level}:ivrcore_{self.name}:{self.operation}_{window}"

    @property
    def symbols(self) -> set[str]:
        """Name the counts that it is made of."""
        return set(SYMBOL.findall(f"{self.top} {self.bottom}"))


def _bracketed(formula: str) -> str:
    return f"({formula})" if " " in formula else formula


@dataclass(frozen=True, slots=True)
class Rule:
    """One recording rule."""

    record: str
    expr: str
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """What is measured for each set of ``labels``: counts, and measures made of them.

    ``of`` is a finer level whose recorded counts this one adds up. ``inline`` records no counts: where there
    are very many series, a few measures cost less.
    """

    name: str
    labels: tuple[str, ...]
    counts: Mapping[str, Count]
    measures: tuple[Measure, ...]
    windows: tuple[str, ...] = BOTH
    of: str = ""
    inline: bool = False

    @property
    def by(self) -> str:
        """Give the clause that groups."""
        return f" by ({', '.join(self.labels)}) " if self.labels else ""

    def rules(self, window: str) -> Iterator[Rule]:
        """Give the rules for a window, each after what it is made of."""
        measured = [one for one in self.measures if window in (*self.windows, *one.more)]
        needed = set().union(*(one.symbols for one in measured))
        if not self.inline:
            for count in self.counts.values():
                if count.symbol in needed:
                    yield Rule(count.record(self.name, window), self._counted(count, window), count.meaning)
        for one in measured:
            top, bottom = self._written(one.top, window), self._written(one.bottom, window)
            yield Rule(one.record(self.name, window), f"({top}) / (({bottom}) > 0)", one.meaning)

    def _counted(self, count: Count, window: str) -> str:
        if self.of:
            return f"sum({count.record(self.of, window)})"
        return count.over(window, self.by)

    def _written(self, formula: str, window: str) -> str:
        def replace(found: re.Match[str]) -> str:
            count = self.counts[found[0]]
            return count.over(window, self.by) if self.inline else count.record(self.name, window)

        return SYMBOL.sub(replace, formula)


def table(counts: Iterable[Count]) -> Mapping[str, Count]:
    """Give counts by symbol."""
    return {count.symbol: count for count in counts}

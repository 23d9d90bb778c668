"""The benchmark's long run: thousands of utterances by each engine, and what they leave in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.lab.apart import apart
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.soak_speech import LOOKS, MOST_PER_THOUSAND, SOAKS, WARM_UP, run

if TYPE_CHECKING:
    from ivrcore.lab.soak_speech import Found

COUNT = 10_000
HEAD = (
    "heard by",
    "utterances",
    "heard %",
    "MB at first",
    "MB at the end",
    "kB per 1,000",
    "limit kB",
    "",
    "CPU ms each",
)


def soak(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Have each engine hear 10,000 utterances, in a process of its own."""
    rows = []
    for name, one in SOAKS.items():
        found = apart(run, one, COUNT // 20 if quick else COUNT, print)
        rows.append(row(name, found))
        say(f"{name}: {rows[-1][5]} kB per 1,000 utterances")
    note = f"The slope of the straight line that fits best, after the first {100 * WARM_UP // LOOKS} %."
    return Table("Memory over 10,000 utterances", HEAD, rows, [note])


def row(name: str, found: Found) -> list[str]:
    """Give a row: resident memory after the warm-up and at the end, and its slope."""
    slope = found.per_thousand
    total = found.ends.total()
    return [
        name,
        f"{total:,}",
        f"{100 * found.heard:.1f}",
        f"{found.looks[WARM_UP][1] / 1e6:.1f}",
        f"{found.looks[-1][1] / 1e6:.1f}",
        f"{slope / 1000:+.1f}",
        f"{MOST_PER_THOUSAND / 1000:.0f}",
        "kept" if slope <= MOST_PER_THOUSAND else OVER,
        f"{1000 * found.cpu / total:.1f}",
    ]

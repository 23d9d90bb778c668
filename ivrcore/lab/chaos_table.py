"""The table of a chaos run, and its place in the documentation."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.lab.bench_figures import Table, markdown, percentile, replaced
from ivrcore.model.names import AdoptedIn

if TYPE_CHECKING:
    from ivrcore.lab.chaos import Point

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"
MARK, READY_MARK = "chaos", "ready"


def table(points: Sequence[Point], run: str) -> Table:
    """Sum up the points by the event at which the server was killed."""
    targets = sorted({point.target for point in points})
    rows = [_row(target, [point for point in points if point.target == target]) for target in targets]
    rows.append(_row("**all**", points))
    seeds = f"{points[0].seed}–{points[-1].seed}" if points else "none"
    snapshots = sum(point.began > 0 for point in points)
    return Table(
        f"{len(points)} kills, seeds {seeds}",
        ("killed at", "points", "live, fewest", *AdoptedIn, "ended", "ready s, median", "most", "wrong"),
        rows,
        (
            "dialplan, queue, offered, talk: contacts that went on, by where they were; ended: contacts "
            "whose callers left around the kill; ready: from the start of the process until the link stood",
            f"before {snapshots} of the kills a snapshot of the journal was made, from which starts begin",
            "wrong: of a point, and of the end of all calls after it",
            run,
        ),
    )


def _row(name: str, points: Sequence[Point]) -> list[str]:
    ready = [point.ready for point in points]
    return [
        name,
        str(len(points)),
        str(min((point.live for point in points), default=0)),
        *(str(sum(point.adopted.get(where, 0) for point in points)) for where in AdoptedIn),
        str(sum(point.closed for point in points)),
        f"{percentile(ready, 0.5):.1f}",
        f"{max(ready):.1f}",
        str(sum(len(point.wrong) for point in points)),
    ]


def write(made: Table, mark: str) -> None:
    """Put the table into the documentation, in the place of the one before with that mark."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, mark, markdown(made)), encoding="utf-8")

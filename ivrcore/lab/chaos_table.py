"""The tables of chaos runs, and their places in the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ivrcore.lab.bench_figures import Table, markdown, percentile, replaced
from ivrcore.model.names import AdoptedIn

if TYPE_CHECKING:
    from ivrcore.lab.chaos_crashes import Crash
    from ivrcore.lab.chaos_cuts import Cut
    from ivrcore.lab.chaos_kills import Kill

PAGE = Path(__file__).resolve().parents[2] / "docs/reliability.md"
READY_MARK, HANDED_MARK = "ready", "hand-over"
WRONG = "wrong: of a point, and of the end of all calls after it"


def of_kills(points: Sequence[Kill], run: str) -> Table:
    """Sum up the points by the event at which the server was killed."""
    snapshots = sum(point.began > 0 for point in points)
    return Table(
        f"{len(points)} kills, {_seeds(points)}",
        ("killed at", "points", "live, fewest", *AdoptedIn, "ended", "ready s, median", "most", "wrong"),
        _rows(points, lambda point: point.target, _of_kills),
        (
            "dialplan, queue, offered, talk: contacts that went on, by where they were; ended: contacts "
            "whose callers left around the kill; ready: from the start of the process until the link stood",
            f"among those who were live: {_doing(points)}",
            f"before {snapshots} of the kills a snapshot of the journal was made, from which starts begin",
            WRONG,
            run,
        ),
    )


def _doing(points: Sequence[Kill]) -> str:
    """Say how many contacts were doing what at the kills."""
    counts: Counter[str] = Counter()
    for point in points:
        counts.update(point.doing)
    return ", ".join(f"{count} {what}" for what, count in sorted(counts.items())) or "nobody special"


def _of_kills(points: Sequence[Kill]) -> list[str]:
    return [
        *(str(sum(point.adopted.get(where, 0) for point in points)) for where in AdoptedIn),
        str(sum(point.closed for point in points)),
        *_spread([point.ready for point in points]),
    ]


def of_cuts(points: Sequence[Cut], run: str) -> Table:
    """Sum up the points by how the link was lost."""
    return Table(
        f"{len(points)} losses of the link, {_seeds(points)}",
        (
            "loss", "points", "live, fewest", "went on", "ended", "noticed", "after s, median", "most",
            "back s, median", "most", "wrong",
        ),
        _rows(points, lambda point: str(point.loss), _of_cuts),
        (
            "cut: both sides are told; frozen: nothing passes and nobody is told; deaf: nothing that "
            "Asterisk says comes to the server; mute: the other way round; forgotten: only the server is "
            f"told; each for up to {max(point.seconds for point in points):g} s",
            "noticed: how many, and how long after the loss; the others were over before; back: from the "
            "moment at which the network was whole until the link stood and every call was looked for",
            "went on: contacts open before and after; ended: whose callers left, or were served, around it",
            WRONG,
            run,
        ),
    )  # fmt: skip


def _of_cuts(points: Sequence[Cut]) -> list[str]:
    noticed = [point.noticed for point in points if point.noticed is not None]
    backs = [point.back for point in points if point.noticed is not None]
    return [
        str(sum(point.went_on for point in points)),
        str(sum(point.ended for point in points)),
        str(len(noticed)),
        *_spread(noticed),
        *_spread(backs),
    ]


def of_crashes(points: Sequence[Crash], run: str) -> Table:
    """Sum up the points by the event at which Asterisk was killed."""
    return Table(
        f"{len(points)} crashes of Asterisk, {_seeds(points)}",
        (
            "killed at", "points", "live, fewest", "talking", "closed", "noticed s, median", "most",
            "back s, median", "most", "wrong",
        ),
        _rows(points, lambda point: point.target, _of_crashes),
        (
            "closed: contacts closed as inferred: all that were live; talking: how many of them talked to "
            "an agent; noticed: from the crash until the server knew; back: from the start of Asterisk, "
            f"which was away for up to {max(point.seconds for point in points):.0f} s, until the link stood",
            WRONG,
            run,
        ),
    )  # fmt: skip


def _of_crashes(points: Sequence[Crash]) -> list[str]:
    return [
        str(sum(point.talking for point in points)),
        str(sum(point.closed for point in points)),
        *_spread([point.noticed for point in points]),
        *_spread([point.back for point in points]),
    ]


def _seeds(points: Sequence[Any]) -> str:
    """Name the seeds, in order, and which of them lack."""
    seeds = sorted(point.seed for point in points)
    if not seeds:
        return "no seeds"
    lacking = [str(seed) for seed in range(seeds[0], seeds[-1]) if seed not in set(seeds)]
    return f"seeds {seeds[0]}–{seeds[-1]}" + (f" without {', '.join(lacking)}" if lacking else "")


def _rows(
    points: Sequence[Any], by: Callable[[Any], str], more: Callable[[Sequence[Any]], list[str]]
) -> list[list[str]]:
    """Give a row for each name that the points have, and one for all."""
    names = sorted({by(point) for point in points})
    groups = {name: [point for point in points if by(point) == name] for name in names}
    return [
        [
            name,
            str(len(group)),
            str(min((point.live for point in group), default=0)),
            *more(group),
            str(sum(len(point.wrong) for point in group)),
        ]
        for name, group in [*groups.items(), ("**all**", list(points))]
    ]


def _spread(seconds: Sequence[float]) -> tuple[str, str]:
    """Give the median and the most; nothing for nothing."""
    if not seconds:
        return "–", "–"
    return f"{percentile(seconds, 0.5):.1f}", f"{max(seconds):.1f}"


def write(made: Table, mark: str) -> None:
    """Put the table into the documentation, in the place of the one before with that mark."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(replaced(page, mark, markdown(made)), encoding="utf-8")

"""A threshold curve as an SVG picture and as CSV: what other bounds would have made of the same answers."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivrcore.simulator.picture import chart_style
from ivrcore.speech.decide import Bounds
from ivrcore.speech.scoring import Result

if TYPE_CHECKING:
    from ivrcore.speech.scoring import Score, Share

COLOURS = ("#1b6ca8", "#2e8b57", "#d1495b", "#c27b0a")
WIDTH, HEIGHT = 720, 400
COLUMNS = ("accept", "confirm", "right", "right_low", "right_high", "false", "false_low", "false_high")
RESULTS = (Result.ACCEPTED, Result.CONFIRMED, Result.WRONG, Result.CONFIRMED_WRONG, Result.REJECTED)


@dataclass(frozen=True)
class Line:
    """One line of the picture: what share of what, with its interval."""

    name: str
    share: Callable[[Score], Share]


def along(scores: Sequence[Score]) -> list[Score]:
    """Give the part of a curve that goes with ``accept``: ``confirm`` as usual, or not above it."""
    usual = Bounds().confirm
    return [one for one in scores if abs(one.bounds.confirm - min(usual, one.bounds.accept)) < 1e-6]


def curve_svg(title: str, scores: Sequence[Score], lines: Sequence[Line]) -> str:
    """Draw shares over ``accept``, with their intervals of Wilson."""
    import pygal

    drawn = along(scores)
    chart = pygal.Line(
        title=title,
        style=chart_style(COLOURS),
        width=WIDTH,
        height=HEIGHT,
        explicit_size=True,
        disable_xml_declaration=True,
        no_prefix=True,
        js=[],  # none from elsewhere: a picture is to be seen without a network
        x_title="accept (confirm: 0.7, or as low as accept)",
        y_title="%",
        range=(0, 100),
        legend_at_bottom=True,
        dots_size=2,
        value_formatter=lambda value: f"{value:g}",
    )
    chart.x_labels = [f"{one.bounds.accept:g}" for one in drawn]
    for line in lines:
        chart.add(line.name, [_point(line.share(one)) for one in drawn])
    return str(chart.render(is_unicode=True)) + "\n"


def _point(share: Share) -> dict[str, Any]:
    low, high = (round(100 * end, 1) for end in share.interval())
    return {"value": round(100 * (share.share or 0.0), 1), "ci": {"low": low, "high": high}}


def curve_csv(scores: Sequence[Score]) -> str:
    """Write the whole curve: a line for each pair of bounds; of those in the grammar, and of the others."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n")
    counted = [f"{where}_{result.value}" for where in ("inside", "outside") for result in RESULTS]
    write.writerow([*COLUMNS, *counted])
    for one in scores:
        shares = [_three(share) for share in (one.right, one.false_accepts)]
        counts = [where[result] for where in (one.inside, one.outside) for result in RESULTS]
        write.writerow([f"{one.bounds.accept:g}", f"{one.bounds.confirm:g}", *shares[0], *shares[1], *counts])
    return text.getvalue()


def _three(share: Share) -> tuple[str, str, str]:
    low, high = share.interval()
    return "" if share.share is None else f"{share.share:.4f}", f"{low:.4f}", f"{high:.4f}"

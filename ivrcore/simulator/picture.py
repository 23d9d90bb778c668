"""A comparison, or a plan, as an SVG picture: small charts by pygal, side by side."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ivrcore.durations import in_words
from ivrcore.simulator.measures import ALL, Unit
from ivrcore.simulator.values import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.simulator.compare import Comparison
    from ivrcore.simulator.estimate import Estimate
    from ivrcore.simulator.measures import Measure
    from ivrcore.simulator.staffing import Checked, Planned, Target

COLOURS = ("#1b6ca8", "#d1495b", "#2e8b57", "#8a5fbf", "#c27b0a", "#3f7f87", "#7a4a2b", "#5b6470")
WIDTH = 420
BAR = 34
FRAME = 90
ACROSS = 3
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="{}" height="{}" viewBox="0 0 {} {}">'


def comparison_svg(comparison: Comparison) -> str:
    """Draw a chart for every measure of all queues together, with intervals."""
    height = FRAME + BAR * len(comparison.results)
    drawn = [
        each
        for each in comparison.measures(ALL)
        if each.unit is not Unit.COUNT and comparison.can_be(ALL, each)  # callers are the same
    ]
    return _side_by_side([_bars(comparison, each, height) for each in drawn], height)


def _side_by_side(charts: Sequence[str], height: int) -> str:
    rows = math.ceil(len(charts) / ACROSS)
    wide, high = WIDTH * min(ACROSS, len(charts)), height * rows
    placed = [
        f'<g transform="translate({WIDTH * (number % ACROSS)} {height * (number // ACROSS)})">{chart}</g>'
        for number, chart in enumerate(charts)
    ]
    return "\n".join([SVG.format(wide, high, wide, high), *placed, "</svg>\n"])


def _bars(comparison: Comparison, measure: Measure, height: int) -> str:
    import pygal

    scale = 100.0 if measure.unit is Unit.SHARE else 1.0
    results = comparison.results[::-1]  # pygal draws from below
    found = [result.estimate(ALL, measure) for result in results]
    ends = [one.mean if math.isnan(one.half) else one.high for one in found if not math.isnan(one.mean)]
    chart = pygal.HorizontalBar(**_options(f"{measure.words}, {measure.unit}", WIDTH, height))
    chart.range = (0.0, max((*ends, 0.01)) * scale)
    chart.x_labels = [result.name for result in results]
    colours = [COLOURS[number % len(COLOURS)] for number in range(len(results))][::-1]
    chart.add("", [_bar(one, scale, colour) for one, colour in zip(found, colours, strict=True)])
    return str(chart.render(is_unicode=True))


def _bar(found: Estimate, scale: float, colour: str) -> dict[str, Any] | None:
    if math.isnan(found.mean):
        return None
    bar: dict[str, Any] = {"value": found.mean * scale, "color": colour}
    if not math.isnan(found.half):
        bar["ci"] = {"low": found.low * scale, "high": found.high * scale}
    return bar


def chart_style(colours: Sequence[str]) -> Any:
    """Give how charts look, with the colours of their lines or bars."""
    from pygal.style import Style

    return Style(
        background="#ffffff",
        plot_background="#ffffff",
        colors=tuple(colours),
        title_font_size=14,
        label_font_size=11,
        major_label_font_size=11,
        legend_font_size=11,
    )


def _options(title: str, width: int, height: int) -> dict[str, Any]:
    return {
        "title": title,
        "style": chart_style(COLOURS),
        "width": width,
        "height": height,
        "explicit_size": True,
        "disable_xml_declaration": True,
        "js": [],  # none from elsewhere: a picture is to be seen without a network
        "show_legend": False,
        "truncate_label": 40,
        "include_x_axis": True,
        "value_formatter": lambda value: f"{value:g}",
        "max_scale": 6,
    }


def plan_svg(planned: Sequence[Planned], checked: Sequence[Checked], target: Target) -> str:
    """Draw the agents by interval, and the service level as planned and as simulated."""
    import pygal

    times = [clock(each.interval.begin) for each in planned]
    wide, high = max(720, 24 * len(planned)), 300
    agents = pygal.Bar(**_options("agents at the phone, and scheduled", wide, high) | {"show_legend": True})
    agents.x_labels = times
    agents.add("at the phone", [each.agents for each in planned])
    agents.add("scheduled", [each.scheduled for each in planned])
    levels = pygal.Line(
        **_options(f"answered within {in_words(target.threshold)}, %", wide, high) | {"show_legend": True}
    )
    levels.x_labels = times
    levels.range = (0, 100)
    levels.add("target", [100 * target.service_level] * len(planned), show_dots=False)
    levels.add("planned", [100 * each.steady.service_level if each.agents else None for each in planned])
    if checked:
        found = [each.service_level for each in checked]
        levels.add("simulated", [_bar(one, 100.0, COLOURS[2]) for one in found])
    charts = (str(agents.render(is_unicode=True)), str(levels.render(is_unicode=True)))
    placed = [
        f'<g transform="translate(0 {high * number})">{chart}</g>' for number, chart in enumerate(charts)
    ]
    return "\n".join([SVG.format(wide, 2 * high, wide, 2 * high), *placed, "</svg>\n"])

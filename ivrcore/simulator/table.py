"""A comparison, or a plan, as a table for people and as CSV for programs."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING

from ivrcore.simulator.measures import Unit
from ivrcore.simulator.values import clock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivrcore.simulator.compare import Comparison, Result
    from ivrcore.simulator.estimate import Estimate
    from ivrcore.simulator.measures import Measure
    from ivrcore.simulator.staffing import Checked, Planned, Target

NONE = "–"


def table(comparison: Comparison) -> str:
    """Write one block per queue that anybody came to, then how the variants differ from the first one."""
    quiet = comparison.quiet if len(comparison.queues) > 1 else ()
    blocks = [_block(comparison, queue) for queue in comparison.shown if queue not in quiet]
    if quiet:
        blocks.append(f"nobody came to, so left out: {', '.join(quiet)}")
    runs = comparison.replications
    said = f"{runs} replications" if runs > 1 else "one run, intervals from its slices"
    blocks.append(f"{said}; ± is half a confidence interval of 95 %")
    return "\n\n".join(blocks) + "\n"


def _block(comparison: Comparison, queue: str) -> str:
    measures = [each for each in comparison.measures(queue) if comparison.can_be(queue, each)]
    first, *others = comparison.results
    title = (
        f"queue {queue}" if queue else "all queues" if len(comparison.queues) > 1 else comparison.queues[0]
    )
    rows = [[title, *(measure.words for measure in measures)]]
    rows += [
        _row(result.name, [result.estimate(queue, each) for each in measures], measures)
        for result in comparison.results
    ]
    for result in others:
        found = [comparison.against_first(result, queue, each) for each in measures]
        rows.append(_row(f"{result.name} − {first.name}", found, measures, sign="+"))
    return aligned(rows)


def _row(name: str, found: Sequence[Estimate], measures: Sequence[Measure], sign: str = "") -> list[str]:
    return [name, *(shown(one, measure.unit, sign) for one, measure in zip(found, measures, strict=True))]


def shown(found: Estimate, unit: Unit, sign: str = "") -> str:
    """Write an estimate with its interval."""
    if math.isnan(found.mean):
        return NONE
    match unit:
        case Unit.SHARE:
            scale, digits, word = 100.0, 1, " %"
        case Unit.SECONDS:
            scale, digits, word = 1.0, 1, " s"
        case Unit.INDEX:
            scale, digits, word = 1.0, 3, ""
        case Unit.COUNT:
            scale, digits, word = 1.0, 0, ""
    mean = f"{round(found.mean * scale, digits) + 0.0:{sign}.{digits}f}"  # + 0.0: there is no -0.0
    return mean + word if math.isnan(found.half) else f"{mean} ± {found.half * scale:.{digits}f}{word}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Line up columns: the first one to the left, the others to the right; a rule under the head."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    lines = [_line(row, widths) for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(row, widths, strict=True)
    return "   ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]).rstrip()


# --- CSV --------------------------------------------------------------------------------------------

CSV_HEAD = (
    "variant",
    "queue",
    "measure",
    "mean",
    "low",
    "high",
    "values",
    "difference",
    "difference_low",
    "difference_high",
)


def comparison_csv(comparison: Comparison) -> str:
    """Write a row per variant, queue (empty for all) and measure; shares are 0 to 1, times seconds."""
    rows: list[Sequence[object]] = [CSV_HEAD]
    for result in comparison.results:
        for queue in comparison.shown:
            rows += [_csv_row(comparison, result, queue, each) for each in comparison.measures(queue)]
    return _csv(rows)


def _csv_row(comparison: Comparison, result: Result, queue: str, measure: Measure) -> list[object]:
    found = result.estimate(queue, measure)
    row = [result.name, queue, measure.name, *_numbers(found), found.values]
    if result is comparison.results[0]:
        return [*row, "", "", ""]
    return [*row, *_numbers(comparison.against_first(result, queue, measure))]


def _numbers(found: Estimate) -> list[str]:
    return ["" if math.isnan(each) else f"{each:.6g}" for each in (found.mean, found.low, found.high)]


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


# --- plans ------------------------------------------------------------------------------------------

PLAN_HEAD = (
    "interval",
    "contacts",
    "AHT",
    "load",
    "agents",
    "scheduled",
    "service level",
    "ASA",
    "abandoned",
    "occupancy",
)


def plan_table(planned: Sequence[Planned], checked: Sequence[Checked], target: Target) -> str:
    """Write the plan, beside it what the simulation says if there was one, and what it takes in all."""
    head = [*PLAN_HEAD, *(("simulated", "verdict") if checked else ())]
    rows = [head]
    for number, each in enumerate(planned):
        row = _plan_row(each)
        if checked:
            row += [shown(checked[number].service_level, Unit.SHARE), verdict(checked[number], target)]
        rows.append(row)
    hours = sum(each.agents * each.interval.length for each in planned) / 3600
    paid = sum(each.scheduled * each.interval.length for each in planned) / 3600
    return f"{aligned(rows)}\n\n{hours:.1f} agent hours at the phone, {paid:.1f} scheduled\n"


def _plan_row(each: Planned) -> list[str]:
    one, found = each.interval, each.steady
    if not each.agents:
        return [clock(one.begin), "0", NONE, NONE, "0", "0", NONE, NONE, NONE, NONE]
    return [
        clock(one.begin),
        f"{one.contacts:g}",
        f"{one.handling:.0f} s",
        f"{one.load.erlangs:.1f} E",
        str(each.agents),
        str(each.scheduled),
        f"{100 * found.service_level:.1f} %",
        f"{each.asa:.1f} s",
        f"{100 * found.abandoned:.1f} %",
        f"{100 * found.occupancy:.1f} %",
    ]


def verdict(found: Checked, target: Target) -> str:
    """Say in a word whether the simulation keeps the target."""
    if math.isnan(found.service_level.mean):
        return ""
    return "MISSES" if found.misses(target) else "close" if found.doubtful(target) else "kept"


PLAN_CSV_HEAD = (
    "interval",
    "contacts",
    "aht",
    "patience",
    "erlangs",
    "agents",
    "scheduled",
    "service_level",
    "asa",
    "abandoned",
    "occupancy",
    "simulated",
    "simulated_low",
    "simulated_high",
    "verdict",
)


def plan_csv(planned: Sequence[Planned], checked: Sequence[Checked], target: Target) -> str:
    """Write a row per interval; shares are 0 to 1, times seconds."""
    rows: list[Sequence[object]] = [PLAN_CSV_HEAD]
    for number, each in enumerate(planned):
        one, found = each.interval, each.steady
        patience = one.patience if math.isfinite(one.patience) else ""
        row: list[object] = [clock(one.begin), f"{one.contacts:g}", f"{one.handling:g}", patience]
        figures = (found.service_level, each.asa, found.abandoned, found.occupancy)
        row += [
            f"{one.load.erlangs:.4g}",
            each.agents,
            each.scheduled,
            *(f"{value:.6g}" for value in figures),
        ]
        if checked:
            row += [*_numbers(checked[number].service_level), verdict(checked[number], target)]
        else:
            row += ["", "", "", ""]
        rows.append(row)
    return _csv(rows)

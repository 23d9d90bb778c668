"""Reads a forecast: CSV or YAML of what is expected per interval, or the mean day of a journal."""

from __future__ import annotations

import csv
import math
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ivrcore.durations import in_words, parse_duration
from ivrcore.errors import RequestRefused
from ivrcore.fields import Fields, read_number
from ivrcore.location import Location
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.simulator.chance import Exponential
from ivrcore.simulator.erlang import MOST_ERLANGS, MOST_PATIENT
from ivrcore.simulator.rules import BAD_ROW, BEYOND, NO_SCENARIO
from ivrcore.simulator.staffing import Interval
from ivrcore.simulator.values import DAY, parse_clock
from ivrcore.yamltree import ListNode, Node, parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.simulator.past import History
    from ivrcore.simulator.traffic import Past

COLUMNS = ("interval", "contacts", "aht", "patience")
USUAL = 1800.0
"""Seconds of an interval where a single row does not tell."""


class Row(NamedTuple):
    """One row as read; seconds."""

    begin: float
    contacts: float
    handling: float
    patience: float
    place: Location


def read_forecast(file: Path, length: float | None = None) -> tuple[tuple[Interval, ...], Problems]:
    """Read a file, YAML by its ending, else CSV. Without ``length`` (s) the rows tell how long intervals are.

    Use the intervals, which are without gaps, only if the problems have no errors.
    """
    problems = Problems()
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        problems.report(NO_SCENARIO, Location(str(file), 1), f"cannot be read: {why}")
        return (), problems
    rows = _yaml if file.suffix in (".yaml", ".yml") else _csv
    found = rows(text, str(file), problems)
    if not found and not problems.errors:
        problems.report(BAD_ROW, Location(str(file), 1), "the forecast has no rows")
    return intervals(found, length, problems), problems


def _csv(text: str, file: str, problems: Problems) -> list[Row]:
    reader = csv.DictReader(text.splitlines(), skipinitialspace=True)
    for name in reader.fieldnames or ():
        if name not in COLUMNS:
            hint = did_you_mean(name, COLUMNS)
            problems.report(BAD_ROW, Location(file, 1), f"there is no column {quoted(name)}", hint)
    rows = []
    for values in reader:
        place = Location(file, reader.line_num)
        cells = {name: values.get(name) or "" for name in COLUMNS}
        rows += _row(cells, dict.fromkeys(COLUMNS, place), problems)
    return rows


def _yaml(text: str, file: str, problems: Problems) -> list[Row]:
    node = parse_yaml(text, file, problems)
    if node is None:
        return []
    rows = []
    items: tuple[Node, ...] = node.items if isinstance(node, ListNode) else (node,)
    for item in items:
        fields = Fields(item, problems, "interval")
        cells = {name: fields.text(name) for name in COLUMNS}
        values = {name: fields.node.get(name) for name in COLUMNS}
        rows += _row(
            cells,
            {name: one.value.location if one else item.location for name, one in values.items()},
            problems,
        )
        fields.finish()
    return rows


def _row(cells: dict[str, str], places: dict[str, Location], problems: Problems) -> list[Row]:
    read = {
        "interval": parse_clock(cells["interval"]),
        "contacts": read_number(cells["contacts"]),
        "aht": _seconds(cells["aht"]),
        "patience": _seconds(cells["patience"]) if cells["patience"] not in ("", "never") else math.inf,
    }
    hints = {"interval": "a time of day, such as 09:00", "contacts": "a number"}
    bad = [name for name, value in read.items() if value is None or value < 0]
    if not bad and read["contacts"]:
        bad = [name for name in ("aht", "patience") if not read[name]]
    for name in bad:
        hint = hints.get(name, "seconds, or a duration such as 3m30s")
        problems.report(BAD_ROW, places[name], f"{name} cannot be {quoted(cells[name])}", hint)
    if bad:
        return []
    begin, contacts, handling, patience = (read[name] or 0.0 for name in COLUMNS)
    return [Row(begin, contacts, handling, patience, places["interval"])]


def _seconds(text: str) -> float | None:
    number = read_number(text)
    return parse_duration(text) if number is None else number


def intervals(rows: list[Row], length: float | None, problems: Problems) -> tuple[Interval, ...]:
    """Put rows one after another, with empty intervals where there is none."""
    if not rows:
        return ()
    rows = sorted(rows)
    gaps = [later.begin - row.begin for row, later in pairwise(rows)]
    length = length or min((gap for gap in gaps if gap > 0), default=USUAL)
    found: list[Interval] = []
    for row in rows:
        if (row.begin - rows[0].begin) % length or (found and row.begin <= found[-1].begin):
            message = f"intervals of {in_words(length)} cannot begin at that time, or two do"
            problems.report(BAD_ROW, row.place, message)
            continue
        if not _computable(row, length, problems):
            continue
        while found and found[-1].begin + length < row.begin:
            found.append(Interval(found[-1].begin + length, length, 0.0, 0.0))
        found.append(Interval(row.begin, length, row.contacts, row.handling, row.patience))
    return tuple(found)


def _computable(row: Row, length: float, problems: Problems) -> bool:
    load = Interval(row.begin, length, row.contacts, row.handling, row.patience).load
    if load.erlangs > MOST_ERLANGS:
        message = (
            f"{row.contacts:g} contacts of {in_words(row.handling)} in {in_words(length)} are "
            f"{load.erlangs:g} erlangs"
        )
        problems.report(BEYOND, row.place, message, f"at most {MOST_ERLANGS:g} can be planned")
    elif math.isfinite(row.patience) and load.rate * row.patience > MOST_PATIENT:
        patience = in_words(row.patience)
        message = f"patience of {patience} is longer than can be told from that of who never gives up"
        problems.report(BEYOND, row.place, message, "leave patience out, or write never")
    else:
        return True
    return False


def forecast_of(past: History, queue: str, length: float) -> tuple[Interval, ...]:
    """Give the mean day (UTC) of a queue's past: contacts by interval, AHT and patience over all.

    A contact counts once in each queue that it asked for, and each interval as often as the period that was
    read covers it, whether anybody called then or not. Raise RequestRefused where nobody came, or nobody was
    talked to.
    """
    callers = [came for one in past.callers if (came := _came_to(one, queue))]
    talk = past.talk(queue)
    if not callers or talk is None:
        known = did_you_mean(queue, past.queues)
        raise RequestRefused(f"the journal has no conversation of queue {quoted(queue)}", hint=known)
    period = past.period or _ends(one.at for one in callers)
    counts: dict[float, int] = defaultdict(int)
    for one in callers:
        if period[0] <= one.at < period[1]:
            counts[one.at % DAY // length * length] += 1
    handling = talk.mean + past.wrap_up.get(queue, 0.0)
    patience = past.patience(queue)
    mean = patience.mean if isinstance(patience, Exponential) else math.inf
    place = Location("<journal>", 0, 0)
    rows = [
        Row(begin, count / covered(period, begin, min(begin + length, DAY)), handling, mean, place)
        for begin, count in counts.items()
    ]
    problems = Problems()
    found = intervals(rows, length, problems)
    problems.raise_errors()
    return found


def _came_to(caller: Past, queue: str) -> Past | None:
    """Give what a caller did when he first asked for a queue; None if he never did."""
    return next((visit for visit in caller.visits if visit.queue == queue), None)


def _ends(times: Iterable[float]) -> tuple[float, float]:
    ordered = sorted(times)
    return ordered[0], math.nextafter(ordered[-1], math.inf)


def covered(period: tuple[float, float], begin: float, end: float) -> float:
    """Give how often a period (UTC seconds) has these times of day (seconds), a part of them as a part."""
    since, until = period
    days = range(int(since // DAY), int(until // DAY) + 1)
    seconds = math.fsum(max(0.0, min(until, day * DAY + end) - max(since, day * DAY + begin)) for day in days)
    return seconds / (end - begin)

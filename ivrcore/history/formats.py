"""Reports as text for people, CSV, JSON or a spreadsheet.

Seconds are written with three decimals, shares from 0 to 1 (the spreadsheet and the text show per cent), what
is not known is left empty (null in JSON). Moments have the offset of the report's time zone.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ivrcore.errors import RequestRefused
from ivrcore.history.intervals import Every, shown
from ivrcore.history.measures import Measure, Unit

if TYPE_CHECKING:
    from ivrcore.history.report import Line, Report

Cell = str | int | float | None


def as_csv(report: Report) -> str:
    """Write one line per row, with a line of names first (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["begin", "end", *report.keys, *(measure.name for measure in report.measures)])
    for line in report.lines:
        values = [plain(measure, line.values[measure.name]) for measure in report.measures]
        writer.writerow([*_when(report, line), *map(_harmless, line.key), *values])
    return out.getvalue()


def _harmless(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def as_json(report: Report) -> str:
    """Write the report with what was asked, the meaning of every measure, and the sum of the rows."""
    asked = report.asked
    told = {
        "report": asked.about.value,
        "since": shown(asked.since, asked.zone),
        "until": shown(asked.until, asked.zone),
        "every": asked.every.value,
        "zone": asked.zone.key,
        "measures": {
            measure.name: {"unit": measure.unit.value, "meaning": measure.meaning}
            for measure in report.measures
        },
        "rows": [
            {
                **dict(zip(("begin", "end"), _when(report, line), strict=True)),
                **dict(zip(report.keys, line.key, strict=True)),
                **_plain(report, line.values),
            }
            for line in report.lines
        ],
        "total": _plain(report, report.total),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _plain(report: Report, values: dict[str, float | None]) -> dict[str, Cell]:
    return {measure.name: plain(measure, values[measure.name]) for measure in report.measures}


def plain(measure: Measure, value: float | None) -> int | float | None:
    """Round a number as its unit asks for."""
    if value is None:
        return None
    return int(value) if measure.unit is Unit.COUNT else round(value, 6 if measure.unit is Unit.SHARE else 3)


def _when(report: Report, line: Line) -> tuple[str, str]:
    zone = report.asked.zone
    return shown(line.interval.begin, zone), shown(line.interval.end, zone)


# --- for people -----------------------------------------------------------------------------------


def as_text(report: Report) -> str:
    """Write the measures that most people want as a table, with a sum at its end."""
    measures = [measure for measure in report.measures if measure.brief]
    spans = report.asked.every is not Every.WHOLE
    head = [*(["begin"] if spans else []), *report.keys, *(measure.name for measure in measures)]
    rows = [
        [
            *([shown(line.interval.begin, report.asked.zone)] if spans else []),
            *line.key,
            *(_told(measure, line.values[measure.name]) for measure in measures),
        ]
        for line in report.lines
    ]
    if len(rows) != 1:
        blank = [""] * (spans + len(report.keys))
        blank[:1] = ["(all)"] if blank else []
        rows.append([*blank, *(_told(measure, report.total[measure.name]) for measure in measures)])
    begin, end = shown(report.asked.since, report.asked.zone), shown(report.asked.until, report.asked.zone)
    title = f"{report.asked.about.value} from {begin} to {end} ({report.asked.zone.key})"
    return "\n".join([title, "", *_table(head, rows, spans + len(report.keys))]) + "\n"


def _told(measure: Measure, value: float | None) -> str:
    if value is None:
        return "-"
    if measure.unit is Unit.SHARE:
        return f"{value:.1%}"
    return f"{value:.0f}" if measure.unit is Unit.COUNT else f"{value:.1f} s"


def _table(head: list[str], rows: list[list[str]], names: int) -> list[str]:
    """Align: names to the left, numbers to the right; long names of measures are broken at their words."""
    titles = [name.split("_") if place >= names else [name] for place, name in enumerate(head)]
    height = max(map(len, titles))
    above = [[title[row] if row < len(title) else "" for title in titles] for row in range(height)]
    widths = [max(len(line[place]) for line in [*above, *rows]) for place in range(len(head))]
    return [
        "  ".join(
            cell.ljust(width) if place < names else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in [*above, *rows]
    ]


# --- a spreadsheet --------------------------------------------------------------------------------

FORMATS = {Unit.COUNT: "#,##0", Unit.SECONDS: "#,##0.0", Unit.SHARE: "0.0%"}
SHEET_LINES = 1_048_576
"""Lines of a sheet, that of names among them: Excel opens no more."""
MOMENT = "yyyy-mm-dd hh:mm"


def as_xlsx(report: Report) -> bytes:
    """Write an Excel workbook: the report, and a sheet that tells what each column means.

    Moments are as the zone's clock shows them, since Excel knows no zones; the offset stands beside. Raise
    :class:`RequestRefused` where the lines are more than a sheet holds.
    """
    if len(report.lines) >= SHEET_LINES:
        raise RequestRefused(
            f"the report has {len(report.lines):,} lines, a sheet holds {SHEET_LINES - 1:,}",
            hint="ask for a shorter time or longer intervals, or for CSV",
        )
    import xlsxwriter  # only who asks for a spreadsheet waits for it

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        _sheet(book, report)
        _meanings(book, report)
    return out.getvalue()


def _sheet(book: Any, report: Report) -> None:
    sheet = book.add_worksheet(report.asked.about.value)
    bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": MOMENT})
    units = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
    head = ["begin", "end", "offset", *report.keys, *(measure.name for measure in report.measures)]
    sheet.write_row(0, 0, head, bold)
    first = 3 + len(report.keys)
    for row, line in enumerate(report.lines, 1):
        for column, at in enumerate((line.interval.begin, line.interval.end)):
            local = datetime.fromtimestamp(at, report.asked.zone).replace(tzinfo=None)
            sheet.write_datetime(row, column, local, moment)
        sheet.write_string(row, 2, shown(line.interval.begin, report.asked.zone)[16:])
        for column, name in enumerate(line.key, 3):
            sheet.write_string(row, column, name)
        for column, measure in enumerate(report.measures, first):
            value = plain(measure, line.values[measure.name])
            if value is not None:
                sheet.write_number(row, column, value, units[measure.unit])
    sheet.freeze_panes(1, first)
    sheet.autofilter(0, 0, len(report.lines), len(head) - 1)
    sheet.set_column(0, 1, 16)
    sheet.set_column(2, len(head) - 1, 12)


def _meanings(book: Any, report: Report) -> None:
    sheet = book.add_worksheet("meaning")
    sheet.write_row(0, 0, ["column", "unit", "meaning"], book.add_format({"bold": True}))
    for row, measure in enumerate(report.measures, 1):
        sheet.write_row(row, 0, [measure.name, measure.unit.value, measure.meaning])
    sheet.write_row(len(report.measures) + 2, 0, ["time zone", "", report.asked.zone.key])
    sheet.set_column(0, 0, 34)
    sheet.set_column(2, 2, 70)

"""The benchmark's arithmetic and tables: figures in, text out. Knows no process, no clock and no file."""

from collections.abc import Sequence
from dataclasses import dataclass

from ivrcore.percentile import nearest_rank

OVER = "**over**"


@dataclass(frozen=True)
class Spread:
    """How a time is spread: seconds, over ``count`` measurements."""

    count: int
    p50: float
    p95: float
    most: float


@dataclass(frozen=True)
class Table:
    """A table of one part of the benchmark, with a line on what is measured."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value that ``share`` (0 to 1) of the values do not exceed: nearest rank, no interpolation.

    ValueError for no values.
    """
    return nearest_rank(sorted(values), share)


def spread(values: Sequence[float]) -> Spread:
    """Give count, median, 95th percentile and maximum. ValueError for no values."""
    return Spread(len(values), percentile(values, 0.5), percentile(values, 0.95), max(values))


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Give the slope of the straight line that fits best (least squares); ValueError below two x."""
    if len({x for x, _ in points}) < 2:
        raise ValueError("a slope needs two different places")
    x_mean = sum(x for x, _ in points) / len(points)
    y_mean = sum(y for _, y in points) / len(points)
    across = sum((x - x_mean) * (y - y_mean) for x, y in points)
    return across / sum((x - x_mean) ** 2 for x, _ in points)


def milliseconds(seconds: float) -> str:
    """Write a time, e.g. `12.3`; whole milliseconds from 100 on."""
    value = seconds * 1000
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}"


def times(name: str, values: Sequence[float], limit: float | None = None, share: float = 0.95) -> list[str]:
    """Give a row: name, count, p50, p95, maximum in ms, the limit, and whether p95 keeps it.

    With another ``share`` than 0.95, that percentile takes the place of p95.
    """
    if not values:
        return [name, "0", "–", "–", "–", "–" if limit is None else milliseconds(limit), "not measured"]
    most = percentile(values, share)
    return [
        name,
        str(len(values)),
        milliseconds(percentile(values, 0.5)),
        milliseconds(most),
        milliseconds(max(values)),
        "–" if limit is None else milliseconds(limit),
        "" if limit is None else "kept" if most <= limit else OVER,
    ]


def times_head(share: str) -> tuple[str, ...]:
    """Give the head of rows of `times`; ``share`` is `p95`, or what they were made with."""
    return ("measured", "count", "p50 ms", f"{share} ms", "max ms", "limit ms", share)


TIMES_HEAD = times_head("p95")


def plain(table: Table) -> str:
    """Write a table for a terminal."""
    lines = [[cell.replace("*", "") for cell in cells] for cells in (table.head, *table.rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(table.head))]

    def line(cells: Sequence[str]) -> str:
        texts = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  " + "  ".join(texts).rstrip()

    rule = "  " + "  ".join("-" * width for width in widths)
    notes = [f"  ({note})" for note in table.notes]
    return "\n".join([table.title, line(lines[0]), rule, *map(line, lines[1:]), *notes])


def markdown(table: Table) -> str:
    """Write a table for the documentation."""
    lines = [
        f"### {table.title}",
        "",
        "| " + " | ".join(table.head) + " |",
        "| --- " + "| ---: " * (len(table.head) - 1) + "|",
        *("| " + " | ".join(row) + " |" for row in table.rows),
    ]
    if table.notes:
        lines += ["", *(f"- {note}" for note in table.notes)]
    return "\n".join(lines)


def renewed(text: str, table: Table) -> str:
    """Put a table in the place of the one with the same title, other tables untouched; last if it is new."""
    first, *sections = text.strip("\n").split("\n### ")
    new = markdown(table)
    heading = new.split("\n", 1)[0]
    found = [first, *(f"### {section}" for section in sections)]
    kept = [new if section.split("\n", 1)[0] == heading else section.strip("\n") for section in found]
    return "\n\n".join(kept if new in kept else [*kept, new])


def between(page: str, name: str) -> str:
    """Give the text between the marks of `replaced`. ValueError where one is missing."""
    begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    _, found, rest = page.partition(begin)
    text, closed, _ = rest.partition(end)
    if not found or not closed:
        raise ValueError(f"the page has no marks {begin} … {end}")
    return text


def replaced(page: str, name: str, text: str) -> str:
    """Put a generated text between the marks `<!-- NAME -->` and `<!-- end NAME -->` of a page.

    ValueError where a mark is missing.
    """
    begin, end = f"<!-- {name} -->", f"<!-- end {name} -->"
    old = between(page, name)
    return page.replace(f"{begin}{old}{end}", f"{begin}\n{text}\n{end}", 1)

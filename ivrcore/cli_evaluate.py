"""``ivrcore speech evaluate``: recognisers and bounds compared on labelled audio."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.cli_agents import columns
from ivrcore.cli_asked import bounds_of, choices_of, find, site_parts, timing_of
from ivrcore.errors import ConfigError
from ivrcore.speech.scoring import Result, Score, Share, chance, curve, good, percentile, score

if TYPE_CHECKING:
    from ivrcore.config import Config, EngineChoice
    from ivrcore.evaluating import Evaluated, Setting
    from ivrcore.labelled import Label
    from ivrcore.plugin_manager import Plugins
    from ivrcore.speech.decide import Bounds

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
BOUND = click.FloatRange(0, 1)
PHRASES = "phrases.csv"
TOLD_EVERY = 50
MOST_NAMED = 20
"""Files that fare otherwise, which are named."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the comparison."""

    engine: str
    score: Score
    cost: float
    asked: bool = True
    change: Change | None = None
    """Against the other dialplan, if one is named."""
    other: bool = False
    """It is that of the other dialplan."""


@dataclass(frozen=True, slots=True)
class Change:
    """The files that are served and were not, and the other way round."""

    better: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--site", type=FOLDER, help="Its recognisers, times and dialplans.")
@click.option("--engine", default="", help="A recogniser, instead of a site's.")
@click.option("--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="Of --engine.")
@click.option("--language", default="", help="Such as en, ko, zh; else the dialplan's first.")
@click.option("--phrases", type=FILE, help=f"What may be said: CSV (choice, phrase); else DIR/{PHRASES}.")
@click.option("--plan", type=FILE, help="A dialplan, with --menu.")
@click.option("--menu", default="", help="What may be said to it, its bounds and times; or a collect.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="The day that dates are seen from.")
@click.option("--against", type=FILE, help="The menu's dialplan as it is now: which files fare otherwise?")
@click.option("--accept", multiple=True, type=BOUND, help="May be given several times.")
@click.option("--confirm", multiple=True, type=BOUND, help="May be given several times.")
@click.option("--end-silence", type=click.FloatRange(0.06, 5), help="Seconds that end an utterance.")
@click.option("--csv", "table", type=FILE, help="Write the whole threshold curve there.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def evaluate(
    folder: Path,
    site: Path | None,
    engine: str,
    options: tuple[str, ...],
    language: str,
    phrases: Path | None,
    plan: Path | None,
    menu: str,
    today: datetime | None,
    against: Path | None,
    accept: tuple[float, ...],
    confirm: tuple[float, ...],
    end_silence: float | None,
    table: Path | None,
    form: str,
) -> None:
    """Score recognisers and bounds on the labelled audio in DIR, on the way that a call's audio takes.

    DIR has mono WAV files (mu-law or 16 bit, 8 or 16 kHz) and labels.csv: file, said, choice (empty: none of
    the choices). Every pair of --accept and --confirm is a line; so is each recogniser of the site. For a
    `collect` that takes speech (named as `ivrcore speech report` does) a choice is the value: 0423, 3.50 or
    2026-05-01.

    Measure a change before it goes live: with --against the menu of that dialplan, with its own bounds and
    times, is a line too, and it is told which files fare better or worse with the others.
    """
    from ivrcore.evaluating import Setting
    from ivrcore.labelled import check_labels, read_labels, read_phrases

    if table and not table.resolve().parent.is_dir():  # told now, and not after all has been heard
        raise ConfigError(f"{table} cannot be written", hint="its folder is not there")
    plugins, config = site_parts(site)
    asked = find(plan, menu, config, plugins) if menu or plan else None
    language = language or (asked.plan.languages[0] if asked else "")
    if not language:
        raise ConfigError("it is not known which language is spoken", hint="--language")
    day = today.date() if today else None
    grammar = asked.grammar(language, day) if asked else read_phrases(phrases or folder / PHRASES, language)
    labels = read_labels(folder)
    check_labels(labels, grammar)
    bounds = bounds_of(accept, confirm, asked)
    timing = timing_of(config, asked, end_silence)
    setting = Setting(grammar, timing, bounds[0], fits=asked.fits if asked else bool)
    now = _other(against, menu, language, day, (plugins, config))
    rows: list[Row] = []
    for choice in choices_of(engine, options, config, language):
        found = _heard(plugins, choice, language, labels, setting)
        lines = list(_rows(found, setting, bounds, whole=bool(table)))
        if now is not None:
            same = (now.grammar, now.timing) == (setting.grammar, setting.timing)
            before = found if same else _heard(plugins, choice, language, labels, now)
            lines = list(_compared(lines, (setting, found), (now, before), labels))
        rows += lines
    if table:
        with table.open("w", encoding="utf-8", newline="") as file:
            write = csv.writer(file)
            cells = [_cells(row, compared=now is not None) for row in rows]
            write.writerows([list(cells[0]), *(list(each.values()) for each in cells)])
    _show([row for row in rows if row.asked], form)


def _other(
    against: Path | None, menu: str, language: str, day: date | None, site: tuple[Plugins, Config | None]
) -> Setting | None:
    """Give how the menu of the other dialplan listens; None if no other one is named."""
    from ivrcore.evaluating import Setting

    if against is None:
        return None
    if not menu:
        raise ConfigError("it is not known which menu is compared", hint="--menu")
    plugins, config = site
    asked = find(against, menu, config, plugins)
    timing = timing_of(config, asked, None)
    return Setting(asked.grammar(language, day), timing, asked.bounds, fits=asked.fits)


# --- what is found ----------------------------------------------------------------------------------------


def _heard(
    plugins: Plugins, choice: EngineChoice, language: str, labels: Sequence[Label], setting: Setting
) -> Evaluated:
    from ivrcore.evaluating import evaluate as heard

    def told(done: int) -> None:
        if not done % TOLD_EVERY:
            click.echo(f"{choice.name}: {done} of {len(labels)} heard", err=True)

    return heard(plugins.recogniser(choice.name, language, choice.options), labels, setting, told)


def _rows(found: Evaluated, setting: Setting, bounds: Sequence[Bounds], *, whole: bool) -> Iterator[Row]:
    from ivrcore.speech.grammar import PhraseBook

    book = PhraseBook.of(setting.grammar)
    for one in bounds:
        yield Row(found.engine, score(book, found.said, one), found.cost)
    if whole:
        for other in curve(book, found.said):
            yield Row(found.engine, other, found.cost, asked=False)


def _compared(
    rows: Sequence[Row],
    tried: tuple[Setting, Evaluated],
    now: tuple[Setting, Evaluated],
    labels: Sequence[Label],
) -> Iterator[Row]:
    """Give the line of how it is now, then the others, with which files fare otherwise."""
    from ivrcore.speech.grammar import PhraseBook

    (setting, found), (current, before) = tried, now
    book, book_now = PhraseBook.of(setting.grammar), PhraseBook.of(current.grammar)
    yield Row(before.engine, score(book_now, before.said, current.bounds), before.cost, other=True)
    was = good(book_now, before.said, current.bounds)
    names = [label.path.name for label in labels]
    for row in rows:
        served = zip(names, was, good(book, found.said, row.score.bounds), strict=True)
        moved = [(name, after) for name, once, after in served if once is not after]
        better = tuple(name for name, after in moved if after)
        yield replace(row, change=Change(better, tuple(name for name, after in moved if not after)))


def _changes(row: Row) -> dict[str, object]:
    change = row.change or Change()
    better, worse = len(change.better), len(change.worse)
    told = {"better": better, "worse": worse, "chance": _round(chance(better, worse))}
    return {"now": int(row.other), **told, "worse_files": " ".join(change.worse)}


def _cells(row: Row, *, compared: bool = False) -> dict[str, object]:
    """Give a line of the curve, as programs read it."""
    found = row.score
    cells: dict[str, object] = {
        "recogniser": row.engine,
        "asked": int(row.asked),
        "accept": found.bounds.accept,
        "confirm": found.bounds.confirm,
        "in_grammar": found.inside.total(),
        **{f"in_{one}": found.inside[one] for one in Result},
        "out_of_grammar": found.outside.total(),
        **{f"out_{one}": found.outside[one] for one in _OUTSIDE},
    }
    for name, share in (
        ("right", found.right),
        ("wrong", found.wrong),
        ("false_accept", found.false_accepts),
    ):
        low, high = share.interval()
        cells |= {name: _round(share.share), f"{name}_low": _round(low), f"{name}_high": _round(high)}
    decided = {f"decision_{name}_s": _round(percentile(found.took, part)) for name, part in _PARTS.items()}
    return {**cells, **decided, "cpu_per_s": _round(row.cost), **(_changes(row) if compared else {})}


_OUTSIDE = (Result.WRONG, Result.CONFIRMED_WRONG, Result.REJECTED, Result.UNNOTICED)
_PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _show(rows: Sequence[Row], form: str) -> None:
    if form == "json":
        compared = any(row.other for row in rows)
        json.dump([_cells(row, compared=compared) for row in rows], sys.stdout, indent=2)
        click.echo()
        return
    click.echo(columns([("recogniser", "accept", "confirm", *_HEADS), *map(_line, rows)]))
    for row in rows:
        if row.change is not None:
            _say(row, row.change)


def _say(row: Row, change: Change) -> None:
    """Write how a setting compares with how it is now."""
    bounds, better, worse = row.score.bounds, len(change.better), len(change.worse)
    sure = f"; a change by chance alone would be so uneven {chance(better, worse):.1%} of the time"
    click.echo(
        f"\n{row.engine} at {bounds.accept:g} and {bounds.confirm:g}, against how it is now: "
        f"{better} better, {worse} worse{sure if change.better or change.worse else ''}"
    )
    for what, names in (("better", change.better), ("worse", change.worse)):
        if names:
            more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
            click.echo(f"  {what}: {', '.join(names[:MOST_NAMED])}{more}")


_HEADS = (
    *("right (95 %)", "accepted", "confirmed", "wrong", "asked wrong", "rejected", "no speech"),
    *("other words: accepted (95 %)", "confirmed", "rejected", "no speech"),
    *("decision p50", "p95", "CPU/s"),
)


def _line(row: Row) -> tuple[str, ...]:
    found = row.score
    outside = [str(found.outside[one]) for one in _OUTSIDE[1:]]
    decided = [_seconds(percentile(found.took, part)) for part in (0.5, 0.95)]
    return (
        f"{row.engine} (now)" if row.other else row.engine,
        f"{found.bounds.accept:g}",
        f"{found.bounds.confirm:g}",
        _share(found.right),
        *(str(found.inside[one]) for one in Result),
        _share(found.false_accepts),
        *outside,
        *decided,
        f"{row.cost:.3f}",
    )


def _share(share: Share) -> str:
    if share.share is None:
        return "-"
    low, high = share.interval()
    return f"{share.hits}/{share.of} {share.share:.1%} ({low:.1%}–{high:.1%})"


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"

"""``ivrcore speech evaluate``: recognisers and bounds compared on labelled audio."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.cli_agents import columns
from ivrcore.errors import ConfigError, ProblemsFound
from ivrcore.speech.decide import Bounds
from ivrcore.speech.scoring import Result, Score, Share, curve, percentile, score

if TYPE_CHECKING:
    from ivrcore.config import Config, EngineChoice
    from ivrcore.dialplan.model import Menu, Plan
    from ivrcore.evaluating import Evaluated, Setting
    from ivrcore.labelled import Label
    from ivrcore.plugin_manager import Plugins
    from ivrcore.speech.endpointing import Timing, TurnTaking
    from ivrcore.speech.recogniser import Grammar

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
BOUND = click.FloatRange(0, 1)
PHRASES = "phrases.csv"
TOLD_EVERY = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the comparison."""

    engine: str
    score: Score
    cost: float
    asked: bool = True


@click.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@click.option("--site", type=FOLDER, help="Its recognisers, times and dialplans.")
@click.option("--engine", default="", help="A recogniser, instead of a site's.")
@click.option("--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="Of --engine.")
@click.option("--language", default="", help="Such as en, ko, zh; else the dialplan's first.")
@click.option("--phrases", type=FILE, help=f"What may be said: CSV (choice, phrase); else DIR/{PHRASES}.")
@click.option("--plan", type=FILE, help="A dialplan, with --menu.")
@click.option("--menu", default="", help="What may be said to this menu, and its bounds and times.")
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
    accept: tuple[float, ...],
    confirm: tuple[float, ...],
    end_silence: float | None,
    table: Path | None,
    form: str,
) -> None:
    """Score recognisers and bounds on the labelled audio in DIR, on the way that a call's audio takes.

    DIR has mono WAV files (mu-law or 16 bit, 8 or 16 kHz) and labels.csv: file, said, choice (empty: none of
    the choices). Every pair of --accept and --confirm is a line; so is each recogniser of the site.
    """
    from ivrcore.evaluating import Setting
    from ivrcore.labelled import check_labels, read_labels, read_phrases

    if table and not table.resolve().parent.is_dir():  # told now, and not after all has been heard
        raise ConfigError(f"{table} cannot be written", hint="its folder is not there")
    plugins, config = _site(site)
    asked = _menu(plan, menu, config, site) if menu or plan else None
    language = language or (asked[0].languages[0] if asked else "")
    if not language:
        raise ConfigError("it is not known which language is spoken", hint="--language")
    grammar = _grammar(asked, language) if asked else read_phrases(phrases or folder / PHRASES, language)
    labels = read_labels(folder)
    check_labels(labels, grammar)
    bounds = _bounds(accept, confirm, asked[1] if asked else None)
    timing = _timing(config, asked[1].taking if asked else None, end_silence)
    setting = Setting(grammar, timing, bounds[0])
    rows: list[Row] = []
    for choice in _choices(engine, options, config, language):
        rows += _rows(_heard(plugins, choice, language, labels, setting), setting, bounds, whole=bool(table))
    if table:
        with table.open("w", encoding="utf-8", newline="") as file:
            write = csv.writer(file)
            write.writerows([list(_cells(rows[0])), *(list(_cells(row).values()) for row in rows)])
    _show([row for row in rows if row.asked], form)


# --- what is asked ----------------------------------------------------------------------------------------


def _site(site: Path | None) -> tuple[Plugins, Config | None]:
    from ivrcore.config import read_site
    from ivrcore.plugin_manager import load_plugins

    if site is None:
        return load_plugins(), None
    reading = read_site(site.resolve())
    if reading.problems.errors:  # figures of other settings than those that are meant would mislead
        raise ProblemsFound([str(problem) for problem in reading.problems.errors])
    return reading.plugins, reading.config


def _menu(plan: Path | None, menu: str, config: Config | None, site: Path | None) -> tuple[Plan, Menu]:
    """Find the menu; raise :class:`ConfigError` where there is none, or several of that name."""
    from ivrcore.config.plans import plan_files, read_plans, site_of
    from ivrcore.dialplan.check import ANY_SITE

    if plan is None and config is None:
        raise ConfigError("it is not known where the menu is", hint="--plan or --site")
    files = [plan] if plan else plan_files(config.dialplans) if config else []
    plans, problems = read_plans(files, site_of(config) if config else ANY_SITE)
    if problems.errors:
        raise ProblemsFound([str(problem) for problem in problems.errors])
    found = [(one, one.menus[menu]) for one in plans if menu in one.menus]
    if len(found) != 1:
        known = ", ".join(sorted(name for one in plans for name in one.menus))
        why = f"several dialplans have a menu {menu}" if found else f"there is no menu {menu!r}"
        raise ConfigError(why, hint="--plan says which dialplan" if found else f"there are: {known}")
    return found[0]


def _grammar(asked: tuple[Plan, Menu], language: str) -> Grammar:
    from ivrcore.dialplan.grammars import menu_grammar

    grammar = menu_grammar(*asked, language)
    if not grammar.phrases:
        raise ConfigError(f"nothing can be said to the menu {asked[1].name} in {language}")
    return grammar


def _bounds(accept: Sequence[float], confirm: Sequence[float], menu: Menu | None) -> list[Bounds]:
    usual = Bounds(menu.accept, menu.confirm) if menu else Bounds()
    pairs = [(high, low) for high in accept or (usual.accept,) for low in confirm or (usual.confirm,)]
    found = [Bounds(high, low) for high, low in pairs if low <= high]
    if not found:
        raise ConfigError(f"confirm ({pairs[0][1]:g}) is above accept ({pairs[0][0]:g})")
    return found


def _timing(config: Config | None, taking: TurnTaking | None, end_silence: float | None) -> Timing:
    from ivrcore.speech.endpointing import USUAL, Timing

    speech = config.speech if config else None
    usual = Timing(hang_over=speech.end_silence, longest=speech.longest) if speech else Timing()
    own = (taking or USUAL).timing(usual)
    return own if end_silence is None else replace(own, hang_over=end_silence)


def _choices(
    engine: str, options: Sequence[str], config: Config | None, language: str
) -> Sequence[EngineChoice]:
    from ivrcore.config import EngineChoice

    if engine:
        pairs = [option.partition("=") for option in options]
        for (name, equals, _), option in zip(pairs, options, strict=True):
            if not (name and equals):
                raise ConfigError(f"{option!r} is no option of a recogniser", hint="write NAME=VALUE")
        return [EngineChoice(engine, {name: value for name, _, value in pairs})]
    known = config.speech.languages.get(language) if config else None
    if known is None or not known.recognisers:
        hint = "--engine, or --site of one that has" if config is None else "--engine, or --language"
        raise ConfigError(f"no recogniser of {language} is named", hint=hint)
    return known.recognisers


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


def _cells(row: Row) -> dict[str, object]:
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
    return {**cells, **decided, "cpu_per_s": _round(row.cost)}


_OUTSIDE = (Result.WRONG, Result.CONFIRMED_WRONG, Result.REJECTED, Result.UNNOTICED)
_PARTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _show(rows: Sequence[Row], form: str) -> None:
    if form == "json":
        json.dump([_cells(row) for row in rows], sys.stdout, indent=2)
        click.echo()
        return
    click.echo(columns([("recogniser", "accept", "confirm", *_HEADS), *map(_line, rows)]))


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
        row.engine,
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

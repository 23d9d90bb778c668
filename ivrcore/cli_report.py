"""``ivrcore report`` and ``ivrcore history``: what happened, from the history database of a site."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from ivrcore.errors import RequestRefused
from ivrcore.history.intervals import Every, moment_in, shown
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.history.database import Database
    from ivrcore.history.projection import Projection
    from ivrcore.history.report import Report

FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)
SITE = click.option("--site", type=FOLDER, envvar="IVRCORE_SITE", default=".", help="The site's folder.")
ABOUT = ("queues", "agents", "menus", "contacts", "dispositions", "engines")
FORMATS = ("table", "csv", "json", "xlsx")
TELL_EVERY = 5.0
"""Seconds between words on how far the journal is read."""


@click.command("report")
@click.argument("about", type=click.Choice(ABOUT))
@SITE
@click.option(
    "--since", default="today", show_default=True, help="today, yesterday, 24h, 7d, 2026-11-22T08:00"
)
@click.option("--until", default="now", show_default=True, help="The same; what is then counts no more.")
@click.option(
    "--every",
    type=click.Choice([each.value for each in Every]),
    default=Every.WHOLE.value,
    show_default=True,
    help="A row for each such interval.",
)
@click.option("--zone", default="", help="Whose days and hours, such as Asia/Seoul. [default: the site's]")
@click.option("--only", default="", help="One queue, agent, menu, disposition or recogniser.")
@click.option("--format", "form", type=click.Choice(FORMATS), help="[default: by OUTPUT, else table]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file. [default: -]")
def report_command(
    about: str,
    site: Path,
    since: str,
    until: str,
    every: str,
    zone: str,
    only: str,
    form: str | None,
    output: Path | None,
) -> None:
    """Tell what happened in queues, to agents, in menus, with contacts or recognisers, by interval.

    The numbers are those of the metrics; docs/reports.md says what each means. What the journal has and the
    history database has not yet is taken in first.
    """
    from ivrcore.history.report import About, Asked, make_report

    config = _config(site)
    now = time.time()
    named = _zone(zone) if zone else config.history.zone
    form = form or _form_of(output)
    if form == "xlsx" and output is None:
        raise RequestRefused("a spreadsheet is no text", hint="name a file: -o report.xlsx")
    asked = Asked(
        About(about), moment_in(since, now, named), moment_in(until, now, named), Every(every), named, only
    )
    with _projection(config) as projection:
        _catch_up(projection)
        report = make_report(projection.database, asked, now)
    _write(report, form, output)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise RequestRefused(f"there is no time zone {quoted(name)}", hint="such as Asia/Seoul") from error


def _form_of(output: Path | None) -> str:
    endings = {".csv": "csv", ".json": "json", ".xlsx": "xlsx"}
    return endings.get(output.suffix if output else "", "table")


def _write(report: Report, form: str, output: Path | None) -> None:
    from ivrcore.history import formats

    if form == "xlsx":
        content = formats.as_xlsx(report)
    else:
        text = {"table": formats.as_text, "csv": formats.as_csv, "json": formats.as_json}[form](report)
        content = text.encode()
    if output is None:
        click.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise RequestRefused(
            f"{output} cannot be written: {error.strerror or error}", hint="name another file with -o"
        ) from error


# --- the database ---------------------------------------------------------------------------------


def _config(site: Path) -> Config:
    from ivrcore.config import load_config

    return load_config(site.resolve())


@contextmanager
def _database(config: Config) -> Iterator[Database]:
    from ivrcore.history.database import Database

    database = Database(config.history.url)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _projection(config: Config) -> Iterator[Projection]:
    from ivrcore.history.projection import Projection

    journal = config.journal.path
    if not journal.is_file():
        raise RequestRefused(f"there is no journal {journal}", hint="a server that ran once has one")
    with _database(config) as database:
        yield Projection(journal, database)


def _catch_up(projection: Projection) -> None:
    begun = told = time.monotonic()

    def tell(seq: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            click.echo(f"the journal is read up to record {seq:,} ({told - begun:.0f} s)", err=True)

    projection.catch_up(tell)


def _prune(projection: Projection, config: Config) -> int:
    total = 0
    while deleted := projection.prune(time.time() - config.history.keep):
        total += deleted
    return total


@click.group("history")
def history() -> None:
    """Look after the database that reports are made from."""


@history.command()
@SITE
def status(site: Path) -> None:
    """Tell where the history is, its tables' revision, and how far the journal is taken in."""
    from ivrcore.history.database import newest
    from ivrcore.journal.local import last_seq

    config = _config(site)
    with _database(config) as database:
        revision = database.revision()
        database.check()
        click.echo(f"database: {database.name}")
        click.echo(
            f"tables: {revision or 'none yet'}" + ("" if revision == newest() else f" (of {newest()})")
        )
        if revision != newest():
            return
        place = database.place()
    last = last_seq(config.journal.path) if config.journal.path.is_file() else 0
    at = f", of {shown(place.at, config.history.zone)}" if place.seq else ""
    click.echo(f"taken in: record {place.seq:,} of {last:,}{at}")


@history.command()
@SITE
def migrate(site: Path) -> None:
    """Make the tables, or bring them to this release's form. A server does so by itself."""
    with _database(_config(site)) as database:
        before = database.revision()
        database.upgrade()
        after = database.revision()
        click.echo(
            f"tables: {before or 'none'} -> {after}" if before != after else f"tables: {after} already"
        )


@history.command("catch-up")
@SITE
def catch_up(site: Path) -> None:
    """Take in what the journal has and the history has not."""
    with _projection(_config(site)) as projection:
        _catch_up(projection)
        click.echo(f"taken in up to record {projection.place.seq:,}")


@history.command()
@SITE
@click.confirmation_option(prompt="Delete what the history has, and make it anew from the journal?")
def rebuild(site: Path) -> None:
    """Make the history anew from the whole journal. What only the history still had is lost."""
    with _projection(_config(site)) as projection:
        projection.database.upgrade()
        projection.database.clear()
        _catch_up(projection)
        click.echo(f"taken in up to record {projection.place.seq:,}")


@history.command()
@SITE
def prune(site: Path) -> None:
    """Delete what is older than `history: keep`. A server does so by itself, every hour."""
    config = _config(site)
    with _projection(config) as projection:
        _catch_up(projection)
        click.echo(f"{_prune(projection, config):,} rows deleted")

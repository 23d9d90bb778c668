"""``ivrcore speech list``, ``offered``, ``get``, ``check``: models of recognisers, without any server."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.cli_agents import columns
from ivrcore.errors import ConfigError

if TYPE_CHECKING:
    from ivrcore.speech.recogniser import ServerNow
    from ivrcore.speech_models import Checked, ModelHere

SITE = click.argument("folder", metavar="[SITE]", type=click.Path(path_type=Path), required=False)
FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
SOURCE = click.option("--from", "source", default="", metavar="URL", help="A copy of the models' site.")
ENGINE = click.option("--engine", default="vosk", show_default=True, help="The recogniser that they are for.")
STEPS = 10
"""Lines that tell of a download where nobody looks on."""


@click.command("list")
@SITE
@FORMAT
def show(folder: Path | None, form: str) -> None:
    """List the models on this machine, and which language of SITE uses which."""
    from ivrcore.speech_models import models_here

    found = models_here(_site(folder))
    if form == "json":
        click.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
        return
    heads = ("language", "recogniser", "model", "on disk", "words", "licence", "used by", "where")
    click.echo(columns([heads, *(_row(one) for one in found)]))


def _row(one: ModelHere) -> tuple[str, ...]:
    model = one.model
    return (
        model.language or "-",
        model.engine,
        model.name or "-",
        _bytes(one.size),
        f"{model.words}" if model.words else "-",
        (model.licence or "none stated") if model.path else "-",
        ", ".join(one.used_by) or "-",
        model.path or one.problem,
    )


@click.command()
@SOURCE
@ENGINE
def offered(source: str, engine: str) -> None:
    """List the models that can be fetched with `get`."""
    from ivrcore import speech_models

    found = speech_models.offered(engine, source)
    rows = [(one.language, one.name, _bytes(one.size)) for one in found]
    click.echo(columns([("language", "model", "download"), *rows]))


@click.command()
@click.argument("name")
@SOURCE
@ENGINE
def get(name: str, source: str, engine: str) -> None:
    """Fetch the model NAME, whole or not at all. One that was cut off goes on where it ended."""
    from ivrcore.speech_models import fetch

    told = _bar if sys.stderr.isatty() else _lines()
    one = fetch(engine, name, source, told)
    licence = one.model.licence or "none stated"
    click.echo(
        f"{name} is in {one.model.path}: {_bytes(one.size)}, {one.model.words} words, licence: {licence}"
    )


def _bar(have: int, size: int) -> None:
    click.echo(f"\r{have / size:4.0%} of {_bytes(size)}", nl=have >= size, err=True)


def _lines() -> Callable[[int, int], None]:
    """Give what tells of a download in a few lines, as a log wants it."""
    last = -1

    def told(have: int, size: int) -> None:
        nonlocal last
        step = STEPS * have // size
        if step > last:
            last = step
            click.echo(f"{have / size:.0%} of {_bytes(size)}", err=True)

    return told


@click.command()
@SITE
def check(folder: Path | None) -> None:
    """Load each model that SITE uses (without a site: all), and tell what that takes and what it lacks.

    Each is loaded in a process of its own. Exit code 1 if one cannot be loaded.
    """
    from ivrcore.speech_models import check_models

    failed = False
    for one in check_models(_site(folder)):
        click.echo(_told(one))
        for server in one.servers:
            click.echo(f"  {server.address}: {_serves(server)}")
        for said in (*one.advice, *one.unheard, *one.large):
            click.echo(f"  {said}")
        for file in one.unread:
            click.echo(f"  not looked at, it has errors: {file}")
        failed = failed or bool(one.problem)
    if failed:
        sys.exit(1)


def _told(one: Checked) -> str:
    model = one.model
    what = f"{one.language or '-'}  {model.engine}  {model.name or '-'}: "
    if one.problem:
        return what + one.problem
    count = len(one.unheard)
    lacking = f"; {count} phrase{'s' * (count > 1)} can never be heard" if count else ""
    if one.servers:
        serve = sum(server.serves for server in one.servers)
        return what + f"{serve} of {len(one.servers)} servers in service{lacking}"
    return what + f"{_bytes(one.memory)} of memory, loaded in {one.seconds:.1f} s{lacking}"


def _serves(server: ServerNow) -> str:
    if server.full:
        return "in service, and full now"
    return "in service" if server.serves else "not in service"


COMMANDS = (show, offered, get, check)


def _site(folder: Path | None) -> Path | None:
    """Give the site that is meant; where none is named, the one here, if there is one."""
    from ivrcore.speech_models import site_in

    site = site_in(folder or Path())
    if folder is not None and site is None:
        raise ConfigError(f"there is no site in {folder}", hint="name its folder, the one with config/ in it")
    return site


def _bytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "-"

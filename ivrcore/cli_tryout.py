"""``ivrcore call`` and ``ivrcore test``: dialplans tried without a phone."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ivrcore.tryout.files import Wanted
    from ivrcore.tryout.run import Report


@click.command("test")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--min-coverage",
    "least",
    type=click.FloatRange(0, 100),
    help="Per cent of choices and branches that must be taken; else tests/coverage.yaml says so.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "junit", "github"]),
    default="text",
    show_default=True,
)
@click.option("-k", "chosen", default="", metavar="WORDS", help="Only tests with these words in their name.")
@click.option("--live", is_flag=True, help="Make real calls, with synthetic speech, to a private Asterisk.")
@click.option("-v", "--verbose", is_flag=True, help="Name the tests that passed too.")
def test_command(
    paths: tuple[Path, ...], least: float | None, form: str, chosen: str, live: bool, verbose: bool
) -> None:
    """Run the call tests of a site, of a dialplan, or of single files, and tell what they cover."""
    from ivrcore.tryout import report as reports
    from ivrcore.tryout.suite import run_paths

    if live:
        report, wanted = _live(paths, least, chosen)
    else:
        report, wanted = run_paths(paths, least=least, chosen=chosen)
    text = form == "text"
    click.echo(
        reports.as_text(report, wanted, verbose=verbose) if text else reports.FORMATS[form](report, wanted)
    )
    if not reports.good(report, wanted):
        sys.exit(1)


def _live(paths: tuple[Path, ...], least: float | None, chosen: str) -> tuple[Report, Wanted]:
    """Make real calls of the tests, and tell of each as it is over."""
    from ivrcore.errors import RequestRefused
    from ivrcore.lab.live_tests import run_live
    from ivrcore.lab.packages import LabError
    from ivrcore.tryout.files import Wanted
    from ivrcore.tryout.suite import Collected

    found = Collected.of(paths, chosen)
    try:
        done = run_live(found.tests, found.plans, found.problems, partial(click.echo, err=True))
    except LabError as error:
        hint = "`python -m ivrcore.lab fetch` gets the programs of the lab"
        raise RequestRefused(f"no live calls can be made: {error}", hint=hint) from error
    for test, why in done.left_out:
        click.echo(f"not run live: {test.name}: {why}", err=True)
    return done.report, Wanted(least or 0.0)


@click.command("call")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--number", default="", help="The number that is called; default: the dialplan's first.")
@click.option("--at", "at", default="", metavar='"2026-12-24 10:00"', help="When, in the dialplan's zone.")
@click.option("--language", default="", help="The language that the call begins with.")
@click.option("--caller", default="", help="The number that calls.")
@click.option(
    "--script", type=click.Path(path_type=Path, dir_okay=False), help="Type the lines of this file."
)
def call_command(file: Path, number: str, at: str, language: str, caller: str, script: Path | None) -> None:
    """Call a dialplan from the terminal: type what the caller says or presses, read what they hear."""
    from ivrcore.tryout import console
    from ivrcore.tryout.opening import open_call

    talk, warnings = open_call(file, number=number, at=at, language=language, caller=caller)
    for warning in warnings:
        click.echo(str(warning), err=True)
    if script is not None:
        lines, echo = console.from_script(script.read_text(encoding="utf-8", errors="replace")), True
    elif sys.stdin.isatty():
        lines, echo = console.from_person(talk), False
    else:
        lines, echo = console.from_pipe(), True
    click.echo(f"Calling {talk.setting.number} of {file}. :help lists what can be typed.")
    console.converse(talk, lines, echo=echo)


test_command.__test__ = False  # type: ignore[attr-defined]  # pytest collects what is called test_…

"""``ivrcore call`` and ``ivrcore test``: dialplans tried without a phone."""

from __future__ import annotations

import sys
from pathlib import Path

import click


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
@click.option("-v", "--verbose", is_flag=True, help="Name the tests that passed too.")
def test_command(paths: tuple[Path, ...], least: float | None, form: str, chosen: str, verbose: bool) -> None:
    """Run the call tests of a site, of a dialplan, or of single files, and tell what they cover."""
    from ivrcore.tryout import report as reports
    from ivrcore.tryout.suite import run_paths

    report, wanted = run_paths(paths, least=least, chosen=chosen)
    text = form == "text"
    click.echo(
        reports.as_text(report, wanted, verbose=verbose) if text else reports.FORMATS[form](report, wanted)
    )
    if not reports.good(report, wanted):
        sys.exit(1)


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

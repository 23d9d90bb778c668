"""``ivrcore prompts``: all prompts of a site made now, and what of them is recorded. No server is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ivrcore.service.prompt_list import LanguagePrompts, PromptList

SITE = click.argument(
    "folder", metavar="[SITE]", type=click.Path(path_type=Path, file_okay=False), default="."
)


@click.command()
@SITE
@click.option("--texts", is_flag=True, help="List the texts that are only spoken by a voice, too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def prompts(folder: Path, texts: bool, form: str) -> None:
    """Make all prompts of SITE now, so that nothing is left to make when calls come; tell what is recorded.

    Run it as the server's user: the files are its. Exit code 1 if a text cannot be spoken.
    """
    from ivrcore.config import read_site
    from ivrcore.config.plans import plan_files, read_plans, site_of
    from ivrcore.service.prompt_list import make_prompts

    reading = read_site(folder.resolve())
    reading.problems.raise_errors()
    assert reading.config is not None  # else there were errors
    around = replace(site_of(reading.config), recordings=None)  # those that are missing are to be listed
    plans, problems = read_plans(plan_files(reading.config.dialplans), around)
    problems.raise_errors()
    made = make_prompts(reading.config, reading.plugins, plans)
    if form == "json":
        click.echo(json.dumps(asdict(made), indent=2, ensure_ascii=False))
    else:
        _show(made, texts=texts)
    if made.problems:
        sys.exit(1)


def _show(made: PromptList, *, texts: bool) -> None:
    for one in made.languages:
        click.echo(_heading(one))
        _list("not in this language's folder, the general one is played", one.general)
        _list("no such file; if Asterisk has no sound of that name, nothing is heard", one.missing)
        for text in one.texts if texts else ():
            click.echo(f"  only spoken: {' '.join(text.split())}")
    for sound in made.loudness:
        click.echo(f"{sound.file}: {sound.level:g} dB, spoken prompts are at -20: louder or softer than they")
    click.echo(f"{made.made} texts were spoken now")
    for problem in made.problems:
        click.echo(f"not spoken: {problem}")


def _heading(one: LanguagePrompts) -> str:
    recorded = len(one.recorded) + len(one.general)
    by = f", by {one.voice}" if one.voice else ", by nobody: there is no voice"
    return f"{one.language}: {recorded} recordings, {len(one.texts)} texts" + (by if one.texts else "")


def _list(what: str, names: Sequence[str]) -> None:
    for name in names:
        click.echo(f"  {name}: {what}")

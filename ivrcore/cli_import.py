"""``ivrcore import``: other systems' files into ours, and a list of the rest.

extensions.conf, VoiceXML and grammars become a dialplan, queues.conf a configuration's queues and agents.

Exit codes: 0 all was translated, 1 something is listed as an error or the check finds one (the YAML is
written still), 2 it could not be done.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.errors import ProblemsFound, RequestRefused
from ivrcore.problem_formats import Format, formatted

if TYPE_CHECKING:
    from ivrcore.problems import Problems


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="What to write."
)
@click.option("--name", default="", help="The dialplan's name. [default: the output's]")
@click.option("--zone", default="", help="The time zone of times in the source, such as Asia/Seoul.")
@click.option("--language", default="", help="The language of the source's texts. [default: en]")
@click.option("--queues", is_flag=True, help="FILES are queues.conf. [default: those named queues….conf]")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def import_command(
    files: tuple[Path, ...],
    output: Path,
    name: str,
    zone: str,
    language: str,
    queues: bool,
    force: bool,
    form: str,
) -> int:
    """Translate FILES and list what has no translation.

    extensions.conf, VoiceXML or SRGS become a dialplan, queues.conf the queues and agents of a configuration.
    """
    from ivrcore.check import check_file, check_roster_file
    from ivrcore.importing.run import are_queues, import_files, import_roster

    if output.exists() and not force:
        raise RequestRefused(
            f"{output} is there already", hint="choose another name, or write over it with --force"
        )
    roster = queues or are_queues(files)
    imported = (
        import_roster(files, language) if roster else import_files(files, name or output.stem, zone, language)
    )
    if imported.text is None:
        raise ProblemsFound([str(problem) for problem in imported.problems])
    output.write_text(imported.text, encoding="utf-8")
    checked = check_roster_file(output) if roster else check_file(output)
    click.echo(
        _as_json(output, imported.problems, checked)
        if form == "json"
        else _as_text(output, imported.problems, checked)
    )
    return 1 if imported.problems.errors or checked.errors else 0


def _as_text(output: Path, listed: Problems, checked: Problems) -> str:
    counts = f"{len(listed.errors)} not translated, {len(listed.warnings)} to look at"
    lines = [*map(str, listed), f"wrote {output}: {counts}"]
    if len(checked):
        lines += ["", f"`ivrcore check {output}` says:", *map(str, checked)]
    return "\n".join(lines)


def _as_json(output: Path, listed: Problems, checked: Problems) -> str:
    """Write both lists, each in the form of `ivrcore check --format json`."""
    whole = {
        "written": str(output),
        "listed": json.loads(formatted(listed, Format.JSON)),
        "check": json.loads(formatted(checked, Format.JSON)),
    }
    return json.dumps(whole, indent=2, ensure_ascii=False)

"""The ``ivrcore`` command. Each subcommand is thin: the work is done by the module that it calls.

Exit codes: 0 good, 1 ``check`` found errors (``--strict``: or warnings), 2 the command could not be carried
out, 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from contextlib import ExitStack
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.errors import IvrError
from ivrcore.problem_formats import Format, formatted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


SITE = click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
FORMATS = click.Choice([form.value for form in Format])
INTERRUPTED = 130
COULD_NOT = 2


_ELSEWHERE = {
    "agent": "cli_agents:agent",
    "announce": "cli_announcements:announce",
    "call": "cli_tryout:call_command",
    "contact": "cli_contacts:contact",
    "dialplan": "cli_dialplans:dialplan",
    "drain": "cli_drain:drain",
    "emergency": "cli_announcements:emergency",
    "explain": "cli_explain:explain_command",
    "graph": "cli_graph:graph",
    "hand-over": "cli_handover:hand_over",
    "history": "cli_report:history",
    "import": "cli_import:import_command",
    "journal": "cli_journal:journal",
    "messages": "cli_messages:messages",
    "prompts": "cli_prompts:prompts",
    "reload": "cli_dialplans:reload",
    "report": "cli_report:report_command",
    "simulate": "cli_simulate:simulate",
    "staff": "cli_simulate:staff",
    "speech": "cli_speech:speech",
    "subject": "cli_subjects:subject",
    "supervisor": "cli_supervisors:supervisor",
    "test": "cli_tryout:test_command",
    "token": "cli_tokens:token",
}
"""Command -> its module in `ivrcore`, and its name there."""


class Commands(click.Group):
    """Commands whose modules are imported when they are asked for: none waits for what others need."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names of all commands, in order."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find what is asked for; of a name that there is not, say which ones are like it."""
        known = self.list_commands(ctx)
        if args and args[0] not in known and (near := get_close_matches(args[0], known, 1)):
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command; None if there is none of that name."""
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        module, _, name = _ELSEWHERE[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"ivrcore.{module}"), name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version("ivrcore"), prog_name="ivrcore")
def commands() -> None:
    """A plugin-based telephony / IVR server for Asterisk."""


@commands.command()
@SITE
@click.option("--trace-hooks", is_flag=True, help="Log every call of a plugin's hook.")
@click.option(
    "--log",
    type=click.Choice(["text", "json"]),
    envvar="IVRCORE_LOG",
    default="text",
    show_default=True,
    help="json: an object per line, secrets and long numbers masked.",
)
@click.option("--take-over", is_flag=True, help="Take over the calls of the site's server that runs.")
def serve(folder: Path, trace_hooks: bool, log: str, take_over: bool) -> None:
    """Run the server for the site in FOLDER until it is told to stop."""
    from ivrcore.collecting import uncollected

    with ExitStack() as starting:
        starting.enter_context(uncollected())  # hardly anything that is made until it serves goes again
        from ivrcore.config import load_config
        from ivrcore.service import main as run

        config = load_config(folder.resolve())
        if trace_hooks:
            plugins = dataclasses.replace(config.plugins, trace_hooks=True)
            config = dataclasses.replace(config, plugins=plugins)
        if take_over:
            from ivrcore.cli_agents import client

            run = partial(run, take_over_from=client(folder, None))
        sys.exit(run(config, json_log=log == "json", started=starting.close))


@commands.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--format", "form", type=FORMATS, default="text", show_default=True)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("--models", is_flag=True, help="Load recognisers' models that have no list of words.")
def check(paths: tuple[Path, ...], form: str, strict: bool, models: bool) -> None:
    """Tell everything that is wrong with a site's folder, or with single dialplan files."""
    from ivrcore.check import check_paths

    problems = check_paths(paths or (Path(),), models=models)
    shown = formatted(problems, Format(form))
    if shown:
        click.echo(shown)
    if problems.errors or (strict and problems):
        sys.exit(1)


@commands.command()
@click.option(
    "--site",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="With the verbs and names of the site in this folder.",
)
def schema(folder: Path | None) -> None:
    """Print the JSON Schema of the dialplan language, for editors."""
    from ivrcore.check import site_around
    from ivrcore.dialplan.check import Site
    from ivrcore.dialplan.schema import dialplan_schema
    from ivrcore.plugin_manager import load_plugins

    site = Site(verbs=load_plugins().verbs()) if folder is None else site_around(folder)
    click.echo(json.dumps(dialplan_schema(site), indent=2, ensure_ascii=False))


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--sample", default="hotline", show_default=True, help="Or: bank, shop, office.")
def init(folder: Path, sample: str) -> None:
    """Write a new site into FOLDER: configuration, hotline with call tests, Asterisk's files, secrets."""
    from ivrcore.samples import init_site

    for path in init_site(folder, sample):
        click.echo(f"wrote {path}")
    click.echo(f"\nNext: {folder / 'README.md'}, then: ivrcore check {folder}")


@commands.command()
@SITE
def asterisk(folder: Path) -> None:
    """Write Asterisk's files of the site in FOLDER anew, into FOLDER/asterisk."""
    from ivrcore.config import load_config
    from ivrcore.telephony.asterisk_files import write_asterisk_files

    for path in write_asterisk_files(load_config(folder.resolve()), folder / "asterisk"):
        click.echo(f"wrote {path}")


@commands.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), required=False)
def hooks(folder: Path | None) -> None:
    """List the hooks, and the plugins that implement each (of the site in FOLDER too)."""
    from ivrcore.check import load_site_plugins
    from ivrcore.plugin_contract import hook_names
    from ivrcore.plugin_manager import signature

    plugins = load_site_plugins(folder)
    for name in hook_names():
        click.echo(signature(name))
        click.echo(f"    {', '.join(plugins.implementations(name)) or '-'}")
    for problem in plugins.problems:
        click.echo(f"not loaded: {problem}", err=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; always ends with :class:`SystemExit`."""
    sys.exit(_run(lambda: commands.main(arguments, prog_name="ivrcore", standalone_mode=False)))


def _run(command: Callable[[], object]) -> int:
    """Run a command; give its exit code. Errors that we raise on purpose are shown without a traceback."""
    try:
        result = command()
        sys.stdout.flush()
    except IvrError as error:
        click.echo(f"error: {error}", err=True)
        return COULD_NOT
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader (`| head`) has enough; without this, Python complains again when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        click.echo(f"error: {error}", err=True)
        return COULD_NOT
    return result if isinstance(result, int) else 0

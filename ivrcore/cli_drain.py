"""``ivrcore drain``: tell a running server to take no new calls, over its HTTP API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ivrcore.cli_agents import asking, authored, client
from ivrcore.durations import parse_duration


@click.command()
@click.option("--then-stop", is_flag=True, help="The server ends once nobody is inside.")
@click.option("--time-out", "time_out", help="With --then-stop: it ends after this anyhow, such as 10m.")
@click.option("--undo", is_flag=True, help="Take new calls again.")
@click.option("--status", is_flag=True, help="Only tell how it stands.")
@authored
@asking
def drain(
    then_stop: bool,
    time_out: str | None,
    undo: bool,
    status: bool,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Let the running server take no new calls; those inside finish.

    New callers go to the node's other server, or to the fallback. It takes a token of the role admin.
    """
    if (undo and status) or ((undo or status) and (then_stop or time_out)):
        raise click.UsageError("--undo and --status go alone")
    if time_out and not then_stop:
        raise click.UsageError("--time-out needs --then-stop")
    seconds = None if time_out is None else parse_duration(time_out)
    if time_out is not None and not seconds:
        raise click.UsageError(f"{time_out!r} is no duration: write it as 90s or 10m")
    server = client(site, url)
    if status:
        shown = server.drain()
    elif undo:
        shown = server.undo_drain(author)
    else:
        shown = server.begin_drain(author, then_stop=then_stop, time_out=seconds)
    click.echo(_words(shown))


def _words(shown: dict[str, Any]) -> str:
    inside = f"{shown['inside']} contact{'' if shown['inside'] == 1 else 's'} in progress"
    if not shown["draining"]:
        return f"new calls are taken; {inside}"
    then = "; the server ends once they are over" if shown["then_stop"] else ""
    return f"no new calls are taken; {inside}{then}"

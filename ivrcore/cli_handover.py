"""``ivrcore hand-over``: have a new process take the calls of the running one, over its HTTP API."""

from __future__ import annotations

import time
from pathlib import Path

import click

from ivrcore.cli_agents import asking, client
from ivrcore.durations import parse_duration
from ivrcore.errors import RequestRefused
from ivrcore.web.client import ServerAway

LOOK_SECONDS = 0.1


@click.command("hand-over")
@click.option("--time-out", default="5m", show_default=True, help="Give up waiting after so long.")
@asking
def hand_over(time_out: str, site: Path | None, url: str | None) -> None:
    """Have a new process, of the release that is installed now, take over from the running server.

    Calls go on meanwhile. If the new one cannot start, the running one goes on as if nothing had been. It
    takes a token of the role admin.
    """
    seconds = parse_duration(time_out)
    if not seconds:
        raise click.UsageError(f"{time_out!r} is no duration: write it as 90s or 5m")
    server = client(site, url)
    old = server.start_successor()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        time.sleep(LOOK_SECONDS)
        try:
            shown = server.hand_over()
        except ServerAway:
            continue  # between the two of them
        if shown["pid"] == old["to"]:
            click.echo(
                f"process {shown['pid']}, ivrcore {shown['version']}, has taken over from {old['pid']}"
            )
            return
        if shown["pid"] != old["pid"]:
            raise RequestRefused(
                f"process {shown['pid']} serves, and not {old['to']}, which was to take over",
                status=502,
                hint=f"the server's log says why {old['pid']} ended",
            )
        if shown["failed"]:
            raise RequestRefused(f"{shown['failed']}; process {old['pid']} goes on", status=502)
    raise RequestRefused(
        f"nobody has taken over in {time_out}; process {old['to']} is getting ready and may do so yet",
        status=504,
        hint=f"the server's log says when it does; to keep it from it, end process {old['to']}",
    )

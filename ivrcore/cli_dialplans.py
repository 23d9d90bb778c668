"""``ivrcore dialplan`` and ``ivrcore reload``: the versions of dialplans, over a running server's API.

What was published can be read without a server too, from the site's own store.
"""

from __future__ import annotations

import getpass
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ivrcore.cli_agents import asking, client, columns
from ivrcore.config import read_site
from ivrcore.errors import RequestRefused
from ivrcore.versions.store import VersionStore, store_path
from ivrcore.web.client import ApiClient, ServerAway

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
NAME = click.argument("name")
BROKEN = 1
NOT_PASSED = 422


@click.group()
def dialplan() -> None:
    """Look at the versions of the running server's dialplans, compare them, and go back to one.

    The server's address and token are found as by `ivrcore agent`.
    """


@dialplan.command("list")
@asking
@FORMAT
def show_all(site: Path | None, url: str | None, form: str) -> None:
    """List the dialplans: version, calls in progress, and whether a file is broken."""
    answer = client(site, url).dialplans()
    if form == "json":
        click.echo(_json(answer))
        return
    rows = [("dialplan", "version", "since", "by", "calls")]
    for one in answer["dialplans"]:
        published = one["published"] or {}
        calls = ", ".join(f"{count} on {version}" for version, count in one["calls"].items())
        since = _when(published["at"]) if published else "-"
        rows.append((one["name"], one["version"], since, published.get("author") or "-", calls or "-"))
    click.echo(columns(rows))
    _tell_broken(answer["broken"])


@dialplan.command()
@NAME
@asking
@FORMAT
def log(name: str, site: Path | None, url: str | None, form: str) -> None:
    """List the versions of dialplan NAME that took effect, the newest first. Works without a server too."""
    versions = _log(name, site, url)
    if form == "json":
        click.echo(_json(versions))
        return
    rows = [("version", "from", "by", "how", "note")]
    for one in versions:
        version = one["version"] or "taken away"
        rows.append((version, _when(one["at"]), one["author"] or "-", one["how"], one["note"]))
    click.echo(columns(rows))


def _log(name: str, site: Path | None, url: str | None) -> list[dict[str, Any]]:
    server = client(site, url)
    try:
        return server.dialplan_log(name)
    except ServerAway:
        store = None if url else _store(site)
        if store is None:
            raise
    click.echo("no server answers; this is what the site kept", err=True)
    return [msgspec.to_builtins(one) for one in store.log(name)]


def _store(site: Path | None) -> VersionStore | None:
    config = read_site(site or Path()).config
    path = store_path(config.journal.path) if config else None
    return VersionStore(path, read_only=True) if path and path.is_file() else None


@dialplan.command()
@NAME
@click.argument("old", default="")
@click.argument("new", default="")
@asking
def diff(name: str, old: str, new: str, site: Path | None, url: str | None) -> None:
    """Show what changed in dialplan NAME: from version OLD to NEW, else with the last change."""
    click.echo(client(site, url).dialplan_diff(name, old, new), nl=False)


@dialplan.command()
@NAME
@click.argument("version", default="")
@asking
def show(name: str, version: str, site: Path | None, url: str | None) -> None:
    """Print dialplan NAME: the current version, or VERSION."""
    click.echo(client(site, url).dialplan_text(name, version), nl=False)


@dialplan.command()
@NAME
@click.argument("version")
@click.option("--note", default="", help="Why; kept in the log.")
@asking
def rollback(name: str, version: str, note: str, site: Path | None, url: str | None) -> None:
    """Have new calls get VERSION of dialplan NAME again; its file is written so. Calls in progress go on."""
    done = client(site, url).roll_back(name, version, login_name(), note)
    _tell_published(done["published"])
    if not done["published"]:
        click.echo(f"{name} is at version {done['version']} already")


@click.command()
@asking
def reload(site: Path | None, url: str | None) -> None:
    """Have the running server read queues, agents and dialplans anew; what passes the check takes effect.

    Dialplans take effect for new calls, queues and agents at once; the rest of the configuration needs a
    restart.
    """
    server = client(site, url)
    config = _reload_config(server)
    if config["changed"]:
        click.echo(f"configuration: version {config['version']} takes effect")
    if config["later"]:
        later = ", ".join(config["later"])
        click.echo(f"configuration: {later} changed too, and takes effect with a restart")
    done = server.reload(login_name())
    _tell_published(done["published"])
    if not done["published"] and not done["broken"] and not config["changed"]:
        click.echo(f"nothing to change: what is saved is in force (configuration {config['version']})")
    _tell_broken(done["broken"])
    if done["broken"]:
        sys.exit(BROKEN)


def _reload_config(server: ApiClient) -> dict[str, Any]:
    """Have queues and agents read anew; a file that is refused is told of, and ends it with `BROKEN`."""
    try:
        return server.reload_config(login_name())
    except RequestRefused as refused:
        if refused.status != NOT_PASSED:
            raise
        click.echo(f"error: {refused}", err=True)
        sys.exit(BROKEN)


def login_name() -> str:
    """Give the name of whoever types, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return "cli"


def _tell_published(published: Sequence[dict[str, Any]]) -> None:
    for one in published:
        if one["version"]:
            before = f" (was {one['before']})" if one["before"] else ""
            click.echo(f"{one['name']}: version {one['version']} takes effect{before}")
        else:
            click.echo(f"{one['name']} is taken away")


def _tell_broken(broken: Sequence[dict[str, Any]]) -> None:
    for file in broken:
        instead = f"version {file['serving']} is served" if file["serving"] else "nothing of it is served"
        click.echo(f"{file['file']} does not take effect, {instead}:", err=True)
        for one in file["problems"]:
            click.echo(ApiClient.problem_text(one), err=True)


def _when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)

"""``ivrcore messages``: what callers left, over a running server's API. Each hearing is journalled."""

from __future__ import annotations

import getpass
import json
import os
from datetime import datetime
from pathlib import Path

import click

from ivrcore.cli_agents import asking, client

ID = click.argument("message_id", metavar="ID")


@click.group()
def messages() -> None:
    """List, save and delete what callers left in mailboxes.

    The server's address and token are found as by `ivrcore agent`.
    """


@messages.command("list")
@asking
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(site: Path | None, url: str | None, form: str) -> None:
    """List the messages, the oldest first."""
    found = client(site, url).messages()
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    for one in found:
        when = datetime.fromtimestamp(one["at"]).astimezone().strftime("%Y-%m-%d %H:%M")
        click.echo(f"{one['message']}  {when}  {one['mailbox']}  {one['seconds']:.0f} s  {one['caller']}")


@messages.command()
@ID
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@asking
def save(message_id: str, file: Path, site: Path | None, url: str | None) -> None:
    """Save message ID as the wav FILE, which must not be there yet; only you can read it."""
    audio = client(site, url).message(message_id, getpass.getuser())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
        target.write(audio)
    click.echo(f"saved {file}")


@messages.command()
@ID
@asking
def delete(message_id: str, site: Path | None, url: str | None) -> None:
    """Delete message ID for good."""
    client(site, url).delete_message(message_id, getpass.getuser())
    click.echo(f"deleted {message_id}")

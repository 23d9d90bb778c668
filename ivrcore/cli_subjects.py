"""``ivrcore subject``: have a running server erase what it keeps of a person, over its HTTP API."""

from __future__ import annotations

from pathlib import Path

import click

from ivrcore.cli_agents import asking, client


@click.group()
def subject() -> None:
    """Deal with callers' personal values, which a running server keeps encrypted.

    A subject's id is the field `subject` of the contact's ContactArrived in the journal.
    """


@subject.command()
@click.argument("subject_id", metavar="ID")
@asking
def erase(subject_id: str, site: Path | None, url: str | None) -> None:
    """Erase the number and all other personal values of subject ID for good.

    What an open call-back keeps of the same person goes with them, and so do the messages left in mailboxes
    and what a caller of that number is known by.
    """
    client(site, url).erase_subject(subject_id)
    click.echo(f"the personal values of {subject_id} are erased")

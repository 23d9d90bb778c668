"""``ivrcore contact``: who is in progress and how they wait, and what a supervisor wants of one who waits.

Over a running server's HTTP API.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ivrcore.cli_agents import asking, authored, client, columns, listed
from ivrcore.errors import RequestRefused
from ivrcore.model.names import WITHDRAWALS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FOLDER = click.Path(path_type=Path, file_okay=False)
CONTACT = click.argument("contact_id", metavar="CONTACT")
HEADS = ("contact", "where", "position", "priority", "waited", "since", "expected", "needs", "rung")


class Contacts(click.Group):
    """Commands, or the id of a contact: then its story."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take what is no command, and has a digit, for the id of a contact."""
        if args and args[0] not in self.commands and any(letter.isdigit() for letter in args[0]):
            args = ["story", *args]
        return super().resolve_command(ctx, args)


@click.group(cls=Contacts)
def contact() -> None:
    """List the contacts in progress; move, prioritise, send back or hand over one that waits; tell the story
    of one, also when it is over: `ivrcore contact CONTACT`.

    Steering takes a token of the role supervise. The server's address and token are found as by
    `ivrcore agent`; `ivrcore agent take` has an agent take a contact, `ivrcore explain` tells why it was
    offered to whom.
    """


@contact.command()
@CONTACT
@click.option("--site", type=FOLDER, envvar="IVRCORE_SITE", default=".", help="The site's folder.")
@click.option("--all", "everything", is_flag=True, help="Also steps, turns, intents and ends of prompts.")
@listed
def story(contact_id: str, site: Path, everything: bool, form: str) -> None:
    """Tell what happened to CONTACT, from first ring to the end of wrap-up, in order.

    From the site's journal, whether or not its server runs. Which keys were pressed and what was said is in
    none; digits of variables' values are masked.
    """
    from ivrcore.config import load_config
    from ivrcore.journal.of_contact import read_contact
    from ivrcore.story.tell import as_objects, as_text

    config = load_config(site.resolve())
    path, zone = config.journal.path, config.history.zone
    if not path.is_file():
        raise RequestRefused(f"there is no journal {path}", hint="a server that ran once has one")
    records = read_contact(path, contact_id)
    if not records:
        hint = "`ivrcore contact list` has those in progress, the history's table `contact` all"
        raise RequestRefused(f"the journal knows no contact {contact_id!r}", status=404, hint=hint)
    if form == "json":
        click.echo(json.dumps(as_objects(contact_id, records, zone), indent=2, ensure_ascii=False))
    else:
        click.echo(as_text(contact_id, records, zone, everything=everything), nl=False)


@contact.command("list")
@asking
@click.option("--queue", help="Only those who wait in this queue.")
@listed
def show(queue: str | None, site: Path | None, url: str | None, form: str) -> None:
    """List the contacts in progress: where each is, and how it waits."""
    server = client(site, url)
    found = server.contacts()
    if queue is not None:
        _check_queue(queue, [one["name"] for one in server.queues()])
        found = [one for one in found if one["queue"] == queue and one["wait"]]
    found.sort(key=_order)
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        click.echo(columns([HEADS, *map(_row, found)]) if found else "no contact is in progress there")


def _check_queue(queue: str, known: Sequence[str]) -> None:
    if queue not in known:
        raise RequestRefused(f"there is no queue {queue!r}", status=404, hint=f"one of {', '.join(known)}")


def _order(one: Mapping[str, Any]) -> tuple[str, str, int]:
    wait = one["wait"]
    return one["place"], one["queue"], wait["position"] if wait else 0


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    wait = one["wait"]
    if not wait:
        dialplan = f"in {one['dialplan'] or 'no dialplan'}"
        where = f"with {one['agent']}" if one["agent"] else one["queue"] or dialplan
        return one["contact"], where, *["-"] * (len(HEADS) - 2)
    call_back = " (call-back)" if wait["call_back"] else ""
    relaxed = f" (step {wait['step']}: {wait['why']})" if wait["why"] else ""
    return (
        one["contact"],
        one["queue"] + call_back,
        str(wait["position"]),
        str(wait["priority"]),
        _seconds(wait["waited"]),
        datetime.fromtimestamp(wait["since"]).astimezone().strftime("%H:%M:%S"),
        "-" if wait["expected"] is None else _seconds(wait["expected"]),
        wait["needs"] + relaxed,
        ", ".join(f"{ring['agent']} {ring['phase']}" for ring in wait["rung"]) or "-",
    )


def _seconds(value: float) -> str:
    return f"{value:.0f} s"


@contact.command()
@CONTACT
@click.argument("queue")
@authored
@asking
def move(contact_id: str, queue: str, author: str, site: Path | None, url: str | None) -> None:
    """CONTACT waits in QUEUE from now on, with the time that it has waited."""
    _tell(client(site, url).steer(contact_id, "move", {"queue": queue, "author": author}), contact_id)


@contact.command(context_settings={"ignore_unknown_options": True})
@CONTACT
@click.argument("priority", type=int)
@authored
@asking
def prioritise(contact_id: str, priority: int, author: str, site: Path | None, url: str | None) -> None:
    """CONTACT has PRIORITY (-1000 to 1000, more is sooner), in place of the queue's and its own together."""
    body = {"priority": priority, "author": author}
    _tell(client(site, url).steer(contact_id, "prioritise", body), contact_id)


@contact.command()
@CONTACT
@click.option(
    "--outcome",
    type=click.Choice([str(one) for one in WITHDRAWALS]),
    default=str(WITHDRAWALS[0]),
    show_default=True,
    help="As what it leaves the queue: the dialplan may have steps for it.",
)
@authored
@asking
def withdraw(contact_id: str, outcome: str, author: str, site: Path | None, url: str | None) -> None:
    """CONTACT goes back to its dialplan."""
    body = {"outcome": outcome, "author": author}
    _tell(client(site, url).steer(contact_id, "withdraw", body), contact_id)


@contact.command("hand-over")
@CONTACT
@click.argument("agent")
@click.option("--seconds", type=float, default=60.0, show_default=True, help="Then others may have it again.")
@authored
@asking
def hand_over(
    contact_id: str, agent: str, seconds: float, author: str, site: Path | None, url: str | None
) -> None:
    """AGENT alone, who may be busy now, gets CONTACT."""
    body = {"agent": agent, "seconds": seconds, "author": author}
    _tell(client(site, url).steer(contact_id, "hand-over", body), contact_id)


def _tell(shown: Mapping[str, Any], name: str) -> None:
    """Say where it is now."""
    wait = shown.get("wait")
    if wait:
        rung = ", ".join(ring["agent"] for ring in wait["rung"])
        told = f"waits in {shown['queue']}, position {wait['position']}, priority {wait['priority']}"
        told += f", for {wait['needs']}" if wait["why"] else ""
        click.echo(f"{name} {told}{f'; rung: {rung}' if rung else ''}")
    elif shown.get("agent"):
        click.echo(f"{name} is with {shown['agent']}")
    else:
        click.echo(f"{name} is in its dialplan" if shown else f"{name} is in progress no more")

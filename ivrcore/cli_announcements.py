"""``ivrcore announce`` and ``ivrcore emergency``: what callers hear at once, over a server's HTTP API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivrcore.cli_agents import asking, authored, client
from ivrcore.errors import RequestRefused
from ivrcore.model.announcement import EVERYWHERE
from ivrcore.model.names import EmergencyAction

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., None]")


def _texts(command: Command) -> Command:
    option = click.option(
        "--text",
        "texts",
        multiple=True,
        metavar="[LANGUAGE=]TEXT",
        help="What is spoken, once for each language; without one, in the first of the dialplans.",
    )
    return option(command)


@click.group()
def announce() -> None:
    """Announce something to callers in progress: each hears it once, at the next prompt or in the queue."""


@announce.command("list")
@asking
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(site: Path | None, url: str | None, form: str) -> None:
    """List what is announced."""
    found = client(site, url).announcements()
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if form == "json" else _listed(found))


def _listed(found: Iterable[Mapping[str, Any]]) -> str:
    return "\n".join(_announced(one) for one in found) or "nothing is announced"


def _announced(one: Mapping[str, Any]) -> str:
    state = "in force" if one["in_force"] else "not now"
    ends = f", until {_time(one['ends'])}" if one["ends"] is not None else ""
    numbers = f", for {', '.join(one['numbers'])}" if one["numbers"] else ""
    first = f"{one['name']}: {state}, from {_time(one['starts'])}{ends}{numbers}, by {one['author']}"
    said = [f"  plays {one['recording']}"] if one["recording"] else _said(one["texts"])
    return "\n".join([first, *said])


def _said(texts: Mapping[str, str]) -> list[str]:
    return [f"  {language}: {text}" for language, text in texts.items()]


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")


@announce.command("set")
@click.argument("name")
@_texts
@click.option("--recording", default="", help="A recording in the prompt folder, played instead of a text.")
@click.option("--number", "numbers", multiple=True, help="Only callers of this number; may be repeated.")
@click.option("--cut-short", is_flag=True, help="Keys and speech may cut it short.")
@click.option("--starts", metavar="TIME", help="Such as 2026-11-22T09:00+09:00. [default: at once]")
@click.option("--ends", metavar="TIME", help="Nobody hears it from then on.")
@authored
@asking
def set_(
    name: str,
    texts: tuple[str, ...],
    recording: str,
    numbers: tuple[str, ...],
    cut_short: bool,
    starts: str | None,
    ends: str | None,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Have callers hear announcement NAME, in place of what it said before."""
    body: dict[str, object] = {
        "author": author,
        "recording": recording,
        "numbers": numbers,
        "whole": not cut_short,
        "starts": starts,
        "ends": ends,
        **_by_language(texts),
    }
    answer = client(site, url).announce(name, body)
    _tell(answer, f"{name} is announced", f"{name} was announced like this already")


@announce.command()
@click.argument("name")
@authored
@asking
def withdraw(name: str, author: str, site: Path | None, url: str | None) -> None:
    """Have nobody hear announcement NAME any more."""
    client(site, url).withdraw(name, author)
    click.echo(f"{name} is withdrawn")


@click.group()
def emergency() -> None:
    """Close the hotline at once, forward its calls, or play a message, for one number or for all."""


@emergency.command()
@asking
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(site: Path | None, url: str | None, form: str) -> None:
    """Show every switch that is not open."""
    found = client(site, url).emergencies()
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if form == "json" else _shown(found))


def _shown(found: Iterable[Mapping[str, Any]]) -> str:
    lines: list[str] = []
    for one in found:
        number = f" to {one['number']}" if one["number"] else ""
        since = f"since {_time(one['since'])}, by {one['author']} ({one['via']})"
        lines += [f"{one['scope']}: {one['action']}{number}, {since}", *_said(one["texts"])]
    return "\n".join(lines) or "open: all is as usual"


_LANGUAGE = re.compile("[a-z]{2,3}")

MOVES = [str(action) for action in EmergencyAction if action is not EmergencyAction.OPEN]
SCOPE = click.option("--scope", default=EVERYWHERE, show_default=True, help="A called number, or all.")


@emergency.command("set")
@click.argument("action", type=click.Choice(MOVES))
@SCOPE
@_texts
@click.option("--number", default="", help="Where calls are forwarded to.")
@authored
@asking
def move(
    action: str,
    scope: str,
    texts: tuple[str, ...],
    number: str,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Move the switch to ACTION."""
    body = {"author": author, "action": action, "number": number, **_by_language(texts)}
    answer = client(site, url).move_emergency(scope, body)
    _tell(answer, f"{scope}: {action}", f"{scope}: it was {action} already")


@emergency.command()
@SCOPE
@authored
@asking
def clear(scope: str, author: str, site: Path | None, url: str | None) -> None:
    """Open again: the emergency is over."""
    body = {"author": author, "action": str(EmergencyAction.OPEN)}
    answer = client(site, url).move_emergency(scope, body)
    _tell(answer, f"{scope}: open", f"{scope}: it was open already")


def _by_language(texts: Iterable[str]) -> dict[str, object]:
    """Read ``ko=text``; a single text may go without its language."""
    given = list(texts)
    pairs = [text.partition("=") for text in given]
    if all(mark and _LANGUAGE.fullmatch(language) for language, mark, _ in pairs):
        return {"texts": {language: text for language, _, text in pairs}}
    if len(given) == 1:
        return {"text": given[0]}
    raise RequestRefused("several texts need their languages", hint="such as --text en=… --text ko=…")


def _tell(answer: Mapping[str, Any], done: str, same: str) -> None:
    click.echo(done if answer["changed"] else same)
    for warning in answer["warnings"]:
        click.echo(f"warning: {warning}", err=True)

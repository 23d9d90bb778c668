"""``ivrcore speech kept``: what is kept of failed turns, over a server's API; each access is journalled."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivrcore.cli_agents import asking, authored, client, columns, listed
from ivrcore.cli_options import recogniser_options
from ivrcore.errors import ConfigError
from ivrcore.labelled import UNLABELLED

if TYPE_CHECKING:
    from ivrcore.web.client import ApiClient

    Kept = dict[str, Any]
    """Shaped as :class:`ivrcore.web.kept.KeptView`."""

FOLDER = click.Path(path_type=Path, file_okay=False)
IDS = click.argument("utterances", metavar="[ID]...", nargs=-1)
HEADS = ("id", "when", "dialplan", "menu", "recogniser", "failed", "guess", "seconds", "said", "means")

Command = TypeVar("Command", bound="Callable[..., None]")


def chosen(command: Command) -> Command:
    """Add the options that say whose utterances are meant."""
    for name, told in (
        ("--language", "Only what was said in it, such as en."),
        ("--menu", "Only what was said to this menu."),
        ("--plan", "Only what was said to menus of this dialplan."),
    ):
        command = click.option(name, default="", help=told)(command)
    return command


@click.group()
def kept() -> None:
    """List, export, label, transcribe and erase what callers said in turns that failed.

    Only of callers who agreed, and where `speech: keep:` of the configuration says so. The server's address
    and an admin's token are found as by `ivrcore agent`; who looks at what is in the journal.
    """


@kept.command("list")
@chosen
@authored
@asking
@listed
def show(
    plan: str, menu: str, language: str, author: str, site: Path | None, url: str | None, form: str
) -> None:
    """List what is kept, the oldest first."""
    readable, held = client(site, url).kept(author)
    found = _matching(readable, plan, menu, language)
    if held > len(readable):
        what = "kept with another key, or damaged; `ivrcore speech kept erase --all` deletes them too"
        click.echo(f"{held - len(readable)} more cannot be read: {what}", err=True)
    click.echo(
        json.dumps(found, indent=2, ensure_ascii=False)
        if form == "json"
        else columns([HEADS, *map(_line, found)])
    )


@kept.command()
@click.argument("folder", metavar="DIR", type=FOLDER)
@IDS
@chosen
@authored
@asking
def export(
    folder: Path,
    utterances: tuple[str, ...],
    plan: str,
    menu: str,
    language: str,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Decrypt a menu's utterances into the new folder DIR, with the labels that `evaluate` takes.

    What nobody has labelled has the choice ?, and the words that a recogniser heard. Listen, fill in
    labels.csv, take it back with `label --from DIR`, and delete DIR: nothing there is encrypted.
    """
    server = client(site, url)
    found = _found(server, author, plan, menu, language, utterances)
    of = sorted({(one["plan"], one["menu"], one["language"]) for one in found})
    if len(of) != 1:
        names = "; ".join(f"--plan {plan} --menu {menu} --language {tag}" for plan, menu, tag in of)
        raise ConfigError("an export is of one menu in one language", hint=names or "nothing is kept of that")
    _make_empty(folder)
    for one in found:
        _write(folder / _file(one), server.kept_audio(one["utterance"], author))
    lines = [("file", "said", "choice"), *((_file(one), *_label(one)) for one in found)]
    with os.fdopen(_new(folder / "labels.csv"), "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(lines)
    left = sum(not one["labelled"] for one in found)
    click.echo(f"{len(found)} utterances in {folder}, {left} of them not labelled yet")
    if left:
        click.echo(f"listen to these, and write what was said and what it means into {folder / 'labels.csv'}")
    click.echo(f"then: ivrcore speech evaluate {folder} --site SITE --menu {of[0][1]} --language {of[0][2]}")


@kept.command()
@click.argument("utterance", metavar="[ID]", default="")
@click.argument("said", metavar="[WORDS]", default="")
@click.option("--choice", default="", help="What they mean; leave it out where they mean none.")
@click.option("--from", "folder", type=FOLDER, help="Take all labels of an export whose choice is not ?.")
@authored
@asking
def label(
    utterance: str,
    said: str,
    choice: str,
    folder: Path | None,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Say what was said in utterance ID: its WORDS, and the choice of the menu that they mean."""
    if bool(utterance) == bool(folder):
        raise ConfigError("label one utterance, or an export", hint="ID WORDS --choice NAME, or --from DIR")
    labels = _labels(folder) if folder else [(utterance, said, choice)]
    server = client(site, url)
    for name, words, means in labels:
        server.write_on_kept(name, {"said": words, "means": means, "author": author})
    click.echo(f"{len(labels)} labelled")


@kept.command()
@IDS
@click.option("--engine", default="vosk", show_default=True, help="A recogniser that hears free speech.")
@click.option("--option", "-o", "options", multiple=True, metavar="NAME=VALUE", help="Of the recogniser.")
@click.option("--again", is_flag=True, help="Also what was transcribed before.")
@chosen
@authored
@asking
def transcribe(
    utterances: tuple[str, ...],
    engine: str,
    options: tuple[str, ...],
    again: bool,
    plan: str,
    menu: str,
    language: str,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Have a recogniser hear, on this machine and with any words allowed, what nobody has labelled.

    Its words are kept with the utterance, encrypted, for `ivrcore speech report --said`.
    """
    server = client(site, url)
    found = _found(server, author, plan, menu, language, utterances)
    left = [one for one in found if not one["labelled"] and (again or not one["heard_by"])]
    hear = _hearing(engine, recogniser_options(options), {one["language"] for one in left})
    for one in left:
        words = hear(server.kept_audio(one["utterance"], author))
        server.write_on_kept(one["utterance"], {"heard": words, "heard_by": engine, "author": author})
    click.echo(f"{len(left)} transcribed")


@kept.command()
@IDS
@click.option("--all", "everything", is_flag=True, help="All that is kept, or all of a menu.")
@chosen
@authored
@asking
def erase(
    utterances: tuple[str, ...],
    everything: bool,
    plan: str,
    menu: str,
    language: str,
    author: str,
    site: Path | None,
    url: str | None,
) -> None:
    """Erase utterances for good. `ivrcore subject erase` does it for all that a caller said."""
    server = client(site, url)
    if bool(utterances) == everything:
        raise ConfigError("name the utterances to erase, or --all", hint="`ivrcore speech kept list`")
    if everything and not (plan or menu or language):
        click.echo(f"{server.erase_all_kept(author)} erased")
        return
    if everything:
        found = _found(server, author, plan, menu, language)
        utterances = tuple(str(one["utterance"]) for one in found)
    for one in utterances:
        server.erase_kept(one, author)
    click.echo(f"{len(utterances)} erased")


# --- what is meant ----------------------------------------------------------------------------------------


def _found(
    server: ApiClient, author: str, plan: str, menu: str, language: str, named: Sequence[str] = ()
) -> list[Kept]:
    readable = [one for one in server.kept(author)[0] if not named or one["utterance"] in named]
    found = _matching(readable, plan, menu, language)
    missing = sorted(set(named) - {one["utterance"] for one in found})
    if missing:
        raise ConfigError(f"there is no such utterance: {', '.join(missing)}", hint="is it deleted already?")
    return found


def _matching(kept: Sequence[Kept], plan: str, menu: str, language: str) -> list[Kept]:
    wanted = {"plan": plan, "menu": menu, "language": language}
    return [one for one in kept if all(value in ("", one[key]) for key, value in wanted.items())]


def _line(one: Kept) -> tuple[str, ...]:
    when = datetime.fromtimestamp(one["at"]).astimezone().strftime("%Y-%m-%d %H:%M")
    said = one["said"] if one["labelled"] else one["heard"] and f"({one['heard']})"
    means = (one["means"] or "none") if one["labelled"] else UNLABELLED
    guess = f"{one['choice']} {one['confidence']:.2f}" if one["choice"] else "-"
    return (
        *(one["utterance"], when, one["plan"], one["menu"], one["engine"]),
        *(one["outcome"].replace("_", " "), guess, f"{one['seconds']:.1f}", said or "-", means),
    )


def _label(one: Kept) -> tuple[str, str]:
    return (one["said"], one["means"]) if one["labelled"] else (one["heard"], UNLABELLED)


def _labels(folder: Path) -> list[tuple[str, str, str]]:
    from ivrcore.labelled import read_labels

    found = [(one.path.stem, one.said, one.choice) for one in read_labels(folder)]
    return [one for one in found if one[2] != UNLABELLED]


def _hearing(engine: str, options: dict[str, str], languages: set[str]) -> Callable[[bytes], str]:
    """Load the recogniser; gives what makes words of a wav."""
    from ivrcore.evaluating import transcribe as words_of
    from ivrcore.labelled import read_wav
    from ivrcore.plugin_manager import load_plugins

    if not languages:
        return lambda wav: ""
    if len(languages) > 1:
        raise ConfigError("one model hears one language", hint=f"--language {' or '.join(sorted(languages))}")
    hear = partial(words_of, load_plugins().recogniser(engine, languages.pop(), options))
    return lambda wav: hear(read_wav(wav)[1])


# --- files ------------------------------------------------------------------------------------------------


def _file(one: Kept) -> str:
    return f"{one['utterance']}.wav"


def _make_empty(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty", hint="name a new folder")
    folder.chmod(0o700)


def _new(path: Path) -> int:
    """Make a file that only its owner can read, and that was not there."""
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(_new(path), "wb") as file:
        file.write(data)

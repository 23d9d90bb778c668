"""``ivrcore call``: a conversation over a terminal or a pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any

import click

from ivrcore.tryout.conversation import Kind
from ivrcore.tryout.terminal import PROBLEM, Conversation, Shown

STYLES: Mapping[str, Mapping[str, Any]] = {
    Kind.HEARS: {"bold": True},
    Kind.PLACE: {"fg": "blue"},
    Kind.QUEUE: {"fg": "green"},
    Kind.SERVICE: {"fg": "magenta"},
    Kind.NOTE: {"dim": True},
    Kind.TIME: {"fg": "yellow"},
    Kind.END: {"fg": "cyan"},
    PROBLEM: {"fg": "red"},
}
"""How lines look on a terminal; through a pipe they are plain."""


def converse(talk: Conversation, typed: Iterator[str], *, echo: bool) -> None:
    """Show and read until the lines or the tester end; ``echo`` shows what came in through a pipe."""
    _show(talk.news())
    for line in typed:
        if echo:
            click.echo(f"{talk.question()}{line}")
        _show(talk.take(line))
        if talk.over:
            return


def _show(lines: Iterable[Shown]) -> None:
    for line in lines:
        click.echo(click.style(line.text, **STYLES.get(line.kind, {})))


def from_person(talk: Conversation) -> Iterator[str]:
    """Ask a person for lines, with the editing that readline gives."""
    with suppress(ImportError):  # not on every system
        import readline  # noqa: F401 - importing it is what makes input() editable
    while True:
        try:
            yield input(talk.question())
        except EOFError:
            click.echo()
            return


def from_pipe() -> Iterator[str]:
    """Give the lines of standard input."""
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def from_script(text: str) -> Iterator[str]:
    """Give a script's lines; one that begins with ``# `` is a remark."""
    return (line for line in text.splitlines() if not line.startswith("# "))

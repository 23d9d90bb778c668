"""Explains a contact of a journal file; a server does so in a process of its own.

An explanation folds a day of the journal, or the whole: seconds of work, which would delay the calls of a
server that did it itself. So `ask` starts this module as a process, at low priority, and gives what that one
prints.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivrcore.errors import ConfigError, CoreMisuse, IvrError, RequestRefused
from ivrcore.explaining.model import Explanation
from ivrcore.explaining.story import NAMES, explain
from ivrcore.journal.excerpts import excerpt
from ivrcore.plugin_manager import load_plugins

if TYPE_CHECKING:
    from ivrcore.model.event import Event

LONGEST = 30.0
"""Seconds that an explanation may take."""
NICE = 10
REFUSED = 3
"""Exit code of a process that printed why it refused."""


TOLD_EVERY = 50_000
"""Events after which it is told how far the whole journal is read."""


def _nobody(_read: int) -> None:
    """Nobody wants to know."""


class Asked(msgspec.Struct, frozen=True):
    """What is asked of the process."""

    contact: str
    journal: str
    folder: str | None
    disabled: tuple[str, ...]


def explained(
    contact: str,
    journal: Path,
    folder: Path | None = None,
    disabled: Sequence[str] = (),
    tell: Callable[[int], object] = _nobody,
) -> Explanation:
    """Read a journal, also one that a server is writing, and explain a contact of it.

    First from the part that one contact needs (`ivrcore.journal.excerpts`); where that does not give what the
    events themselves keep of each decision, from the whole journal: then ``tell`` hears how many events were
    read, now and then. ``folder`` and ``disabled`` are of the site's plugins. Raises :class:`ConfigError`,
    :class:`ivrcore.errors.JournalError`, and :class:`RequestRefused` (404) for a contact that routing never
    had.
    """
    if not journal.is_file():
        raise ConfigError(f"there is no journal {journal}", hint="a server that ran once has one")
    plugins = load_plugins(folder, tuple(disabled)).routing()
    part = excerpt(journal, contact, NAMES)
    if part is None:
        return explain(contact, (), plugins)
    if part.begin:
        try:
            found = explain(contact, part.events(), plugins, part.standing())
        except CoreMisuse:  # something began before the part: the whole tells it
            found = None
        if found is not None and found.agrees:
            return found
    return explain(contact, _counted(part.whole.events(), tell), plugins)


def _counted(events: Iterator[Event], tell: Callable[[int], object]) -> Iterator[Event]:
    for number, event in enumerate(events, 1):
        if not number % TOLD_EVERY:
            tell(number)
        yield event


def ask(asked: Asked, longest: float = LONGEST) -> bytes:
    """Have a process explain; give its JSON, an `Explanation`. Blocks. Raises :class:`RequestRefused`."""
    command = [sys.executable, "-m", "ivrcore.why"]
    try:
        done = subprocess.run(
            command, input=msgspec.json.encode(asked), capture_output=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise RequestRefused(
            f"explaining took more than {longest:.0f} s: the journal is too long for a server to do it",
            status=503,
            hint="`ivrcore explain CONTACT --site DIR` on the server's machine takes the time that it needs",
        ) from error
    if done.returncode == REFUSED:
        why = json.loads(done.stdout)
        raise RequestRefused(why["message"], status=why["status"], hint=why["hint"])
    if done.returncode:
        raise RequestRefused(
            "the contact could not be explained",
            status=500,
            hint="`ivrcore explain CONTACT --site DIR` says why",
        )
    return done.stdout


def main() -> int:
    """Answer one question on the standard input; give the exit code."""
    os.nice(NICE)
    asked = msgspec.json.decode(sys.stdin.buffer.read(), type=Asked)
    folder = Path(asked.folder) if asked.folder else None
    try:
        found = msgspec.json.encode(explained(asked.contact, Path(asked.journal), folder, asked.disabled))
    except IvrError as error:
        status = error.status if isinstance(error, RequestRefused) else 503
        found = msgspec.json.encode({"message": error.message, "hint": error.hint, "status": status})
        sys.stdout.buffer.write(found)
        return REFUSED
    sys.stdout.buffer.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Removes old personal values in a process of its own, beside the server that writes the journal.

They go a day at a time: `journal: forget_after` after its contact closed, or on the day after that.
"""

from __future__ import annotations

import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivrcore.journal.ages import ahead_of
from ivrcore.journal.compaction import compacting
from ivrcore.journal.forgetting import forget
from ivrcore.service.beside import Beside, answered, resting
from ivrcore.service.known_callers import day_of, kept_since

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.config import Config


class Asked(msgspec.Struct, frozen=True):
    """What the process is told, on its standard input: the key is on no command line. ``now`` and ``before``
    are UTC seconds; ``sure`` says that ``now`` is right, whatever the journal says."""

    journal: str
    key: bytes
    now: float
    before: float
    sure: bool


class Done(msgspec.Struct, frozen=True):
    """How many subjects' values were removed; or, with 0, by how much (seconds) the clock is ahead of the
    journal: what is removed by a wrong clock does not come back."""

    removed: int
    ahead: float = 0.0


def asked_of(config: Config, now: float, *, sure: bool) -> Asked:
    """Give what is asked for a site that forgets."""
    journal = config.journal
    return Asked(str(journal.path), journal.key, now, now - journal.forget_after, sure)


def forgotten(
    asked: Asked,
    rest: Callable[[float], object] = time.sleep,
    settle: Callable[[float], object] = time.sleep,
) -> Done:
    """Remove them here, unless the clock is in doubt. Raises :class:`JournalError`."""
    path = Path(asked.journal)
    stays = partial(kept_since, day=day_of(asked.before), today=day_of(asked.now))
    with compacting(path, rest) as one:
        ahead = 0.0 if asked.sure else one.idly(ahead_of, path, asked.now)
        if ahead:
            return Done(0, ahead)
        count = forget(one, path, asked.key, asked.now, asked.before, stays, settle)
        if count:
            one.checkpoint()
    return Done(count)


class Forgetting(Beside):
    """One process that removes them; raises :class:`JournalError` where it cannot be started.

    One that is stopped is gone on with by the next.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__("ivrcore.service.forgetting", asked, "removes personal values")

    def wait(self) -> Done:
        """Give what came of it (blocks); raises :class:`JournalError`."""
        return msgspec.json.decode(self.answer(), type=Done)


def main() -> int:
    """Do what the standard input asks for; give the exit code."""
    rest = resting(os.getppid())
    return answered(Asked, lambda asked: msgspec.json.encode(forgotten(asked, rest, rest)).decode())


if __name__ == "__main__":
    sys.exit(main())

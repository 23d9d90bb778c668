"""Compacts a journal in a process of its own, beside the server that writes it.

What a start needs is left alone: packed is only what is before the snapshots from which one begins, and, with
a live history, what that has taken in.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ivrcore.errors import JournalError
from ivrcore.journal.compaction import compacting, last_before, sizes
from ivrcore.journal.snapshots import KEPT, Snapshots
from ivrcore.service.beside import Beside, answered, resting

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.journal.compaction import Sizes

CHECKPOINT_EVERY = 64
"""Blocks after which the write-ahead log is copied into the file: a server's is copied by itself."""


class Asked(msgspec.Struct, frozen=True):
    """What the process is told, on its standard input: no secret is on a command line. ``pack_after`` is in
    seconds; ``history`` the database's URL, where it is kept live."""

    journal: str
    key: bytes
    pack_after: float
    history: str | None


def asked_of(config: Config) -> Asked:
    """Give what is asked for a site."""
    journal, history = config.journal, config.history
    return Asked(str(journal.path), journal.key, journal.pack_after, history.url if history.live else None)


def allowed(asked: Asked, now: float) -> int:
    """Give the last record that may be packed ``now`` (UTC seconds); 0 where there is none. Raises
    :class:`IvrError`: without that, nothing is packed."""
    path = Path(asked.journal)
    behind = _begun_from(Snapshots(path, asked.key))
    if behind and asked.history is not None:
        behind = min(behind, _taken_in(asked.history))
    return last_before(path, now - asked.pack_after, behind) if behind else 0


def _begun_from(snapshots: Snapshots) -> int:
    """Give the record of the oldest of those snapshots from which a start may begin; 0 without any."""
    found = []
    for name in snapshots.newest_first()[:KEPT]:
        try:
            found.append(snapshots.read(name).seq)
        except JournalError:
            continue  # a start leaves it aside, and says so
    return min(found, default=0)


def _taken_in(url: str) -> int:
    """Give the last record that the history has."""
    from ivrcore.history.database import Database, newest  # SQLAlchemy takes a while to import

    database = Database(url)
    try:
        return database.place().seq if database.revision() == newest() else 0
    finally:
        database.close()


def compact(
    asked: Asked,
    now: float,
    rest: Callable[[float], object] = time.sleep,
    tell: Callable[[int], object] = lambda _: None,
) -> Sizes:
    """Compact here; gives what the journal is like then. ``tell`` hears of each block's last record. Raises
    :class:`IvrError`."""
    path = Path(asked.journal)
    with compacting(path, rest) as one:
        for count, last in enumerate(one.pack(allowed(asked, now)), 1):
            tell(last)
            if not count % CHECKPOINT_EVERY:
                one.checkpoint()
        for _ in one.give_back():
            pass
        one.checkpoint()
    return sizes(path)


class Packing(Beside):
    """One process that compacts; raises :class:`JournalError` where it cannot be started.

    One that is stopped is gone on with by the next.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__("ivrcore.service.packing", asked, "compacts the journal")

    def wait(self) -> None:
        """Wait until it is done (blocks); raises :class:`JournalError`."""
        self.answer()


def main() -> int:
    """Compact the journal that the standard input names; give the exit code."""
    rest = resting(os.getppid())

    def packed(asked: Asked) -> str:
        compact(asked, time.time(), rest)
        return ""

    return answered(Asked, packed)


if __name__ == "__main__":
    sys.exit(main())

"""Makes a snapshot of a journal in a process of its own, from the newest one and what the journal has since.

So the state that serves calls is never stopped to be copied, and what a snapshot holds is what a start would
fold. The process reads the journal's file, at the lowest priority, while a server writes it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec

from ivrcore.errors import JournalError
from ivrcore.journal.local import read_records
from ivrcore.journal.snapshots import Snapshots
from ivrcore.plugin_manager import load_plugins
from ivrcore.service.beside import Beside, answered
from ivrcore.service.past import Past

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ivrcore.config import Config
    from ivrcore.journal.record import Record

NICE = 19


class Asked(msgspec.Struct, frozen=True):
    """What the process is told, on its standard input: the key is on no command line."""

    journal: str
    key: bytes
    zone: str
    folder: str | None
    disabled: tuple[str, ...]


def asked_of(config: Config) -> Asked:
    """Give what is asked for a site."""
    folder = str(config.plugins.folder) if config.plugins.folder else None
    journal = config.journal
    return Asked(str(journal.path), journal.key, config.wallboard.zone.key, folder, config.plugins.disabled)


class Reader:
    """The records of a journal's file, also one that a server is writing."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, after: int = 0) -> Iterator[Record]:
        """See :meth:`ivrcore.journal.record.Journal.read`."""
        return read_records(self._path, after)


def made(asked: Asked) -> int:
    """Make a snapshot here; gives the record after which it is, 0 for a journal without any. Raises
    :class:`JournalError`."""
    path = Path(asked.journal)
    snapshots = Snapshots(path, asked.key)
    plugins = load_plugins(Path(asked.folder) if asked.folder else None, asked.disabled)
    past = Past(Reader(path), plugins.routing(), _nothing_by_chance, ZoneInfo(asked.zone), snapshots)
    if past.seq:
        snapshots.clear_drafts()  # what a process that was ended had half written, no other's
        past.save(snapshots)
    return past.seq


def _nothing_by_chance() -> float:
    raise JournalError("a fold draws no random number")


class Making(Beside):
    """One process that makes a snapshot; raises :class:`JournalError` where it cannot be started.

    What one that is stopped had half written is deleted by the next.
    """

    def __init__(self, asked: Asked) -> None:
        super().__init__("ivrcore.service.snapshot_maker", asked, "makes snapshots")

    def wait(self) -> int:
        """Give the record after which the snapshot is (blocks); raises :class:`JournalError`."""
        return int(self.answer())


def main() -> int:
    """Make the snapshot that the standard input asks for; give the exit code."""
    os.nice(NICE)
    return answered(Asked, lambda asked: str(made(asked)))


if __name__ == "__main__":
    sys.exit(main())

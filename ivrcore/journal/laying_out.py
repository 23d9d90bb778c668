"""What an excerpt asks of a journal, laid out in a table for its statements, as far as that is packed.

The time that an excerpt reads is laid out whole, as far as it is of some names. Of what is older only that
which may still count then: the last record of each agent and queue, rosters, and where the clock was set
back.
"""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ivrcore.journal import rows
from ivrcore.journal.blocks import unpacked
from ivrcore.journal.store import reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator

MOST = 24 * 3600.0
"""Seconds that are read at most."""
WHOLE = 2 * MOST + 3600.0
"""Seconds before a contact that are laid out whole: an excerpt begins `MOST` before it at the most, and looks
back as far once more for who waited then."""
STANDING = ("RosterLoaded", "AgentStateChanged", "AgentDeviceChanged", "StrategyRemembered")
"""Of these the last ones (of each agent, or queue) before the excerpt count at its beginning."""
ALL_OF_THEM = frozenset({"RosterLoaded", "ClockSetBack"})
LAST_ONES = frozenset(STANDING) - ALL_OF_THEM

LAY_OUT = (
    "CREATE TEMP TABLE laid_out (seq INTEGER PRIMARY KEY, at REAL, name TEXT, version INTEGER, data BLOB, "
    "crc INTEGER)"
)
INSERT = "INSERT INTO laid_out VALUES (?, ?, ?, ?, ?, ?)"
VIEW = (
    "CREATE TEMP VIEW event AS SELECT seq, at, name, version, data, crc FROM temp.laid_out "
    "UNION ALL SELECT seq, at, name, version, data, crc FROM main.event WHERE seq > "
)


class _Whose(msgspec.Struct, frozen=True):
    agent: str | None = None
    queue: str | None = None


@contextmanager
def laid_out(path: Path, names: Collection[str], at: float) -> Iterator[sqlite3.Connection]:
    """Give a connection whose table ``event`` has what is needed for a contact that came at ``at`` (UTC
    seconds, as recorded); all where nothing is packed."""
    with reading(path) as connection:
        packed = rows.packed_to(connection)
        if packed:
            found = list(_needed(connection, {*names, *STANDING, *ALL_OF_THEM}, at - WHOLE))
            connection.execute("PRAGMA query_only=0")
            connection.execute(LAY_OUT)
            connection.executemany(INSERT, found)
            connection.execute(f"{VIEW}{packed:d}")
            connection.execute("PRAGMA query_only=1")
        yield connection


def _needed(connection: sqlite3.Connection, names: Collection[str], since: float) -> Iterator[Any]:
    seen: set[tuple[str, str | None, str | None]] = set()
    for block in rows.blocks(connection, back=True):
        if block.ends >= since:
            yield from unpacked(block, names)
            continue
        for row in reversed(list(unpacked(block, ALL_OF_THEM | LAST_ONES))):
            if row[2] in LAST_ONES:
                whose = msgspec.json.decode(row[4], type=_Whose)
                key = (row[2], whose.agent, whose.queue)
                if key in seen:
                    continue
                seen.add(key)
            yield row

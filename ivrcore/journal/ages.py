"""How old a journal's records are where the clock may have been wrong: for what cannot be undone.

A clock lies in three ways. It was ahead and was set back: `ClockSetBack` says by how much, but not since
when. It was behind, and `ClockSetBack` says that it had been ahead. Or it is ahead now: then nothing happened
for days, as the journal has it. In doubt a record is younger, so that nothing goes too early. Blocking
throughout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.durations import DAY
from ivrcore.journal import rows
from ivrcore.journal.store import reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LIVED = DAY
"""Seconds through which a journal has to have lived by a clock before that one counts as right."""
GAP = DAY
"""And the longest time without a record before them, with which it still does."""


def latest(moves: Sequence[tuple[int, float]], seq: int, at: float, now: float) -> float:
    """Give the latest time (UTC seconds, by the clock now) that a record can be of which says ``at``.

    It is taken at its word where that is not in the future; else by how much the clock was set back since,
    as ``moves`` of `rows.set_backs` tell.
    """
    for end, seconds in moves:
        if seq < end and at > now:
            at -= seconds
    return at


def ahead_of(path: Path, now: float) -> float:
    """Give by how much ``now`` (UTC seconds) is ahead of the last record that is `LIVED` old by it, where
    that is more than the journal confirms; 0.0 where it does, or where nothing is that old. Raises
    :class:`ivrcore.errors.JournalError`."""
    with reading(path) as connection:
        last = min(rows.first_since(connection, now - LIVED) - 1, rows.last_seq(connection))
        row = rows.row_at(connection, last)
        moves = rows.set_backs(connection)
    if row is None:
        return 0.0
    ahead = now - latest(moves, last, float(row[1]), now)
    return ahead if ahead > LIVED + GAP else 0.0

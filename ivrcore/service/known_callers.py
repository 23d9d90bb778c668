"""What stands in events for a caller who should be known again: for the same place, for the same agent.

A name of 128 random bits, kept under a keyed mark of the number (128 bits too, so nobody is taken for
somebody else) in the encrypted table of personal values. Nothing but that row leads from the number to the
name, or back: once it is erased, what the journal says of the name is of nobody, also for who has the key.
The row says on which day the name was asked for last, so that it can be removed with what else is old.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ivrcore.errors import JournalError

if TYPE_CHECKING:
    from ivrcore.session.ports import Subjects

KNOWN_AS, USED = "known_as", "used"
"""The values of such a row: the name, and the day (UTC, ISO 8601); a release of before had none."""
NAME_BYTES = 16

log = logging.getLogger("ivrcore")


def day_of(at: float) -> str:
    """Give the day of a time (UTC seconds)."""
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def kept_since(values: dict[str, str], day: str, today: str) -> dict[str, str] | None:
    """Give the values of a caller whose name was asked for on that day or later; None of all others.

    Those of a release that kept no day count from ``today``: nobody knows whether they called yesterday.
    """
    if KNOWN_AS not in values:
        return None
    if USED not in values:
        return values | {USED: today}
    return values if values[USED] >= day else None


class KnownCallers:
    """Names of one site's callers. ``mark`` gives the full mark of a number, "" for one that is withheld;
    ``now`` UTC seconds."""

    def __init__(self, subjects: Subjects, mark: Callable[[str], str], now: Callable[[], float]) -> None:
        self._subjects = subjects
        self._mark = mark
        self._now = now

    def name(self, number: str) -> str:
        """Give the name of who has that number, a new one if there is none; "" for a withheld number.

        Also "" where the row cannot be read: that caller is not known again, and waits as any other.
        """
        row = self._mark(number)
        if not row:
            return ""
        try:
            kept = self._subjects.get(row)
        except JournalError as error:
            log.warning("%s a caller could not be known again: %s", error.code, error.message)
            return ""
        name = secrets.token_hex(NAME_BYTES) if kept is None else kept[KNOWN_AS]
        values = {KNOWN_AS: name, USED: day_of(self._now())}
        if kept != values:
            self._subjects.keep(row, values)
        return name

    def forget(self, numbers: Iterable[str]) -> None:
        """Erase the names of those who have these numbers."""
        for row in {self._mark(number) for number in numbers} - {""}:
            self._subjects.erase(row)

"""What a wallboard shows, as values that become JSON. Pure.

Times are UTC seconds: browsers count on from them, so a row changes only when something happens. No value
holds a caller's number, name or words.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from ivrcore.metrics.days import Counts


class DayRow(msgspec.Struct, frozen=True, kw_only=True):
    """Visits since midnight, or the day before up to the same time of day."""

    entered: int
    answered: int
    answered_in: int
    """Of these, within the queue's threshold."""
    abandoned: int


def day_row(counts: Counts) -> DayRow:
    """Give what is shown of a day's counts."""
    return DayRow(
        entered=counts.entered,
        answered=counts.answered,
        answered_in=counts.answered_in_threshold,
        abandoned=counts.abandoned,
    )


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """A queue."""

    waiting: int
    oldest: float | None
    """When the one entered who waits longest."""
    expected: float | None
    """Seconds that who comes now waits; None where that is not known."""
    threshold: float
    objective: float
    """Share of callers to be answered within it."""
    agents: Mapping[str, int]
    """State -> agents who serve the queue, those logged out left out."""
    today: DayRow
    yesterday: DayRow


class AgentRow(msgspec.Struct, frozen=True, kw_only=True):
    """An agent who is logged in; ``state`` as in :data:`ivrcore.model.names.COUNTED`."""

    display: str
    state: str
    since: float | None
    reason: str


class ContactRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contact in progress."""

    plan: str
    at: str
    """``menu``, ``queue`` or ``agent``."""
    place: str
    """Where in the dialplan: a menu, or block and step; the queue's name while it waits."""
    arrived: float
    since: float
    """When it began to wait; else as ``arrived``."""
    agent: str
    """Who talks with it."""


class TotalsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The whole hotline."""

    agents: Mapping[str, int]
    """State -> agents."""
    places: Mapping[str, int]
    """``menu``, ``queue``, ``agent`` -> contacts."""
    arrived: int
    """Contacts since midnight."""
    arrived_yesterday: int
    """The day before, up to the same time of day."""
    links: Mapping[str, bool]
    """Driver -> whether its connection to Asterisk stands."""
    more_agents: int
    """Who are logged in and have no row."""
    more_contacts: int
    """In progress, without a row."""


Row = QueueRow | AgentRow | ContactRow | TotalsRow
Rows = dict[str, Any]
"""Name -> row, or None for one that is gone."""

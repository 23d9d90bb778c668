"""What is counted of utterances that are kept of failed turns. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ivrcore.metrics.outside_figures import bump, zeros
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.kept_names import KeptAccess, KeptErasure, KeptFor, NotKept


class KeptFigures(msgspec.Struct, kw_only=True):
    """How many were kept, could not be, were deleted; how often somebody looked."""

    kept: dict[str, int] = msgspec.field(default_factory=lambda: zeros(KeptFor))
    not_kept: dict[str, int] = msgspec.field(default_factory=lambda: zeros(NotKept))
    erased: dict[str, int] = msgspec.field(default_factory=lambda: zeros(KeptErasure))
    accesses: dict[str, int] = msgspec.field(default_factory=lambda: zeros(KeptAccess))


def _kept(figures: KeptFigures, event: events.UtteranceKept) -> None:
    bump(figures.kept, event.outcome)


def _not_kept(figures: KeptFigures, event: events.UtteranceNotKept) -> None:
    bump(figures.not_kept, event.why)


def _erased(figures: KeptFigures, event: events.KeptErased) -> None:
    figures.erased[event.why.value] = figures.erased.get(event.why.value, 0) + event.count


def _accessed(figures: KeptFigures, event: events.KeptAccessed) -> None:
    bump(figures.accesses, event.what)


KEPT: dict[type[Event], Callable[[KeptFigures, Any], None]] = {
    events.UtteranceKept: _kept,
    events.UtteranceNotKept: _not_kept,
    events.KeptErased: _erased,
    events.KeptAccessed: _accessed,
}
"""Event class -> what it changes."""

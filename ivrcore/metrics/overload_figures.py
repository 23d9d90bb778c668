"""What is counted of callers who are turned away, and whether the server drains. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ivrcore.metrics.outside_figures import bump, zeros
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.overload_names import TurnedAway


class OverloadFigures(msgspec.Struct, kw_only=True):
    """Callers who were not let in, by reason."""

    turned_away: dict[str, int] = msgspec.field(default_factory=lambda: zeros(TurnedAway))
    draining: bool = False


def _turned_away(figures: OverloadFigures, event: events.ContactTurnedAway) -> None:
    bump(figures.turned_away, event.why)


def _drain(figures: OverloadFigures, event: events.DrainChanged) -> None:
    figures.draining = event.draining


def _stopped(figures: OverloadFigures, _event: events.ServerStopped) -> None:
    """Only in order: a server that died goes on draining."""
    figures.draining = False


OVERLOAD: dict[type[Event], Callable[[OverloadFigures, Any], None]] = {
    events.ContactTurnedAway: _turned_away,
    events.DrainChanged: _drain,
    events.ServerStopped: _stopped,
}
"""Event class -> what it changes."""

"""The section ``overload:``, as values: when new callers are turned away, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from ivrcore.config.fallback import Fallback
from ivrcore.model.overload_names import WayOut
from ivrcore.overload import Limits


class OverloadAction(StrEnum):
    """What becomes of a new caller beyond what the server can take."""

    CONGESTION = "congestion"
    BUSY = "busy"
    PLAY = "play"
    DIAL = "dial"
    FALLBACK = "fallback"
    """What Asterisk does while the server is away."""


WAYS = {
    OverloadAction.CONGESTION: WayOut.CONGESTION,
    OverloadAction.BUSY: WayOut.BUSY,
    OverloadAction.FALLBACK: WayOut.FALLBACK,
}
"""The ways that need no steps of their own in Asterisk's dialplan."""


@dataclass(frozen=True, slots=True)
class OverloadConfig:
    """``steps`` are Asterisk's for an ``action`` of ``play`` or ``dial``."""

    limits: Limits = field(default_factory=Limits)
    action: OverloadAction = OverloadAction.CONGESTION
    steps: Fallback = field(default_factory=Fallback)

    @property
    def way(self) -> WayOut:
        """What is done with who is turned away."""
        return WAYS.get(self.action, WayOut.OVERLOAD)

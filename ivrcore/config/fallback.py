"""What Asterisk does by itself with a caller whom the server does not serve."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FallbackAction(StrEnum):
    """What Asterisk does with a caller while the server is away."""

    PLAY = "play"
    DIAL = "dial"
    BUSY = "busy"
    CONGESTION = "congestion"


@dataclass(frozen=True, slots=True)
class Fallback:
    """Asterisk's own answer while the server is away; it needs nothing of ours."""

    action: FallbackAction = FallbackAction.CONGESTION
    sound: str = ""
    """Asterisk's name of a sound, for ``play``; for ``dial`` it is played first, if given."""
    dial: str = ""
    """What Asterisk dials, such as ``PJSIP/agent1``, for ``dial``."""
    ring_time: float = 30.0

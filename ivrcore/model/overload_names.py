"""The closed sets of words of overload: why a new caller is turned away, and how."""

from __future__ import annotations

from enum import StrEnum


class TurnedAway(StrEnum):
    """Why a new caller is not let in."""

    RATE = "rate"
    """More calls came in a second than are to be taken."""
    CONTACTS = "contacts"
    """So many are inside already."""
    LAG = "lag"
    """The event loop is late: those inside would feel another caller."""
    STREAMS = "streams"
    """So many are listened to already."""
    DRAINING = "draining"
    """The server takes no new calls: it is to be stopped."""


class WayOut(StrEnum):
    """What becomes of a caller who is turned away."""

    BUSY = "busy"
    CONGESTION = "congestion"
    """Refused in a way that lets a trunk try elsewhere."""
    OVERLOAD = "overload"
    """Asterisk plays a message, or dials another site."""
    OTHER_SERVER = "other_server"
    """Asterisk asks the node's other server; if that is away, the fallback has the caller."""
    FALLBACK = "fallback"

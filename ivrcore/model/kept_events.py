"""Events of utterances that are kept of failed turns. No words, and no sound, are in them."""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.kept_names import KeptAccess, KeptErasure, KeptFor, NotKept


class UtteranceKept(Event, frozen=True, kw_only=True):
    """With the caller's consent, what was said in a failed turn of ``menu`` lies encrypted in a folder."""

    contact: str
    utterance: str
    plan: str
    menu: str
    engine: str
    outcome: KeptFor
    seconds: float


class UtteranceNotKept(Event, frozen=True, kw_only=True):
    """It would have been kept, and could not be."""

    contact: str
    plan: str
    menu: str
    why: NotKept


class KeptAccessed(Event, frozen=True, kw_only=True):
    """Somebody listed kept utterances, or heard or wrote on one (``utterance``; empty: all)."""

    what: KeptAccess
    by: str
    utterance: str = ""


class KeptErased(Event, frozen=True, kw_only=True):
    """Kept utterances were deleted for good; ``by`` is who had one deleted (``utterance``)."""

    why: KeptErasure
    count: int
    by: str = ""
    utterance: str = ""

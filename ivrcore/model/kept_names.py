"""Names of what happens to utterances that are kept of failed turns."""

from __future__ import annotations

from enum import StrEnum


class KeptFor(StrEnum):
    """Why an utterance is kept: how its turn failed."""

    NO_MATCH = "no_match"
    """It was not understood."""
    DENIED = "denied"
    """The caller said no to what was guessed."""
    UNANSWERED = "unanswered"
    """The caller was asked about a guess, and said neither yes nor no."""
    GAVE_UP = "gave_up"
    """It was not understood, and the menu went on without an answer."""


class NotKept(StrEnum):
    """Why an utterance could not be kept."""

    BUSY = "busy"
    """Too many others were still being written."""
    FAILED = "failed"
    """It could not be written."""


class KeptAccess(StrEnum):
    """What somebody did with kept utterances."""

    LISTED = "listed"
    HEARD = "heard"
    LABELLED = "labelled"
    TRANSCRIBED = "transcribed"
    COUNTED = "counted"
    """Their words were counted, for what people said instead."""


class KeptErasure(StrEnum):
    """Why kept utterances were deleted."""

    AGE = "age"
    ROOM = "room"
    """Newer ones needed their room."""
    SUBJECT = "subject"
    """Who said it wants to be forgotten."""
    ASKED = "asked"

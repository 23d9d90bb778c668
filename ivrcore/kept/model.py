"""What is known of a kept utterance. Pure; must not know of files, keys or calls."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from ivrcore.model.kept_names import KeptFor
from ivrcore.model.names import Verdict


@dataclass(frozen=True, slots=True)
class FailedTurn:
    """An utterance that was not understood. ``at`` is UTC seconds; ``choice`` was guessed, if any was."""

    contact: str
    subject: str
    plan: str
    plan_version: str
    menu: str
    language: str
    engine: str
    at: float
    outcome: KeptFor
    verdict: Verdict
    choice: str
    confidence: float
    audio: tuple[bytes, ...] = field(repr=False)
    """16 bit mono at `ivrcore.speech.recogniser.SAMPLE_RATE`, as recognisers were given it."""

    @property
    def size(self) -> int:
        """Bytes of audio."""
        return sum(map(len, self.audio))


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """All of a kept utterance but its sound. ``at`` is UTC seconds, ``seconds`` its length.

    ``said`` and ``means`` (a choice of the menu; empty: none) are what a person wrote who heard it, once
    ``labelled``; ``heard`` is what the recogniser ``heard_by`` made of it later, listening for anything.
    """

    utterance: str
    at: float
    contact: str
    subject: str
    plan: str
    plan_version: str
    menu: str
    language: str
    engine: str
    outcome: KeptFor
    verdict: Verdict
    choice: str
    confidence: float
    seconds: float
    labelled: bool = False
    said: str = ""
    means: str = ""
    heard: str = ""
    heard_by: str = ""

    @property
    def words(self) -> str:
        """What was said, as far as anybody knows: what a person wrote counts before a recogniser's."""
        return self.said if self.labelled else self.heard


@dataclass(frozen=True, slots=True)
class Held:
    """What is there: how many, their bytes on the disk, and when the oldest was said (UTC seconds)."""

    count: int = 0
    size: int = 0
    oldest: float | None = None


NOTHING_HELD = Held()


@dataclass(frozen=True, slots=True)
class Gone:
    """How many were deleted, and why others could not be: a line each."""

    count: int = 0
    failed: tuple[str, ...] = ()

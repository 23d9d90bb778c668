"""What the AEAP server counts since the start, for metrics and the status page. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """How a recognition ended, and the grammar's name that dialplans see where nothing was understood."""

    MATCH = "match"
    UNSURE = "unsure"
    """Understood, but below `accept`: the dialplan may ask back."""
    NO_MATCH = "no_match"
    NO_INPUT = "no_input"
    BUSY = "busy"
    """No room for one more to be listened to."""
    FAILED = "failed"
    """No recogniser could hear it."""
    NO_GRAMMAR = "no_grammar"
    """None was set, or there is no such one."""
    LEFT = "left"
    """The dialplan stopped listening: its time-out, a key, a hang-up. No result was sent."""


SPEECH_BEGAN = "speech_began"
"""The grammar's name in the result that tells the beginning of speech."""


class Refusal(StrEnum):
    """Why a connection was refused, or ended by us."""

    ADDRESS = "address"
    TOKEN = "token"  # noqa: S105 - a word
    FULL = "full"
    CODEC = "codec"
    MESSAGES = "messages"
    """Too many that could not be read, or were nobody's."""
    FLOOD = "flood"
    """Audio came far faster than anybody speaks."""
    SILENT = "silent"
    """It never said what it wants."""


@dataclass(slots=True)
class Figures:
    """Of one server; ``connections`` and ``recognitions`` are those of now."""

    most: int = 0
    connections: int = 0
    recognitions: int = 0
    taken: int = 0
    """Connections, ever."""
    bad_messages: int = 0
    audio: float = 0.0
    """Seconds of audio that came."""
    refused: Counter[Refusal] = field(default_factory=Counter)
    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def in_words(self) -> str:
        """Say how it is going, for the status page."""
        heard = self.outcomes[Outcome.MATCH] + self.outcomes[Outcome.UNSURE]
        ended = self.outcomes.total() - self.outcomes[Outcome.LEFT]
        said = f"{self.connections} connections ({self.most} at most), {self.recognitions} listened to"
        said += f"; understood {heard} of {ended}"
        if self.refused.total():
            said += f"; refused {self.refused.total()}"
        return said + (f"; {self.bad_messages} messages that could not be read" if self.bad_messages else "")

"""What a decision may ask of the world beside the call: live figures, announcements, the emergency switch.

Whoever runs the interpreter gives a view; what a decision used of it goes into its events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ivrcore.dialplan.commands import Prompt
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.names import SpeechRefusal


@dataclass(frozen=True, slots=True)
class QueueNow:
    """A queue at this moment. Times in seconds; ``expected_wait`` is None if nothing can be said."""

    waiting: int = 0
    ready: int = 0
    longest_wait: float = 0.0
    expected_wait: float | None = None


@dataclass(frozen=True, slots=True)
class HearingNow:
    """Whether a menu may listen at this moment, if not why, and what callers are told who are not heard.

    ``streams`` are listened to now, and would take ``cores`` of ``budget`` if all spoke.
    """

    refused: SpeechRefusal | None = None
    instead: Prompt = ()
    streams: int = 0
    cores: float = 0.0
    budget: float = 0.0


class World(Protocol):
    """The view."""

    def queue(self, name: str) -> QueueNow | None:
        """Give a queue's figures; None for one that is not configured."""

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        """Give what callers of this number are to hear now, in the order to be heard."""

    def emergency(self, number: str) -> Emergency | None:
        """Give the switch that holds for calls to this number; None if it is open."""

    def hearing(self, language: str, *, stays: bool) -> HearingNow:
        """Tell whether a caller of this language can be listened to now; ``stays``: as until this moment."""


@dataclass(frozen=True, slots=True)
class _Calm:
    """No queues, no announcements, no emergency, and everybody is listened to."""

    def hearing(self, _language: str, *, stays: bool) -> HearingNow:
        return HearingNow()

    def queue(self, _name: str) -> QueueNow | None:
        return None

    def announcements(self, _number: str, _now: float) -> Sequence[Announcement]:
        return ()

    def emergency(self, _number: str) -> Emergency | None:
        return None


CALM: World = _Calm()
"""Where nothing is known and nothing is wrong."""

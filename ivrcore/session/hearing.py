"""How one caller is listened to: an ear for each turn, and one stream of audio for all of them.

Must not know what is made of the words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import DoListen
    from ivrcore.session.listening import SpeechEvent
    from ivrcore.session.ports import Listening, Speech
    from ivrcore.telephony.leg import Leg


class _Deaf:
    """Takes a leg's audio between two listenings, so that the stream need not be made anew."""

    def audio(self, pcm: bytes) -> None:
        """Drop it."""

    def audio_lost(self, code: str) -> None:
        """Nobody listens: the next listening finds out by itself."""


DEAF = _Deaf()


class Hearing:
    """The ears of one call; ``heard`` is given what each of them tells."""

    def __init__(self, speech: Speech, leg: Leg, heard: Callable[[SpeechEvent], None]) -> None:
        self._speech = speech
        self._leg = leg
        self._heard = heard
        self._ear: Listening | None = None
        self._has_audio = False

    def listen(self, wanted: DoListen) -> None:
        """Listen for this turn, and no other."""
        self.stop()
        self._ear = self._speech.listen(
            wanted.turn,
            wanted.grammar,
            wanted.accept,
            wanted.confirm,
            self._heard,
            wanted.taking,
            prompted=wanted.prompted,
        )
        self._has_audio = True
        self._leg.open_audio(self._ear)

    def prompt_over(self) -> None:
        """There is no prompt to be stopped any more."""
        if self._ear is not None:
            self._ear.prompt_over()

    def stop(self) -> None:
        """Listen no more; the stream stays for the next turn."""
        if self._ear is not None:
            self._ear.stop()
            self._ear = None
            self._leg.open_audio(DEAF)

    def end(self) -> None:
        """Listen no more, and give the stream up: nothing is asked for some time."""
        self.stop()
        if self._has_audio:
            self._leg.close_audio()
            self._has_audio = False

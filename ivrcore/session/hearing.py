"""How one caller is listened to: an ear for each turn, and one stream of audio for all of them.

Must not know what is made of the words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import Heard, SpeechBegan, SpeechGone
from ivrcore.session.turn import NO_HURRY, Began, GaveUp

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import DoListen
    from ivrcore.session.ports import Listening, Speech
    from ivrcore.session.turn import SpeechEvent
    from ivrcore.telephony.leg import Leg


def heard_input(event: SpeechEvent) -> SpeechBegan | Heard | SpeechGone:
    """Give the interpreter's input for what a listening tells."""
    match event:
        case Began(turn=turn):
            return SpeechBegan(turn)
        case GaveUp():
            return SpeechGone(event.turn, event.engine, event.code, event.for_good)
    return Heard(
        event.turn,
        event.verdict,
        event.choice,
        event.confidence,
        event.engine,
        event.took,
        event.others,
        event.value,
    )


class _Deaf:
    """Takes a leg's audio between two listenings, so that the stream need not be made anew."""

    def audio(self, pcm: bytes) -> float:
        """Drop it."""
        return NO_HURRY

    def audio_lost(self, code: str) -> None:
        """Nobody listens: the next listening finds out by itself."""


DEAF = _Deaf()


class _Sink:
    """One ear's, that knows whether the stream broke: who listens no more needs none then."""

    def __init__(self, ear: Listening) -> None:
        self.audio = ear.audio
        self.lost = False
        self._ear = ear

    def audio_lost(self, code: str) -> None:
        """Tell the ear."""
        self.lost = True
        self._ear.audio_lost(code)


class Hearing:
    """The ears of one call; ``heard`` is given what each of them tells."""

    def __init__(self, speech: Speech, leg: Leg, heard: Callable[[SpeechEvent], None]) -> None:
        self._speech = speech
        self._leg = leg
        self._heard = heard
        self._ear: Listening | None = None
        self._sink: _Sink | None = None
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
        self._sink = _Sink(self._ear)
        self._leg.open_audio(self._sink)

    def prompt_over(self) -> None:
        """There is no prompt to be stopped any more."""
        if self._ear is not None:
            self._ear.prompt_over()

    def stop(self) -> None:
        """Listen no more; the stream stays for the next turn, unless it broke."""
        if self._ear is not None:
            self._ear.stop()
            self._ear = None
            if self._sink is not None and not self._sink.lost:
                self._leg.open_audio(DEAF)

    def end(self) -> None:
        """Listen no more, and give the stream up: nothing is asked for some time."""
        self.stop()
        if self._has_audio:
            self._leg.close_audio()
            self._has_audio = False

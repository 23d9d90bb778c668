"""One recognition on a connection: audio in, one outcome with its results out. No wire, no clock of its own.

Asterisk does not say when it begins or stops to listen: audio comes while it does. Who hears is behind
:class:`Ears`; how an utterance is cut out and judged is theirs, the same for all of the server's menus.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from ivrcore.dialplan.commands import Heard, SpeechBegan, SpeechGone
from ivrcore.errors import SpeechBusy
from ivrcore.model.names import Verdict
from ivrcore.speech.doubling import Doubling
from ivrcore.telephony.aeap.figures import Outcome
from ivrcore.telephony.aeap.wire import Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.telephony.aeap.grammars import Asked

DRY = 1.5
"""Seconds without audio after which Asterisk listens no more, where nobody is speaking."""
GAP = 0.2
"""Seconds without audio after which what comes is of another recognition, and this one's result nobody's."""

Told = SpeechBegan | Heard | SpeechGone


class Ear(Protocol):
    """One utterance's; an :class:`~ivrcore.telephony.leg.AudioSink` besides."""

    def audio(self, pcm: bytes) -> object:
        """Take audio at 16 kHz."""

    def stop(self) -> None:
        """Listen no more, and tell nothing more."""


class Ears(Protocol):
    """Where ears come from."""

    def listen(self, asked: Asked, told: Callable[[Told], None], *, prompted: bool) -> Ear:
        """Listen for one utterance; ``told`` is called later: at most once that it began, then how it ended.

        ``prompted``: a prompt is heard, and ends by the beginning of speech.
        """


class Recognition:
    """``began`` and ``over`` are told as it goes: ``over`` once, unless it is dropped."""

    def __init__(
        self,
        asked: Asked,
        ears: Ears,
        now: float,
        no_input: float,
        began: Callable[[], None] | None,
        over: Callable[[Outcome, Sequence[Result]], None],
    ) -> None:
        self._asked = asked
        self._no_input = no_input
        self._began = began
        self._over = over
        self._rate = Doubling()
        self._since = self._last = now
        self.speaking = False
        self._ear: Ear | None = ears.listen(asked, self._told, prompted=began is not None)

    def audio(self, pcm: bytes, now: float) -> None:
        """Take audio at 8 kHz."""
        self._last = now
        if self._ear is not None:
            self._ear.audio(self._rate.convert(pcm))
        if self._no_input and not self.speaking and now - self._since >= self._no_input:
            self._end(Outcome.NO_INPUT)

    def is_dry(self, now: float) -> bool:
        """Whether nobody listens any more: no audio comes, and nothing was said."""
        return not self.speaking and now - self._last > DRY

    def is_left(self, now: float) -> bool:
        """Whether the dialplan listens no more, or to another question: there is a gap in the audio."""
        return now - self._last > GAP

    def drop(self) -> None:
        """End without an outcome."""
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.stop()

    # --- what the ear tells -----------------------------------------------------------------------

    def _told(self, told: Told) -> None:
        if self._ear is None:
            return
        match told:
            case SpeechBegan():
                self.speaking = True
                if self._began is not None:
                    self._began()
            case Heard():
                self._heard(told)
            case SpeechGone(code=code):
                self._end(Outcome.BUSY if code == SpeechBusy.code else Outcome.FAILED)

    def _heard(self, heard: Heard) -> None:
        score = round(100 * heard.confidence)
        if heard.verdict is Verdict.REJECT:
            self._end(Outcome.NO_MATCH, score)
            return
        name = self._asked.name
        others = round(100 * self._asked.bounds.confirm)  # their own is not known, only that it is no less
        results = [Result(heard.value or heard.choice, score, name)]
        results += [
            Result(choice, min(score, others), name, best) for best, choice in enumerate(heard.others, 1)
        ]
        self._finish(Outcome.MATCH if heard.verdict is Verdict.ACCEPT else Outcome.UNSURE, results)

    def _end(self, outcome: Outcome, score: int = 0) -> None:
        self._finish(outcome, [nothing(outcome, score)])

    def _finish(self, outcome: Outcome, results: Sequence[Result]) -> None:
        self.drop()
        self._over(outcome, results)


def nothing(why: str, score: int = 0) -> Result:
    """Give the result of a recognition that understood nothing: no text, and why in place of the grammar."""
    return Result("", score, why)

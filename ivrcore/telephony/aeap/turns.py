"""The recognitions of one connection, one after another, and the results that Asterisk is told.

::

    idle --audio--> listening --heard--> pushed --Asterisk's answer--> idle
                       |  ^                (audio is dropped: of a recognition that is over)
                       |  +-- told that speech began; audio goes on to the same ear
                       +-- a gap in the audio, another grammar: dropped without a result

Knows of the wire only how a result is written. Times are seconds of any steady clock.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from ivrcore.telephony.aeap import wire
from ivrcore.telephony.aeap.figures import SPEECH_BEGAN, Outcome
from ivrcore.telephony.aeap.grammars import UnknownGrammar
from ivrcore.telephony.aeap.recognition import Recognition, nothing
from ivrcore.telephony.aeap.settings import SITES_OWN, Settings

if TYPE_CHECKING:
    from ivrcore.telephony.aeap.claims import Claims
    from ivrcore.telephony.aeap.figures import Figures
    from ivrcore.telephony.aeap.grammars import Grammars
    from ivrcore.telephony.aeap.recognition import Ears
    from ivrcore.telephony.aeap.wire import Result

log = logging.getLogger("ivrcore.aeap")

ANSWER_SECONDS = 5.0
"""Asterisk's answer to a result is not waited for any longer."""
HELD_SECONDS = 3.0
"""What was heard while the dialplan was about to listen again is kept for so long."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all connections of a server share."""

    ears: Ears
    grammars: Grammars
    claims: Claims
    figures: Figures
    settings: Settings = SITES_OWN
    """Those that hold where Asterisk sets nothing."""


class Turns:
    """``send`` takes a text for Asterisk; ``taken`` is called when it has taken a result."""

    def __init__(self, site: Site, send: Callable[[str], None], taken: Callable[[], None]) -> None:
        self._site = site
        self._send = send
        self._on_taken = taken
        self._now = 0.0
        self._ids = count(1)
        self._unanswered = ""
        self._pushed_at = 0.0
        self._recognition: Recognition | None = None
        self._deaf = self._restarting = self._nbest = False
        self._held: tuple[float, Outcome, Sequence[Result]] | None = None
        self.latest: Sequence[Result] = ()
        """What was pushed last."""

    @property
    def restarting(self) -> bool:
        """Whether the dialplan was told that speech began, and is about to listen again."""
        return self._restarting

    # --- recognitions -----------------------------------------------------------------------------

    def audio(self, pcm: bytes, settings: Settings, now: float) -> None:
        """Take audio at 8 kHz: of the recognition that runs, or of a new one with these settings."""
        self._now = now
        if self._deaf:
            return
        if self._restarting and not self._unanswered:
            self._restarting = False  # the dialplan listens again, after it was told that speech began
        elif not self._restarting and self._recognition is not None and self._recognition.is_left(now):
            self.leave()  # what is said now is the answer to another question
        held, self._held = self._held, None
        if held is not None:
            self._tell(*held[1:])
            return
        if self._recognition is None:
            self._begin(settings)
        if self._recognition is not None:
            self._recognition.audio(pcm, now)

    def tick(self, now: float) -> None:
        """Look at the time."""
        self._now = now
        if self._unanswered and now - self._pushed_at > ANSWER_SECONDS:
            log.warning("Asterisk did not answer to a result")
            self._taken()
        dry = self._recognition is not None and self._recognition.is_dry(now)
        if dry or (self._held is not None and now - self._held[0] > HELD_SECONDS):
            self.leave()

    def leave(self) -> None:
        """Drop what nobody waits for any more."""
        recognition, self._recognition = self._recognition, None
        held, self._held = self._held, None
        self._restarting = False
        if recognition is not None:
            recognition.drop()
            self._site.figures.recognitions -= 1
        if recognition is not None or held is not None:
            self._site.figures.outcomes[Outcome.LEFT] += 1

    def _begin(self, settings: Settings) -> None:
        self._nbest = settings.nbest
        try:
            asked = self._site.grammars.find(settings)
        except UnknownGrammar as error:
            log.warning("Asterisk's dialplan listens in vain: %s", wire.unnumbered(str(error)))
            self._tell(Outcome.NO_GRAMMAR, [nothing(Outcome.NO_GRAMMAR)])
            return
        began = self._began if settings.barge_in else None
        self._site.figures.recognitions += 1
        self._recognition = Recognition(
            asked, self._site.ears, self._now, settings.no_input, began, self._decided
        )

    def _began(self) -> None:
        """Have the prompt stopped; the same utterance is heard on when the dialplan listens again."""
        self._restarting = True
        self.push([nothing(SPEECH_BEGAN)])

    def _decided(self, outcome: Outcome, results: Sequence[Result]) -> None:
        recognition, self._recognition = self._recognition, None
        self._site.figures.recognitions -= 1
        if self._restarting:  # nobody listens yet, and who begins to would forget it
            self._held = self._now, outcome, results
        elif recognition is not None and recognition.is_left(self._now):
            self._site.figures.outcomes[Outcome.LEFT] += 1
        else:
            self._tell(outcome, results)

    def _tell(self, outcome: Outcome, results: Sequence[Result]) -> None:
        self._site.figures.outcomes[outcome] += 1
        self._deaf = True
        self.push(results if self._nbest else results[:1])

    # --- results ----------------------------------------------------------------------------------

    def push(self, results: Sequence[Result]) -> None:
        """End the recognition that Asterisk runs."""
        self.latest = results
        self._unanswered = f"ivrcore-{next(self._ids)}"
        self._pushed_at = self._now
        self._send(wire.push(self._unanswered, results))

    def answered(self, answer: wire.Answered) -> None:
        """Take Asterisk's answer to a result."""
        if answer.error:
            log.warning("Asterisk refused a result: %s", wire.masked(answer.error))
        if answer.id == self._unanswered:
            self._taken()

    def _taken(self) -> None:
        self._unanswered = ""
        self._deaf = False
        self._on_taken()

"""One turn's listening: a leg's audio in, what the caller said out. Runs on the reactor; engines do not.

Bridges the pure parts (endpointing, decide) and the engines (relay). Everything ends by itself: the utterance
by counted audio, a stream that dries up or trickles and engines that stall by the clock. Knows nothing of
Asterisk, of dialplans or of what is done with a choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.errors import RecogniserFailed
from ivrcore.model.names import Verdict
from ivrcore.session.relay import Relay
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.endpointing import (
    Action,
    Endpointer,
    Feed,
    Finish,
    IsSpeech,
    SpeechBegan,
    Timing,
    TryFinish,
)
from ivrcore.speech.grammar import PhraseBook

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ivrcore.session.attempt import Threads
    from ivrcore.session.chain import Chain
    from ivrcore.session.clock import Cancellable
    from ivrcore.speech.recogniser import Grammar, Hypothesis


@dataclass(frozen=True, slots=True)
class Began:
    """The caller began to speak: a prompt still playing is to be stopped."""

    turn: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The utterance is judged, listening is over. ``took``: seconds since the last voiced frame."""

    turn: int
    verdict: Verdict
    choice: str
    confidence: float
    engine: str
    took: float
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GaveUp:
    """No speech in this turn (``for_good``: nor in a later one): go on with keys. Listening is over."""

    turn: int
    engine: str
    code: str
    for_good: bool = False


SpeechEvent = Began | Decided | GaveUp


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every listening of one service shares."""

    threads: Threads
    make_gate: Callable[[], IsSpeech]
    timing: Timing


class Listening:
    """An AudioSink for one turn, made by :class:`~ivrcore.session.listening.SpeechService`."""

    def __init__(
        self,
        turn: int,
        grammar: Grammar,
        bounds: Bounds,
        on_event: Callable[[SpeechEvent], None],
        around: Surroundings,
        chain: Chain | None,
        leave: Callable[[], object] = lambda: None,
    ) -> None:
        """``chain`` is None where there is nobody to hear anything; ``leave`` is called once, at the end."""
        self.turn = turn
        self._on_event = on_event
        self._leave = leave
        self._around = around
        self._clock = around.threads.clock
        self._limits = around.threads.limits
        self._bounds = bounds
        self._book = PhraseBook.of(grammar)
        self._relay = Relay(chain, grammar, around.threads, self._unheard) if chain else None
        self._endpointer = Endpointer(around.make_gate(), around.timing)
        self._last_audio = self._last_voice = self._clock.seconds()
        self._ends_by = 0.0
        self._timer: Cancellable | None = None
        self.over = False

    # --- the leg's side ---------------------------------------------------------------------------

    def audio(self, pcm: bytes) -> None:
        """Take audio as it comes; nothing happens once the listening is over."""
        if self.over or self._relay is None:
            return
        self._last_audio = self._clock.seconds()
        self._run(self._endpointer.take(pcm))
        if self._endpointer.speaking and not self._endpointer.silent:
            self._last_voice = self._last_audio

    def audio_lost(self, code: str) -> None:
        """The stream broke: no speech in this turn."""
        self._give_up(code)

    def stop(self) -> None:
        """End without a further event; may be called at any time, also twice."""
        if not self.over:
            self._leave()
        self.over = True
        self._clear_timer()
        if self._relay is not None:
            self._relay.close()

    # --- what the endpointer asks for -------------------------------------------------------------

    def _run(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if self.over:
                return
            self._act(action)

    def _act(self, action: Action) -> None:
        assert self._relay is not None
        match action:
            case SpeechBegan():
                self._last_voice = self._last_audio
                self._ends_by = self._last_audio + self._around.timing.longest + self._limits.starved
                self._watch_stream()
                self._on_event(Began(self.turn))
            case Feed(pcm):
                self._relay.feed(pcm)
            case TryFinish():
                self._relay.ask(self._tried)
            case Finish():
                self._clear_timer()
                self._relay.ask(self._finished, self._limits.stall)

    def _tried(self, heard: Sequence[Hypothesis]) -> None:
        decision = decide_early(self._book, heard, self._bounds)
        if decision is not None:
            self._decided(decision)

    def _finished(self, heard: Sequence[Hypothesis]) -> None:
        self._decided(decide(self._book, heard, self._bounds))

    def _decided(self, decision: Decision) -> None:
        took = self._clock.seconds() - self._last_voice
        self.stop()
        self._on_event(
            Decided(
                self.turn,
                decision.verdict,
                decision.choice,
                decision.confidence,
                self._engine_name,
                took,
                decision.others,
            )
        )

    # --- giving up --------------------------------------------------------------------------------

    @property
    def _engine_name(self) -> str:
        return self._relay.engine if self._relay else ""

    def _unheard(self) -> None:
        """No engine is left that could hear the utterance."""
        self._give_up(RecogniserFailed.code)

    def give_up_soon(self, code: str, *, for_good: bool) -> None:
        """Tell from the next turn of the reactor that there is no engine (unless stopped before)."""
        self._set_timer(0, lambda: self._give_up(code, for_good=for_good))

    def _give_up(self, code: str, *, for_good: bool = False) -> None:
        if self.over:
            return
        self.stop()
        self._on_event(GaveUp(self.turn, self._engine_name, code, for_good))

    # --- time -------------------------------------------------------------------------------------

    def _watch_stream(self) -> None:
        """A phone with silence suppression sends nothing after the last word: look at the clock then.

        So do we where audio comes in drops: counted audio alone would never end that utterance.
        """
        if self._endpointer.over:
            return
        now = self._clock.seconds()
        left = min(self._last_audio + self._limits.starved, self._ends_by) - now
        if left <= 0:
            self._run(self._endpointer.starve())
        else:
            self._set_timer(left, self._watch_stream)

    def _set_timer(self, delay: float, call: Callable[[], object]) -> None:
        self._clear_timer()

        def fire() -> None:
            self._timer = None
            call()

        self._timer = self._clock.callLater(delay, fire)

    def _clear_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

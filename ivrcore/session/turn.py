"""One turn's listening: a leg's audio in, what the caller said out. Runs on the reactor; engines do not.

Bridges the pure parts (endpointing, decide) and the engines (relay). Everything ends by itself: the utterance
by counted audio, a stream that dries up or trickles and engines that stall by the clock. Knows nothing of
Asterisk, of dialplans or of what is done with a choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import RecogniserFailed
from ivrcore.model.names import Verdict
from ivrcore.session.relay import Relay
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.endpointing import (
    USUAL,
    Action,
    Endpointer,
    Feed,
    Finish,
    IsSpeech,
    SpeechBegan,
    Timing,
    TryFinish,
    TurnTaking,
)
from ivrcore.speech.grammar import PhraseBook, known_words, vocabulary

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
        taking: TurnTaking = USUAL,
        *,
        prompted: bool = False,
    ) -> None:
        """``chain`` is None where there is nobody to hear anything; ``leave`` is called once, at the end.

        ``prompted``: a prompt is heard, so that what ``taking`` asks for before it is stopped counts.
        """
        self.turn = turn
        self._on_event = on_event
        self._leave = leave
        self._around = around
        self._clock = around.threads.clock
        self._limits = around.threads.limits
        self._bounds = bounds
        self._book = PhraseBook.of(grammar)
        self._grammar = grammar
        self._chain = chain
        self._relay = self._next_relay()
        self._former: Relay | None = None
        self._timing = taking.timing(around.timing)
        after, self._words = (taking.after, taking.words) if prompted else (0.0, 0)
        self._endpointer = Endpointer(around.make_gate(), self._timing, after=after, held=bool(self._words))
        self._vocabulary = vocabulary(grammar) if self._words else frozenset[str]()
        self._known = 0
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
        if self._endpointer.speaking and not (self.over or self._endpointer.over or self._timer):
            self._ends_by = self._last_audio + self._timing.longest + self._limits.starved
            self._watch_stream()

    def prompt_over(self) -> None:
        """There is no prompt to be stopped any more: whatever is said counts."""
        if not self.over:
            self._run(self._endpointer.prompt_over())

    def audio_lost(self, code: str) -> None:
        """The stream broke: no speech in this turn."""
        self._give_up(code)

    def stop(self) -> None:
        """End without a further event; may be called at any time, also twice."""
        if not self.over:
            self._leave()
        self.over = True
        self._clear_timer()
        for relay in (self._relay, self._former):
            if relay is not None:
                relay.close()

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
                self._on_event(Began(self.turn))
            case Feed(pcm):
                self._relay.feed(pcm)
                if self._endpointer.waits_for_words:
                    self._relay.peek(partial(self._peeked, self._relay))
            case TryFinish():
                self._relay.ask(self._tried)
            case Finish(untold=True, brief=brief):
                self._clear_timer()
                self._pass_over(self._relay, brief)
            case Finish():
                self._clear_timer()
                self._relay.ask(self._finished, self._limits.stall)

    def _tried(self, heard: Sequence[Hypothesis]) -> None:
        decision = decide_early(self._book, heard, self._bounds)
        if decision is not None:
            self._decided(decision, self._engine_name)
        elif self._endpointer.waits_for_words and self._says_enough(heard):
            self._run(self._endpointer.words_heard())

    def _finished(self, heard: Sequence[Hypothesis]) -> None:
        self._decided(decide(self._book, heard, self._bounds), self._engine_name)

    def _decided(self, decision: Decision, engine: str) -> None:
        took = self._clock.seconds() - self._last_voice
        self.stop()
        self._on_event(
            Decided(
                self.turn,
                decision.verdict,
                decision.choice,
                decision.confidence,
                engine,
                took,
                decision.others,
            )
        )

    # --- what does not stop a prompt --------------------------------------------------------------

    def _next_relay(self) -> Relay | None:
        return Relay(self._chain, self._grammar, self._around.threads, self._unheard) if self._chain else None

    def _pass_over(self, relay: Relay, brief: bool) -> None:
        """Go on listening; what was said counts if it is sure, or if it was long enough and has words."""

        def told(heard: Sequence[Hypothesis]) -> None:
            relay.close()
            decision = decide(self._book, heard, self._bounds)
            if decision.verdict is Verdict.ACCEPT or not (brief or not self._says_enough(heard)):
                self._decided(decision, relay.engine)

        if self._former is not None:
            self._former.close()
        self._former, self._relay = relay, self._next_relay()
        self._known = 0
        relay.spare()
        relay.ask(told, self._limits.stall)

    def _peeked(self, relay: Relay, text: str) -> None:
        """Let words stop the prompt that were there the time before too: the first guess is often another."""
        if relay is not self._relay:
            return
        before, self._known = self._known, self._count(text)
        if min(before, self._known) >= self._words:
            self._run(self._endpointer.words_heard())

    def _says_enough(self, heard: Sequence[Hypothesis]) -> bool:
        sure = bool(heard) and heard[0].confidence >= self._bounds.confirm
        return sure and self._count(heard[0].text) >= self._words

    def _count(self, text: str) -> int:
        return known_words(text, None if self._grammar.free else self._vocabulary)

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
        if self._endpointer.over or not self._endpointer.speaking:
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

"""One turn's listening: a leg's audio in, what the caller said out. Runs on the reactor; engines do not.

Bridges the pure parts (endpointing, decide) and the engines (relay). Everything ends by itself: the utterance
by counted audio, a stream that dries up or trickles and engines that stall by the clock. Knows nothing of
Asterisk, of dialplans or of what is done with a choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.errors import CoreMisuse
from ivrcore.model.names import Verdict
from ivrcore.session.clock import Timer
from ivrcore.session.relay import Relay
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early
from ivrcore.speech.endpointing import (
    USUAL,
    Action,
    Ask,
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
    from ivrcore.speech.recogniser import Grammar, Hypothesis


NO_HURRY = 0.08
"""Seconds for which audio may be kept back where no prompt is to be stopped and nobody speaks."""
MOST_FORMERS = 4
"""Short sounds under a prompt whose answers are waited for at once; more have a recogniser that hangs."""


@dataclass(frozen=True, slots=True)
class Began:
    """The caller began to speak: a prompt still playing is to be stopped."""

    turn: int


@dataclass(frozen=True, slots=True)
class Decided:
    """The utterance is judged, listening is over. ``took``: seconds since the last voiced frame.

    ``value`` is what was said for a value, and may be a secret; ``said`` is its sound, in pieces of 16 bit
    audio at `ivrcore.speech.recogniser.SAMPLE_RATE`.
    """

    turn: int
    verdict: Verdict
    choice: str
    confidence: float
    engine: str
    took: float
    others: tuple[str, ...] = ()
    value: str = field(default="", repr=False)
    said: tuple[bytes, ...] = field(default=(), repr=False)


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
        self._formers: list[Relay] = []
        self._timing = taking.timing(around.timing)
        after, self._words = (taking.after, taking.words) if prompted else (0.0, 0)
        self._prompted = prompted
        self._endpointer = Endpointer(around.make_gate(), self._timing, after=after, held=bool(self._words))
        self._vocabulary = vocabulary(grammar) if self._words else frozenset[str]()
        self._known = 0
        self._answer: Sequence[Hypothesis] | None = None
        self._awaiting: Callable[[Sequence[Hypothesis]], None] | None = None
        self._last_audio = self._last_voice = self._clock.seconds()
        self._ends_by = 0.0
        self._timer = Timer(self._clock)
        self.over = False

    # --- the leg's side ---------------------------------------------------------------------------

    def audio(self, pcm: bytes) -> float:
        """Take audio as it comes, in vain once the listening is over. Gives how long more may wait."""
        if not (self.over or self._relay is None):
            self._hear(pcm)
        in_haste = not self.over and (self._prompted or not self._endpointer.idle)
        return 0.0 if in_haste else NO_HURRY

    def _hear(self, pcm: bytes) -> None:
        self._last_audio = self._clock.seconds()
        self._run(self._endpointer.take(pcm))
        if self._endpointer.speaking and not self._endpointer.silent:
            self._last_voice = self._last_audio
        if self._endpointer.speaking and not (self.over or self._endpointer.over or self._timer.is_set):
            self._ends_by = self._last_audio + self._timing.longest + self._limits.starved
            self._watch_stream()

    def prompt_over(self) -> None:
        """There is no prompt to be stopped any more: whatever is said counts."""
        self._prompted = False
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
        self._timer.clear()
        self._awaiting = None  # it refers to this
        for relay in (self._relay, *self._formers):
            if relay is not None:
                relay.close()
        self._formers.clear()

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
                self._answer = self._awaiting = None
                self._relay.feed(pcm)
                if self._endpointer.waits_for_words:
                    self._relay.peek(partial(self._peeked, self._relay))
            case Ask() if self._may_be_early:
                self._relay.ask(self._answered)
            case TryFinish(spoken) if self._may_be_early:
                self._await(partial(self._tried, spoken))
            case Ask() | TryFinish():  # it would be decoded for nothing, and again if more follows
                pass
            case Finish(untold=True):
                self._timer.clear()
                self._pass_over(self._relay, action)
            case Finish():
                self._timer.clear()
                self._end(action, self._relay)

    @property
    def _may_be_early(self) -> bool:
        assert self._relay is not None
        return self._relay.may_be_early or self._endpointer.waits_for_words

    def _answered(self, heard: Sequence[Hypothesis]) -> None:
        """Keep what the engine was asked for, for when the pause is long enough to judge it; maybe it is."""
        self._answer = heard
        judge, self._awaiting = self._awaiting, None
        if judge is not None:
            judge(heard)

    def _await(self, judge: Callable[[Sequence[Hypothesis]], None]) -> None:
        if self._answer is None:
            self._awaiting = judge
        else:
            judge(self._answer)

    def _end(self, end: Finish, relay: Relay) -> None:
        """Judge the answer to the last question, if it is there; else ask for it, and not for ever."""
        if self._answer is None:
            relay.ask(partial(self._finished, end), self._limits.stall)
        else:
            self._finished(end, self._answer)

    def _tried(self, spoken: float, heard: Sequence[Hypothesis]) -> None:
        decision = self._judged(lambda: decide_early(self._book, heard, self._bounds, spoken))
        if self.over:
            return
        if decision is not None:
            self._decided(decision, self._relay)
        elif self._endpointer.waits_for_words and self._says_enough(heard):
            self._run(self._endpointer.words_heard())

    def _finished(self, end: Finish, heard: Sequence[Hypothesis]) -> None:
        decision = self._judge(end, heard)
        if decision is not None:
            self._decided(decision, self._relay)

    def _judge(self, end: Finish, heard: Sequence[Hypothesis]) -> Decision | None:
        return self._judged(lambda: decide(self._book, heard, self._bounds, end.spoken, cut=end.cut))

    def _judged(self, judge: Callable[[], Decision | None]) -> Decision | None:
        """Give a decision; what raises here is a fault of ours, no engine's, and ends the turn at once."""
        try:
            return judge()
        except Exception as error:  # noqa: BLE001 - whatever engines write is read there: the call goes on
            self._around.threads.report("ivrcore", "judging what was heard", error)
            self._give_up(CoreMisuse.code)
            return None

    def _decided(self, decision: Decision, relay: Relay | None) -> None:
        took = self._clock.seconds() - self._last_voice
        engine, said = (relay.engine, relay.said) if relay else ("", ())
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
                decision.value,
                said,
            )
        )

    # --- what does not stop a prompt --------------------------------------------------------------

    def _next_relay(self) -> Relay | None:
        return Relay(self._chain, self._grammar, self._around.threads, self._unheard) if self._chain else None

    def _pass_over(self, relay: Relay, end: Finish) -> None:
        """Go on listening; what was said counts if it is sure, or if it was long enough and has words.

        Another sound meanwhile changes nothing of it: who says yes may cough.
        """

        def told(heard: Sequence[Hypothesis]) -> None:
            self._formers.remove(relay)
            decision = self._judge(end, heard)
            enough = not end.brief and self._says_enough(heard)
            if decision is not None and (decision.verdict is Verdict.ACCEPT or enough):
                self._decided(decision, relay)
            relay.close()

        if len(self._formers) == MOST_FORMERS:
            self._formers.pop(0).close()
        self._formers.append(relay)
        self._relay = self._next_relay()
        self._answer = self._awaiting = None
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

    def _unheard(self, code: str) -> None:
        """No engine is left that could hear the utterance."""
        self._give_up(code)

    def give_up_soon(self, code: str, *, for_good: bool) -> None:
        """Tell from the next turn of the reactor that there is no engine (unless stopped before)."""
        self._timer.set(0, lambda: self._give_up(code, for_good=for_good))

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
            self._timer.set(left, self._watch_stream)

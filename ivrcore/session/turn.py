"""One turn's listening: a leg's audio in, what the caller said out. Runs on the reactor; engines do not.

Bridges the pure parts (endpointing, decide) and the worker threads. Everything ends by itself: the utterance
by counted audio, a stream that dries up and an engine that stalls by the clock. Knows nothing of Asterisk,
of dialplans or of what is done with a choice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ivrcore.errors import PLUGIN_FAULTS, RecogniserFailed
from ivrcore.model.names import Verdict
from ivrcore.session.utterance import Utterance
from ivrcore.speech.audio import seconds_of
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

    from ivrcore.session.clock import Cancellable, SteadyTime
    from ivrcore.session.workers import Lane
    from ivrcore.speech.recogniser import Engine, Grammar, Hypothesis

T = TypeVar("T")


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

Report = Callable[[str, str, BaseException], None]
"""Told (plugin, what it was doing, error), as ``Plugins.on_failure``."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: an engine's longest silence after the end of speech, audio waiting for it, a dry stream."""

    stall: float = 2.0
    backlog: float = 3.0
    starved: float = 1.0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every listening of one service shares. ``call_soon`` is callable from any thread.

    ``report`` is told on the reactor's thread; ``lost`` is told the engine whose thread was written off.
    """

    clock: SteadyTime
    call_soon: Callable[[Callable[[], None]], object]
    make_gate: Callable[[], IsSpeech]
    report: Report
    lost: Callable[[Engine], None]
    timing: Timing
    limits: Limits


class Listening:
    """An AudioSink for one turn, made by :class:`~ivrcore.session.listening.SpeechService`."""

    def __init__(
        self,
        turn: int,
        grammar: Grammar,
        bounds: Bounds,
        on_event: Callable[[SpeechEvent], None],
        around: Surroundings,
        engine: Engine | None,
        lane: Lane | None,
    ) -> None:
        self.turn = turn
        self._on_event = on_event
        self._around = around
        self._engine = engine
        self._lane = lane
        self._bounds = bounds
        self._book = PhraseBook.of(grammar)
        self._utterance = Utterance(engine, grammar) if engine else None
        self._endpointer = Endpointer(around.make_gate(), around.timing)
        self._backlog = 0.0
        self._feeds = 0
        self._running = 0
        self._last_audio = self._last_voice = around.clock.seconds()
        self._timer: Cancellable | None = None
        self.over = False

    # --- the leg's side ---------------------------------------------------------------------------

    def audio(self, pcm: bytes) -> None:
        """Take audio as it comes; nothing happens once the listening is over."""
        if self.over or self._utterance is None:
            return
        self._last_audio = self._around.clock.seconds()
        self._run(self._endpointer.take(pcm))
        if self._endpointer.speaking and not self._endpointer.silent:
            self._last_voice = self._last_audio

    def audio_lost(self, code: str) -> None:
        """The stream broke: no speech in this turn."""
        self._give_up(code)

    def stop(self) -> None:
        """End without a further event; may be called at any time, also twice."""
        self.over = True
        self._clear_timer()
        if self._lane:
            self._running -= self._lane.close()
            if self._running > 0:
                # Nobody waits for it any more, but if it hangs it keeps a thread from all other calls.
                self._set_timer(self._around.limits.stall, self._write_off)

    # --- what the endpointer asks for -------------------------------------------------------------

    def _run(self, actions: Iterable[Action]) -> None:
        for action in actions:
            if self.over:
                return
            self._act(action)

    def _act(self, action: Action) -> None:
        match action:
            case SpeechBegan():
                self._last_voice = self._last_audio
                self._watch_stream()
                self._on_event(Began(self.turn))
            case Feed(pcm):
                self._feed(pcm)
            case TryFinish():
                feeds = self._feeds
                self._ask(lambda heard: self._tried(heard, feeds))
            case Finish():
                self._ask(self._finished)
                self._set_timer(self._around.limits.stall, self._stalled)

    def _feed(self, pcm: bytes) -> None:
        length = seconds_of(pcm)
        self._feeds += 1
        self._backlog += length
        if self._backlog > self._around.limits.backlog:
            self._stalled()
            return
        assert self._utterance is not None
        feed = self._utterance.feed
        self._submit("feed", lambda: feed(pcm), lambda _: self._fed(length))

    def _fed(self, length: float) -> None:
        self._backlog -= length

    def _ask(self, then: Callable[[Sequence[Hypothesis]], None]) -> None:
        assert self._utterance is not None
        self._submit("finish", self._utterance.finish, then)

    def _tried(self, heard: Sequence[Hypothesis], feeds: int) -> None:
        decision = decide_early(self._book, heard, self._bounds)
        # Fed since: the caller went on, and what was heard is only a part.
        if decision is not None and feeds == self._feeds:
            self._decided(decision)

    def _finished(self, heard: Sequence[Hypothesis]) -> None:
        self._decided(decide(self._book, heard, self._bounds))

    def _decided(self, decision: Decision) -> None:
        took = self._around.clock.seconds() - self._last_voice
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

    # --- the worker threads -----------------------------------------------------------------------

    def _submit(self, doing: str, work: Callable[[], T], then: Callable[[T], None]) -> None:
        assert self._lane is not None
        call_soon = self._around.call_soon
        self._running += 1

        def job() -> None:
            try:
                result = work()
            except PLUGIN_FAULTS as error:  # reported, keys go on
                failure = error  # the name `error` ends with this block
                call_soon(lambda: self._raised(doing, failure))
                return
            call_soon(lambda: self._returned(then, result))

        self._lane.submit(job)

    def _returned(self, then: Callable[[T], None], result: T) -> None:
        self._back()
        if not self.over:
            then(result)

    def _back(self) -> None:
        self._running -= 1
        if self.over and self._running <= 0:
            self._clear_timer()

    # --- giving up --------------------------------------------------------------------------------

    @property
    def _engine_name(self) -> str:
        return self._engine.name if self._engine else ""

    def _raised(self, doing: str, error: BaseException) -> None:
        self._back()
        # Reported even when nobody waits for it any more: the plugin is wrong all the same.
        self._around.report(self._engine_name, doing, error)
        self._give_up(RecogniserFailed.code)

    def _stalled(self) -> None:
        if not self._write_off():
            self._around.report(self._engine_name, "finish", RecogniserFailed("no thread was free in time"))
        self._give_up(RecogniserFailed.code)

    def _write_off(self) -> bool:
        """Give up the thread that is stuck in this listening's engine; False if there is none."""
        stuck = self._lane is not None and self._lane.write_off()
        self._running = 0
        if stuck and self._engine:
            self._around.report(self._engine_name, "finish", RecogniserFailed("no answer in time"))
            self._around.lost(self._engine)
        return stuck

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
        """A phone with silence suppression sends nothing after the last word: look at the clock then."""
        idle = self._around.clock.seconds() - self._last_audio
        if idle >= self._around.limits.starved:
            self._run(self._endpointer.starve())
        elif not self._endpointer.over:
            self._set_timer(self._around.limits.starved - idle, self._watch_stream)

    def _set_timer(self, delay: float, call: Callable[[], object]) -> None:
        self._clear_timer()

        def fire() -> None:
            self._timer = None
            call()

        self._timer = self._around.clock.callLater(delay, fire)

    def _clear_timer(self) -> None:
        timer, self._timer = self._timer, None
        if timer is not None:
            timer.cancel()

"""The benchmark's callers: audio in, at the pace of a call or at once, into the server's speech service.

Nothing of Asterisk: what a caller says comes from memory, or from whatever calls :meth:`Caller.audio`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heapreplace
from itertools import chain
from typing import TYPE_CHECKING

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.lab.packages import LabError
from ivrcore.model.names import Verdict
from ivrcore.plugin_manager import load_plugins
from ivrcore.session.listening import Decided, GaveUp, SpeechEvent, SpeechService, webrtc_gate
from ivrcore.speech.audio import FRAME_BYTES, FRAME_SECONDS
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.recogniser import Grammar, Phrase

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ivrcore.lab.bench_lines import Said
    from ivrcore.session.clock import Cancellable
    from ivrcore.speech.recogniser import Engine, Hypothesis, Recogniser

LOAD_SECONDS = 120.0
ANSWER_SECONDS = 30.0
CORES = 64.0
"""What listening may take: nobody is refused, so that too many are slow instead."""
AGAIN = 0.5
"""Seconds after which somebody who was not heard is listened to again."""
NEVER = 2.0
"""A bound that no confidence reaches: nothing is accepted in a pause, each decision waits for the end."""


@dataclass(frozen=True)
class Heard:
    """An engine, its options, and what may be said."""

    engine: str
    language: str
    phrases: tuple[str, ...]
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def grammar(self) -> Grammar:
        """The phrases, each a choice of its own."""
        return Grammar(self.language, tuple(Phrase(text, text) for text in self.phrases))


class LoopTime:
    """The steady time of the running event loop, as the speech service wants it."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def seconds(self) -> float:
        """Give it."""
        return self._loop.time()

    def callLater(self, delay: float, callable: Callable[[], object]) -> Cancellable:  # noqa: N802
        """Call once after ``delay`` seconds."""
        return self._loop.call_later(delay, callable)


@dataclass
class Watch:
    """What is measured while callers are heard: seconds, and when (steady time) each frame was taken."""

    chunks: list[float] = field(default_factory=list)
    """From the last frame of a chunk until the recogniser has heard it."""
    replies: list[float] = field(default_factory=list)
    """From the frame with which the recogniser is asked until it has answered."""
    answers: list[float] = field(default_factory=list)
    """From the frame with which a pause is long enough to be decided until the decision."""
    decisions: list[tuple[Verdict, bool, float]] = field(default_factory=list)
    """Verdict, whether it came in a pause, and the seconds since the end of speech."""
    taken: dict[bytes, float] = field(default_factory=dict)
    given_up: int = 0
    """Utterances that no answer came for in time."""

    def clear(self) -> None:
        """Forget what was measured."""
        for measured in (self.chunks, self.replies, self.answers, self.decisions):
            measured.clear()
        self.taken.clear()


class _Gate:
    """A voice gate that keeps when pauses became so many frames long."""

    def __init__(self, marks: frozenset[int]) -> None:
        self._gate = webrtc_gate()
        self._marks = marks
        self._silent = 0
        self.at: dict[int, float] = {}

    def __call__(self, frame: bytes) -> bool:
        voiced = self._gate(frame)
        if voiced:
            self._silent = 0
            self.at.clear()
        else:
            self._silent += 1
            if self._silent in self._marks:
                self.at[self._silent] = time.perf_counter()
        return voiced


class _Engine:
    """An engine of which it is kept when it has heard what."""

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch
        self.name, self.language, self.waits, self.cost = (
            engine.name,
            engine.language,
            engine.waits,
            engine.cost,
        )

    def recogniser(self, grammar: Grammar) -> Recogniser:
        return _Recogniser(self._engine.recogniser(grammar), self._watch)

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return self._engine.unknown_words(grammar)


class _Recogniser:
    def __init__(self, recogniser: Recogniser, watch: Watch) -> None:
        self._recogniser = recogniser
        self._watch = watch
        self.partial = recogniser.partial
        self._taken = 0.0

    def feed(self, pcm: bytes) -> None:
        self._recogniser.feed(pcm)
        self._taken = self._watch.taken[pcm[-FRAME_BYTES:]]
        self._watch.chunks.append(time.perf_counter() - self._taken)

    def finish(self) -> Sequence[Hypothesis]:
        heard = self._recogniser.finish()
        self._watch.replies.append(time.perf_counter() - self._taken)
        return heard


class Ears:
    """A speech service with one engine on the running event loop; made by :func:`ears`."""

    def __init__(self, heard: Heard, end_silence: float, watch: Watch | None) -> None:
        loop = asyncio.get_running_loop()
        self._plugins = load_plugins()
        self._grammar = heard.grammar
        self.watch = watch
        self.early, self.last = (round(each / FRAME_SECONDS) for each in (Timing().early, end_silence))
        choice = EngineChoice(heard.engine, dict(heard.options))
        config = SpeechConfig(
            languages={heard.language: LanguageSpeech(recognisers=(choice,))},
            end_silence=end_silence,
            budget=CORES,
        )
        self.service = SpeechService(
            LoopTime(loop), loop.call_soon_threadsafe, self._load, config, make_gate=self._gate
        )
        self.gate: _Gate | None = None

    def _load(self, name: str, language: str, options: Mapping[str, str]) -> Engine:
        engine = self._plugins.recogniser(name, language, options)
        return _Engine(engine, self.watch) if self.watch else engine

    def _gate(self) -> Callable[[bytes], bool]:
        if self.watch is None:
            return webrtc_gate()
        self.gate = _Gate(frozenset((self.early, self.last)))
        return self.gate

    async def load(self) -> None:
        """Load the engine."""
        async with asyncio.timeout(LOAD_SECONDS):
            await self.service.load().asFuture(asyncio.get_running_loop())
        for status in self.service.status().values():
            if not status.engine:
                raise LabError(f"no recogniser: {'; '.join(map(str, status.problems))}")


@asynccontextmanager
async def ears(heard: Heard, end_silence: float = 0.45, watch: Watch | None = None) -> AsyncIterator[Ears]:
    """Have an engine loaded; it is ended at the end."""
    made = Ears(heard, end_silence, watch)
    try:
        await made.load()
        yield made
    finally:
        made.service.stop()


class Caller:
    """Is listened to again and again, as in one menu after another. Gets audio as a leg's sink does."""

    def __init__(self, ears: Ears, utterances: Sequence[Said], *, accept: float = 0.9) -> None:
        self._ears = ears
        self._watch = ears.watch
        self._accept = accept
        ends, at = set(), 0
        for one in utterances:
            ends.add(at + one.spoken)
            at += len(one.frames)
        self._ends = frozenset(ends)
        self._taken = 0
        self._spoken_at: float | None = None
        self.decided = asyncio.Event()
        self.verdicts: list[Verdict] = []
        self._stopped = False
        self._listen()

    def _listen(self) -> None:
        ears = self._ears
        self._ear = ears.service.listen(0, ears._grammar, self._accept, 0.7, self._told)
        self._gate = ears.gate

    def audio(self, pcm: bytes) -> float:
        """Take 20 ms; give how long more may wait."""
        if self._watch is not None:
            now = time.perf_counter()
            self._watch.taken[pcm] = now
            self._taken += 1
            if self._taken in self._ends:
                self._spoken_at = now
        return self._ear.audio(pcm)

    def _told(self, event: SpeechEvent) -> None:
        match event:
            case Decided():
                self.verdicts.append(event.verdict)
                if self._watch is not None:
                    self._note(event, self._watch)
                self.decided.set()
                self._listen()
            case GaveUp():
                self._gave_up()

    def _gave_up(self) -> None:
        """Be listened to again a little later, as in the next turn."""
        if self._watch is None:
            raise LabError("the recogniser gave up where nothing presses")
        self._watch.given_up += 1
        self._spoken_at = None
        asyncio.get_running_loop().call_later(AGAIN, self._listen_again)

    def _listen_again(self) -> None:
        if not self._stopped:
            self._listen()

    def _note(self, event: Decided, watch: Watch) -> None:
        assert self._gate is not None
        now = time.perf_counter()
        pauses = self._gate.at
        last = pauses.get(self._ears.last)
        early = last is None or (event.verdict is Verdict.ACCEPT and self._accept < NEVER)
        asked = pauses.get(self._ears.early) if early else last
        if asked is not None:
            watch.answers.append(now - asked)
        if self._spoken_at is not None:
            watch.decisions.append((event.verdict, early, now - self._spoken_at))
            self._spoken_at = None

    def stop(self) -> None:
        """Hang up."""
        self._stopped = True
        self._ear.stop()


async def at_once(ears: Ears, utterances: Sequence[Said]) -> list[Verdict]:
    """Say all of it as fast as it is heard: each utterance in one go, the next after its decision."""
    caller = Caller(ears, utterances)
    try:
        for one in utterances:
            caller.decided.clear()
            for frame in one.frames:
                caller.audio(frame)
            async with asyncio.timeout(ANSWER_SECONDS):
                await caller.decided.wait()
    finally:
        caller.stop()
    return caller.verdicts


async def as_spoken(called: Sequence[tuple[Caller, Sequence[Said]]], apart: float) -> None:
    """Have each say it at the pace of a call, a frame each 20 ms; the next begins ``apart`` seconds later.

    One task plays them all: a task of its own for each would cost as much as what is measured.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    due = [
        (number * apart, number, caller, chain.from_iterable(one.frames for one in utterances))
        for number, (caller, utterances) in enumerate(called)
    ]
    while due:
        after, number, caller, frames = due[0]
        left = began + after - loop.time()
        if left > 0 or left < -FRAME_SECONDS:  # who is late lets the others go on all the same
            await asyncio.sleep(max(0.0, left))
        frame = next(frames, None)
        if frame is None:
            heappop(due)
        else:
            caller.audio(frame)
            heapreplace(due, (after + FRAME_SECONDS, number, caller, frames))

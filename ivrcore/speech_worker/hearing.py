"""One stream's audio on its way to the engine: resampled, gated, cut into utterances.

Calls the engine on a lane of the worker's threads. Knows nothing of messages and sockets.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.session.utterance import begin, checked
from ivrcore.speech.audio import FRAME_BYTES, seconds_of
from ivrcore.speech.endpointing import Endpointer, Feed, Finish, IsSpeech, Timing
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.speech_worker.protocol import Heard
from ivrcore.speech_worker.threads import call

if TYPE_CHECKING:
    from collections.abc import Sequence

    import soxr

    from ivrcore.session.workers import Lane
    from ivrcore.speech.recogniser import Engine, Hypothesis, Recogniser
    from ivrcore.speech_worker.figures import Figures
    from ivrcore.speech_worker.protocol import Wishes

_PIECE = SAMPLE_RATE * 2
"""Bytes that an engine is given at once at most: one second."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What all streams of a worker have in common."""

    engine: Engine
    lane: Callable[[], Lane]
    make_gate: Callable[[], IsSpeech]
    timing: Timing
    stall: float
    figures: Figures


class Hearing:
    """Turns audio into utterances heard; every method may raise what :func:`~.threads.call` raises."""

    def __init__(self, shared: Shared, wishes: Wishes) -> None:
        self.wishes = wishes
        self._shared = shared
        self._lane = shared.lane()
        self._gate = shared.make_gate()
        self._endpointer = Endpointer(self._gate, shared.timing)
        self._rate = _Rate(wishes.rate)
        self._rest = b""
        self._recogniser: Recogniser | None = None
        self._begun = self._at = 0.0

    @property
    def busy(self) -> bool:
        """Whether somebody speaks: an utterance has begun and not ended."""
        return self._recogniser is not None

    def wish(self, wishes: Wishes) -> None:
        """Heed other wishes: at once, or (the grammar) from the next utterance on."""
        if wishes.rate != self.wishes.rate:
            self._rate = _Rate(wishes.rate)
        self.wishes = wishes

    async def take(self, audio: bytes) -> Sequence[Heard]:
        """Take audio at the client's rate; give the utterances that ended in it."""
        pcm = self._rate.convert(audio)
        self._shared.figures.audio.inc(seconds_of(pcm))
        return await (self._gated(pcm) if self.wishes.gate else self._direct(pcm))

    async def partial(self) -> str:
        """Say what was heard so far of the utterance."""
        recogniser = self._recogniser
        if recogniser is None or not self.wishes.partials:
            return ""
        return str(await call(self._lane, recogniser.partial, self._shared.stall))

    async def end(self) -> Heard:
        """End the utterance, if there is one: say what was heard."""
        if self._endpointer.speaking and not self._endpointer.over:
            for action in self._endpointer.starve():
                if isinstance(action, Feed):
                    await self._feed(action.pcm)
        return await self._finish()

    def close(self) -> None:
        """Drop what is left."""
        self._lane.close()

    async def _direct(self, pcm: bytes) -> Sequence[Heard]:
        """Give the engine everything: the client has a gate of its own."""
        found = []
        for at in range(0, len(pcm), _PIECE):
            piece = pcm[at : at + _PIECE]
            self._at += seconds_of(piece)
            await self._feed(piece)
            if self._at - self._begun >= self._shared.timing.longest:
                found.append(await self._finish())
        return found

    async def _gated(self, pcm: bytes) -> Sequence[Heard]:
        found = []
        self._rest += pcm
        whole = len(self._rest) - len(self._rest) % FRAME_BYTES
        frames, self._rest = self._rest[:whole], self._rest[whole:]
        for at in range(0, whole, FRAME_BYTES):
            if at % _PIECE == 0:
                await asyncio.sleep(0)  # other streams' turn: a message may hold a minute
            self._at += seconds_of(frames[at : at + FRAME_BYTES])
            for action in self._endpointer.take(frames[at : at + FRAME_BYTES]):
                if isinstance(action, Feed):
                    await self._feed(action.pcm)
                elif isinstance(action, Finish):
                    found.append(await self._finish())
        return found

    async def _feed(self, pcm: bytes) -> None:
        shared = self._shared
        if self._recogniser is None:
            grammar = self.wishes.grammar(shared.engine.language)
            self._begun = self._at - seconds_of(pcm)
            self._recogniser = await call(self._lane, lambda: begin(shared.engine, grammar), shared.stall)
        recogniser = self._recogniser
        shared.figures.recognised.inc(seconds_of(pcm))
        await call(self._lane, lambda: recogniser.feed(pcm), shared.stall)

    async def _finish(self) -> Heard:
        self._endpointer = Endpointer(self._gate, self._shared.timing)
        recogniser, self._recogniser = self._recogniser, None
        if recogniser is None:
            return Heard((), self._at, self._at)
        done = recogniser

        def finish() -> Sequence[Hypothesis]:
            return checked(done.finish())

        heard = await call(self._lane, finish, self._shared.stall)
        self._shared.figures.utterances.inc()
        return Heard(heard, self._begun, self._at)


class _Rate:
    """Brings a stream to the engines' rate; keeps an odd byte, and what the filter holds back."""

    def __init__(self, rate: int) -> None:
        self._odd = b""
        self._stream: soxr.ResampleStream | None = None
        if rate != SAMPLE_RATE:
            import soxr

            self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="int16", quality="HQ")

    def convert(self, audio: bytes) -> bytes:
        """Take more of it."""
        audio = self._odd + audio
        whole = len(audio) & ~1
        audio, self._odd = audio[:whole], audio[whole:]
        if self._stream is None or not audio:
            return audio
        import numpy as np

        return bytes(self._stream.resample_chunk(np.frombuffer(audio, "<i2")).astype("<i2").tobytes())

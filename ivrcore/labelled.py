"""Labelled audio: a folder of WAV files with `labels.csv`, and phrases in a CSV file.

Must not know recognisers.
"""

from __future__ import annotations

import csv
import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ivrcore.errors import ConfigError
from ivrcore.location import Location
from ivrcore.speech.audio import pcm_of, resampled
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.patterns import Fault, count, expand, parse
from ivrcore.speech.recogniser import SAMPLE_RATE, Grammar, Phrase
from ivrcore.speech.slots import SlotKind

LABELS = "labels.csv"
UNLABELLED = "?"
"""The choice of what nobody has labelled yet: it cannot be scored."""
LABEL_HEADS = ("file", "said", "choice")
PHRASE_HEADS = ("choice", "phrase")
MOST_WAYS = 200
"""Ways to say one phrase."""
RATES = (8000, 16000)
_PCM, _MULAW = 1, 7
_FORMS = {(_PCM, 16), (_MULAW, 8)}
"""Format tags of RIFF WAVE (RFC 2361) that are read, with their bits per sample."""


@dataclass(frozen=True, slots=True)
class Label:
    """One file, what is said in it, and the choice that this stands for (empty: none)."""

    path: Path
    said: str
    choice: str
    location: Location


def read_labels(folder: Path) -> list[Label]:
    """Read `labels.csv`; raise :class:`ConfigError` with file and line for what is wrong."""
    labels = [
        Label(folder / row["file"], row["said"], row["choice"], at)
        for row, at in _rows(folder / LABELS, LABEL_HEADS)
    ]
    for label in labels:
        if not label.path.is_file():
            raise ConfigError(f"there is no file {label.path.name}", location=label.location)
    if not labels:
        raise ConfigError(f"{folder / LABELS} names no file", hint="one line per file: " + _LINE)
    return labels


_LINE = "hello.wav,opening hours,hours"


def read_phrases(path: Path, language: str) -> Grammar:
    """Read a grammar: a line for each phrase, which may be a pattern such as `[the] opening hours`."""
    phrases: list[Phrase] = []
    for row, at in _rows(path, PHRASE_HEADS):
        pattern = parse(row["phrase"])
        if isinstance(pattern, Fault):
            raise ConfigError(f"{row['phrase']!r}: {pattern.message}", location=at, hint=pattern.hint)
        if count(pattern, MOST_WAYS) > MOST_WAYS:
            raise ConfigError(f"there are more than {MOST_WAYS} ways to say this", location=at)
        phrases += [Phrase(row["choice"], text) for text in expand(pattern)]
    return Grammar(language, tuple(phrases))


def check_labels(labels: list[Label], grammar: Grammar) -> None:
    """Refuse labels that cannot be true of a grammar: such figures would mislead."""
    book = PhraseBook.of(grammar)
    choices = {phrase.choice for phrase in grammar.phrases}
    for label in labels:
        if label.choice == UNLABELLED:
            raise ConfigError(
                f"{label.path.name} is not labelled yet",
                location=label.location,
                hint=f"listen to it, and write what it means in place of {UNLABELLED} (no choice: nothing)",
            )
        if label.choice and label.choice not in choices and not _is_value(grammar, label):
            raise ConfigError(
                f"the grammar has no choice {label.choice}",
                location=label.location,
                hint=f"it has {', '.join([*_values(grammar), *sorted(choices)])}; none: leave it empty",
            )
        phrase = book.find(label.said)
        if phrase is not None and phrase.choice != label.choice:
            raise ConfigError(
                f"what is said is a phrase of {phrase.choice}, and the label says {label.choice or 'none'}",
                location=label.location,
            )
        value = book.value(label.said)
        if value and value != label.choice:
            raise ConfigError(
                f"what is said means {value}, and the label says {label.choice or 'none'}",
                location=label.location,
            )


def _is_value(grammar: Grammar, label: Label) -> bool:
    return grammar.slot is not None and grammar.slot.allows(label.choice)


def _values(grammar: Grammar) -> tuple[str, ...]:
    """Tell how the values are written that may be said besides phrases."""
    return (_WRITTEN[grammar.slot.kind],) if grammar.slot else ()


_WRITTEN = {
    SlotKind.DIGITS: "digits (0423), as many as are asked for",
    SlotKind.AMOUNT: "amounts (150 or 3.50)",
    SlotKind.DATE: "dates (2026-05-01)",
}


def _rows(path: Path, heads: tuple[str, ...]) -> Iterator[tuple[dict[str, str], Location]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [head for head in heads if head not in (reader.fieldnames or ())]
            if missing:
                hint = f"its first line is {','.join(heads)}"
                raise ConfigError(
                    f"there is no column {missing[0]}", location=Location(str(path), 1), hint=hint
                )
            for row in reader:
                cells = {head: (row[head] or "").strip() for head in heads}
                if any(cells.values()):
                    yield cells, Location(str(path), reader.line_num)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be read: {error.strerror}", hint=f"its first line is {','.join(heads)}"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not UTF-8 text") from error


# --- audio ------------------------------------------------------------------------------------------------


def read_audio(label: Label) -> bytes:
    """Give a file's audio as recognisers take it: 16 bit, mono, at `SAMPLE_RATE`."""
    try:
        rate, pcm = read_wav(label.path.read_bytes())
    except (ValueError, struct.error) as error:
        raise ConfigError(
            f"{label.path.name} cannot be used: {error}",
            location=label.location,
            hint="mono WAV files, mu-law or 16 bit, 8 or 16 kHz",
        ) from error
    return resampled(pcm, rate, SAMPLE_RATE)


def read_wav(data: bytes) -> tuple[int, bytes]:
    """Give rate and 16 bit audio; raise ValueError for other WAV files, struct.error for cut ones."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise ValueError("it is no WAV file")
    at, form = 12, None
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        if name == b"fmt ":
            tag, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            form = (tag, channels, rate, bits)
        if name == b"data" and form is not None:
            return form[2], _linear(form, data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2  # chunks begin at even places
    raise ValueError("it has no audio")


def _linear(form: tuple[int, int, int, int], audio: bytes) -> bytes:
    tag, channels, rate, bits = form
    if (tag, bits) not in _FORMS or channels != 1 or rate not in RATES:
        raise ValueError(f"format {tag}, {channels} channels, {rate} Hz, {bits} bits")
    return b"".join(map(_mulaw().__getitem__, audio)) if tag == _MULAW else audio[: len(audio) & ~1]


@cache
def _mulaw() -> tuple[bytes, ...]:
    """Give the two bytes of each mu-law byte (ITU-T G.711, table 2a)."""
    return tuple(pcm_of(array("h", [_expanded(~byte & 0xFF)])) for byte in range(256))


def _expanded(bits: int) -> int:
    value = ((((bits & 0x0F) << 3) + 132) << (bits >> 4 & 0x07)) - 132
    return -value if bits & 0x80 else value

"""Speech for the benchmark of recognisers: phrases on a quiet telephone line, as Asterisk sends them.

Knows no recogniser and no clock. Two utterances are never alike, so that a frame tells which one it is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, cycle, islice

from ivrcore.lab import audio, hearing, voices
from ivrcore.lab.corpus import Speaker, on_the_line
from ivrcore.speech.audio import FRAME_BYTES, FRAME_SECONDS, resampled
from ivrcore.speech.recogniser import SAMPLE_RATE

QUIET = 0.02
"""Level, as a fraction of full scale, below which a voice's own silence is cut off."""
TAIL = 0.5
"""Seconds of silence after an utterance: a little more than what ends it."""


@dataclass(frozen=True)
class Said:
    """One utterance: frames of 20 ms at 16 kHz, and how many there are up to its last sound."""

    text: str
    frames: tuple[bytes, ...]
    spoken: int
    speech: float
    """Seconds from the first sound to the last."""

    @property
    def seconds(self) -> float:
        """Its length, with the silence before and after the words."""
        return len(self.frames) * FRAME_SECONDS


def words_of(text: str, speaker: Speaker) -> audio.Samples:
    """Give what a voice says, from its first sound to its last."""
    samples = audio.read_wav(voices.speak(text, speaker.voice, speed=speaker.speed, pitch=speaker.pitch))
    found = hearing.sounds(samples, QUIET)
    return samples[round(found[0][0] * audio.RATE) : round(found[-1][1] * audio.RATE)]


def said(text: str, words: audio.Samples, seed: int, lead: float, tail: float) -> Said:
    """Put words on a line (mu-law, 8 kHz) with so many seconds of it before and after them."""
    line = audio.decode(audio.encode(on_the_line(words, seed, lead, tail)))
    pcm = resampled(line.tobytes(), audio.RATE, SAMPLE_RATE)
    frames = tuple(pcm[at : at + FRAME_BYTES] for at in range(0, len(pcm) - FRAME_BYTES + 1, FRAME_BYTES))
    speech = len(words) / audio.RATE
    return Said(text, frames, min(len(frames), round((lead + speech) / FRAME_SECONDS)), speech)


def joined(parts: Sequence[audio.Samples], longest: float) -> audio.Samples:
    """Put words behind one another without a pause, as many as go into so many seconds, one at least."""
    whole = parts[0][:]
    for part in parts[1:]:
        if len(whole) + len(part) > longest * audio.RATE:
            break
        whole += part
    return whole


def callers(
    spoken: Iterable[tuple[str, audio.Samples]], number: int, each: int, lead: float | None = 0.1
) -> list[list[Said]]:
    """Give so many callers so many utterances each, from what there is to say, over and over.

    Without ``lead`` each utterance has as much silence as speech.
    """
    texts, seeds = cycle(spoken), count(1)

    def one(text: str, words: audio.Samples) -> Said:
        before = max(0.1, len(words) / audio.RATE - TAIL) if lead is None else lead
        return said(text, words, next(seeds), before, TAIL)

    return [[one(text, words) for text, words in islice(texts, each)] for _ in range(number)]


def in_chunks(one: Said, seconds: float) -> list[bytes]:
    """Give an utterance, and the silence around it, in chunks of one length, as the bare loop is fed."""
    pcm = b"".join(one.frames)
    size = round(seconds * SAMPLE_RATE) * 2
    return [pcm[at : at + size] for at in range(0, len(pcm), size)]


def seconds_of(utterances: Iterable[Said]) -> float:
    """Give the length of all of them."""
    return sum(one.seconds for one in utterances)

"""What is in recorded audio: tones, loudness, pauses, and whether one recording contains another.

Works on the samples of `audio.py` in plain Python, fast enough for calls of a minute or two.
"""

import itertools
import math
import operator
from dataclasses import dataclass

from ivrcore.lab.audio import FULL, RATE, Samples

WINDOW = RATE // 20
"""Samples looked at together for tones: 50 ms."""
FRAME = RATE // 100
"""Samples of one step of a loudness curve: 10 ms."""

SURE = 0.9
"""Score from which no other place is looked at."""


@dataclass(frozen=True)
class Match:
    """Where one recording is found in another."""

    score: float
    """Correlation at the best place: above 0.8 it is the same recording, below 0.4 it is not there."""
    offset: float
    """Seconds from the start of the longer recording."""


def rms(samples: Samples) -> float:
    """Root mean square as a fraction of full scale."""
    if not samples:
        return 0.0
    return math.sqrt(sum(map(operator.mul, samples, samples)) / len(samples)) / FULL


def goertzel(samples: Samples, hertz: float) -> float:
    """Amplitude of one frequency as a fraction of full scale."""
    coefficient = 2 * math.cos(2 * math.pi * hertz / RATE)
    one = two = 0.0
    for sample in samples:
        one, two = sample + coefficient * one - two, one
    power = one * one + two * two - coefficient * one * two
    return 2 * math.sqrt(max(power, 0.0)) / max(len(samples), 1) / FULL


def tone_seconds(samples: Samples, hertz: float, level: float = 0.03) -> float:
    """Seconds in which a tone sounds with at least `level` and a quarter of the power."""
    count = 0
    for start in range(0, len(samples) - WINDOW + 1, WINDOW):
        window = samples[start : start + WINDOW]
        amplitude, whole = goertzel(window, hertz), rms(window)
        count += amplitude >= level and amplitude**2 / 2 >= whole**2 / 4
    return count * WINDOW / RATE


def contains_tone(samples: Samples, hertz: float, seconds: float = 0.3, level: float = 0.03) -> bool:
    """Whether a tone sounds for `seconds` in all, not necessarily in one piece."""
    return tone_seconds(samples, hertz, level) >= seconds


def loudness(samples: Samples, frame: int = FRAME) -> list[float]:
    """Loudness curve: the root mean square of each `frame` samples, as a fraction of full scale."""
    return [rms(samples[start : start + frame]) for start in range(0, len(samples) - frame + 1, frame)]


def sounds(samples: Samples, level: float = 0.01, pause: float = 0.3) -> list[tuple[float, float]]:
    """Start and end, in seconds, of each stretch of sound; shorter gaps than `pause` do not split it."""
    stretches: list[tuple[float, float]] = []
    for index, value in enumerate(loudness(samples)):
        if value < level:
            continue
        at, end = index * FRAME / RATE, (index + 1) * FRAME / RATE
        if stretches and at - stretches[-1][1] < pause:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((at, end))
    return stretches


def heard(needle: Samples, haystack: Samples, candidates: int = 4) -> Match:
    """Find a recording in a longer one, in spite of another level, codec or some noise.

    The loudness curves say where it could be; the samples themselves decide.
    """
    places = _likely_places(loudness(needle), loudness(haystack), candidates)
    part, start = _loudest(needle, RATE // 2)
    best = Match(0.0, 0.0)
    for place in places:
        score, at = _correlate(part, haystack, place * FRAME + start)
        if score > best.score:
            best = Match(score, (at - start) / RATE)
        if best.score > SURE:
            break
    return best


def _likely_places(needle: list[float], haystack: list[float], count: int) -> list[int]:
    if not needle or len(haystack) < len(needle):
        return []
    scores = [
        (_similarity(needle, haystack[place : place + len(needle)]), place)
        for place in range(len(haystack) - len(needle) + 1)
    ]
    chosen: list[int] = []
    for _, place in sorted(scores, reverse=True):
        if all(abs(place - other) > 10 for other in chosen):
            chosen.append(place)
        if len(chosen) == count:
            break
    return chosen


def _loudest(samples: Samples, length: int) -> tuple[Samples, int]:
    length = min(length, len(samples))
    starts = range(0, len(samples) - length + 1, max(length // 4, 1))
    start = max(starts, key=lambda at: rms(samples[at : at + length]))
    return samples[start : start + length], start


def _correlate(part: Samples, haystack: Samples, around: int) -> tuple[float, int]:
    """Best normalised correlation within a frame of a place: the score and its sample."""
    size = len(part)
    lags = range(max(around - FRAME, 0), min(around + FRAME, len(haystack) - size) + 1)
    if not lags:
        return 0.0, 0
    region = haystack[lags.start : lags.stop - 1 + size]
    powers = list(itertools.accumulate(map(operator.mul, region, region), initial=0))
    own = sum(map(operator.mul, part, part))
    best = 0.0, 0
    for at in range(len(lags)):
        power = own * (powers[at + size] - powers[at])
        product = sum(map(operator.mul, part, region[at : at + size]))
        if power and product > 0:
            best = max(best, (product / math.sqrt(power), lags.start + at))
    return best


def _similarity(one: list[float], other: list[float]) -> float:
    product = sum(map(operator.mul, one, other))
    power = sum(map(operator.mul, one, one)) * sum(map(operator.mul, other, other))
    return product / math.sqrt(power) if power else 0.0

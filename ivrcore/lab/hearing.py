"""What is in recorded audio: tones, loudness, pauses, and whether one recording contains another.

Works on the samples of `audio.py`.
"""

import math
import operator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ivrcore.lab.audio import FULL, RATE, Samples

WINDOW = RATE // 20
"""Samples looked at together for tones: 50 ms."""
FRAME = RATE // 100
"""Samples of one step of a loudness curve: 10 ms."""

PART = RATE // 2
"""Samples of a recording that are looked for in one piece."""
DRIFT = RATE // 4
"""Samples by which a part may come later than those before it say."""
Signal = NDArray[np.float64]


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
    return sum(tone_curve(samples, hertz, level)) * WINDOW / RATE


def tone_curve(samples: Samples, hertz: float, level: float = 0.03) -> list[bool]:
    """Tell of each `WINDOW` whether the tone sounds in it."""
    count = len(samples) // WINDOW
    if not count:
        return []
    windows = np.asarray(samples[: count * WINDOW], dtype=np.float64).reshape(count, WINDOW) / FULL
    turning = np.exp(-2j * math.pi * hertz / RATE * np.arange(WINDOW))
    amplitude = 2 * np.abs(windows @ turning) / WINDOW
    power = np.mean(windows**2, axis=1)
    return [bool(one) for one in (amplitude >= level) & (amplitude**2 / 2 >= power / 4)]


def longest_gap(samples: Samples, hertz: float, level: float = 0.03) -> float:
    """Seconds for which a tone is away at the longest, between its first and its last sounding.

    In steps of a `WINDOW`; a gap of less may not show. A tone that never sounds is away for ever.
    """
    curve = tone_curve(samples, hertz, level)
    if True not in curve:
        return math.inf
    longest = away = 0
    for sounding in curve[curve.index(True) :]:
        longest = max(longest, away) if sounding else longest
        away = 0 if sounding else away + 1
    return longest * WINDOW / RATE


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


def heard(needle: Samples, haystack: Samples) -> Match:
    """Find a recording in a longer one, in spite of another level, codec or some noise.

    Its parts are looked for one by one, each by normalised cross-correlation, and the mean of their scores
    counts: a line that paused for a moment lets the rest of a recording come later, up to `DRIFT`.
    """
    if len(haystack) < len(needle) or not needle:
        return Match(0.0, 0.0)
    whole = np.asarray(haystack, np.float64)
    places = len(haystack) - len(needle) + 1
    parts = _parts(np.asarray(needle, np.float64))
    if not parts:
        return Match(0.0, 0.0)
    scores = np.zeros(places)
    for start, part in parts:
        scores += _latest(_correlation(part, whole))[start : start + places] / len(parts)
    # All places up to `DRIFT` before the right one have the same score.
    best = int(np.flatnonzero(scores >= scores.max() - 1e-6)[-1])
    return Match(float(scores[best]), best / RATE)


def _parts(needle: Signal) -> list[tuple[int, Signal]]:
    """Give each part that sounds, with its first sample."""
    size = min(PART, len(needle))
    pieces = [(at, needle[at : at + size]) for at in range(0, len(needle) - size + 1, size)]
    powers = [float(piece @ piece) for _, piece in pieces]
    return [one for one, power in zip(pieces, powers, strict=True) if power > max(powers) / 10]


def _correlation(part: Signal, whole: Signal) -> Signal:
    """Normalised correlation of a part with each place of the whole at which all of it fits."""
    size = 1 << (len(whole) + len(part) - 1).bit_length()
    spectrum = np.fft.rfft(whole, size) * np.fft.rfft(part, size).conj()
    fits = len(whole) - len(part) + 1
    products = np.fft.irfft(spectrum, size)[:fits]
    sums = np.concatenate(([0.0], np.cumsum(whole * whole)))
    powers = (sums[len(part) :] - sums[:fits]) * (part @ part)
    # Silence is like nothing: rounding must not make a match of it.
    sure = powers > 1e-3 * powers.max(initial=0.0)
    return np.divide(products, np.sqrt(powers), out=np.zeros(fits), where=sure)


def _latest(curve: Signal) -> Signal:
    """Give for each place the best of it and the `DRIFT` after it: of 1, 2, 4 … places in turn."""
    best = np.concatenate((curve, np.zeros(DRIFT)))
    width = 1
    while width < DRIFT:
        step = min(width, DRIFT - width)
        best[:-step] = np.maximum(best[:-step], best[step:])
        width += step
    return best[: len(curve)]

"""Arithmetic on linear audio: frames, levels, resampling, trimming. Pure; signed 16 bit little endian mono.

Knows nothing of files, engines or lines; plain Python, because it runs once per prompt (then cached) and,
per call, only cuts byte strings.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from functools import lru_cache
from math import cos, gcd, log10, pi, sin, sqrt
from operator import mul

from ivrcore.speech.recogniser import SAMPLE_RATE

FRAME_SECONDS = 0.02
"""The unit in which audio arrives and is counted."""

FRAME_BYTES = int(SAMPLE_RATE * FRAME_SECONDS) * 2
"""Bytes of one frame at :data:`SAMPLE_RATE`."""

FULL_SCALE = 32767
_TAPS = 12  # on each side of a sample, at the lower of both rates


def samples_of(pcm: bytes) -> array[int]:
    """Give the samples of little endian audio; a trailing odd byte is dropped."""
    samples = array("h", pcm[: len(pcm) & ~1])
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def pcm_of(samples: array[int]) -> bytes:
    """Give the little endian bytes of samples."""
    if sys.byteorder == "big":
        samples = array("h", samples)
        samples.byteswap()
    return samples.tobytes()


def seconds_of(pcm: bytes, rate: int = SAMPLE_RATE) -> float:
    """Give the length in seconds."""
    return len(pcm) / 2 / rate


def level(pcm: bytes) -> float:
    """Give the root mean square in dB below full scale; -96 for silence or nothing."""
    samples = samples_of(pcm)
    square = sum(map(mul, samples, samples))
    return 20 * log10(sqrt(square / len(samples)) / FULL_SCALE) if square else -96.0


def normalised(pcm: bytes, rms: float = -20.0, peak: float = -1.0) -> bytes:
    """Give the audio at ``rms`` dB below full scale, or less where its peak would pass ``peak`` dB."""
    samples = samples_of(pcm)
    loudest = max((abs(sample) for sample in samples), default=0)
    if not loudest:
        return pcm
    gain = min(10 ** ((rms - level(pcm)) / 20), 10 ** (peak / 20) * FULL_SCALE / loudest)
    return pcm_of(_rounded([sample * gain for sample in samples]))


def trimmed(pcm: bytes, rate: int, keep: float = 0.05, below: float = -50.0) -> bytes:
    """Cut silence (10 ms blocks under ``below`` dB) off both ends, leaving ``keep`` seconds of it."""
    block = rate // 100 * 2
    loud = [at for at in range(0, len(pcm), block) if level(pcm[at : at + block]) > below]
    if not loud:
        return b""
    margin = int(keep * rate) * 2
    return pcm[max(0, loud[0] - margin) : loud[-1] + block + margin]


def resampled(pcm: bytes, rate: int, wanted: int) -> bytes:
    """Convert to another sample rate by a windowed sinc (polyphase, Hann window).

    As in J. O. Smith, Digital Audio Resampling: the filter is cut at the lower of both Nyquist rates.
    """
    if rate == wanted:
        return pcm
    up, down = wanted // gcd(rate, wanted), rate // gcd(rate, wanted)
    phases = _phases(up, down)
    half = len(phases[0]) // 2
    # floats, made once: each is multiplied by dozens of taps
    samples = [0.0] * half + list(map(float, samples_of(pcm))) + [0.0] * half
    count = (len(samples) - 2 * half) * up // down
    return pcm_of(_rounded(_filtered(samples, count, up, down, phases)))


def _filtered(
    samples: list[float], count: int, up: int, down: int, phases: Sequence[tuple[float, ...]]
) -> list[float]:
    out = [0.0] * count
    for first in range(min(up, count)):  # outputs that share their taps
        at, phase = divmod(first * down, up)
        taps = phases[phase]
        begin = at + 1
        for n in range(first, count, up):
            out[n] = sum(map(mul, samples[begin : begin + len(taps)], taps))
            begin += down
    return out


@lru_cache(maxsize=8)
def _phases(up: int, down: int) -> tuple[tuple[float, ...], ...]:
    cut = min(1.0, up / down)
    half = int(_TAPS / cut)
    return tuple(tuple(_taps(phase / up, half, cut)) for phase in range(up))


def _taps(offset: float, half: int, cut: float) -> list[float]:
    taps = []
    for k in range(2 * half):
        x = k - half + 1 - offset
        sinc = sin(pi * x * cut) / (pi * x) if x else cut
        taps.append(sinc * (0.5 + 0.5 * cos(pi * x / half)) if abs(x) < half else 0.0)
    total = sum(taps)
    return [tap / total for tap in taps]


def _rounded(values: list[float]) -> array[int]:
    if values and (max(values) > FULL_SCALE or min(values) < -FULL_SCALE):
        values = [max(-FULL_SCALE, min(FULL_SCALE, value)) for value in values]
    return array("h", map(round, values))

"""Arithmetic on linear audio: frames, levels, resampling, trimming. Pure; signed 16 bit little endian mono.

Knows nothing of files, engines or lines. Prompts are spoken once and cached, so the heavy parts run before
the first call; in a call, byte strings are only cut.
"""

from __future__ import annotations

import sys
from array import array
from math import log10, sqrt
from operator import mul
from typing import TYPE_CHECKING

from ivrcore.speech.recogniser import SAMPLE_RATE

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

FRAME_SECONDS = 0.02
"""The unit in which audio arrives and is counted."""

FRAME_BYTES = int(SAMPLE_RATE * FRAME_SECONDS) * 2
"""Bytes of one frame at :data:`SAMPLE_RATE`."""

FULL_SCALE = 32767
BYTES_PER_SAMPLE = 2


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
    samples = _floats(pcm)
    loudest = float(abs(samples).max(initial=0.0))
    if not loudest:
        return pcm
    gain = min(10 ** ((rms - level(pcm)) / 20), 10 ** (peak / 20) * FULL_SCALE / loudest)
    return _rounded(samples * gain)


def trimmed(pcm: bytes, rate: int, keep: float = 0.05, below: float = -50.0) -> bytes:
    """Cut silence (10 ms blocks under ``below`` dB) off both ends, leaving ``keep`` seconds of it."""
    block = rate // 100 * 2
    starts = range(0, len(pcm), block)

    def is_loud(at: int) -> bool:
        return level(pcm[at : at + block]) > below

    first = next(filter(is_loud, starts), None)
    if first is None:
        return b""
    last = next(filter(is_loud, reversed(starts)), first)
    margin = int(keep * rate) * 2
    return pcm[max(0, first - margin) : last + block + margin]


def resampled(pcm: bytes, rate: int, wanted: int) -> bytes:
    """Convert to another sample rate by the SoX resampler, in its high quality."""
    import soxr

    if rate == wanted or len(pcm) < BYTES_PER_SAMPLE:
        return pcm
    # In floats, and rounded here: soxr's own 16 bit would be dithered, and one text has one audio.
    return _rounded(soxr.resample(_floats(pcm), rate, wanted))


# Only who speaks prompts needs numpy and soxr: whoever merely reads a dialplan need not wait for them.


def _floats(pcm: bytes) -> NDArray[float32]:
    import numpy as np

    return np.frombuffer(pcm[: len(pcm) & ~1], "<i2").astype(np.float32)


def _rounded(values: NDArray[float32]) -> bytes:
    import numpy as np

    return np.rint(values).clip(-FULL_SCALE, FULL_SCALE).astype("<i2").tobytes()

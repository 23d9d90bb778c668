"""A voice gate: a detector's word, and louder than the line's own noise. Pure; one per stream.

WebRTC's detector alone takes the first 100 ms of any faint noise for speech, until it has learned it: every
prompt would be broken off at once. So a frame must also stand out from the quietest one of late.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log10
from operator import mul

from ivrcore.speech.audio import FULL_SCALE, samples_of

QUIETEST_SPEECH = -52.0
"""dB below full scale: nothing under it is speech, however quiet the line."""

ABOVE_NOISE = 6.0
"""dB by which speech stands out from the line's noise."""

_RISE = 0.05  # dB a frame (2.5 dB/s): the floor falls at once, and rises slower than anyone holds a vowel
_STEP = 4  # every fourth sample tells the level well enough


class Gate:
    """Says of each frame of a stream, in order, whether it is speech."""

    def __init__(self, detector: Callable[[bytes], bool]) -> None:
        self._detector = detector
        self._floor = 0.0

    def __call__(self, frame: bytes) -> bool:
        """Take the next frame."""
        loud = _level(frame)
        self._floor = min(loud, self._floor + _RISE)
        # The detector sees every frame: it learns from the quiet ones.
        voiced = self._detector(frame)
        return voiced and loud > max(QUIETEST_SPEECH, self._floor + ABOVE_NOISE)


def _level(frame: bytes) -> float:
    samples = samples_of(frame)[::_STEP]
    square = sum(map(mul, samples, samples))
    return 10 * log10(square / len(samples) / FULL_SCALE**2) if square else -96.0

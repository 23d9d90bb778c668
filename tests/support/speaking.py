"""Speech made at test time, as a telephone carries it: 8 kHz wide, back at the rate that engines take."""

from __future__ import annotations

import functools
import random
import shlex
from array import array

from ivrcore_plugins.voice_espeak import ivrcore_voice, packaged

from ivrcore.speech.audio import normalised, pcm_of, resampled, samples_of, trimmed

_COMMAND = shlex.join(packaged())


@functools.cache
def speech(text: str, language: str, speed: int = 130) -> bytes:
    """Give the words alone, without silence around them, at 16 kHz."""
    voice = ivrcore_voice("espeak", {"command": _COMMAND, "speed": str(speed)})
    assert voice is not None
    rate, pcm = voice.speak(text, language)
    return resampled(resampled(normalised(trimmed(pcm, rate, keep=0.0)), rate, 8000), 8000, 16000)


def silence(seconds: float) -> bytes:
    """Give digital silence."""
    return bytes(int(seconds * 16000) * 2)


def noise(seconds: float, loudness: int, seed: int = 1) -> bytes:
    """Give white noise of this standard deviation."""
    chance = random.Random(seed)
    return pcm_of(array("h", (int(chance.gauss(0, loudness)) for _ in range(int(seconds * 16000)))))


def noisy(pcm: bytes, loudness: int = 30) -> bytes:
    """Add white noise (30 is a quiet line, -61 dB)."""
    pairs = zip(samples_of(pcm), samples_of(noise(len(pcm) / 32000 + 0.01, loudness)), strict=False)
    return pcm_of(array("h", (max(-32768, min(32767, a + b)) for a, b in pairs)))

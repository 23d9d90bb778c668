"""Sounds that callers make without saying anything: coughs, breaths, knocks. Always the same by seed.

Shaped noise, no recordings: they tell what a recogniser makes of such sounds, not how often callers cough.
"""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable, Mapping

from ivrcore.lab import audio

Chance = random.Random


def cough(chance: Chance) -> audio.Samples:
    """One to three bursts, each explosive and then fading; every second one with some voice in it."""
    centre, level = chance.uniform(500, 2200), chance.uniform(0.15, 0.6)
    pitch = chance.uniform(90, 240) if chance.random() < 0.5 else 0.0
    found = array("h")
    for _ in range(chance.randint(1, 3)):
        if found:
            found += audio.silence(chance.uniform(0.05, 0.25))
        seconds, fading = chance.uniform(0.12, 0.35), chance.uniform(0.03, 0.09)
        found += _burst(chance, seconds, fading, centre, level, pitch)
    return found


def breath(chance: Chance) -> audio.Samples:
    """Noise that swells and ebbs, as of somebody who breathes into the phone."""
    seconds, level = chance.uniform(0.3, 0.9), chance.uniform(0.03, 0.2)
    count = round(seconds * audio.RATE)
    noise = _resonant([chance.gauss(0, 1) for _ in range(count)], chance.uniform(800, 2800), 0.9)
    return _scaled([sample * math.sin(math.pi * at / count) for at, sample in enumerate(noise)], level)


def knock(chance: Chance) -> audio.Samples:
    """One to four short knocks: a door, a cup, the phone on the table."""
    found = array("h")
    for _ in range(chance.randint(1, 4)):
        if found:
            found += audio.silence(chance.uniform(0.08, 0.3))
        centre = chance.uniform(150, 900)
        found += _burst(chance, 0.08, chance.uniform(0.005, 0.02), centre, chance.uniform(0.2, 0.8), 0.0)
    return found


NOISES: Mapping[str, Callable[[Chance], audio.Samples]] = {
    "coughs": cough,
    "breaths": breath,
    "knocks": knock,
}


def several(kind: str, count: int) -> list[audio.Samples]:
    """Give so many sounds of a kind."""
    return [NOISES[kind](Chance(f"{kind} {number}")) for number in range(count)]  # no secret


def _burst(
    chance: Chance, seconds: float, fading: float, centre: float, level: float, pitch: float
) -> audio.Samples:
    """A burst of noise around a frequency; with a ``pitch``, its fading part is voiced."""
    count = round(seconds * audio.RATE)
    excited = [chance.gauss(0, 1) for _ in range(count)]
    if pitch:
        period = round(audio.RATE / pitch)
        excited = [
            0.3 * noise + (5.0 if at > count // 4 and at % period == 0 else 0.0)
            for at, noise in enumerate(excited)
        ]
    attack = round(0.004 * audio.RATE)
    shaped = _resonant(excited, centre, 0.93)
    faded = [
        sample * min(1.0, at / attack) * math.exp(-at / audio.RATE / fading)
        for at, sample in enumerate(shaped)
    ]
    return _scaled(faded, level)


def _resonant(excited: list[float], centre: float, radius: float) -> list[float]:
    """Let it resound at a frequency: two poles at this ``radius``."""
    turn = 2 * radius * math.cos(2 * math.pi * centre / audio.RATE)
    found: list[float] = []
    before = last = 0.0
    for sample in excited:
        before, last = last, sample + turn * last - radius * radius * before
        found.append(last)
    return found


def _scaled(samples: list[float], level: float) -> audio.Samples:
    """Scale to this peak, 1 being full."""
    peak = max(map(abs, samples)) or 1.0
    return array("h", (round(sample / peak * level * audio.FULL) for sample in samples))

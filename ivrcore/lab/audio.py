"""Audio for and from telephone calls: mono, 8 kHz, 16 bits, in plain Python.

`Samples` are an `array("h")`. Frequencies are in Hz, times in seconds, levels are fractions of full scale.
"""

import math
import sys
import wave
from array import array
from pathlib import Path
from typing import TYPE_CHECKING

RATE = 8_000
"""Samples a second."""
FULL = 32_767

if TYPE_CHECKING:
    Samples = array[int]
else:
    Samples = array  # its type cannot be subscripted at run time before Python 3.12


def _encode_one(sample: int) -> int:
    # G.711 mu-law: sign, three bits of segment, four of step, all inverted
    sign = 0x80 if sample < 0 else 0
    value = min(abs(sample), 32_635) + 132
    segment = max(value.bit_length() - 8, 0)
    return ~(sign | segment << 4 | value >> segment + 3 & 0x0F) & 0xFF


def _decode_one(byte: int) -> int:
    byte = ~byte & 0xFF
    value = ((byte & 0x0F) << 3) + 132 << (byte >> 4 & 0x07)
    return 132 - value if byte & 0x80 else value - 132


_ENCODED = bytes(_encode_one(value - 65_536 if value > FULL else value) for value in range(65_536))
_DECODED = tuple(_decode_one(byte) for byte in range(256))


def encode(samples: Samples) -> bytes:
    """Samples to G.711 mu-law, one byte each."""
    return bytes(map(_ENCODED.__getitem__, memoryview(samples).cast("B").cast("H")))


def decode(data: bytes) -> Samples:
    """G.711 mu-law to samples."""
    return array("h", map(_DECODED.__getitem__, data))


def read_wav(path: Path) -> Samples:
    """Samples of a mono 16-bit wav; another rate than 8 kHz is an error."""
    with wave.open(str(path), "rb") as file:
        form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        if form != (1, 2, RATE):
            raise ValueError(f"{path}: channels, bytes and rate are {form}, not (1, 2, {RATE})")
        samples = array("h", file.readframes(file.getnframes()))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def write_wav(path: Path, samples: Samples) -> Path:
    """Write samples as a mono 16-bit wav at 8 kHz; returns `path`."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return path


def tone(hertz: float, seconds: float, level: float = 0.3) -> Samples:
    """A sine, e.g. to see by `contains_tone` who hears whom."""
    step, peak = 2 * math.pi * hertz / RATE, level * FULL
    return array("h", (round(peak * math.sin(step * index)) for index in range(round(seconds * RATE))))


def silence(seconds: float) -> Samples:
    """Digital silence."""
    return array("h", bytes(2 * round(seconds * RATE)))


def mix(*tracks: Samples) -> Samples:
    """Sum of tracks of equal length; the sum must stay within full scale."""
    return array("h", map(sum, zip(*tracks, strict=True)))

"""From 8 to 16 kHz as audio comes."""

import numpy as np
import pytest

from ivrcore.speech.doubling import REACH, Doubling


def tone(hertz: float, rate: int, samples: int) -> bytes:
    at = np.arange(samples)
    return (8000 * np.sin(2 * np.pi * hertz * at / rate)).astype("<i2").tobytes()


@pytest.mark.parametrize("hertz", [300.0, 1000.0, 3000.0])
def test_a_tone_stays_the_same_tone_at_twice_the_rate(hertz: float) -> None:
    doubled = np.frombuffer(Doubling().convert(tone(hertz, 8000, 4000)), "<i2").astype(float)
    late = 2 * REACH
    wanted = np.frombuffer(tone(hertz, 16_000, 8000), "<i2").astype(float)[:-late]
    assert np.abs(doubled[late:] - wanted)[100:-100].max() < 40  # of 8000


def test_pieces_of_any_size_give_the_same_as_the_whole() -> None:
    audio = tone(700.0, 8000, 2000)
    stream = Doubling()
    pieces = [stream.convert(audio[at : at + 37]) for at in range(0, len(audio), 37)]
    assert b"".join(pieces) == Doubling().convert(audio)


def test_each_byte_becomes_two_at_once_and_an_odd_one_waits() -> None:
    stream = Doubling()
    assert len(stream.convert(bytes(320))) == 640
    assert stream.convert(b"\x01") == b""
    assert len(stream.convert(b"\x00")) == 4


def test_the_loudest_sound_does_not_wrap_round() -> None:
    square = np.tile(np.array([32767] * 4 + [-32768] * 4, "<i2"), 100).tobytes()
    doubled = np.frombuffer(Doubling().convert(square), "<i2")
    assert doubled.max() == 32767
    assert doubled.min() == -32767

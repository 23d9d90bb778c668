from array import array
from math import pi, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.speech import audio


def tone(hertz: float, rate: int, seconds: float = 0.2, peak: int = 8000) -> bytes:
    count = int(rate * seconds)
    return audio.pcm_of(array("h", (round(peak * sin(2 * pi * hertz * n / rate)) for n in range(count))))


@pytest.mark.parametrize(("rate", "wanted"), [(22050, 16000), (16000, 8000), (8000, 16000), (22050, 8000)])
def test_resampling_keeps_length_and_level_of_speech(rate: int, wanted: int) -> None:
    out = audio.resampled(tone(1000, rate), rate, wanted)
    assert audio.seconds_of(out, wanted) == pytest.approx(0.2, abs=0.001)
    assert audio.level(out) == pytest.approx(audio.level(tone(1000, rate)), abs=0.3)


def test_resampling_removes_what_the_lower_rate_cannot_carry() -> None:
    out = audio.resampled(tone(6000, 16000), 16000, 8000)
    assert audio.level(out) < audio.level(tone(6000, 16000)) - 30


def test_the_same_rate_is_left_alone() -> None:
    assert audio.resampled(b"\x01\x02", 8000, 8000) == b"\x01\x02"


def test_levels() -> None:
    assert audio.level(bytes(100)) == -96.0
    assert audio.level(b"") == -96.0
    assert audio.level(tone(500, 8000, peak=32767)) == pytest.approx(-3.0, abs=0.1)


def test_normalising_reaches_the_level_but_never_clips() -> None:
    assert audio.level(audio.normalised(tone(500, 8000, peak=300))) == pytest.approx(-20, abs=0.2)
    spike = tone(500, 8000, peak=30) + audio.pcm_of(array("h", [20000]))
    assert max(audio.samples_of(audio.normalised(spike))) <= 29205
    assert audio.normalised(bytes(20)) == bytes(20)


def test_trimming_leaves_a_little_silence() -> None:
    out = audio.trimmed(bytes(16000) + tone(500, 8000) + bytes(16000), 8000)
    assert audio.seconds_of(out, 8000) == pytest.approx(0.3, abs=0.021)
    assert audio.trimmed(bytes(1600), 8000) == b""


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=400), st.sampled_from([8000, 16000, 22050]), st.sampled_from([8000, 16000]))
def test_any_bytes_are_audio(pcm: bytes, rate: int, wanted: int) -> None:
    out = audio.resampled(audio.normalised(audio.trimmed(pcm, rate)), rate, wanted)
    assert len(out) % 2 == 0

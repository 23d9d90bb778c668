from array import array
from pathlib import Path

import pytest

from ivrcore.lab import audio, hearing


def test_every_mu_law_byte_survives_decoding_and_encoding() -> None:
    every = bytes(range(256))
    again = audio.encode(audio.decode(every))
    # 0x7F is minus zero, which comes back as zero
    assert [a for a, b in zip(every, again, strict=True) if a != b] == [0x7F]


def test_known_values_of_g711() -> None:
    assert audio.decode(bytes([0xFF, 0x80, 0x00])).tolist() == [0, 32_124, -32_124]
    assert audio.encode(array("h", [0, 32_767, -32_768])) == bytes([0xFF, 0x80, 0x00])


def test_coding_is_close_to_what_was_said() -> None:
    said = audio.tone(440, 0.1)
    back = audio.decode(audio.encode(said))
    assert max(abs(a - b) / (abs(a) + 100) for a, b in zip(said, back, strict=True)) < 0.06


def test_wav_files_keep_their_samples(tmp_path: Path) -> None:
    said = audio.tone(440, 0.05)
    assert audio.read_wav(audio.write_wav(tmp_path / "a.wav", said)) == said


def test_other_wavs_are_refused(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
    with pytest.raises(ValueError, match="16000"):
        audio.read_wav(tmp_path / "a.wav")


def test_a_tone_is_found_and_no_other() -> None:
    samples = audio.silence(0.5) + audio.tone(700, 0.5, level=0.2) + audio.silence(0.5)
    assert hearing.goertzel(audio.tone(700, 0.5, level=0.2), 700) == pytest.approx(0.2, rel=0.02)
    assert hearing.tone_seconds(samples, 700) == pytest.approx(0.5, abs=0.05)
    assert not hearing.contains_tone(samples, 900, seconds=0.1)


def test_two_tones_at_once_are_both_found() -> None:
    both = audio.mix(audio.tone(600, 0.5, level=0.2), audio.tone(900, 0.5, level=0.2))
    assert hearing.contains_tone(both, 600)
    assert hearing.contains_tone(both, 900)


def test_stretches_of_sound() -> None:
    samples = audio.silence(0.5) + audio.tone(500, 0.2) + audio.silence(0.1) + audio.tone(500, 0.2)
    samples += audio.silence(0.6) + audio.tone(500, 0.1) + audio.silence(0.2)
    first, second = hearing.sounds(samples)
    assert first == pytest.approx((0.5, 1.0), abs=0.011)
    assert second == pytest.approx((1.6, 1.7), abs=0.011)
    assert hearing.sounds(audio.silence(1)) == []
    assert hearing.rms(array("h")) == 0


def chirp(first: float, last: float) -> audio.Samples:
    """Sound with a shape: pieces of rising or falling tones, some loud, some soft."""
    out = array("h")
    for index in range(20):
        level = (0.05, 0.3, 0.15, 0.4)[index * 7 % 4]
        out += audio.tone(first + (last - first) * index / 20, 0.05, level)
    return out


def test_a_recording_is_found_in_a_longer_one_at_another_level() -> None:
    needle = chirp(300, 900)
    quiet = array("h", (sample // 3 for sample in audio.decode(audio.encode(needle))))
    haystack = audio.silence(2.345) + quiet + audio.silence(1)
    match = hearing.heard(needle, audio.mix(haystack, audio.tone(150, len(haystack) / audio.RATE, 0.005)))
    assert match.score > 0.9
    assert match.offset == pytest.approx(2.345, abs=0.001)


def test_a_recording_is_found_though_the_line_paused_in_it() -> None:
    needle = chirp(300, 900)
    half = len(needle) // 2
    haystack = audio.silence(1) + needle[:half] + audio.silence(0.06) + needle[half:] + audio.silence(1)
    match = hearing.heard(needle, haystack)
    assert match.score > 0.8
    assert match.offset == pytest.approx(1.0, abs=0.001)
    assert hearing.heard(needle, needle[:half] + audio.silence(2)).score < 0.6


def test_another_recording_is_not_found() -> None:
    haystack = audio.silence(1) + chirp(900, 300) + audio.silence(1)
    assert hearing.heard(chirp(310, 1700), haystack).score < 0.4
    assert hearing.heard(chirp(300, 900), audio.silence(0.2)).score == 0
    assert hearing.heard(chirp(300, 900), audio.silence(3)).score == 0

"""The same cases on every voice: espeak over the library that pip installs, flite over a stand-in program."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from ivrcore_plugins import voice_espeak, voice_flite

from ivrcore.api import ConfigError, ModelMissing, SpeechError, Voice
from ivrcore.speech.audio import level

FLITE = """
import sys, wave
asked = dict(zip(sys.argv[1::2], sys.argv[2::2]))
text = open(asked["-f"], encoding="utf-8").read()
assert asked["-voice"] == "rms"
with wave.open(asked["-o"], "wb") as out:
    out.setparams((1, 2, 16000, 0, "NONE", ""))
    out.writeframes((b"\\x00\\x10" * 40 + b"\\x00\\xf0" * 40) * 20 * len(text))
"""
ESPEAK = {"command": shlex.join(voice_espeak.packaged())}


@pytest.fixture(params=["espeak", "flite"])
def voice(request: pytest.FixtureRequest, tmp_path: Path) -> Voice:
    program = tmp_path / "flite.py"
    program.write_text(FLITE)
    flite = {"command": shlex.join([sys.executable, str(program)])}
    voices = {
        "espeak": voice_espeak.ivrcore_voice("espeak", ESPEAK),
        "flite": voice_flite.ivrcore_voice("flite", flite),
    }
    made = voices[request.param]
    assert made is not None
    assert made.name == request.param
    return made


def test_speaks_every_text_even_one_like_an_option(voice: Voice) -> None:
    for text in ("Hello, world.", "-v", "a\nb", '"$HOME"'):
        rate, pcm = voice.speak(text, "en")
        assert rate >= 8000
        assert level(pcm) > -40


def test_a_longer_text_takes_longer(voice: Voice) -> None:
    assert len(voice.speak("one two three four five six", "en")[1]) > len(voice.speak("one", "en")[1])


def test_english_is_among_the_languages(voice: Voice) -> None:
    assert "en" in voice.languages


@pytest.mark.parametrize("language", ["ko", "zh", "de"])
def test_espeak_speaks_other_languages(language: str) -> None:
    voice = voice_espeak.ivrcore_voice("espeak", ESPEAK)
    assert voice is not None
    assert (
        level(voice.speak({"ko": "예약 확인", "zh": "你好", "de": "Guten Tag"}[language], language)[1]) > -40
    )


def test_other_names_are_left_to_others() -> None:
    assert voice_espeak.ivrcore_voice("flite", {}) is None
    assert voice_flite.ivrcore_voice("espeak", {}) is None


def test_an_unknown_language_of_espeak_is_an_error() -> None:
    voice = voice_espeak.ivrcore_voice("espeak", ESPEAK | {"voice": "no-such-voice"})
    assert voice is not None
    with pytest.raises(SpeechError, match="no voice no-such-voice"):
        voice.speak("hello", "en")


def test_a_program_that_is_not_there_is_named() -> None:
    voice = voice_espeak.ivrcore_voice("espeak", {"command": "/nowhere/espeak-ng"})
    assert voice is not None
    with pytest.raises(SpeechError, match="espeak-ng cannot be started"):
        voice.speak("hello", "en")


def test_no_flite_here_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelMissing, match="apt-get install flite"):
        voice_flite.ivrcore_voice("flite", {})


@pytest.mark.parametrize("options", [{"speed": "fast"}, {"pitch": "120"}])
def test_options_are_checked(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        voice_espeak.ivrcore_voice("espeak", options)

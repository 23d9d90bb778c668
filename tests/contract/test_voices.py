"""The same cases on every voice: espeak over pip's library, flite and piper over stand-in programs."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from types import ModuleType

import pytest
from ivrcore_plugins import voice_espeak, voice_flite, voice_piper

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
# What piper1-gpl 1.8 and the older program both do: text by lines on stdin, a wav in the file that is named.
PIPER = """
import argparse, sys, wave
asked = argparse.ArgumentParser()
asked.add_argument("-m", "--model", required=True)
asked.add_argument("-f", "--output_file", required=True)
asked.add_argument("-s", "--speaker", type=int)
asked.add_argument("--length_scale", type=float, default=1.0)
told = asked.parse_args()
open(told.model, "rb").close()
lines = [line.strip() for line in sys.stdin.buffer.read().decode("utf-8").splitlines() if line.strip()]
if told.speaker == 99:
    sys.exit("no such speaker")
if lines:
    with wave.open(told.output_file, "wb") as out:
        out.setparams((1, 2, 22050, 0, "NONE", ""))
        wave_of_80 = b"\\x00\\x10" * 40 + b"\\x00\\xf0" * 40
        out.writeframes(wave_of_80 * int(20 * len(lines[-1]) * told.length_scale))
"""


def piper(folder: Path, **options: str) -> dict[str, str]:
    """Give the options of a piper that is here, with a voice that says what it speaks."""
    (folder / "piper.py").write_text(PIPER)
    model = folder / "en_US-somebody-medium.onnx"
    model.touch()
    told = {"espeak": {"voice": "en-us"}, "audio": {"sample_rate": 22050}}
    (folder / f"{model.name}.json").write_text(json.dumps(told))
    command = shlex.join([sys.executable, str(folder / "piper.py")])
    return {"command": command, "model": str(model)} | options


ESPEAK = {"command": shlex.join(voice_espeak.packaged())}


@pytest.fixture(params=["espeak", "flite", "piper"])
def voice(request: pytest.FixtureRequest, tmp_path: Path) -> Voice:
    program = tmp_path / "flite.py"
    program.write_text(FLITE)
    flite = {"command": shlex.join([sys.executable, str(program)])}
    voices = {
        "espeak": voice_espeak.ivrcore_voice("espeak", ESPEAK),
        "flite": voice_flite.ivrcore_voice("flite", flite),
        "piper": voice_piper.ivrcore_voice("piper", piper(tmp_path)),
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
    assert voice_piper.ivrcore_voice("espeak", {}) is None


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


@pytest.mark.parametrize("made", [voice_espeak, voice_flite, voice_piper])
def test_a_command_that_cannot_be_read_is_told_as_what_it_is(made: ModuleType, tmp_path: Path) -> None:
    name = made.__name__.rpartition("_")[2]
    with pytest.raises(ConfigError, match=f'{name}: the command "it\'s" cannot be read'):
        made.ivrcore_voice(name, piper(tmp_path) | {"command": "it's"})


def test_no_flite_here_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ModelMissing, match="apt-get install flite"):
        voice_flite.ivrcore_voice("flite", {})


@pytest.mark.parametrize("options", [{"speed": "fast"}, {"pitch": "120"}])
def test_options_are_checked(options: dict[str, str]) -> None:
    with pytest.raises(ConfigError):
        voice_espeak.ivrcore_voice("espeak", options)


def piper_voice(options: dict[str, str]) -> Voice:
    made = voice_piper.ivrcore_voice("piper", options)
    assert made is not None
    return made


def test_piper_speaks_the_language_of_its_voice_alone(tmp_path: Path) -> None:
    options = piper(tmp_path)
    assert piper_voice(options).languages == {"en"}
    Path(f"{options['model']}.json").write_text('{"language": {"family": "de"}, "espeak": {"voice": "x"}}')
    assert piper_voice(options).languages == {"de"}


def test_piper_s_voice_may_be_in_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "some_voice/data"
    package.mkdir(parents=True)
    (tmp_path / "some_voice/__init__.py").touch()
    options = piper(package)
    del options["model"]
    monkeypatch.syspath_prepend(tmp_path)
    assert level(piper_voice(options | {"model_package": "some-voice"}).speak("hello", "en")[1]) > -40
    with pytest.raises(ModelMissing, match="pip install no-such-voice"):
        piper_voice(options | {"model_package": "no-such-voice"})


def test_piper_s_manner_is_its_options(tmp_path: Path) -> None:
    slow = piper_voice(piper(tmp_path, length_scale="2", speaker="1")).speak("hello", "en")[1]
    assert len(slow) == 2 * len(piper_voice(piper(tmp_path)).speak("hello", "en")[1])


def test_a_line_break_does_not_lose_what_is_before_it(tmp_path: Path) -> None:
    voice = piper_voice(piper(tmp_path))
    assert voice.speak("one two\nthree", "en") == voice.speak("one two three", "en")


def test_what_piper_says_when_it_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="no such speaker"):
        piper_voice(piper(tmp_path, speaker="99")).speak("hello", "en")


def test_a_piper_that_writes_nothing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpeechError, match="no wav"):
        piper_voice(piper(tmp_path)).speak(" ", "en")


def test_what_piper_lacks_is_told_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    options = piper(tmp_path)
    with pytest.raises(ConfigError, match="model_package"):
        piper_voice({})
    with pytest.raises(ModelMissing, match="pip install piper-tts"):
        piper_voice({"model": options["model"]})
    with pytest.raises(ModelMissing, match=r"nobody\.onnx is not here"):
        piper_voice(options | {"model": str(tmp_path / "nobody.onnx")})
    for settings in ("{}", '{"espeak": null}', "[]"):
        Path(f"{options['model']}.json").write_text(settings)
        with pytest.raises(ModelMissing, match="does not tell the voice's language"):
            piper_voice(options)
    with pytest.raises(ConfigError, match="No closing quotation"):
        piper_voice(options | {"command": "piper 'here"})
    Path(f"{options['model']}.json").unlink()
    with pytest.raises(ModelMissing, match=r"medium\.onnx\.json is not here"):
        piper_voice(options)


@pytest.mark.parametrize("options", [{"speaker": "-1"}, {"speaker": "she"}, {"length_scale": "0"}])
def test_piper_s_options_are_checked(options: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        piper_voice(piper(tmp_path, **options))

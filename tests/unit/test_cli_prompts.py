"""``ivrcore prompts``: a site's prompts made ahead, and what is recorded; a voice that `check` misses."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ivrcore.check import check_site
from ivrcore.cli_prompts import prompts
from ivrcore.errors import ProblemsFound
from ivrcore.samples import init_site
from ivrcore.service import prompt_list

VOICES = "      voices: [flite, espeak]"
COUNTING = '''"""A voice that can be counted: one file for each text."""
from pathlib import Path
from ivrcore.api import SpeechError, hookimpl

class Counting:
    name = "counting"
    languages = frozenset({"en", "ko"})

    def speak(self, text, language):
        if "unspeakable" in text:
            raise SpeechError("a word is too hard")
        with Path(__file__).with_name("said.txt").open("a") as said:
            said.write(f"{language} {text}\\n")
        return 8000, (b"\\x00\\x10" * 40 + b"\\x00\\xf0" * 40) * 50

@hookimpl
def ivrcore_voice(name, options):
    return Counting() if name == "counting" else None
'''
PLAN = """name: menus
languages: [en, ko]
numbers: {"7000": {start: hello}}
blocks:
  hello:
    - say: [{play: jingle}, {en: Good morning., ko: 안녕하세요}, {play: welcome}]
    - hang_up
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    init_site(folder)
    (folder / "plugins").mkdir(exist_ok=True)
    (folder / "plugins/counting.py").write_text(COUNTING)
    config = folder / "config/ivrcore.yaml"
    text = config.read_text()
    assert VOICES in text
    config.write_text(text.replace(VOICES, "      voices: [counting]\n    ko:\n      voices: [counting]"))
    (folder / "dialplans/menus.yaml").write_text(PLAN)
    for name in ("jingle", "ko/welcome", "welcome", "soft"):
        record(folder / f"prompts/{name}.wav", 200 if name == "soft" else 3200)
    return folder


def record(path: Path, loud: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(
            (loud.to_bytes(2, "little") * 40 + (-loud).to_bytes(2, "little", signed=True) * 40) * 50
        )


def run(*arguments: str) -> Result:
    return CliRunner().invoke(prompts, arguments)


def said(site: Path) -> list[str]:
    return (site / "plugins/said.txt").read_text().splitlines()


def test_every_text_is_spoken_once_before_any_call(site: Path) -> None:
    first = run(str(site))
    assert first.exit_code == 0, first.exception
    count = len(said(site))
    assert count > 10
    assert len(set(said(site))) == count
    assert {"en Good morning.", "ko 안녕하세요"} < set(said(site))
    assert f"{count} texts were spoken now" in first.output
    assert len(list((site / "var/cache/prompts").glob("*.wav"))) == count
    assert "0 texts were spoken now" in run(str(site)).output
    assert len(said(site)) == count


def test_recordings_are_told_by_language_and_those_that_are_far_too_soft(site: Path) -> None:
    listed = json.loads(run(str(site), "--format", "json").output)
    english, korean = listed["languages"]
    assert (korean["language"], korean["voice"], korean["recorded"]) == ("ko", "counting", ["welcome"])
    assert (korean["general"], korean["missing"]) == (["jingle"], [])
    assert (english["recorded"], english["general"]) == ([], ["jingle", "welcome"])
    (soft,) = listed["loudness"]
    assert soft["file"].endswith("prompts/soft.wav")
    assert soft["level"] == pytest.approx(-44.3, abs=0.1)


def test_a_recording_that_is_gone_and_the_texts_that_are_only_spoken(site: Path) -> None:
    plan = site / "dialplans/menus.yaml"
    plan.write_text(PLAN.replace("{play: welcome}", "{play: vm-goodbye}"))
    result = run(str(site), "--texts")
    assert result.exception is None
    assert "vm-goodbye: no such file" in result.output
    assert "  only spoken: 안녕하세요" in result.output


def test_a_text_that_cannot_be_spoken_is_an_error(site: Path) -> None:
    plan = site / "dialplans/menus.yaml"
    plan.write_text(PLAN.replace("Good morning.", "An unspeakable name."))
    result = run(str(site))
    assert result.exit_code == 1
    assert "not spoken: a word is too hard" in result.output


def test_a_site_with_errors_is_refused(site: Path) -> None:
    (site / "dialplans/menus.yaml").write_text(PLAN.replace("hang_up", "hangup"))
    assert isinstance(run(str(site)).exception, ProblemsFound)


def voiceless(site: Path, voices: str) -> list[str]:
    config = site / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("voices: [counting]", f"voices: {voices}", 1))
    return [str(one) for one in check_site(site) if one.rule.code == "CFG304"]


def test_check_tells_where_a_voice_is_named_that_cannot_be_had(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(site))
    told = voiceless(site, "[{name: piper, model: /nowhere/voice.onnx}, flite, counting]")
    assert told == []
    config = site / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("flite, counting]", "flite]"))
    piper, flite = (str(one) for one in check_site(site) if one.rule.code == "CFG304")
    assert (
        "ivrcore.yaml:48:16: warning CFG304: language 'en': piper's voice /nowhere/voice.onnx is not" in piper
    )
    assert "pip install piper-tts" in piper
    assert "no flite is here" in flite


def test_check_tells_of_a_voice_that_does_not_speak_the_language(site: Path) -> None:
    config = site / "config/ivrcore.yaml"
    config.write_text(config.read_text().replace("    ko:\n", "    de:\n"))
    (told,) = (one for one in check_site(site) if one.rule.code == "CFG304")
    assert told.message == "language 'de': the voice counting does not speak de"
    assert told.location.line > 40


def test_a_recording_that_cannot_be_opened_is_not_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "soft.wav", 20)
    assert len(list(prompt_list._far_off(tmp_path))) == 1

    def refused(_: str) -> None:
        raise PermissionError(13, "not for you")

    monkeypatch.setattr("ivrcore.service.prompt_list.wave.open", refused)
    assert list(prompt_list._far_off(tmp_path)) == []

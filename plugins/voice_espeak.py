"""Voice `espeak`: eSpeak NG, robotic but small, quick and of many languages.

Uses option ``command`` (how to start an espeak-ng, as in a shell), else `espeak-ng` on PATH, else the
library of the package espeakng-loader, always as a process of its own (eSpeak NG is GPL-3).
Options ``voice`` (espeak's name, else chosen by language), ``speed`` (words a minute), ``pitch`` (0..99).
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ivrcore_plugins.voice_command import given, run, wav

from ivrcore.api import ConfigError, ModelMissing, SpeechError, Voice, hookimpl

_TAGS = """
af am ar be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl gu he hi
hr hu hy id is it ja ka kk kn ko ky la lt lv mk ml mr ms mt my nb ne nl or pa
pl pt ro ru sd si sk sl sq sr sv sw ta te th tr tt uk ur uz vi yue zh
"""
LANGUAGES = frozenset(_TAGS.split())
_VOICES = {"en": "en-us", "zh": "cmn"}


@hookimpl
def ivrcore_voice(name: str, options: Mapping[str, str]) -> Voice | None:
    """Make the voice, if an espeak-ng can be started."""
    if name != "espeak":
        return None
    return EspeakVoice(
        _command(options),
        options.get("voice", ""),
        _number(options, "speed", 150, 80, 450),
        _number(options, "pitch", 50, 0, 99),
    )


class EspeakVoice:
    """Speaks by a process per text."""

    name = "espeak"
    languages = LANGUAGES

    def __init__(self, command: list[str], voice: str, speed: int, pitch: int) -> None:
        self._command = command
        self._voice = voice
        self._manner = ["-s", str(speed), "-p", str(pitch), "-b", "1", "--stdin", "--stdout"]

    def speak(self, text: str, language: str) -> tuple[int, bytes]:
        """Give (rate, audio); raise SpeechError where the program fails."""
        voice = self._voice or _VOICES.get(language, language)
        rate, pcm = wav(run([*self._command, "-v", voice, *self._manner], text))
        if not pcm:
            raise SpeechError(f"espeak-ng said nothing in {language}")
        return rate, pcm


def packaged() -> list[str]:
    """Give the command that needs no espeak-ng on the machine."""
    import espeakng_loader

    paths = (espeakng_loader.get_library_path(), espeakng_loader.get_data_path())
    child = Path(__file__).with_name("espeak_child.py")
    return [sys.executable, "-I", "-S", str(child), *map(str, paths)]


def _command(options: Mapping[str, str]) -> list[str]:
    if command := given(options, "espeak"):
        return command
    if program := shutil.which("espeak-ng"):
        return [program]
    if importlib.util.find_spec("espeakng_loader"):
        return packaged()
    raise ModelMissing(
        "no espeak-ng is here", hint="pip install espeakng-loader, or apt-get install espeak-ng"
    )


def _number(options: Mapping[str, str], key: str, default: int, least: int, most: int) -> int:
    text = options.get(key, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise ConfigError(f"espeak: {key} {text!r} is not a whole number from {least} to {most}")
    return int(text)

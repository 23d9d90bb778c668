"""Voice `flite`: English, clearer than espeak; the program comes from the system's packages.

Options ``command`` (how to start a flite, as in a shell; else `flite` on PATH) and ``voice`` (rms, slt, awb,
kal, kal16).
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from ivrcore_plugins.voice_command import given, run, wav

from ivrcore.api import ModelMissing, Voice, hookimpl


@hookimpl
def ivrcore_voice(name: str, options: Mapping[str, str]) -> Voice | None:
    """Make the voice, if a flite can be started."""
    if name != "flite":
        return None
    command = given(options, "flite") or [shutil.which("flite") or ""]
    if not command[0]:
        raise ModelMissing("no flite is here", hint="apt-get install flite")
    return FliteVoice(command, options.get("voice", "rms"))


class FliteVoice:
    """Speaks by a process per text."""

    name = "flite"
    languages = frozenset({"en"})

    def __init__(self, command: list[str], voice: str) -> None:
        self._command = command
        self._voice = voice

    def speak(self, text: str, language: str) -> tuple[int, bytes]:
        """Give (rate, audio); raise SpeechError where the program fails."""
        with tempfile.TemporaryDirectory(prefix="ivrcore-") as folder:
            # Files on both sides: flite writes no wav to a pipe, and takes a short `-t` for a file's name.
            said, spoken = Path(folder, "text"), Path(folder, "out.wav")
            said.write_text(text, encoding="utf-8")
            run([*self._command, "-voice", self._voice, "-f", str(said), "-o", str(spoken)])
            return wav(spoken.read_bytes())

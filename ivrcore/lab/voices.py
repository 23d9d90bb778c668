"""Speech to play in tests and demos: synthesised, or recorded words that come with Asterisk."""

import functools
import gzip
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

from ivrcore.lab.packages import LabError, lab_folder
from ivrcore.lab.tools import asterisk_paths, tool

FLITE = ("awb", "kal", "kal16", "rms", "slt")
"""Voices of flite, English only; every other name is a voice of espeak-ng (`en-us`, `ko` …)."""
SECONDS = 30.0


def speak(text: str, voice: str = "en-us", *, speed: int = 150, pitch: int = 50) -> Path:
    """Synthesise `text` and return the wav, 8 kHz mono; made once and kept in `.lab/speech`.

    `speed` is in words a minute and `pitch` 0 to 99; both are espeak-ng's, flite's voices have their own.
    """
    key = hashlib.sha256(f"{voice}|{speed}|{pitch}|{text}".encode()).hexdigest()[:24]
    path = lab_folder() / "speech" / f"{key}.wav"
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        raw, ready = Path(folder, "raw.wav"), Path(folder, "ready.wav")
        if voice in FLITE:
            _run("flite", "-voice", voice, "-t", text, "-o", str(raw))
        else:
            _run("espeak-ng", "-v", voice, "-s", str(speed), "-p", str(pitch), "-w", str(raw), text)
        telephone(raw, ready)
        ready.replace(path)  # whole, also when two processes make the same phrase
    return path


def telephone(source: Path, target: Path) -> Path:
    """Convert any wav to what telephones carry: mono, 8 kHz, 16 bits; returns `target`."""
    _run("sox", "-G", str(source), "-r", "8000", "-c", "1", "-b", "16", str(target))
    return target


def recorded(name: str) -> Path:
    """One of Asterisk's English recordings as wav, e.g. `digits/1`, `hello-world`, `vm-goodbye`."""
    path = asterisk_paths().sounds / f"{name}.wav"
    if not path.exists():
        raise LabError(f"Asterisk has no recording `{name}`")
    return path


@functools.cache
def transcripts() -> dict[str, str]:
    """What is said in Asterisk's English recordings: name to text; empty without their documentation."""
    documents = asterisk_paths().data.parent / "doc/asterisk-core-sounds-en"
    lines: list[str] = []
    for path in documents.glob("core-sounds-en.txt*"):
        content = path.read_bytes()
        lines += (gzip.decompress(content) if path.suffix == ".gz" else content).decode().splitlines()
    pairs = (line.split(":", 1) for line in lines if ":" in line and not line.startswith(";"))
    return {name.strip(): text.strip() for name, text in pairs}


def recorded_saying(text: str) -> Path:
    """The recording in which exactly `text` is said, whatever its case and full stop."""
    wanted = text.strip(" .").casefold()
    for name, said in sorted(transcripts().items()):
        if said.strip(" .").casefold() == wanted and (asterisk_paths().sounds / f"{name}.wav").exists():
            return recorded(name)
    raise LabError(f"Asterisk has no recording of `{text}`")


def _run(name: str, *arguments: str) -> None:
    argv = [*tool(name), *arguments]
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    try:
        result = subprocess.run(
            argv, capture_output=True, text=True, timeout=SECONDS, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        raise LabError(f"{name} did not end in {SECONDS:.0f} s") from None
    if result.returncode:
        raise LabError(f"{name}: {result.stderr.strip() or result.stdout.strip()}")

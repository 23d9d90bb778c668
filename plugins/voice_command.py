"""Shared by the voices that are programs: run one, read its wav. No plugin itself."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
import sys
import wave
from collections.abc import Mapping, Sequence

from ivrcore.api import ConfigError, SpeechError

SECONDS = 30.0
"""Longest time for one text."""


def given(options: Mapping[str, str], voice: str) -> list[str]:
    """Give the words of option ``command``: none where it is not set, ConfigError where quotes stay open."""
    try:
        return shlex.split(options.get("command", ""))
    except ValueError as error:
        raise ConfigError(f"{voice}: the command {options['command']!r} cannot be read: {error}") from error


def run(argv: Sequence[str], text: str = "") -> bytes:
    """Run with ``text`` on stdin; give its stdout, or raise SpeechError with its last word on stderr."""
    try:
        done = subprocess.run(
            argv,
            input=text.encode(),
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
        )
    except subprocess.TimeoutExpired:
        raise SpeechError(f"{_program(argv)} did not end in {SECONDS:.0f} s") from None
    except OSError as error:
        raise SpeechError(f"{_program(argv)} cannot be started: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit code {done.returncode}"]
        raise SpeechError(f"{_program(argv)} failed: {said[-1]}")
    return done.stdout


def wav(content: bytes) -> tuple[int, bytes]:
    """Give (samples per second, audio) of a mono 16 bit wav; its length may be untrue, as from a pipe."""
    try:
        with wave.open(io.BytesIO(content)) as file:
            if (file.getnchannels(), file.getsampwidth()) != (1, 2):
                raise SpeechError("the voice gave other audio than mono, 16 bit")
            return file.getframerate(), file.readframes(len(content))
    except (wave.Error, EOFError) as error:
        raise SpeechError(f"the voice gave no wav: {error}") from error


def _program(argv: Sequence[str]) -> str:
    """Give the words before the options, as a reader would name the command."""
    program = next((word for word in argv[1:] if not word.startswith("-")), "")
    return f"{argv[0]} {program}" if argv[0] == sys.executable else argv[0]

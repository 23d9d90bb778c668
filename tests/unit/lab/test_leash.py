"""The leash, with a Python program at its end."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ivrcore.lab import leash

TALKS = "import time; print('x' * 200_000, flush=True); time.sleep(60)"


def leashed(program: str) -> "subprocess.Popen[str]":
    argv = [sys.executable, "-S", "-E", leash.__file__, sys.executable, "-S", "-c", program]
    return subprocess.Popen(
        argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def gone(pid: int) -> bool:
    """Whether a process has ended, within five seconds."""
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_the_program_ends_when_the_input_closes_however_much_it_talks() -> None:
    with leashed(TALKS) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        assert not holder.communicate(timeout=60)[0]
        assert gone(pid)


@pytest.mark.slow
def test_the_program_ends_with_its_leash() -> None:
    for how in (signal.SIGTERM, signal.SIGKILL):
        with leashed("import time; time.sleep(60)") as holder:
            assert holder.stdout is not None
            pid = int(holder.stdout.readline())
            holder.send_signal(how)
            holder.wait(60)
            assert gone(pid)


def test_the_exit_status_is_the_programs() -> None:
    with leashed("import sys; sys.exit(7)") as holder:
        assert holder.wait(60) == 7


def test_the_program_starts_as_an_installed_one_with_its_modules_compiled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with leashed("import sys; sys.exit(3 + sys.dont_write_bytecode)") as holder:
        assert holder.wait(60) == 3

"""Where Asterisk 16 cannot be fetched its tests are named as not run: the run neither fails nor hides it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.lab.packages import ROOT

FILE = "tests/asterisk/test_old_asterisk.py"


@pytest.mark.slow
def test_a_run_without_it_says_how_many_tests_and_why(tmp_path: Path) -> None:
    environment = os.environ | {"IVRCORE_LAB": str(tmp_path / "lab"), "PATH": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-k", "what_it_reports", FILE]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert "NOT RUN: 1 tests on Asterisk 16 (Asterisk 16 cannot be had: apt-get" in done.stdout
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr

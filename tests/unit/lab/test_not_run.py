"""Where a program cannot be fetched its tests are named as not run: the run neither fails nor hides it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.lab.packages import ROOT, LabError
from tests.support import not_here

FILES = ("tests/asterisk/test_old_asterisk.py", "tests/postgres")


@pytest.mark.slow
def test_a_run_without_them_says_how_many_tests_and_why(tmp_path: Path) -> None:
    environment = os.environ | {"IVRCORE_LAB": str(tmp_path / "lab"), "PATH": str(tmp_path)}
    chosen = "what_it_reports or an_empty_database"
    command = [sys.executable, "-m", "pytest", "-q", "-n", "1", "-k", chosen, *FILES]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert "NOT RUN: 1 tests on Asterisk 16 (Asterisk 16 cannot be had: apt-get" in done.stdout
    assert "NOT RUN: 1 tests on PostgreSQL (" in done.stdout
    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout + done.stderr


def test_the_workers_of_a_run_agree_and_the_next_run_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IVRCORE_LAB", str(tmp_path))

    def fails() -> None:
        raise LabError("no mirror")

    assert not_here.missing("x", fails, {"testrunuid": "1"}) == "no mirror"
    assert not_here.missing("x", lambda: None, {"testrunuid": "1"}) == "no mirror"
    assert not_here.missing("x", lambda: None, {"testrunuid": "2"}) == ""
    assert not_here.missing("x", lambda: None, {}) == ""

"""The units that are shipped, as systemd itself reads them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ivrcore.lab.groups import systemd_analyze

pytestmark = pytest.mark.systemd

UNITS = Path(__file__).parents[3] / "config/systemd"


def verified(folder: Path) -> subprocess.CompletedProcess[str]:
    """Have every unit of a folder read, with all that it says wrong as a failure."""
    analyze = systemd_analyze()
    units = sorted(map(str, folder.iterdir()))
    return subprocess.run(
        [*analyze.command, "verify", "--man=no", "--recursive-errors=no", *units],
        env=os.environ | analyze.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def copied(folder: Path, *, change: tuple[str, str] = ("", "")) -> Path:
    """Copy the units, with a program that is there: systemd wants one that can be started."""
    folder.mkdir()
    for unit in UNITS.iterdir():
        text = re.sub(r"(?m)^(Exec\w+=)\S+", rf"\g<1>{sys.executable}", unit.read_text())
        (folder / unit.name).write_text(text.replace(*change) if change[0] else text)
    return folder


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    done = verified(copied(tmp_path / "units"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_would_be_found(tmp_path: Path) -> None:
    done = verified(copied(tmp_path / "units", change=("WatchdogSec=30s", "WatchdogSeconds=30s")))
    assert "WatchdogSeconds" in done.stderr

"""What a start does without: modules that nobody needs to serve calls, and the collector of cycles."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ivrcore import cli, collecting, service
from ivrcore.samples import init_site

STARTED = """
import sys
import threading
import time
from pathlib import Path

imported = {*sys.modules}


class Seen:
    def find_spec(self, name, path=None, target=None):
        if threading.current_thread() is threading.main_thread():  # others speak prompts meanwhile
            imported.add(name)


sys.meta_path.insert(0, Seen())

import ivrcore.cli
from ivrcore.config import load_config
from ivrcore.service import main


def started():
    print(time.process_time(), *imported)
    from twisted.internet import reactor

    reactor.callLater(0, reactor.stop)


main(load_config(Path(sys.argv[1])), started=started)
"""
"""A whole server, which tells what its start has imported when all of it has been started."""
NOT_NEEDED = (
    "alembic",
    "ivrcore.app_queue",
    "ivrcore.check",
    "ivrcore.explaining.story",
    "ivrcore.lab",
    "ivrcore.metrics.recording",
    "ivrcore.picture.dot",
    "ivrcore.picture.draw",
    "ivrcore.service.agi_scripts",
    "ivrcore.service.traces",
    "ivrcore.simulator",
    "ivrcore.speech_worker",
    "ivrcore.telephony.aeap.door",
    "ivrcore.telephony.agi",
    "ivrcore.tryout",
    "ivrcore.why",
    "num2words",
    "numpy",
    "openpyxl",
    "opentelemetry",
    "sqlalchemy",
    "treq",
    "xlsxwriter",
)
"""What a site does without that has no AGI, AEAP, history or traces, and no mistakes in its files."""
CEILING = 2.5
"""Seconds of CPU until all is started: five times what it takes on a quiet machine."""


def test_a_server_imports_nothing_that_no_call_needs_and_has_started_soon(tmp_path: Path) -> None:
    init_site(tmp_path / "site")
    ran = subprocess.run(
        [sys.executable, "-c", STARTED, tmp_path / "site"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    took, *modules = ran.stdout.split()
    found = [one for one in modules if any(one == name or one.startswith(f"{name}.") for name in NOT_NEEDED)]
    assert found == []
    assert "ivrcore.service.server" in modules
    assert float(took) < CEILING


def test_no_collection_happens_until_all_is_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    init_site(tmp_path / "site")
    seen: list[bool] = []

    def serve(_config: Any, *, json_log: bool, started: Any) -> int:
        seen.append(gc.isenabled())
        started()
        seen.append(gc.isenabled())
        return 0

    monkeypatch.setattr(service, "main", serve)
    monkeypatch.setattr(collecting, "MANY", 10**9)  # this process is to freeze nothing
    with pytest.raises(SystemExit):
        cli.main(["serve", str(tmp_path / "site")])
    assert seen == [False, True]

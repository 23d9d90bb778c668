"""How a worker's process ends: told to, without a model, with every thread lost."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.support.speech_workers import wait

ROOT = Path(__file__).parents[3]
HANGING = """
import threading
from ivrcore.speech_worker import Settings, main
from tests.support.engines import ScriptedEngine
engine = ScriptedEngine("x", on_finish=threading.Event().wait)
settings = Settings("scripted", "en", port=0, threads=1, stall=0.05, rate=16000)
raise SystemExit(main(settings, lambda name, language, options: engine))
"""


def started(log: Path, *command: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as stderr:
        return subprocess.Popen(
            [sys.executable, *command], stderr=stderr, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )


@pytest.mark.slow
def test_a_worker_with_every_thread_lost_ends_to_be_started_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = started(log, "-c", HANGING)
    try:
        wait(lambda: "takes" in log.read_text(), 30)
        found = re.search(r"listens on 127\.0\.0\.1:(\d+)", log.read_text())
        assert found is not None
        lost = 0
        while process.poll() is None and lost < 20:
            lost += hangs(f"ws://127.0.0.1:{found[1]}")
        assert process.wait(20) == 3
        assert lost == 9  # one thread, and eight in its place
        assert "every thread hangs in the recogniser" in log.read_text()
    finally:
        process.kill()
        process.wait(10)


def hangs(url: str) -> bool:
    """Have a stream hang in the engine; False if the worker takes none any more."""
    try:
        with connect(url, proxy=None) as client:
            client.send('{"config": {"gate": 0}}')
            client.send(bytes(6400))
            client.recv(timeout=10)
            client.send('{"eof": 1}')
            with pytest.raises(ConnectionClosed) as told:
                client.recv(timeout=10)
            return told.value.rcvd is not None and told.value.rcvd.code == 1011
    except (OSError, ConnectionClosed, InvalidStatus, TimeoutError):
        return False  # told that it is stopping, or gone already


@pytest.mark.slow
def test_a_worker_that_is_told_to_stop_while_it_loads_stops(tmp_path: Path) -> None:
    log = tmp_path / "log"
    slow = HANGING.replace("lambda name, language, options: engine", "lambda *_: threading.Event().wait()")
    process = started(log, "-c", slow)
    try:
        wait(lambda: "listens" in log.read_text(), 30)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.slow
def test_without_a_model_or_a_port_it_is_told_in_a_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        serve = ("-m", "ivrcore", "speech", "serve", "--language", "en", "--no-token")
        runs = {
            "holds no Vosk model": started(
                tmp_path / "1", *serve, "--port", "0", "-o", f"model_path={tmp_path}"
            ),
            f"cannot listen on 127.0.0.1:{port}": started(tmp_path / "2", *serve, "--port", port),
        }
        for number, (why, process) in enumerate(runs.items(), 1):
            assert process.wait(60) == 2
            said = (tmp_path / str(number)).read_text()
            assert why in said
            assert "Traceback" not in said

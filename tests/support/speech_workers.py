"""Speech workers for tests: in a thread with any engine, or the real command as a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from ivrcore.lab.loopback import LOOPBACK
from ivrcore.session.workers import Workers
from ivrcore.speech.endpointing import IsSpeech
from ivrcore.speech.recogniser import Engine
from ivrcore.speech_worker.figures import Figures
from ivrcore.speech_worker.hearing import Shared
from ivrcore.speech_worker.server import Door
from ivrcore.speech_worker.settings import Settings

TOKEN = "t0ken-of-the-tests"
START_SECONDS = 60.0


def wait(until: Callable[[], object], seconds: float = 60.0, what: str = "it") -> None:
    deadline = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.01)


def get(url: str, token: str = TOKEN) -> tuple[int, str]:
    """Get a page; give its status and text."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        with LOOPBACK.open(urllib.request.Request(url, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


class InThread:
    """A worker's door on a free port, in a thread with a loop of its own."""

    def __init__(self, settings: Settings, make_gate: Callable[[], IsSpeech]) -> None:
        self.settings = settings
        self.figures = Figures()
        self.workers = Workers(2, spares=2)
        self._make_gate = make_gate
        self._started: SimpleFuture = SimpleFuture()
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self.port = self._started.get()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def page(self, path: str, token: str = TOKEN) -> tuple[int, str]:
        return get(f"http://127.0.0.1:{self.port}/{path}", token)

    def total(self, name: str, **labels: str) -> float:
        return self.figures.registry.get_sample_value(f"ivrcore_speech_worker_{name}", labels) or 0.0

    def open_for(self, engine: Engine) -> None:
        settings = self.settings
        shared = Shared(
            engine, self.workers.lane, self._make_gate, settings.timing, settings.stall, self.figures
        )
        self.loop.call_soon_threadsafe(self._door.open_for, shared)
        wait(lambda: self.total("ready") == 1)

    def stop(self, grace: float = 5.0) -> None:
        """Begin to stop; to be joined by `close`."""
        self.loop.call_soon_threadsafe(self._told.set_result, grace)

    def close(self) -> None:
        with suppress(RuntimeError, asyncio.InvalidStateError):
            self.loop.call_soon_threadsafe(lambda: self._told.done() or self._told.set_result(0.0))
        self._thread.join(20)
        assert not self._thread.is_alive()
        self.workers.stop()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._told: asyncio.Future[float] = self.loop.create_future()
        self._door = Door(self.settings, self.figures)
        self._started.set(await self._door.listen())
        await self._door.stop(await self._told)


class SimpleFuture:
    """A number that another thread gives."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._value = 0

    def set(self, value: int) -> None:
        self._value = value
        self._event.set()

    def get(self) -> int:
        assert self._event.wait(20)
        return self._value


def loud(frame: bytes) -> bool:
    """Say whether a frame of a test is speech: its first byte is 1."""
    return frame[0] == 1


@contextmanager
def in_thread(engine: Engine | None, **settings: object) -> Iterator[InThread]:
    """Run a door; with an engine, it is ready."""
    given = Settings("scripted", "en", port=0, token=TOKEN, rate=16000)
    made = InThread(replace(given, **settings), lambda: loud)  # type: ignore[arg-type]
    try:
        if engine is not None:
            made.open_for(engine)
        yield made
    finally:
        made.close()


# --- the real command -----------------------------------------------------------------------------


@dataclass
class Worker:
    """A process of ``ivrcore speech serve``."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def page(self, path: str, token: str = TOKEN) -> tuple[int, str]:
        return get(f"http://127.0.0.1:{self.port}/{path}", token)


@contextmanager
def serving(
    folder: Path, engine: str, language: str, options: Mapping[str, str], *arguments: str, port: int = 0
) -> Iterator[Worker]:
    """Run a worker until the end of the block; it is ready when it is given."""
    log = folder / f"worker-{engine}-{time.monotonic_ns()}.log"
    command = [sys.executable, "-m", "ivrcore", "speech", "serve", "--engine", engine]
    command += ["--language", language, "--port", str(port), "--token-env", "IVRCORE_TEST_TOKEN", *arguments]
    command += [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, env={**os.environ, "IVRCORE_TEST_TOKEN": TOKEN})
    try:
        wait(lambda: process.poll() is not None or _takes(log), START_SECONDS, "the worker")
        found = re.search(r"listens on 127\.0\.0\.1:(\d+)", log.read_text())
        assert found is not None, log.read_text()
        yield Worker(process, int(found[1]), log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)


def _takes(log: Path) -> bool:
    return " takes " in log.read_text()

"""An event loop that stands still: told while it does, with the place, and the plugin whose code it is in."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.plugin_manager import load_plugins
from ivrcore.service import standstill
from ivrcore.service.standstill import BOUND, Standstill
from tests.support.aio import asyncio_test

SLOW = """
from ivrcore.api import hookimpl

def takes_long(door):
    door.wait(60)

@hookimpl
def ivrcore_strategies():
    return []
"""

BUSY = "import os; os.sched_setaffinity(0, {{{}}})\nwhile True: pass"


class Told(threading.Event):
    """Set once something is told of a loop that stands still."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        super().__init__()
        self._caplog = caplog

    def wait(self, timeout: float | None = None) -> bool:
        """Keep the loop until it is told."""
        for _ in range(round((timeout or 1) / 0.05)):
            if "stood still" in self._caplog.text:
                return True
            super().wait(0.05)
        return False


@asyncio_test
async def test_a_plugin_that_takes_long_is_named_with_the_place(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from twisted.internet import reactor

    folder = tmp_path
    (folder / "sluggish.py").write_text(SLOW)
    plugins = load_plugins(folder)
    (module,) = [name for name, plugin in plugins.modules().items() if plugin == "sluggish"]
    watched = Standstill(reactor, plugins.modules)
    watched.start()
    try:
        await asyncio.sleep(2 * BOUND)
        assert "stood still" not in caplog.text
        sys.modules[module].takes_long(Told(caplog))
    finally:
        watched.stop()
    (told,) = [record.getMessage() for record in caplog.records if "stood still" in record.getMessage()]
    assert f"plugin sluggish, {folder / 'sluggish.py'}:5 takes_long" in told
    assert "docs/plugins.md" in told


def test_anything_else_is_told_by_its_place(caplog: pytest.LogCaptureFixture) -> None:
    """A loop's thread is any thread that beats no more."""
    watched = Standstill(Clock(), dict)
    watched.start()
    assert Told(caplog).wait(60)
    watched.stop()
    assert "plugin" not in caplog.text
    assert "threading.py" in caplog.text


def test_what_the_processors_do_may_be_unreadable_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    turns = standstill._Turns(threading.get_ident(), threading.get_native_id())
    assert turns.look().wants

    def none_left(_path: Path) -> str:
        raise OSError(errno.EMFILE, "too many open files")

    monkeypatch.setattr(Path, "read_text", none_left)
    assert not turns.look().wants


@contextmanager
def starved(watched: Standstill) -> Iterator[None]:
    """Begin to watch, then put this thread behind two programs that take the only processor it may have."""
    processors = os.sched_getaffinity(0)
    one = min(processors)
    hogs = [subprocess.Popen([sys.executable, "-c", BUSY.format(one)]) for _ in range(2)]
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        watched.start()  # its thread keeps what this one has so far
        os.sched_setaffinity(0, {one})
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
        os.sched_setscheduler(0, policy, parameters)
        os.sched_setaffinity(0, processors)


def test_a_loop_that_gets_no_processor_is_told_apart(caplog: pytest.LogCaptureFixture) -> None:
    watched = Standstill(Clock(), dict)
    with starved(watched):
        deadline = time.monotonic() + 60
        while not caplog.records and time.monotonic() < deadline:
            pass  # it wants to run, as a busy loop does
    watched.stop()
    (told,) = caplog.records
    assert told.levelname == "WARNING"
    assert "waited for a processor" in told.getMessage()

"""An event loop that stands still: told while it does, with the place, and the plugin whose code it is in."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.plugin_manager import load_plugins
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

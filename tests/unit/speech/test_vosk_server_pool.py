from __future__ import annotations

import asyncio
import ssl
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from ivrcore_plugins import vosk_server_pool
from ivrcore_plugins.vosk_server_pool import Fault, Limits, Pool, Server
from ivrcore_plugins.vosk_server_talk import Talk, Way

from ivrcore.api import RecogniserFailed


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vosk_server_pool, "FIRST_REST", 0.01)


class Looks:
    """Raise what they are told to, one after another; then the server looks well."""

    def __init__(self, *errors: Exception) -> None:
        self.left = [*errors]
        self.well = asyncio.Event()

    async def __call__(self, _: Server) -> None:
        if self.left:
            raise self.left.pop(0)
        self.well.set()


def on_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run it on a thread of its own: the tests' thread has a loop that runs already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asyncio.wait_for(work, 60)).result(90)


def test_a_server_comes_back_whatever_looking_at_it_raised() -> None:
    async def work() -> None:
        server = Server("ws://127.0.0.1:1")
        looks = Looks(RecursionError(), Fault("no"), ZeroDivisionError())
        pool = Pool([server], looks, Limits())
        pool.failed(server, Fault("at first"))
        await looks.well.wait()
        await asyncio.sleep(0)
        assert (server.down, server.failures) == (False, 4)

    on_a_loop(work())


def test_the_first_look_makes_a_fault_of_anything(caplog: pytest.LogCaptureFixture) -> None:
    async def work() -> None:
        server = Server("ws://127.0.0.1:1")
        looks = Looks(OverflowError("what a caller said"))
        pool = Pool([server], looks, Limits())
        await pool.look()
        assert server.down
        await looks.well.wait()

    on_a_loop(work())
    assert "it made us fail: OverflowError" in caplog.text
    assert "what a caller said" not in caplog.text


def test_an_answer_that_is_wanted_too_late_is_told_to_be_late() -> None:
    async def work() -> None:
        limits = Limits(timeout=0.0)
        pool = Pool([Server("ws://127.0.0.1:1")], Looks(), limits)
        talk = Talk(pool, Way("en", "", ssl.create_default_context(), limits), ["billing"])
        talk.end()
        with pytest.raises(RecogniserFailed, match="in time"):
            await talk.heard()

    on_a_loop(work())

"""Asyncio coroutines as tests under pytest-twisted, and a watch on what they leave behind."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred


def asyncio_test(
    function: Callable[..., Coroutine[Any, Any, None]], seconds: float = 120.0
) -> Callable[..., Deferred[None]]:
    """Run a coroutine test as a Task on the reactor's loop; it fails after ``seconds``."""

    @functools.wraps(function)
    def run(*args: Any, **kwargs: Any) -> Deferred[None]:
        async def bounded() -> None:
            async with asyncio.timeout(seconds):
                await function(*args, **kwargs)

        return Deferred.fromFuture(asyncio.ensure_future(bounded()))

    return run


async def until(condition: Callable[[], Any], seconds: float = 40.0, what: str = "") -> None:
    """Wait until the condition holds; fail after ``seconds``."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while not condition():
        assert loop.time() < deadline, f"waited {seconds:g} s in vain {what}"
        await asyncio.sleep(0.005)

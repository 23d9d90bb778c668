"""Calls of an engine from asyncio: on worker threads, with a time-out, stuck threads written off.

Knows nothing of sockets or of what is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from ivrcore.session.workers import Lane

T = TypeVar("T")


class Stuck(Exception):
    """No answer in time; ``lost``: a thread hangs in the engine and was written off."""

    def __init__(self, *, lost: bool) -> None:
        super().__init__("the recogniser gave no answer in time")
        self.lost = lost


class EngineRaised(Exception):
    """The engine raised what is its cause."""

    def __init__(self, error: BaseException) -> None:
        super().__init__("the recogniser failed")
        self.error = error


async def call(lane: Lane, work: Callable[[], T], patience: float | None) -> T:
    """Have a lane do some work; raises :class:`Stuck` after ``patience`` seconds, or :class:`EngineRaised`.

    Cancelled, it lets the work run on, unheard.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def job() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits, who names the engine
            _tell(loop, future, error)
        else:
            _tell(loop, future, None, result)

    lane.submit(job)
    try:
        async with asyncio.timeout(patience):
            return await future
    except TimeoutError:
        raise Stuck(lost=lane.write_off()) from None


def _tell(
    loop: asyncio.AbstractEventLoop,
    future: asyncio.Future[T],
    error: BaseException | None,
    result: T | None = None,
) -> None:
    def done() -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(EngineRaised(error))
        else:
            future.set_result(result)  # type: ignore[arg-type]

    with suppress(RuntimeError):  # the loop is closed: the process ends, and nobody waits
        loop.call_soon_threadsafe(done)

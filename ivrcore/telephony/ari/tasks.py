"""Tasks that somebody owns: none is lost, none outlives its owner, what one raises is reported."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Busy:
    """Counts what is under way, by ``with``; whoever waits for none of it is woken."""

    def __init__(self) -> None:
        self._count = 0
        self._at_rest = asyncio.Event()
        self._at_rest.set()

    def __enter__(self) -> None:
        self._count += 1
        self._at_rest.clear()

    def __exit__(self, *_: object) -> None:
        self._count -= 1
        if not self._count:
            self._at_rest.set()

    async def rest(self) -> None:
        """Wait until nothing is under way."""
        await self._at_rest.wait()


class Tasks:
    """A set of running tasks of one owner."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run a coroutine until it ends or :meth:`cancel`; an exception is logged with its trace."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s failed", task.get_name(), exc_info=error)

    def __len__(self) -> int:
        return len(self._running)

    async def drain(self, seconds: float) -> None:
        """Let the tasks end by themselves for so long, then cancel and await what is left."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        await self.cancel()

    async def cancel(self) -> None:
        """Cancel all and wait until they are gone (but for the one that calls this)."""
        mine = asyncio.current_task()
        while others := [task for task in self._running if task is not mine]:
            for task in others:
                task.cancel()
            await asyncio.wait(others)

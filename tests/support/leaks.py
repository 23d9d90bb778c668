"""Finds what a test leaves behind on the reactor: all of it passes silently otherwise."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Iterator
from typing import Any


class _Errors(logging.Handler):
    """Collects what the server logs as an error: a task that failed, a callback that raised."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


def watch(reactor: Any, turn: Any) -> Iterator[list[str]]:
    """A fixture's body: fails on asyncio Tasks, DelayedCalls, lost exceptions and errors logged meanwhile.

    It yields the errors logged so far: a test that provokes one takes it out.
    ``turn`` runs the loop for a moment, so that what has just ended is seen as ended.
    """
    loop: asyncio.AbstractEventLoop = reactor._asyncioEventloop
    lost: list[str] = []
    errors = _Errors()
    tasks, calls = asyncio.all_tasks(loop), set(reactor.getDelayedCalls())
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: lost.append(str(context.get("exception", context))))
    logging.getLogger("ivrcore").addHandler(errors)
    try:
        yield errors.seen
        turn()
        gc.collect()
        turn()
    finally:
        logging.getLogger("ivrcore").removeHandler(errors)
        loop.set_exception_handler(before)
    found = {
        "tasks": [task for task in asyncio.all_tasks(loop) - tasks if not task.done()],
        "delayed calls": [call for call in reactor.getDelayedCalls() if call not in calls],
        "lost exceptions": lost,
        "errors logged": errors.seen,
    }
    left = {what: things for what, things in found.items() if things}
    assert not left, f"left behind: {left}"

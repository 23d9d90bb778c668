"""The file of tokens under a running server: who is added is known within seconds, who is removed is out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from ivrcore.errors import ConfigError
from ivrcore.tokens import Token, read_tokens

log = logging.getLogger("ivrcore")

LOOK_EVERY = 1.0
"""Seconds between looks at the file."""


class TokenWatch:
    """Tells ``known`` which tokens there are, from `start` to `stop`. On the loop's thread.

    A file that cannot be used, or that other users may read, makes all its tokens invalid: that is told in
    the log, once. The token of the configuration goes on.
    """

    def __init__(
        self, path: Path, known: Callable[[Sequence[Token]], None], every: float = LOOK_EVERY
    ) -> None:
        self._path = path
        self._known = known
        self._every = every
        self._wrong = ""
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take the file as it is (blocks), and look at it from now on."""
        self._take(self._look())
        self._task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                self._take(await asyncio.to_thread(self._look))
            except Exception:  # nobody waits for this task: who is removed must be out all the same
                log.exception("IVR900 looking at the file of tokens failed")

    def _look(self) -> tuple[Token, ...] | ConfigError:
        try:
            return read_tokens(self._path)
        except ConfigError as error:
            return error

    def _take(self, found: tuple[Token, ...] | ConfigError) -> None:
        if isinstance(found, ConfigError):
            if str(found) != self._wrong:
                log.error("nobody can use a token of the file: %s", found)
            self._wrong = str(found)
            self._known(())
            return
        self._wrong = ""
        self._known(found)

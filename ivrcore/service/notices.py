"""The folder of announcements under a running server: a saved file reaches callers within seconds."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from ivrcore.announcements.folder import find_files
from ivrcore.announcements.live import LiveBoard
from ivrcore.versions.watch import FolderWatch

log = logging.getLogger("ivrcore.announcements")


class AnnouncementFolder:
    """Gives the board what is found, at the start and after each change. On the loop's thread."""

    def __init__(self, folder: Path, board: LiveBoard) -> None:
        self._folder = folder
        self._board = board
        self._watch = FolderWatch(folder)
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look now, and watch from now on."""
        self._changed.set()
        self._task = asyncio.create_task(self._follow())
        self._watch.start(asyncio.get_running_loop(), self._changed.set)

    def look_again(self) -> None:
        """The dialplans have changed: a file that named a number that was not there may be right now."""
        self._board.judge_again()
        self._changed.set()

    async def stop(self) -> None:
        """Watch no more."""
        self._watch.stop()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                found = await asyncio.to_thread(find_files, self._folder)
                if found is not None:  # a folder that is gone says nothing: it may be a disk that is away
                    self._board.take_files(found)
            except Exception:  # a fault in one look must not end the watching; it is in the log
                log.exception("IVR900 the folder of announcements could not be taken; the next change may be")

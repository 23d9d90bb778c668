"""Notices that the files of a folder changed, on a thread of its own, and tells the loop once they are still.

Events of the system (`watchfiles`) tell at once; a look every few seconds finds what they do not tell: on
network file systems, or when the folder was exchanged for another. Must not know what the files hold.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ivrcore.config.plans import plan_files

QUIET = 0.3
"""Seconds for which nothing may change: editors write in several steps, and copies arrive together."""
MOST_WAITS = 20
"""Times that a file which goes on changing is waited for."""
LOOK_EVERY = 5.0
"""Seconds between looks at a folder of which the system tells nothing."""

Signature = frozenset[tuple[str, int, int, int]]

log = logging.getLogger("ivrcore.dialplans")


def signature(folder: Path) -> Signature:
    """Tell one state of the folder's files from another: name, time of change, size, inode."""
    found = set()
    for path in plan_files(folder):
        with suppress(OSError):  # gone again
            status = path.stat()
            found.add((path.name, status.st_mtime_ns, status.st_size, status.st_ino))
    return frozenset(found)


class FolderWatch:
    """Knows the folder as it is when this is made (blocks), and tells of changes from `start` to `stop`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stopping = threading.Event()
        self._known = signature(folder)
        self._thread: threading.Thread | None = None
        self._trouble = ""

    def start(self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]) -> None:
        """Begin; ``changed`` is called on the loop."""
        self._loop = loop
        self._changed = changed
        self._thread = threading.Thread(target=self._run, name="ivrcore watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; it looks for that many times a second."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2.0)

    # --- on the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._follow()
            except Exception as error:  # noqa: BLE001 - the thread must not end of it: it goes on looking
                self._told(error)
                self._stopping.wait(LOOK_EVERY)

    def _told(self, error: Exception) -> None:
        """Say once what is wrong, not every few seconds."""
        if repr(error) != self._trouble:
            self._trouble = repr(error)
            log.warning(
                "%s cannot be watched; it is looked at every %g s instead",
                self._folder,
                LOOK_EVERY,
                exc_info=error,
            )

    def _follow(self) -> None:
        """Follow one folder until it is gone or another stands in its place."""
        inode = self._inode()
        self._look()
        if inode is None:
            self._stopping.wait(LOOK_EVERY)
            return
        import watchfiles  # here, on the thread: a start does not wait for it

        changes = watchfiles.watch(
            self._folder,
            watch_filter=None,
            step=50,
            stop_event=self._stopping,
            rust_timeout=int(LOOK_EVERY * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
            recursive=False,
        )
        for _ in changes:
            self._look()
            if self._inode() != inode:
                return

    def _inode(self) -> int | None:
        try:
            return self._folder.stat().st_ino
        except OSError:
            return None

    def _look(self) -> None:
        """Tell if the files are not as they were told last, once they are still."""
        now = signature(self._folder)
        if now == self._known:
            return
        for _ in range(MOST_WAITS):
            if self._stopping.wait(QUIET):
                return
            before, now = now, signature(self._folder)
            if now == before:
                break
        self._known = now
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(self._changed)

"""The server's reactor: Twisted's over asyncio, which counts steady seconds and needs no context of a log."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from twisted.internet.asyncioreactor import AsyncioSelectorReactor
from twisted.internet.main import installReactor


def install_reactor() -> Any:
    """Install it, once per process, and give it."""
    reactor = SteadyReactor(asyncio.new_event_loop())
    installReactor(reactor)  # type: ignore[no-untyped-call]
    return reactor


class SteadyReactor(AsyncioSelectorReactor):
    """Twisted's own counts by the machine's clock: once that was set back an hour, no timer would fire for an
    hour (DESIGN.md, invariant 11).

    It also calls whatever can be read or written in a context that names it to Twisted's log. Nothing of ours
    asks for that, and it takes a thirtieth of the CPU of a call by AGI.
    """

    seconds = staticmethod(time.monotonic)

    def addReader(self, reader: Any) -> None:  # noqa: N802  # Twisted's name
        """Watch it for something to read."""
        if reader not in self._readers:
            self._watch(self._asyncioEventloop.add_reader, reader, self._readers, super().addReader, True)

    def addWriter(self, writer: Any) -> None:  # noqa: N802  # Twisted's name
        """Watch it for room to write."""
        if writer not in self._writers:
            self._watch(self._asyncioEventloop.add_writer, writer, self._writers, super().addWriter, False)

    def _watch(self, add: Any, one: Any, watched: dict[Any, int], otherwise: Any, reads: bool) -> None:
        """Have asyncio watch it; where it cannot (epoll takes no files), Twisted knows what to do."""
        descriptor = one.fileno()
        try:
            add(descriptor, self._readOrWrite, one, reads)
        except OSError:
            self._unregisterFDInAsyncio(descriptor)  # type: ignore[no-untyped-call]
            otherwise(one)
        else:
            watched[one] = descriptor

"""The servers of `vosk_server`: which one next, which of them rest, and when they are looked at again.

Runs on one event loop. Knows nothing of websockets or audio: what it takes to look at a server is given.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from ivrcore.api import ServerNow

log = logging.getLogger("ivrcore.vosk_server")

FIRST_REST, LONGEST_REST = 1.0, 30.0
"""Seconds that a server rests after its first failure, and at most."""
BUSY_REST = 0.5
"""Seconds in which one that takes no more streams is not asked again."""


class Fault(Exception):
    """What a server did wrong, in words that hold nothing of a caller's."""


class Busy(Exception):
    """A server takes no stream now, and says so."""


@contextmanager
def only_faults() -> Iterator[None]:
    """Make a :class:`Fault` of whatever a server can have our side raise; what is none already."""
    try:
        yield
    except (Fault, Busy):
        raise
    except Exception as error:  # told as the server's fault; else it would be down for good
        raise Fault(f"it made us fail: {type(error).__name__}") from error


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds: from the end of speech to the answer, all tries together; and for a server to let us in."""

    timeout: float = 0.9
    connect: float = 1.0

    @property
    def patience(self) -> float:
        """How long an answer is waited for while there is another server to ask."""
        return self.timeout / 2


@dataclass(slots=True, eq=False)
class Server:
    """One server, as it is known. ``failures`` since it last heard an utterance.

    ``heard`` and what follows count from the start, ``seconds`` from the end of speech to the answers.
    ``leaving`` are connections that are being closed: they go with the server, whatever becomes of its loop.
    """

    url: str
    streams: int = 0
    used: int = 0
    failures: int = 0
    down: bool = False
    rests_until: float = 0.0
    heard: int = 0
    failed: int = 0
    refused: int = 0
    seconds: float = 0.0
    leaving: set[asyncio.Task[None]] = field(default_factory=set, repr=False)

    @contextmanager
    def stream(self) -> Iterator[None]:
        """Count one more stream meanwhile."""
        self.streams += 1
        self.used += 1
        try:
            yield
        finally:
            self.streams -= 1


Look = Callable[[Server], Awaitable[None]]
"""Looks whether a server recognises speech: raises :class:`Fault` or :class:`Busy` if not."""


class Pool:
    """To be used on its loop alone."""

    def __init__(self, servers: Sequence[Server], look: Look, limits: Limits) -> None:
        self.servers = tuple(servers)
        self._look = look
        self._limits = limits
        self._looking: set[asyncio.Task[None]] = set()

    def choose(self, tried: Collection[Server] = ()) -> Server | None:
        """Give the server with the fewest streams, of those in service and not tried; else the least used."""
        now = asyncio.get_running_loop().time()
        able = [one for one in self.servers if one not in tried and not one.down and one.rests_until <= now]
        return min(able, key=lambda one: (one.streams, one.used), default=None)

    @property
    def full(self) -> bool:
        """Whether a server takes no more streams, and else none is in service."""
        return self.choose() is None and any(not server.down for server in self.servers)

    async def look(self) -> None:
        """Look at all servers at once; those that do not answer rest."""
        await asyncio.gather(*(self._first_look(server) for server in self.servers))

    def did_well(self, server: Server, took: float = 0.0) -> None:
        """It heard an utterance, and answered so many seconds after its end."""
        server.failures = 0
        server.heard += 1
        server.seconds += took

    def now(self, now: float) -> tuple[ServerNow, ...]:
        """Tell of all servers, at the loop's time ``now``; may be asked on any thread."""
        return tuple(
            ServerNow(
                one.url,
                not one.down,
                not one.down and now < one.rests_until,
                one.streams,
                one.heard,
                one.failed,
                one.refused,
                one.seconds,
            )
            for one in self.servers
        )

    def is_busy(self, server: Server) -> None:
        """It takes no more streams for now."""
        server.refused += 1
        server.rests_until = asyncio.get_running_loop().time() + BUSY_REST

    def failed(self, server: Server, why: Fault) -> None:
        """Let it rest, and look at it then."""
        server.failed += 1
        if server.down:  # others' utterances told it
            return
        server.down = True
        server.failures += 1
        log.warning("the speech server %s is out of service: %s", server.url, why)
        task = asyncio.ensure_future(self._come_back(server))
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _first_look(self, server: Server) -> None:
        try:
            with only_faults():
                await self._look(server)
        except Busy:
            self.is_busy(server)
        except Fault as fault:
            self.failed(server, fault)

    async def _come_back(self, server: Server) -> None:
        while server.down:
            await asyncio.sleep(rest(server.failures))
            try:
                with only_faults():
                    await self._look(server)
            except Fault:
                server.failures += 1
            except Busy:  # it lives
                self.is_busy(server)
                server.down = False
            else:
                server.down = False
        # Its failures stay until it has heard an utterance: one that only looks well rests longer each time.
        log.info("the speech server %s is in service again", server.url)


def rest(failures: int) -> float:
    """Give how many seconds a server rests after so many failures."""
    return float(min(LONGEST_REST, FIRST_REST * 2 ** min(failures - 1, 10)))

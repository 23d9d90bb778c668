"""Port blocks on loopback that two processes never share.

Each instance holds the lock of one block as long as it lives; the kernel lets go of the lock however the
process ends. Blocks lie below the range the kernel itself hands out for outgoing connections, and so do the
single ports of `free_port`.
"""

import fcntl
import functools
import itertools
import os
import socket
import tempfile
import time
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from ivrcore.lab.packages import LabError

FIRST, SIZE, COUNT = 12_000, 2_000, 10
SINGLE, SINGLES = 11_000, 1_000
"""Where single ports begin, and how many there are."""
STREAMS, AGENTS, MEDIA, RTP = 4, 100, 300, 1_000
"""Where in a block a server's own RTP, the agents' phones, SIPp's own media and Asterisk's RTP begin."""


@dataclass
class Block:
    """A reserved block of ports, or some that lie together; `release()` it when done."""

    base: int
    _locks: list[TextIOWrapper]

    @property
    def sip(self) -> int:
        """Asterisk's UDP port for SIP."""
        return self.base

    @property
    def http(self) -> int:
        """Asterisk's TCP port for ARI and websockets."""
        return self.base + 1

    @property
    def manager(self) -> int:
        """Asterisk's TCP port for the manager interface."""
        return self.base + 2

    @property
    def streams(self) -> range:
        """Ports at which a server takes callers' audio by RTP."""
        return range(self.base + STREAMS, self.base + AGENTS)

    @property
    def rtp(self) -> range:
        """Asterisk's media ports."""
        return range(self.base + RTP, self.base + SIZE * len(self._locks))

    @property
    def media(self) -> range:
        """Ports for the media of SIPp processes."""
        return range(self.base + MEDIA, self.base + RTP)

    @property
    def agents(self) -> range:
        """Ports for the SIP of phones; static contacts are all at the first."""
        return range(self.base + AGENTS, self.base + MEDIA)

    def release(self) -> None:
        """Let another instance have the block."""
        for lock in self._locks:
            lock.close()


def reserve(timeout: float = 180.0, blocks: int = 1) -> Block:
    """Reserve a free block, waiting up to `timeout` seconds for one; ``blocks`` that lie together as one."""
    deadline = time.monotonic() + timeout
    places = COUNT // blocks  # side by side, so that none breaks up the room of two others
    while True:
        # Another start for each process: two that start at once rarely meet.
        for turn in range(places):
            block = _take_all((os.getpid() + turn) % places * blocks, blocks)
            if block is not None:
                return block
        if time.monotonic() > deadline:
            raise LabError(f"all {COUNT} port blocks from {FIRST} on are in use: stop another lab first")
        time.sleep(0.1)


_turns = itertools.count(os.getpid() * 7)


def free_port() -> int:
    """Give a TCP port of 127.0.0.1 that is this process's until it ends; nobody else is given it.

    A port from the kernel's own range would be free only for a moment: by the time a server listens at it,
    or does so again, somebody's outgoing connection may have it. Raises LabError if none is free.
    """
    locks = _single_locks(Path(tempfile.gettempdir(), f"ivrcore-lab-single-ports-{os.getuid()}"))
    for number in (next(_turns) % SINGLES for _ in range(SINGLES)):
        try:
            fcntl.lockf(locks, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, number)
        except (BlockingIOError, PermissionError):
            continue  # another process has it
        if _free(SINGLE + number, socket.SOCK_STREAM):
            return SINGLE + number
    raise LabError(f"all {SINGLES} ports from {SINGLE} on are in use: stop another lab first")


@functools.cache
def _single_locks(path: Path) -> TextIOWrapper:
    """Open the file of which every port has a byte; such locks end when a process first closes it."""
    return path.open("a")


def _take_all(number: int, blocks: int) -> Block | None:
    """Take so many from this one on; None if that cannot be."""
    taken = Block(FIRST + number * SIZE, [])
    for one in range(number, number + blocks):
        block = _take(one) if one < COUNT else None
        if block is None:
            taken.release()
            return None
        taken._locks += block._locks
    return taken


def _take(number: int) -> Block | None:
    path = Path(tempfile.gettempdir(), f"ivrcore-lab-ports-{os.getuid()}-{number}")
    lock = path.open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    block = Block(FIRST + number * SIZE, [lock])
    if _free(block.sip, socket.SOCK_DGRAM) and _free(block.http, socket.SOCK_STREAM):
        return block
    lock.close()  # somebody who takes no locks is there
    return None


def _free(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Asterisk does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True

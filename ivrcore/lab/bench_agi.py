"""The benchmark's AGI part: sessions a second of CPU, and memory of open sessions, ours beside others.

Whoever calls is a process of its own that speaks the wire as Asterisk does. Sessions are counted per second
of the server's own CPU time: one process serves them, so that is what it could do with a core to itself.
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from multiprocessing import get_context
from statistics import median

from ivrcore.lab.bench_agi_servers import BARE, COMMANDS, OPEN_FILES, OURS, SECRET, SERVERS, Server
from ivrcore.lab.bench_agi_whole import WHOLE, WholeServer
from ivrcore.lab.bench_figures import OVER, Table
from ivrcore.lab.bench_lab import memory
from ivrcore.lab.packages import LabError

Say = Callable[[str], object]

SHARE = 0.85
"""Of bare pyst2 in greenlets on the same reactor, at least (issue 6)."""
KILOBYTES = 20.0
"""Of memory for an open session, at most (issue 6)."""
SERVED = 500.0
"""Sessions a second of CPU through session and journal, at least (issue 6)."""
MEANT = 1600.0
"""Sessions a second of bare pyst2 on the machine for which issue 6 says so."""
AT_A_TIME = 40
ENVIRONMENT = (
    f"agi_network: yes\nagi_network_script: {SECRET}/hotline?entry=welcome\n"
    f"agi_request: agi://127.0.0.1/{SECRET}/hotline?entry=welcome\nagi_channel: PJSIP/trunk-%08x\n"
    "agi_language: en\nagi_type: PJSIP\nagi_uniqueid: 1795374207.%d\nagi_version: 22.10.1\n"
    "agi_callerid: 02%08d\nagi_calleridname: Kim\nagi_callingpres: 0\nagi_callingani2: 0\n"
    "agi_callington: 0\nagi_callingtns: 0\nagi_dnid: 701\nagi_rdnis: unknown\nagi_context: from-trunk\n"
    "agi_extension: 701\nagi_priority: 1\nagi_enhanced: 0.0\nagi_accountcode: \nagi_threadid: 1404\n\n"
)
"""Another channel and another caller for each session."""
ANSWERS = {
    b"G": b"200 result=1 (cards gold)\n",
    b"H": b"200 result=1\n",
}
"""By a command's first letter."""
STREAMED = b"200 result=0 endpos=8000\n"
KEYS = {b"please-wait": b"1", b"topics": b"1", b"lost-or-new": b"2"}
"""What callers press once they heard a file."""
NOTHING = b"200 result=0\n"
_channels = count(1)


class _Caller(asyncio.Protocol):
    """Answers ``most`` commands, then says nothing more; a wait for a key ends by what is pressed then.

    Where nothing is, it lasts until the next command ends it, as in Asterisk.
    """

    def __init__(self, most: int, over: Callable[[], object]) -> None:
        self.said = 0
        """How many commands were answered."""
        self._most = most
        self._heard = b""
        """The last file, until a key was pressed for it."""
        self._waits = False
        self._over = over
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write((ENVIRONMENT % ((next(_channels),) * 3)).encode())  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        *commands, self._rest = (self._rest + data).split(b"\n")
        for command in commands:
            if self.said == self._most:
                self._over()
                return
            self.said += 1
            self.transport.write(self._answer(command))  # type: ignore[attr-defined]

    def _answer(self, command: bytes) -> bytes:
        before, self._waits = NOTHING if self._waits else b"", False
        if command[:1] == b"W":
            key = KEYS.get(self._heard)
            self._heard, self._waits = b"", key is None
            return before if key is None else before + b"200 result=%d\n" % ord(key)
        if command[1:2] == b"T":
            self._heard = command.split()[2].strip(b'"').rpartition(b"/")[2]
            return before + STREAMED
        return before + ANSWERS.get(command[:1], NOTHING)

    def connection_lost(self, error: Exception | None) -> None:
        self._over()


async def _call(port: int, most: int = 2 * COMMANDS) -> asyncio.BaseTransport:
    """Hold one session until it is over, or was answered ``most`` times."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    transport, caller = await loop.create_connection(lambda: _Caller(most, over.set), "127.0.0.1", port)
    await asyncio.wait_for(over.wait(), 60)
    if caller.said < min(most, COMMANDS):
        raise LabError(f"a session ended after {caller.said} commands: it was to say {COMMANDS}")
    return transport


async def _many(port: int, sessions: int) -> None:
    left = iter(range(sessions))

    async def line() -> None:
        for _ in left:
            (await _call(port)).close()

    await asyncio.gather(*(line() for _ in range(AT_A_TIME)))


def call(port: int, sessions: int) -> float:
    """Hold so many sessions, some at a time; to be run in the callers' process. Seconds it took."""
    began = time.monotonic()
    asyncio.run(_many(port, sessions))
    return time.monotonic() - began


def hold(port: int, pid: int, sessions: int) -> float:
    """Open so many sessions and leave them waiting; bytes of the server's memory then."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, limit), limit))

    async def opened() -> float:
        held = []
        for _ in range(0, sessions, AT_A_TIME):
            held += await asyncio.gather(*(_call(port, 3) for _ in range(AT_A_TIME)))
        size = memory(pid)
        for transport in held:
            transport.close()
        return size

    return asyncio.run(opened())


def used(pid: int) -> float:
    """Give the CPU seconds of a process: Linux's clock of it."""
    return time.clock_gettime(~pid << 3 | 2)


@dataclass
class Found:
    """What was measured of one server, round by round."""

    cpu: list[float] = field(default_factory=list)
    """Sessions a second of its CPU time."""
    wall: list[float] = field(default_factory=list)
    """Sessions a second of the clock: callers, and whatever else runs, share the machine."""
    size: float = 0.0
    """kB of an open session."""


def agi(*, quick: bool, say: Say) -> Table:
    """Measure all servers, one after another in each round, so that what else runs meets all of them."""
    rounds, sessions, open_sessions = (3, 200, 400) if quick else (5, 600, 2000)
    found = {name: Found() for name in (WHOLE, *SERVERS)}
    with ExitStack() as stack, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as callers:
        servers = [stack.enter_context(closing(make())) for make in _makers()]
        for server in servers:
            callers.submit(call, server.port, 4 * AT_A_TIME).result()  # warm
        for _ in range(rounds):
            for server in servers:
                before = used(server.pid)
                seconds = callers.submit(call, server.port, sessions).result()
                found[server.name].cpu.append(sessions / (used(server.pid) - before))
                found[server.name].wall.append(sessions / seconds)
        for server in servers:
            idle = memory(server.pid)
            held = callers.submit(hold, server.port, server.pid, open_sessions).result()
            found[server.name].size = (held - idle) / open_sessions / 1000
            say(f"agi: {server.name}: {median(found[server.name].cpu):.0f} sessions a second of CPU")
    return _table(found, open_sessions)


def _makers() -> list[Callable[[], Server | WholeServer]]:
    return [WholeServer, *(partial(Server, name) for name in SERVERS)]


def _table(found: Mapping[str, Found], open_sessions: int) -> Table:
    ours, bare, whole = (found[name] for name in (OURS, BARE, WHOLE))
    share = median(one / other for one, other in zip(ours.cpu, bare.cpu, strict=True))
    served = median(whole.cpu)
    beside, wanted = served / median(bare.cpu), SERVED / MEANT
    rows = [
        [
            name,
            f"{median(one.cpu):.0f}",
            f"{COMMANDS * median(one.cpu):.0f}",
            f"{median(one.wall):.0f}",
            f"{median(one.cpu) / median(bare.cpu):.2f}",
            f"{one.size:.1f}",
        ]
        for name, one in found.items()
    ]
    return Table(
        f"AGI: sessions of {COMMANDS} commands, and {open_sessions} open ones",
        (
            *("server", "sessions/s of CPU", "commands/s of CPU", "sessions/s by the clock"),
            *("to bare pyst2", "kB per open session"),
        ),
        rows,
        (
            f"{OURS} reaches {share:.2f} of bare pyst2 in greenlets, at least {SHARE}: "
            f"{_kept(share >= SHARE)}.",
            f"{OURS} holds a session in {ours.size:.1f} kB above idle, at most {KILOBYTES:g}: "
            f"{_kept(ours.size <= KILOBYTES)}.",
            f"{WHOLE} serve {served:.0f} sessions a second of CPU, at least {SERVED:g}: "
            f"{_kept(served >= SERVED)}.",
            f"That is {beside:.2f} of bare pyst2; on the machine for which {SERVED:g} were asked bare pyst2 "
            f"makes {MEANT:g}, so a share of {wanted:.2f}: {_kept(beside >= wanted)}.",
            f"{WHOLE} hold one in {whole.size:.1f} kB, at most {KILOBYTES:g}: "
            f"{_kept(whole.size <= KILOBYTES)}.",
        ),
    )


def _kept(kept: bool) -> str:
    return "kept" if kept else OVER

"""The benchmark's wallboard: what 200 screens cost a server with traffic, and how old what they show is."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from ivrcore.lab.bench_figures import OVER, Table, percentile
from ivrcore.lab.bench_lab import cpu_seconds
from ivrcore.lab.bench_wallboard_server import AGENTS, CALLS, QUEUES, TOKEN
from ivrcore.lab.packages import LabError

SCREENS = 200
MOST_CPU = 0.05
"""Of a core, for all screens together (issue 7)."""
MOST_AGE = 1.0
"""Seconds from an event to the screen (issue 7)."""
SETTLE = 3.0
Say = Callable[[str], None]


def wallboard(*, quick: bool, say: Say) -> Table:
    """Measure a server without screens, with one and with 200."""
    seconds = 6.0 if quick else 20.0
    with _server() as (pid, port):
        rows = []
        without = asyncio.run(_measure(pid, port, 0, seconds))
        for screens in (1, SCREENS):
            say(f"wallboard: {screens} screens")
            rows.append(_row(screens, asyncio.run(_measure(pid, port, screens, seconds)), without))
        say("wallboard: done")
    none = ["0", f"{without.cpu:.1%}", "–", "–", "–", "–", "–"]
    head = ("screens", "CPU of a core", "more than without", "limit", "kB/s each", "age p50 ms", "age p99 ms")
    note = (
        f"{QUEUES} queues, {AGENTS} agents, {CALLS:g} calls a second; the server's process alone, real "
        "sockets on loopback; age: from an event to its arrival at the screen, at most 1,000 ms"
    )
    return Table("Wallboard", head, [none, *rows], (note,))


class _Seen:
    """What was measured: share of a core, bytes of all screens a second, ages in seconds."""

    def __init__(self) -> None:
        self.cpu = 0.0
        self.bytes = 0.0
        self.ages: list[float] = []


def _row(screens: int, seen: _Seen, without: _Seen) -> list[str]:
    more, late = seen.cpu - without.cpu, percentile(seen.ages, 0.99)
    return [
        str(screens),
        f"{seen.cpu:.1%}",
        f"{more:.1%}",
        f"{MOST_CPU:.0%} {'kept' if more <= MOST_CPU else OVER}",
        f"{seen.bytes / screens / 1000:.1f}",
        f"{percentile(seen.ages, 0.5) * 1000:.0f}",
        f"{late * 1000:.0f} {'kept' if late <= MOST_AGE else OVER}",
    ]


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    argv = [sys.executable, "-m", "ivrcore.lab.bench_wallboard_server"]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stdin is not None
        try:
            port = urlsplit(process.stderr.readline().strip()).port
            if port is None:
                raise LabError(f"the wallboard's server did not start: {process.stderr.read()}")
            yield process.pid, port
        finally:
            process.stdin.close()
            process.wait(10)


async def _measure(pid: int, port: int, screens: int, seconds: float) -> _Seen:
    seen = _Seen()
    looking = [asyncio.create_task(_look(port, seen, first=n == 0)) for n in range(screens)]
    try:
        await asyncio.sleep(SETTLE)
        for task in looking:
            if task.done():
                task.result()
        before, sent, began = cpu_seconds(pid), seen.bytes, time.monotonic()
        seen.ages.clear()
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        seen.cpu, seen.bytes = (cpu_seconds(pid) - before) / took, (seen.bytes - sent) / took
    finally:
        for task in looking:
            task.cancel()
        await asyncio.gather(*looking, return_exceptions=True)
    return seen


async def _look(port: int, seen: _Seen, *, first: bool) -> None:
    """Read as a screen does; the first one also looks how old what it gets is."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
    try:
        writer.write(
            b"GET /api/v1/wallboard HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer %b\r\n\r\n"
            % TOKEN.encode()
        )
        status = await reader.readline()
        if b" 200 " not in status:
            raise LabError(f"the wallboard answered {status!r}")
        known: set[str] = set()
        while line := await reader.readline():
            seen.bytes += len(line)
            if first and line.startswith(b"data: "):
                _age(json.loads(line[6:]), known, seen)
    finally:
        writer.close()


def _age(message: dict[str, object], known: set[str], seen: _Seen) -> None:
    """Calls that are new on the screen: how long ago they arrived."""
    rows = message.get("contacts")
    for name, row in rows.items() if isinstance(rows, dict) else ():
        if row is not None and name not in known:
            known.add(name)
            if "whole" not in message:
                seen.ages.append(time.time() - row["arrived"])

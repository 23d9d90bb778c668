"""The benchmark's streams of callers' audio: what one costs us and Asterisk, by websocket and by RTP.

Whoever listens only counts. The ways take turns, with calls that nobody listens to as a third, beside one
Asterisk in one run; the phones are another process, which is not counted.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ivrcore.lab.apart import apart
from ivrcore.lab.bench_figures import Table
from ivrcore.lab.packages import NEW, OLD, LabError, Release, fetch_old
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Phones, Stay
from ivrcore.telephony.ari.abilities import AudioWay
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.switch import AriSwitch
from ivrcore.telephony.leg import Answer, Arrival, HangUp

STREAMS = 24
EXTENSIONS = "[from-trunk]\nexten => 701,1,Stasis(bench,inbound,701)\n same => n,Hangup()\n"
WAIT_SECONDS = 20.0
HEARD_FIRST = 25
"""Pieces of audio from each caller before it is measured: half a second."""
NAMES = {AudioWay.WEBSOCKET: "websocket", AudioWay.RTP: "RTP", None: "calls alone"}


@dataclass(frozen=True)
class Cost:
    """What one round cost: seconds of CPU in a second, ours and Asterisk's; ``pieces`` a second heard."""

    ours: float
    asterisk: float
    pieces: float


class Ear:
    """Counts what it hears."""

    def __init__(self) -> None:
        self.pieces = 0
        self.lost = ""

    def audio(self, pcm: bytes) -> None:
        """Count 20 ms."""
        self.pieces += 1

    def audio_lost(self, code: str) -> None:
        """Remember the end."""
        self.lost = code


def rtp(*, quick: bool, say: Callable[[str], object]) -> Table:
    """Measure both ways beside the new Asterisk, and RTP beside the old one where it can be had."""
    rows, notes = [], [f"{STREAMS} callers at a time; medians of the rounds; CPU in % of one core."]
    ways: dict[Release, tuple[AudioWay | None, ...]] = {NEW: (None, AudioWay.WEBSOCKET, AudioWay.RTP)}
    try:
        fetch_old()
        ways[OLD] = (None, AudioWay.RTP)
    except LabError as error:
        notes.append(f"Not measured beside Asterisk 16: {error}.")
    for release, these in ways.items():
        version, found = apart(measured, release, these, rounds=1 if quick else 3, seconds=2 if quick else 5)
        rows += [row(version, way, found[way], found[None]) for way in these if way is not None]
        say("; ".join(f"{one[0]}: {one[2]} % ours, {one[3]} % Asterisk's" for one in rows[-len(these) + 1 :]))
    head = (
        "audio by",
        "pieces a second",
        "ours, a stream",
        "Asterisk's, a stream",
        "ours, 60",
        "Asterisk's, 60",
    )
    return Table("CPU of a caller's audio, websocket and RTP", head, rows, notes)


def row(version: str, way: AudioWay, found: Sequence[Cost], calls: Sequence[Cost]) -> list[str]:
    """Give a way's line: what a stream costs beside the same calls without one."""
    ours = (median(one.ours for one in found) - median(one.ours for one in calls)) / STREAMS
    theirs = (median(one.asterisk for one in found) - median(one.asterisk for one in calls)) / STREAMS
    pieces = median(one.pieces for one in found) / STREAMS
    figures = [f"{100 * one:.2f}" for one in (ours, theirs)] + [f"{6000 * one:.0f}" for one in (ours, theirs)]
    return [f"{NAMES[way]}, {version}", f"{pieces:.1f}", *figures]


def measured(
    release: Release, ways: Sequence[AudioWay | None], *, rounds: int, seconds: float
) -> tuple[str, dict[AudioWay | None, list[Cost]]]:
    """Measure beside one Asterisk; to be run in a process of its own, in which no reactor is yet."""
    from twisted.internet import asyncioreactor

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    asyncioreactor.install(loop)  # type: ignore[no-untyped-call]
    from twisted.internet import reactor as made

    reactor: Any = made
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder, "bench.conf")
        plan.write_text(EXTENSIONS)
        with Pbx(includes=[plan], release=release) as pbx, Phones(pbx) as phones:
            version = " ".join(pbx.rx("core show version").split("~")[0].split("+")[0].split()[:2])
            work = _rounds(pbx, phones, reactor, ways, rounds, seconds)
            tasks: list[asyncio.Task[dict[AudioWay | None, list[Cost]]]] = []

            def begin() -> None:
                tasks.append(loop.create_task(work))
                tasks[0].add_done_callback(lambda _: reactor.stop())

            reactor.callWhenRunning(begin)
            reactor.run(installSignalHandlers=False)
            return version, tasks[0].result()


async def _rounds(
    pbx: Pbx, phones: Phones, reactor: Any, ways: Sequence[AudioWay | None], rounds: int, seconds: float
) -> dict[AudioWay | None, list[Cost]]:
    found: dict[AudioWay | None, list[Cost]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way in ways:
            async with _heard(pbx, phones, reactor, way) as ears:
                found[way].append(await _cost(pbx, ears, seconds))
    return found


async def _cost(pbx: Pbx, ears: Sequence[Ear], seconds: float) -> Cost:
    began, ours, theirs = time.monotonic(), time.process_time(), cpu_seconds(pbx.pid or 0)
    pieces = sum(ear.pieces for ear in ears)
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    ours, theirs = time.process_time() - ours, cpu_seconds(pbx.pid or 0) - theirs
    pieces = sum(ear.pieces for ear in ears) - pieces
    if any(ear.lost for ear in ears):
        raise LabError("a stream of audio broke while it was measured")
    return Cost(ours / took, theirs / took, pieces / took)


@asynccontextmanager
async def _heard(pbx: Pbx, phones: Phones, reactor: Any, way: AudioWay | None) -> AsyncIterator[list[Ear]]:
    """Have callers who are listened to in this way, or by nobody; they are gone afterwards."""
    arrivals: list[Arrival] = []
    config = AriConfig(
        url=pbx.ari_url,
        user=pbx.ari_user,
        password=pbx.ari_password,
        app="bench",
        audio=way,
        rtp_ports=pbx.block.streams,
    )
    switch = AriSwitch(config, reactor)
    switch.on_arrival = arrivals.append
    switch.start()
    try:
        await _until(lambda: switch.connected, "the link")
        for _ in range(STREAMS):
            phones.call("701", [Stay()])
        await _until(lambda: len(arrivals) == STREAMS, f"{STREAMS} callers")
        ears = [Ear() for _ in arrivals] if way else []
        for arrival in arrivals:
            arrival.leg.send(Answer())
        for ear, arrival in zip(ears, arrivals, strict=False):
            arrival.leg.open_audio(ear)
        await _until(lambda: all(ear.pieces >= HEARD_FIRST for ear in ears), "audio of each caller")
        yield ears
        for arrival in arrivals:
            arrival.leg.close_audio()
            arrival.leg.send(HangUp())
        await _until(lambda: not switch.owned(), "the end of all calls")
    finally:
        await switch.stop()


async def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise LabError(f"the benchmark waited {WAIT_SECONDS:g} s for {what}")
        await asyncio.sleep(0.05)


def cpu_seconds(pid: int) -> float:
    """Give a process's CPU time until now, user and system (proc(5): fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

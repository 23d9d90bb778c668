"""The server's own reactor, in a process of its own: there is one reactor for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from ivrcore.config import load_config
from ivrcore.journal.local import read_records
from ivrcore.model import events
from ivrcore.samples import init_site

SET_BACK = """
import time
from ivrcore.service.reactor import install_reactor
from ivrcore.session.clock import UtcClock

class Wall:
    ahead = 0.0
    def __call__(self):
        return real() + self.ahead

real, wall = time.time, Wall()
time.time = wall
import twisted.python.runtime
twisted.python.runtime.platform.seconds = twisted.python.runtime.seconds = wall
import twisted.internet.base
twisted.internet.base.runtimeSeconds = wall
twisted.internet.base.ReactorBase.seconds = staticmethod(wall)

reactor = install_reactor()
clock = UtcClock(reactor, wall)
seen = []

def set_back():
    seen.append(clock.now())
    wall.ahead = -3600.0
    seen.append(clock.now())
    seen.append(clock.check())

reactor.callLater(0.1, reactor.stop)
reactor.callLater(0, set_back)
reactor.run()
before, after, jump = seen
print(after >= before, round(jump))
"""
"""The machine's clock, as Twisted reads it, is set back an hour while a timer is to fire."""


def test_a_machines_clock_that_is_set_back_stops_no_timer_and_is_noticed() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SET_BACK], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ran.stdout, ran.stderr) == ("True -3600\n", "")


FAULT = """
import os, tempfile
from ivrcore.service.reactor import install_reactor
from twisted.internet.abstract import FileDescriptor

reactor = install_reactor()
seen = []


class End(FileDescriptor):
    def __init__(self, number, fault):
        super().__init__(reactor)
        self.number, self.fault = number, fault

    def fileno(self):
        return self.number

    def doRead(self):
        seen.append((self.fault, os.read(self.number, 100)))
        if self.fault:
            raise KeyError("of the reader")

    def doWrite(self):
        self.stopWriting()
        seen.append(("wrote", os.write(self.number, b"more")))

    def connectionLost(self, reason):
        if self.fault:
            seen.append(("lost", reason.type.__name__))


def pipe(fault):
    reads, writes = os.pipe()
    reactor.addReader(end := End(reads, fault))
    reactor.addReader(end)  # twice is once
    os.write(writes, b"some")
    return writes

pipe(True)
writer = End(pipe(False), False)
reactor.addWriter(writer)
file = End(os.open(tempfile.mkstemp()[1], os.O_RDWR), False)  # epoll takes no files
reactor.addWriter(file)
def look():
    reactor.callLater(0.01, reactor.stop if len(seen) == 6 else look)

look()
reactor.run()
print(*sorted(map(str, seen)), sep="\\n")
"""
"""Two pipes and a file, which epoll does not take, are watched: one of the readers raises."""


def test_a_reader_that_raises_loses_its_connection_and_the_others_are_read() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FAULT], capture_output=True, text=True, timeout=60, check=False
    )
    assert ran.stdout.splitlines() == [
        "('lost', 'KeyError')",
        "('wrote', 4)",
        "('wrote', 4)",
        "(False, b'more')",
        "(False, b'some')",
        "(True, b'some')",
    ]
    assert "KeyError: 'of the reader'" in ran.stderr


SLOW = """
import asyncio

from ivrcore.api import hookimpl


class Slow:
    def start(self):
        pass

    async def stop(self):
        await asyncio.Event().wait()

    def families(self, now):
        return []


@hookimpl
def ivrcore_watch(name, kind):
    return Slow() if kind == "slow" else None
"""
SERVED = """
import sys
from pathlib import Path

from ivrcore.config import load_config
from ivrcore.service import main


def started():
    from twisted.internet import reactor

    reactor.callLater(0, reactor.stop)


sys.exit(main(load_config(Path(sys.argv[1])), started=started))
"""


def test_given_a_watch_that_does_not_end_then_an_orderly_stop_leaves_a_journal_that_is_complete(
    tmp_path: Path,
) -> None:
    site = tmp_path / "site"
    init_site(site)
    (site / "plugins").mkdir(exist_ok=True)
    (site / "plugins/slow.py").write_text(SLOW)
    with (site / "config/ivrcore.yaml").open("a") as config:
        config.write("\nwatches: {one: {kind: slow}}\n")
    ran = subprocess.run(
        [sys.executable, "-c", SERVED, site], capture_output=True, text=True, timeout=60, check=False
    )
    assert "watch one did not stop: TimeoutError" in ran.stderr
    assert "cut short" not in ran.stderr
    assert ran.returncode == 0
    records = list(read_records(load_config(site).journal.path))
    assert isinstance(records[-1].event, events.ServerStopped)

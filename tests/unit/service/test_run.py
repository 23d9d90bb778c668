"""The server's own reactor, in a process of its own: there is one reactor for each."""

from __future__ import annotations

import subprocess
import sys

SET_BACK = """
import time
from ivrcore.service.run import install_reactor
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

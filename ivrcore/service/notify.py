"""Tells the service manager how the server stands: sd_notify(3), by a datagram to ``NOTIFY_SOCKET``.

The watchdog is fed by the reactor: a loop that hangs feeds nothing, and the manager starts the server anew.
Written here: the protocol is one line of text in one datagram.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from twisted.internet.task import LoopingCall

log = logging.getLogger("ivrcore")

LOOK_EVERY = 1.0
"""Seconds between looks whether calls can be served."""
FEEDS = 3
"""How often the watchdog is fed in its time."""


class Notifier:
    """``reasons`` gives why calls cannot be served. Nothing is told where no manager listens."""

    def __init__(
        self, reactor: Any, reasons: Callable[[], list[str]], env: Mapping[str, str] | None = None
    ) -> None:
        env = os.environ if env is None else env
        self._address = env.get("NOTIFY_SOCKET", "")
        self._reasons = reasons
        self._ready = False
        self._status = ""
        self._failed = False
        self._door: socket.socket | None = None
        """Kept: the watchdog must be fed when no descriptor is left, too."""
        self._looking = LoopingCall(self._look)
        self._feeding = LoopingCall(self._tell, "WATCHDOG=1")
        self._feeding.clock = self._looking.clock = reactor
        self._every = _watchdog(env) / FEEDS

    def start(self) -> None:
        """Tell from now on how it stands: ready once there is no reason why not, then what is wrong."""
        if not self._address:
            return
        self._looking.start(LOOK_EVERY)
        if self._every:
            self._feeding.start(self._every)

    def stopping(self) -> None:
        """Tell that the server is about to end; the watchdog is fed on meanwhile."""
        if self._looking.running:
            self._looking.stop()
        self._tell("STOPPING=1\nSTATUS=ends")

    def succeeded_by(self, pid: int) -> None:
        """Tell that another process, which was started by this one, is the main one from now on."""
        if self._looking.running:
            self._looking.stop()
        self._tell(f"MAINPID={pid}\nSTATUS=process {pid} takes over")

    def stop(self) -> None:
        """Tell nothing more."""
        for one in (self._looking, self._feeding):
            if one.running:
                one.stop()
        if self._door is not None:
            self._door.close()
            self._door = None

    def _look(self) -> None:
        reasons = self._reasons()
        status = "; ".join(reasons) or "serves calls"
        told = [] if self._ready or reasons else ["READY=1"]
        self._ready = self._ready or not reasons
        if status != self._status:
            self._status = status
            told.append(f"STATUS={status}")
        if told:
            self._tell("\n".join(told))

    def _tell(self, what: str) -> None:
        if not self._address:
            return
        address = f"\0{self._address[1:]}" if self._address.startswith("@") else self._address
        try:
            if self._door is None:
                self._door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
                self._door.setblocking(False)
            self._door.sendto(what.encode(), address)
        except OSError as error:
            if not self._failed:  # once: a watchdog that is not fed says enough
                log.warning("the service manager cannot be told %s: %s", what.split("=")[0], error.strerror)
            self._failed = True
        else:
            self._failed = False


def _watchdog(env: Mapping[str, str]) -> float:
    """Give the seconds within which the manager wants to hear of us; 0 where it does not."""
    text, pid = env.get("WATCHDOG_USEC", ""), env.get("WATCHDOG_PID", "")
    if not text.isdigit() or (pid and pid != str(os.getpid())):
        return 0.0
    return int(text) / 1e6

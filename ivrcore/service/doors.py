"""Listening sockets that this process was given: by systemd, or by the server whose calls it takes over.

Who connects meanwhile waits instead of being refused. A socket is known by its address: it serves whatever
the configuration has there.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.error import CannotListenError

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger("ivrcore")

PASSED = "IVRCORE_PASSED_SOCKETS"
"""By this variable a server names the descriptors that it gives to its successor."""
SYSTEMD = ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")
FIRST = 3
"""sd_listen_fds(3): systemd's descriptors begin here."""
BACKLOG = 50

Address = tuple[str, int]


class Doors:
    """The sockets that were given. ``env`` is the process's environment."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._given: dict[Address, socket.socket] = {}
        for number in _numbers(env):
            one = _listening(number)
            if one is not None:
                host, port = one.getsockname()[:2]
                self._given[_plain(host), port] = one

    def take(self, host: str, port: int) -> socket.socket | None:
        """Give the socket that listens there, to be closed by who takes it; None if none was given."""
        return self._given.pop((_plain(host), port), None)

    def listen(self, reactor: Any, host: str, port: int, factory: Any, backlog: int = BACKLOG) -> Any:
        """Listen there: give Twisted's port. Raises CannotListenError where the address cannot be had."""
        try:
            found = self.take(host, port) or _bound(host, port, backlog)
        except OSError as error:
            refused: Any = CannotListenError  # has no types
            raise refused(host, port, error) from error
        with found:  # Twisted has a copy of its own
            found.setblocking(False)
            # Adopted always: what Twisted has opened itself it shuts down, in every process that has it.
            return reactor.adoptStreamPort(found.fileno(), found.family, factory)

    def close(self) -> None:
        """Close those that nobody has taken: who connects there is refused, and does not wait for ever."""
        for (host, port), one in self._given.items():
            log.warning("a socket was given for %s:%d, and nothing is configured there", host, port)
            one.close()
        self._given.clear()


def _bound(host: str, port: int, backlog: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=backlog)


def _numbers(env: Mapping[str, str]) -> list[int]:
    if env.get("LISTEN_PID") == str(os.getpid()) and env.get("LISTEN_FDS", "").isdigit():
        return list(range(FIRST, FIRST + int(env["LISTEN_FDS"])))
    return [int(one) for one in env.get(PASSED, "").split(",") if one.isdigit()]


def _listening(number: int) -> socket.socket | None:
    """Give a descriptor as a socket, if it is one that listens for TCP."""
    with suppress(OSError):
        one = socket.socket(fileno=number)
        one.set_inheritable(False)
        is_tcp = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
        if is_tcp and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            return one
        one.detach()
    log.warning("descriptor %d was given, and is no socket that listens for TCP", number)
    return None


def _plain(host: str) -> str:
    if host in ("", "localhost"):
        return "127.0.0.1" if host else "0.0.0.0"  # noqa: S104 - how it is written, not where we listen
    with suppress(ValueError):
        return str(ipaddress.ip_address(host))
    return host

"""A socket as pyst2 wants it, which gives pyst2 only what it can digest.

What pyst2 0.5.1's `asterisk.manager` does with what it reads, and what is done about it here:

- it opens a plain IPv4 socket without a time-out and reads it byte by byte: the socket is ours (time-outs,
  IPv6, TLS, reads of 64 kB, bounded lines and frames);
- ``status will follow`` anywhere in a line, so in a caller's name too, and in the answer to QueueStatus
  itself, makes it glue all that follows into one message, live events as well, until ``StatusComplete``; a
  header ``ChanVariable`` ends its reading thread by an AttributeError, after which everybody waits for ever;
  of each frame only the headers in :data:`ivrcore.app_queue.frames.HEADERS` go on to it, of events only those
  that are read;
- a frame that is neither event nor response is taken for the answer to whatever was asked last: it is dropped
  and counted;
- it waits for answers without end: see :class:`ivrcore.app_queue.link.Fenced`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections import deque
from typing import TYPE_CHECKING

from ivrcore.app_queue.frames import Frame, Framer
from ivrcore.app_queue.messages import EVENTS
from ivrcore.errors import WireError

if TYPE_CHECKING:
    from ivrcore.app_queue.options import Options

READ = 65_536
ANSWERS = ("Success", "Error", "Goodbye")
"""Responses that are read; ``Follows`` would make pyst2 wait for the end of a command's output."""


def connect(options: Options) -> socket.socket:
    """Connect, by TLS where that is configured; raise OSError (of which TLS's errors are too)."""
    plain = socket.create_connection((options.host, options.port), timeout=options.patience)
    if not options.tls:
        return plain
    try:
        context = ssl.create_default_context(cafile=options.ca_file and str(options.ca_file))
        return context.wrap_socket(plain, server_hostname=options.host)
    except BaseException:
        plain.close()
        raise


class Wire:
    """Stands where pyst2 keeps its socket's file: an iterator of lines, with write, flush and close.

    A read longer than ``silence`` seconds fails with TimeoutError.
    """

    def __init__(self, sock: socket.socket, silence: float) -> None:
        self._sock = sock
        self._sock.settimeout(silence)
        self._lines: deque[bytes] = deque()
        self._greeted = False
        self.framer = Framer()
        self.refused: WireError | None = None
        """Why what is there is no manager interface, if it is none."""

    def __iter__(self) -> Wire:
        return self

    def __next__(self) -> bytes:
        """Give the next line for pyst2; end where the link does."""
        while not self._lines:
            data = self._sock.recv(READ)
            if not data:
                raise StopIteration
            self._take(data)
        return self._lines.popleft()

    def _take(self, data: bytes) -> None:
        try:
            for frame in self.framer.feed(data):
                self._greet()
                self._lines.extend(_lines_for_pyst2(frame))
            self._greet()
        except WireError as refused:
            self.refused = refused
            raise ConnectionError(str(refused)) from refused

    def _greet(self) -> None:
        if self.framer.greeting and not self._greeted:
            self._greeted = True
            self._lines.append(self.framer.greeting.encode() + b"\r\n")

    def write(self, data: bytes) -> None:
        """Send all of it; raise OSError."""
        self._sock.sendall(data)

    def flush(self) -> None:
        """Do nothing: what is written is sent."""

    def close(self) -> None:
        """End the link, a read that waits too."""
        with contextlib.suppress(OSError):  # it is gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def _lines_for_pyst2(frame: Frame) -> list[bytes]:
    if frame.get("Event", EVENTS[0]) not in EVENTS or frame.get("Response", ANSWERS[0]) not in ANSWERS:
        return []
    if frame.get("Response") != "Error":
        frame.pop("Message", None)  # "Queue status will follow"
    else:
        frame["Message"] = frame.get("Message", "").replace("status will follow", "")
    return [*(f"{header}: {value}\r\n".encode() for header, value in frame.items()), b"\r\n"]

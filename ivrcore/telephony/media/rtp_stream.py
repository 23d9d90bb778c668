"""The audio of one media channel as RTP over UDP: a socket on a port of the configured range.

Takes packets from the one address that Asterisk says it sends from: the kernel drops all others. No ARI, no
legs; the order of packets is :mod:`.rtp`'s.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import socket
from collections.abc import Callable, Iterable

from ivrcore.errors import LinkLost
from ivrcore.telephony.media.rtp import Receiver

AT_ONCE = 32
"""Datagrams that are read before others get their turn."""
BIGGEST = 2048
"""Bytes of a datagram; 20 ms are 652."""
WAIT_SECONDS = 0.1
"""How long packets wait for one that they overtook, when no others come."""
MOST_STRANGE = 50
"""So many packets of which none was audio of ours: the stream is of another kind."""

FIRST_SECONDS = 5.0
"""A stream of which nothing has come so long after somebody began to read is lost.

Asterisk sends 50 packets a second, silence too, whatever the caller's phone does: seen on 16.28 and 22.10
with a phone that sends nothing at all.
"""


class Ports:
    """The even ports of a range, each for one stream at a time (odd ones are RTCP's, RFC 3550 section 11)."""

    def __init__(self, ports: range) -> None:
        self._even = [port for port in ports if port % 2 == 0]
        self._next = itertools.cycle(self._even)
        """One after another, so that a port rests before it is used again."""

    def take(self, address: str) -> socket.socket:
        """Give a socket at the next free port; who closes it gives the port back. Raises LinkLost."""
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        why: OSError | None = None
        for port in itertools.islice(self._next, len(self._even)):
            taken = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
            try:
                taken.bind((address, port))
            except OSError as error:
                taken.close()
                why = error
                if error.errno != errno.EADDRINUSE:
                    break
            else:
                return taken
        raise LinkLost(f"none of {len(self._even)} RTP ports can be had: {why}") from why


class RtpStream:
    """A media channel's audio at a port of ours, which is given back by :meth:`close`."""

    def __init__(self, taken: socket.socket) -> None:
        self._socket = taken
        self._receiver = Receiver()
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._over.add_done_callback(_seen)
        self._patience: asyncio.TimerHandle | None = None
        self._sender = ""

    @property
    def receiver(self) -> Receiver:
        """What came, for its counts."""
        return self._receiver

    @property
    def address(self) -> str:
        """Where the audio is to be sent, ``host:port``."""
        host, port = self._socket.getsockname()[:2]
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def only_from(self, host: str, port: int) -> None:
        """Take nothing but what this address sends; what came before is dropped. Raises LinkLost."""
        try:
            self._socket.connect((host, port))
        except OSError as error:
            raise LinkLost(f"no audio from {host}: {error}") from error
        self._sender = f"{host} port {port}"
        try:
            while True:
                self._socket.recv(BIGGEST)
        except BlockingIOError:
            return

    async def read(self, take: Callable[[bytes], object]) -> None:
        """Give audio to ``take`` until the stream is lost, which raises :class:`LinkLost`.

        What ``take`` raises is raised here, and ends the stream.
        """
        loop, number = asyncio.get_running_loop(), self._socket.fileno()
        loop.add_reader(number, self._readable, take)
        first = loop.call_later(FIRST_SECONDS, self._unheard)
        try:
            await self._over
        finally:
            first.cancel()
            self._wait_no_more()
            if self._socket.fileno() == number:  # else it was closed, and the number may be another's
                loop.remove_reader(number)

    def lose(self, reason: str) -> None:
        """Nothing more will come: the channel is gone, which no packet tells."""
        self._end(LinkLost(reason))

    async def close(self) -> None:
        """Give the port back."""
        self.lose("the stream was closed")
        if self._socket.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()

    def _unheard(self) -> None:
        if not (self._receiver.taken or self._receiver.strange):
            sides = f"to {self.address} from {self._sender or 'Asterisk'}"
            look = (
                "look for a firewall that drops UDP to rtp_ports, whether Asterisk can reach rtp_address,"
                " and whether it sends from another address"
            )
            self._end(LinkLost(f"no RTP came {sides} in {FIRST_SECONDS:g} s: {look}"))

    def _readable(self, take: Callable[[bytes], object]) -> None:
        for _ in range(AT_ONCE):
            datagram = self._next()
            if datagram is None or self._over.done():
                break
            self._give(self._receiver.take(datagram), take)
        self._look(take)

    def _next(self) -> bytes | None:
        try:
            return self._socket.recv(BIGGEST)
        except BlockingIOError:
            return None
        except OSError as error:
            self._end(LinkLost(f"the audio socket broke: {error}"))
            return None

    def _give(self, audio: Iterable[bytes], take: Callable[[bytes], object]) -> None:
        try:
            for pcm in audio:
                take(pcm)
        except Exception as error:  # noqa: BLE001 - of who listens: whoever reads is told
            self._end(error)

    def _look(self, take: Callable[[bytes], object]) -> None:
        """After some packets: whether there is one to be waited for, and whether this is audio at all."""
        receiver = self._receiver
        if receiver.strange >= MOST_STRANGE and not receiver.taken:
            self._end(LinkLost("Asterisk sends no slin16"))
        if not receiver.waits:
            self._wait_no_more()
        elif self._patience is None and not self._over.done():
            self._patience = asyncio.get_running_loop().call_later(WAIT_SECONDS, self._give_held, take)

    def _give_held(self, take: Callable[[bytes], object]) -> None:
        self._patience = None
        self._give(self._receiver.flush(), take)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end(self, error: Exception) -> None:
        if not self._over.done():
            self._over.set_exception(error)


def _seen(over: asyncio.Future[None]) -> None:
    """The end of a stream that nobody reads any more is no fault that went unseen."""
    if not over.cancelled():
        over.exception()

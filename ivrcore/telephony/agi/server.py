"""Where Asterisk connects to: who may, how many, and which script serves what a dialplan asked for."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory

from ivrcore.errors import TelephonyError
from ivrcore.telephony.agi import wire
from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.connection import Connection
from ivrcore.telephony.agi.waits import Soon, Span, Wait

log = logging.getLogger(__name__)

SWEEP_SECONDS = 0.5
"""How often overdue answers are looked for: one look for all, a timer for each command would cost more."""
BACKLOG = 512
REFUSALS = ("address", "full", "request", "script", "secret")
"""Why a connection is turned away."""
ENDS = ("went_on", "hung_up", "broken", "fault")
"""How a session ends; see :meth:`AgiServer.ended`."""
Listen = Callable[[Any, str, int, Any, int], Any]
"""Takes the reactor, host, port, factory and backlog; gives Twisted's port."""
Script = Callable[[Connection, wire.Request], Callable[[], None] | None]
"""Gives what serves a request in the session's greenlet, with `connection.agi`; its end is the session's."""


class AgiServer(Factory):
    """Listens, and owns every connection. ``reactor`` is Twisted's, ``utc`` gives UTC seconds.

    ``scripts`` are the names that a dialplan can ask for; set them before :meth:`start`.
    """

    noisy = False

    def __init__(self, config: AgiConfig, reactor: Any, utc: Callable[[], float] = time.time) -> None:
        self.config = config
        self.utc = utc
        self.scripts: dict[str, Script] = {}
        self.connections: set[Connection] = set()
        self.refused: Counter[str] = Counter()
        """How many were turned away, by why (`REFUSALS`)."""
        self.ends: Counter[str] = Counter()
        """How many sessions are over, by how (`ENDS`)."""
        self._reactor = reactor
        self._allowed = [ipaddress.ip_network(one) for one in config.allow]
        self.listen: Listen | None = None
        """How to listen, if not by the reactor: it may have the socket already. Set before :meth:`start`."""
        self._port: Any = None
        self._sweep: Any = None
        self._closing = False
        self._soon = Soon(reactor.callLater)
        self._spans: dict[float, Span] = {}
        self._awaited: set[Connection] = set()
        self._all_gone: Deferred[None] | None = None

    # --- listening

    def start(self) -> None:
        """Listen. TelephonyError where the address cannot be had, or the certificate not be read."""
        config = self.config
        try:
            if self.listen is not None:
                factory = self if config.certificate is None else _over_tls(config, self)
                self._port = self.listen(self._reactor, config.host, config.port, factory, BACKLOG)
            elif config.certificate is None:
                self._port = self._reactor.listenTCP(config.port, self, BACKLOG, config.host)
            else:
                self._port = self._reactor.listenSSL(config.port, self, _tls(config), BACKLOG, config.host)
        except Exception as error:  # Twisted's, OpenSSL's and the system's have no common one
            raise TelephonyError(
                f"FastAGI cannot listen at {config.host}:{config.port}: {error}",
                hint="is another process there, and can the certificate and its key be read?",
            ) from error
        self._sweep_later()

    @property
    def listening(self) -> bool:
        """Whether calls can come."""
        return self._port is not None

    @property
    def descriptors(self) -> list[int]:
        """The sockets by which it listens, as the system numbers them."""
        return [] if self._port is None else [self._port.fileno()]

    @property
    def port(self) -> int:
        """The TCP port."""
        return int(self._port.getHost().port) if self._port is not None else self.config.port

    def stop_listening(self) -> Any:
        """Take no further connection; gives Twisted's Deferred, or None."""
        port, self._port = self._port, None
        return None if port is None else port.stopListening()

    def close(self) -> None:
        """Close every connection: Asterisk's dialplans go on."""
        self._closing = True
        if self._sweep is not None and self._sweep.active():
            self._sweep.cancel()
        for connection in list(self.connections):
            connection.close()
        for span in self._spans.values():
            span.close()

    async def gone(self, connections: set[Connection], seconds: float) -> None:
        """Wait until these are gone, so long at most. One at a time may wait; an asyncio coroutine."""
        self._awaited = connections & self.connections
        if not self._awaited:
            return
        done: Deferred[None] = Deferred()
        self._all_gone = done
        late = self.call_later(seconds, self._wait_no_more)
        try:
            await done.asFuture(asyncio.get_running_loop())
        finally:
            self._all_gone = None
            if late.active():
                late.cancel()

    def _wait_no_more(self) -> None:
        if self._all_gone is not None and not self._all_gone.called:
            self._all_gone.callback(None)

    # --- what connections ask

    def buildProtocol(self, addr: Any) -> Connection:  # noqa: N802  # Twisted's name
        """Give the protocol of a new connection."""
        return Connection(self)

    @property
    def now(self) -> float:
        """Seconds of the reactor's clock."""
        return float(self._reactor.seconds())

    def call_later(self, seconds: float, action: Callable[[], object]) -> Any:
        """Call back after so long."""
        return self._reactor.callLater(seconds, action)

    def call_soon(self, action: Callable[[], object]) -> None:
        """Call back as soon as the reactor turns."""
        self._soon.call(action)

    def wait(self, seconds: float, action: Callable[[], object]) -> Wait:
        """Call back after so long, mostly in vain: for few different spans of time."""
        span = self._spans.get(seconds)
        if span is None:
            span = self._spans[seconds] = Span(seconds, self._reactor.seconds, self._reactor.callLater)
        return span.wait(action)

    def opened(self, connection: Connection) -> bool:
        """Whether a new connection may stay."""
        peer = str(getattr(connection.transport.getPeer(), "host", ""))
        if not self._allows(peer):
            return self._refuse("address", f"{peer} is not in the list of who may connect")
        if self._closing or len(self.connections) >= self.config.sessions:
            return self._refuse("full", f"{len(self.connections)} sessions are open already")
        self.connections.add(connection)
        return True

    def asked(self, connection: Connection, request: wire.Request) -> Callable[[], None] | None:
        """Give what serves a request; None turns it away."""
        if self.config.secret and not request.knows(self.config.secret):
            self._refuse("secret", "the path does not begin with the secret")
            return None
        script = self.scripts.get(request.script)
        if script is None:
            self._refuse("script", f"there is no script {request.script}")
            return None
        if request.pbx not in self.config.pbxs:
            self._refuse("request", f"there is no PBX {request.pbx!r}")
            return None
        return script(connection, request)

    def unread(self, error: TelephonyError) -> None:
        """Whoever it was did not say what is wanted, or not so that it could be read."""
        self._refuse("request", str(error))

    def ended(self, how: str) -> None:
        """Count a session that is over: the dialplan ``went_on`` with the call, that was ``hung_up``
        or its connection lost, what Asterisk said or left unsaid was ``broken``, or a ``fault`` of ours."""
        self.ends[how] += 1

    def closed(self, connection: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(connection)
        self._awaited.discard(connection)
        if not self._awaited:
            self._wait_no_more()

    def _allows(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._allowed)

    def _refuse(self, why: str, text: str) -> bool:
        self.refused[why] += 1
        count = self.refused[why]
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th, 8th …: who hammers at the door fills no disk
            log.warning("FastAGI turned a connection away (%d so far): %s", count, text)
        return False

    def _sweep_later(self) -> None:
        self._sweep = self._reactor.callLater(SWEEP_SECONDS, self._look)

    def _look(self) -> None:
        now = self.now
        for connection in list(self.connections):
            connection.overdue(now)
        self._sweep_later()


def _over_tls(config: AgiConfig, factory: Factory) -> Any:
    from twisted.protocols.tls import TLSMemoryBIOFactory

    untyped: Any = TLSMemoryBIOFactory
    return untyped(_tls(config), False, factory)


def _tls(config: AgiConfig) -> Any:
    from twisted.internet import ssl  # OpenSSL is loaded only where it is wanted

    assert config.certificate is not None
    certificates = config.certificate.read_bytes()
    key = certificates if config.key is None else config.key.read_bytes()
    end = b"-----END CERTIFICATE-----\n"
    own, *chain = [ssl.Certificate.loadPEM(part + end).original for part in certificates.split(end)[:-1]]
    private = ssl.KeyPair.load(key, 1).original
    return ssl.CertificateOptions(privateKey=private, certificate=own, extraCertChain=chain)

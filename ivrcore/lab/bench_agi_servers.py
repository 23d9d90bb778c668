"""The benchmark's AGI servers: ours and others that say the same commands, each in a process of its own."""

from __future__ import annotations

import io
import resource
import signal
import socketserver
import threading
from collections.abc import Callable
from multiprocessing import get_context
from typing import Any

from twisted.protocols.basic import LineOnlyReceiver

OPEN_FILES = 8192
SECRET = "of-the-agi-benchmark"  # noqa: S105  # of a server that lives for a benchmark
NAME = "Kim Young-hee"
COMMANDS = 10


def _commands(agi: Any) -> None:
    """Say a session's commands by pyst2's methods."""
    agi.answer()
    agi.set_variable("CALLER", NAME)
    agi.get_variable("QUEUE")
    for prompt in ("welcome", "menu", "please-wait"):
        agi.stream_file(prompt, "123")
    agi.wait_for_digit(5000)
    agi.set_variable("CHOICE", "cards")
    agi.get_variable("AGENT")
    agi.hangup()


LINES = (
    b"ANSWER",
    b'SET VARIABLE "CALLER" "Kim Young-hee"',
    b'GET VARIABLE "QUEUE"',
    *(b'STREAM FILE %s "123" 0' % prompt for prompt in (b"welcome", b"menu", b"please-wait")),
    b"WAIT FOR DIGIT 5000",
    b'SET VARIABLE "CHOICE" "cards"',
    b'GET VARIABLE "AGENT"',
    b"HANGUP",
)
"""The same without pyst2."""


class Nowhere(io.TextIOBase):
    """Where bare pyst2 writes what it would write to stderr."""

    def write(self, text: str) -> int:
        """Forget it."""
        return len(text)


class _Lines(LineOnlyReceiver):
    delimiter = b"\n"
    transport: Any


def _reactor() -> Any:
    from twisted.internet import asyncioreactor

    asyncioreactor.install()  # type: ignore[no-untyped-call]
    from twisted.internet import reactor

    return reactor


def _ours(tell: Callable[[int], None]) -> None:
    reactor = _reactor()
    from ivrcore.telephony.agi.config import AgiConfig
    from ivrcore.telephony.agi.server import AgiServer

    server = AgiServer(AgiConfig(secret=SECRET, port=0, sessions=5000), reactor)
    server.scripts["hotline"] = lambda connection, _: lambda: _commands(connection.agi)
    server.start()
    tell(server.port)
    reactor.run()


def _bare(tell: Callable[[int], None]) -> None:
    reactor = _reactor()
    from asterisk.agi import AGI
    from greenlet import getcurrent, greenlet
    from twisted.internet.protocol import Factory

    class Session(_Lines):
        def connectionMade(self) -> None:  # noqa: N802
            self.transport.setTcpNoDelay(True)
            self.pending: list[bytes] = []
            self.waits = False
            self.main = getcurrent()
            self.session = greenlet(self.run)
            self.session.switch()

        def run(self) -> None:
            _commands(AGI(self, self, Nowhere()))
            self.transport.loseConnection()

        def lineReceived(self, line: bytes) -> None:  # noqa: N802
            if self.waits:
                self.waits = False
                self.session.switch(line)
            else:
                self.pending.append(line)

        def readline(self) -> Any:
            if self.pending:
                return self.pending.pop(0)
            self.waits = True
            return self.main.switch()

        def write(self, text: str) -> None:
            self.transport.write(text.encode())

        def flush(self) -> None:
            pass

    port = reactor.listenTCP(0, Factory.forProtocol(Session), 512, "127.0.0.1")
    tell(port.getHost().port)
    reactor.run()


def _lines(tell: Callable[[int], None]) -> None:
    reactor = _reactor()
    from twisted.internet.protocol import Factory

    class Session(_Lines):
        def connectionMade(self) -> None:  # noqa: N802
            self.transport.setTcpNoDelay(True)
            self.env: dict[str, str] = {}
            self.at = -1

        def lineReceived(self, line: bytes) -> None:  # noqa: N802
            if self.at < 0 and line:
                key, _, value = line.decode().partition(":")
                self.env[key] = value.strip()
                return
            self.at += 1
            if self.at == len(LINES):
                self.transport.loseConnection()
            else:
                self.transport.write(LINES[self.at] + b"\n")

    port = reactor.listenTCP(0, Factory.forProtocol(Session), 512, "127.0.0.1")
    tell(port.getHost().port)
    reactor.run()


class _Blocking(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        from asterisk.agi import AGI

        _commands(AGI(self.rfile, io.TextIOWrapper(self.wfile, write_through=True), Nowhere()))  # type: ignore[type-var]


class _Threaded(socketserver.ThreadingTCPServer):
    request_queue_size = 512
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: bare pyst2 raises at the end of every connection that it did not end itself."""


def _threading_server(tell: Callable[[int], None]) -> None:
    signal.signal = lambda *_: None  # pyst2 does that in threads
    with _Threaded(("127.0.0.1", 0), _Blocking) as server:
        tell(server.server_address[1])
        server.serve_forever()


def _threads(tell: Callable[[int], None]) -> None:
    """Twisted takes the connections, and a thread each says the commands."""
    reactor = _reactor()
    import queue

    from asterisk.agi import AGI
    from twisted.internet.protocol import Factory

    signal.signal = lambda *_: None  # pyst2 does that in threads

    class Session(_Lines):
        def connectionMade(self) -> None:  # noqa: N802
            self.transport.setTcpNoDelay(True)
            self.told: queue.SimpleQueue[bytes] = queue.SimpleQueue()
            threading.Thread(target=self.run, daemon=True).start()

        def lineReceived(self, line: bytes) -> None:  # noqa: N802
            self.told.put(line)

        def readline(self) -> bytes:
            return self.told.get()

        def run(self) -> None:
            _commands(AGI(self, self, Nowhere()))
            reactor.callFromThread(self.transport.loseConnection)

        def write(self, text: str) -> None:
            reactor.callFromThread(self.transport.write, text.encode())

        def flush(self) -> None:
            pass

    port = reactor.listenTCP(0, Factory.forProtocol(Session), 512, "127.0.0.1")
    tell(port.getHost().port)
    reactor.run(installSignalHandlers=False)


OURS, BARE = "ivrcore, its AGI layer", "bare pyst2, greenlets"
SERVERS: dict[str, Callable[[Callable[[int], None]], None]] = {
    OURS: _ours,
    BARE: _bare,
    "plain Twisted lines": _lines,
    "pyst2, a thread each": _threads,
    "pyst2, ThreadingTCPServer": _threading_server,
}


def _run(name: str, pipe: Any) -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(OPEN_FILES, limit), limit))
    threading.stack_size(256 * 1024)
    SERVERS[name](pipe.send)


class Server:
    """One server's process."""

    def __init__(self, name: str) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self.name = name
        self._process = context.Process(target=_run, args=(name, theirs), daemon=True)
        self._process.start()
        assert ours.poll(30), f"{name} did not begin to listen"
        self.port: int = ours.recv()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()

"""One connection of Asterisk: its lines, and the greenlet in which its session's commands wait for answers.

A session is written as if reading a line blocked, as pyst2 wants it; in truth reading switches to the reactor
and comes back with the line. No thread is held. Only the reactor switches into a session: whoever else wants
something of it leaves that where it finds it, and calls :meth:`Connection.wake`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from asterisk.agi import AGIException
from greenlet import GreenletExit, getcurrent, greenlet
from twisted.internet.protocol import Protocol as TwistedProtocol
from twisted.python.failure import Failure

from ivrcore.errors import IvrError, LegGone, RequestTimeout, TelephonyError, WireError
from ivrcore.telephony.agi import wire
from ivrcore.telephony.agi.commands import Agi
from ivrcore.telephony.agi.outgoing import Outgoing

if TYPE_CHECKING:
    from ivrcore.telephony.agi.config import AgiConfig
    from ivrcore.telephony.agi.waits import Wait

log = logging.getLogger(__name__)

FLIGHT_SECONDS = 0.02
"""A command younger than this may not have been read: what is sent behind it now would be read with it."""
AGAIN_SECONDS = 0.1
"""Between tries to interrupt a command."""
MOST_TRIES = 50

CLOSE_SECONDS = 5.0
"""Longest time for what was still to be sent when a session ended."""
MOST_ENVIRONMENT = 65_536
"""Bytes of the environment; Asterisk's has some 700, and 8 KiB with the longest query."""
MOST_PENDING = 512
"""Lines that may wait to be read: Asterisk answers, and never says more than it was asked."""

LONG = frozenset(
    (
        "STREAM FILE",
        "CONTROL STREAM FILE",
        "WAIT FOR DIGIT",
        "RECORD FILE",
        "SPEECH RECOGNIZE",
        "GET DATA",
    )
)
"""Commands that last as long as a prompt may, unless it is said how long; `EXEC` lasts only where it is."""


class Server(Protocol):
    """Whom a connection belongs to."""

    config: AgiConfig

    @property
    def now(self) -> float:
        """Seconds of the reactor's clock."""

    def opened(self, connection: Connection) -> bool:
        """Whether it may stay; else it is closed."""

    def asked(self, connection: Connection, request: wire.Request) -> Callable[[], None] | None:
        """Give what serves the request, run in the session's greenlet; None closes the connection."""

    def unread(self, error: TelephonyError) -> None:
        """What was asked for could not be read, or did not come: it is about to be closed."""

    def ended(self, how: str) -> None:
        """A session is over, in one of the ways of :data:`ivrcore.telephony.agi.server.ENDS`."""

    def closed(self, connection: Connection) -> None:
        """It is gone; called once for every one that was opened."""

    def call_later(self, seconds: float, action: Callable[[], object]) -> Any:
        """Call back after so long; has `cancel()`."""

    def call_soon(self, action: Callable[[], object]) -> None:
        """Call back as soon as the reactor turns."""

    def wait(self, seconds: float, action: Callable[[], object]) -> Wait:
        """Call back after so long, mostly in vain: for few different spans of time."""


class Connection(TwistedProtocol):
    """See the module. ``agi`` says commands; it may be used in the session's greenlet only."""

    transport: Any
    _out: Outgoing

    def __init__(self, server: Server) -> None:
        self.agi = Agi(self.readline, self._write, before=self._before, after=self._answered)
        self.request: wire.Request | None = None
        """What was asked for, once the environment was read."""
        self.deadline: float | None = None
        """When Asterisk must have said something, by the reactor's clock."""
        self.lasts: float | None = None
        """Seconds that the next command may take, if not as long as its kind usually may."""
        self.open = False
        self.lost = False
        """The connection is gone."""
        self._server = server
        self._buffer = b""
        self._environment: list[bytes] = []
        self._said = 0
        """Bytes of the environment so far."""
        self._lines: list[bytes] = []  # hardly ever two; an empty deque takes 600 bytes
        self._session: greenlet | None = None
        self._reading = self._parked = False
        self._sent = 0.0
        self._again: Any = None
        self._given_up: Wait | None = None
        self._interrupting = 0
        """Serial number of the command that is being interrupted."""
        self._fault: TelephonyError | None = None
        self._let_go = False
        """We gave the call back."""

    # --- what Twisted calls

    def connectionMade(self) -> None:  # noqa: N802  # Twisted's name
        """Take the connection, or close it."""
        if not self._server.opened(self):
            self.transport.abortConnection()
            return
        self.open = True
        self._out = Outgoing(self.transport)
        self.transport.setTcpNoDelay(True)
        self.transport.setTcpKeepAlive(True)
        self.deadline = self._server.now + self._server.config.request_seconds

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        """Take bytes, whole lines of them."""
        if not self.open or self._fault is not None:
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        longest = self._server.config.longest_line
        for line in lines:
            if len(line) > longest:
                self._buffer = line
                break
            self._take(line)
        if len(self._buffer) > longest:
            self.fail(wire.fault(f"a line is longer than {longest} bytes", self._buffer))

    def connectionLost(self, reason: Failure | None = None) -> None:  # noqa: N802  # Twisted's name
        """Tell the session; it ends."""
        if not self.open:
            return
        self.open, self.lost, self.deadline = False, True, None
        self._rest()
        if self._given_up is not None:
            self._given_up.cancel()
        self._server.closed(self)
        self._go_on(b"")

    # --- lines

    def _take(self, line: bytes) -> None:
        if self._session is None:
            self._begin(line.rstrip(b"\r"))
            return
        if len(self._lines) >= MOST_PENDING:
            self.fail(wire.fault("Asterisk says more than it was asked", line))
            return
        if self._reading:
            self._go_on(line + b"\n")
        else:
            self._lines.append(line + b"\n")
            self._wake_parked()

    def _begin(self, line: bytes) -> None:
        if line:
            self._environment.append(line)
            self._said += len(line)
            if len(self._environment) > self._server.config.longest_environment:
                self.fail(wire.fault("the environment has too many lines", line))
            elif self._said > MOST_ENVIRONMENT:
                self.fail(wire.fault(f"the environment has more than {MOST_ENVIRONMENT} bytes", line))
            return
        lines, self._environment = self._environment, []
        if self._fault is not None:
            return
        try:
            self.request = wire.request(lines, secret=bool(self._server.config.secret))
            self.agi.env = dict(self.request.environment)
        except WireError as error:
            self.fail(error)
            return
        serve = self._server.asked(self, self.request)
        if serve is None:
            self.close()
            return
        self.deadline = None
        self._session = greenlet(lambda: self._run(serve))
        self._switch()

    def _run(self, serve: Callable[[], None]) -> None:
        how = "fault"
        try:
            serve()
            how = self._over() if self.lost or self.agi.hung_up else "went_on"
        except LegGone:
            how = self._over()
        except (IvrError, AGIException) as error:
            how = "broken"
            self._broken(error)
        except GreenletExit:  # nobody switches to it any more: the process ends
            how = ""
            raise
        except Exception:  # one session's fault must not end the others
            log.exception("a session of AGI failed by a fault of ours")
        finally:
            if how:
                self._server.ended(how)
            self.close()

    def _over(self) -> str:
        """Tell how a session ends whose connection is lost: a call that we let go is not hung up by that."""
        return "went_on" if self._let_go else "hung_up"

    def _broken(self, error: Exception) -> None:
        raw = error.raw if isinstance(error, WireError) else self.agi.last.raw
        log.warning("a session of AGI ends: %s", error)
        log.debug("%d bytes had arrived", len(raw))

    # --- the greenlet

    def _switch(self, *given: Any) -> None:
        assert self._session is not None
        self._session.parent = getcurrent()
        self._session.switch(*given)

    def _go_on(self, line: bytes) -> None:
        """Let the session have a line that it waits for."""
        if self._reading:
            self._reading = False
            self._switch(line)
        else:
            self._wake_parked()

    def readline(self) -> bytes:
        """Give the next line with its end, b"" where there is none any more; in the session only.

        Raises what :meth:`fail` was given.
        """
        if self._fault is not None:
            raise self._fault
        if self._lines:
            return self._lines.pop(0)
        if self.lost:
            return b""
        self._reading = True
        line: bytes = self._until_switched()
        if self._fault is not None:
            raise self._fault
        return line

    def _until_switched(self) -> Any:
        """Let the reactor go on until it switches back, and give what it gives."""
        assert self._session is not None
        assert self._session.parent is not None
        return self._session.parent.switch()

    def park(self, seconds: float) -> None:
        """Wait until :meth:`wake`, until Asterisk says something unasked, or so long; in the session only.

        The reactor goes on in any case, so who parks again and again stops nobody else. What says that the
        call ended is read: `agi.hung_up`. Raises what :meth:`fail` was given, and LegGone once the connection
        is gone.
        """
        wait = self._server.wait(0 if self.told else seconds, self._wake_parked)
        self._parked = True
        try:
            self._until_switched()
        finally:
            wait.cancel()
        if self._fault is not None:
            raise self._fault
        if self._lines:
            self._only_hangups()
        if self.lost:
            self.agi.hung_up = True
            raise LegGone("the connection of the call has ended")

    @property
    def told(self) -> bool:
        """Whether there are lines that nobody read, or there will be none any more."""
        return bool(self._lines) or self.lost or self._fault is not None

    def wake(self) -> None:
        """Let a session that is parked look what there is to do; from anywhere, it does so later."""
        self._server.call_soon(self._wake_parked)

    def interrupt(self) -> None:
        """End the command under way, if it is one that can be; tried until it does. From anywhere."""
        serial = self.agi.serial
        if self._interrupting != serial:
            self._interrupting = serial
            self._interrupt(serial, 0)

    def _interrupt(self, serial: int, tries: int) -> None:
        self._again = None
        if self.agi.serial != serial or tries > MOST_TRIES:
            return
        again = partial(self._interrupt, serial, tries + 1)
        flies = self._sent + FLIGHT_SECONDS - self._server.now
        if flies > 0:
            self._again = self._server.call_later(flies, again)
        elif self.agi.interrupt():
            self._again = self._server.wait(AGAIN_SECONDS, again)

    def _rest(self) -> None:
        """Stop interrupting: the command is over."""
        if self._again is not None:
            self._again.cancel()
            self._again = None

    @property
    def now(self) -> float:
        """Seconds of the reactor's clock."""
        return self._server.now

    @property
    def config(self) -> AgiConfig:
        """The driver's configuration."""
        return self._server.config

    @property
    def environment(self) -> Mapping[str, str]:
        """What the session began with."""
        return {} if self.request is None else self.request.environment

    def call_later(self, seconds: float, action: Callable[[], object]) -> Any:
        """Call back from the reactor after so long; has `cancel()`."""
        return self._server.call_later(seconds, action)

    def call_soon(self, action: Callable[[], object]) -> None:
        """Call back from the reactor, as soon as it turns."""
        self._server.call_soon(action)

    def _wake_parked(self) -> None:
        if self._parked:
            self._parked = False
            self._switch()

    # --- what the commands do

    def _before(self, command: str) -> None:
        self._rest()
        if self._lines:
            self._only_hangups()
        config = self._server.config
        seconds = config.request_seconds
        if self.lasts is not None:
            seconds = self.lasts + (seconds if command in LONG or command == "EXEC" else 0.0)
        elif command in LONG:
            seconds += config.play_seconds
        self.lasts = None
        self._sent = self._server.now
        self.deadline = self._sent + seconds

    def _answered(self) -> None:
        self.deadline = None

    def _only_hangups(self) -> None:
        """Nothing but the call's end is said unasked: else answers and commands would not belong together."""
        for line in self._lines:
            if line.rstrip() != wire.HANGUP:
                raise wire.fault("Asterisk says what it was not asked", line)
        self._lines.clear()
        self.agi.hung_up = True

    def _write(self, text: str) -> None:
        if not self.lost:
            self._out.write(text.encode("utf-8", "replace"))

    # --- the end

    def overdue(self, now: float) -> None:
        """End the session if Asterisk should have said something by now."""
        if self.deadline is not None and now > self.deadline:
            self.fail(RequestTimeout("Asterisk did not say what it was to say in time"))

    def fail(self, error: TelephonyError) -> None:
        """End the session with an error: of what arrived, or of what did not. From the reactor only."""
        if self._fault is not None:
            return
        self._fault, self.deadline = error, None
        if self._session is None:
            self._server.unread(error)
            self.close()
        self._go_on(b"")

    def close(self) -> None:
        """Let Asterisk have its call back: the dialplan goes on behind its ``AGI()``."""
        if self.open:
            self._let_go = True
            self.transport.loseConnection()
            if self._given_up is None:
                self._given_up = self._server.wait(CLOSE_SECONDS, self._abort)

    def _abort(self) -> None:
        """Asterisk neither reads what is still to be sent, nor closes: its place is for others."""
        if self.open:
            self.transport.abortConnection()

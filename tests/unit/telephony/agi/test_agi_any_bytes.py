"""Whatever arrives in a session of AGI: a leg ends or goes on, never a traceback, never a stuck session."""

from __future__ import annotations

import logging

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from ivrcore.telephony.agi.config import AgiConfig
from ivrcore.telephony.agi.connection import CLOSE_SECONDS, Connection
from ivrcore.telephony.agi.switch import AgiSwitch
from ivrcore.telephony.leg import Answer, Arrival, Ended, LegEvent, Play, PlayEnded, StopPlay
from tests.unit.telephony.agi.agi_peer import WHOLE

ENVIRONMENT = (
    b"agi_network_script: s3cret/hotline\nagi_uniqueid: 1.1\nagi_dnid: 701\n" + WHOLE.encode() + b"\n"
)
LIKELY = [
    b"200 result=0\n",
    b"200 result=0 endpos=8000\n",
    b"200 result=53 endpos=10\n",
    b"200 result=49\n",
    b"200 result=-1\n",
    b"200 result=5",
    b"200 result=99999999999999\n",
    b"HANGUP\n",
    b"520-x\n",
    b"520 end\n",
    b"511\n",
    b"100 result=0\n",
    b"\n",
    b"\xff\xfe\n",
]
CHUNKS = st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(LIKELY)), max_size=12)


class Transport(StringTransport):
    """Closes at once, as a peer that is gone does."""

    def setTcpNoDelay(self, enabled: bool) -> None:  # noqa: N802
        """Nothing to set."""

    def setTcpKeepAlive(self, enabled: bool) -> None:  # noqa: N802
        """Nothing to set."""


class Session:
    """One session under a clock."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.switch = AgiSwitch(AgiConfig(secret="s3cret"), self.clock)
        self.switch.on_arrival = self._arrived
        self.events: list[LegEvent] = []
        self.connection = Connection(self.switch.server)
        self.transport = Transport(peerAddress=IPv4Address("TCP", "127.0.0.1", 4711))
        self.connection.makeConnection(self.transport)
        self.gone = False

    def _arrived(self, arrival: Arrival) -> None:
        arrival.leg.own(self.events.append)
        for command in (Answer(), Play("p1", ("sound:a", "sound:b")), Play("p2", ("sound:c",))):
            arrival.leg.send(command)
        self.clock.callLater(0.1, lambda: arrival.leg.send(StopPlay("p1")))

    def say(self, raw: bytes) -> None:
        self.connection.dataReceived(raw)
        self.turn(0.01)

    def turn(self, seconds: float) -> None:
        """Let time pass; a connection that was closed is lost then."""
        self.clock.advance(seconds)
        self.connection_over()

    def connection_over(self) -> None:
        if self.transport.disconnecting and not self.gone:
            self.gone = True
            self.connection.connectionLost()

    def wait(self) -> None:
        """Let so much time pass that whatever waits for Asterisk has given up."""
        for _ in range(90):
            self.turn(60.0)
            self.connection.overdue(self.clock.seconds())
            self.connection_over()


class Heard(logging.Handler):
    """What was logged."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


def ended(session: Session) -> None:
    assert [type(one) for one in session.events].count(Ended) == 1
    assert isinstance(session.events[-1], Ended)
    played = [one.playback for one in session.events if isinstance(one, PlayEnded)]
    assert sorted(played) == ["p1", "p2"]
    assert session.switch.owned() == frozenset()
    assert session.switch.server.connections == set()


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(CHUNKS, st.booleans())
def test_any_bytes_in_a_call(chunks: list[bytes], lost: bool) -> None:
    heard, log = Heard(), logging.getLogger("ivrcore.telephony.agi")
    log.addHandler(heard)
    try:
        session = Session()
        session.say(ENVIRONMENT)
        for chunk in chunks:
            session.say(chunk)
        if lost and not session.gone:
            session.gone = True
            session.connection.connectionLost()
        else:
            session.wait()
        ended(session)
    finally:
        log.removeHandler(heard)
    assert not [record for record in heard.records if record.exc_info]


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(CHUNKS)
def test_any_bytes_at_the_begin(chunks: list[bytes]) -> None:
    session = Session()
    for chunk in chunks:
        session.say(chunk)
    session.wait()
    assert session.gone
    assert session.events == []
    assert session.switch.server.connections == set()


def test_an_environment_of_few_but_long_lines_is_bounded() -> None:
    session = Session()
    for at in range(5):
        assert not session.gone
        session.say(f"agi_arg_{at}: {'x' * 16_000}\n".encode())
    assert session.gone
    assert session.events == []


def test_who_neither_reads_nor_closes_keeps_no_place() -> None:
    session = Session()
    session.say(ENVIRONMENT)
    session.connection.close()
    session.clock.advance(CLOSE_SECONDS - 1.0)
    assert not session.transport.disconnected
    session.clock.advance(2.0)
    assert session.transport.disconnected
    session.connection_over()
    assert session.clock.getDelayedCalls() == []


def test_a_caller_of_whom_nobody_could_be_told_goes_back_to_the_dialplan() -> None:
    def fails(_: Arrival) -> None:
        raise RuntimeError("a fault of ours")

    session = Session()
    session.switch.on_arrival = fails
    session.say(ENVIRONMENT)
    session.turn(0.01)
    assert session.gone
    assert session.switch.owned() == frozenset()

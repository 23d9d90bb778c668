"""Sockets that a process is given, with real descriptors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Factory
from twisted.web.static import Data

from ivrcore.service.doors import PASSED, Doors
from ivrcore.web.server import WebServer

LOCAL = "127.0.0.1"


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server((LOCAL, 0)) as one:
        yield one


def port_of(one: socket.socket) -> int:
    return int(one.getsockname()[1])


def passed(*sockets: socket.socket) -> dict[str, str]:
    """Give the variables that name copies of these."""
    return {PASSED: ",".join(str(os.dup(one.fileno())) for one in sockets)}


def test_a_socket_is_known_by_its_address(door: socket.socket) -> None:
    doors = Doors(passed(door))
    assert doors.take(LOCAL, port_of(door) + 1) is None
    found = doors.take("localhost", port_of(door))
    assert found is not None
    with found:
        assert found.getsockname() == door.getsockname()
        assert not found.get_inheritable()
    assert doors.take(LOCAL, port_of(door)) is None, "once"


def test_what_is_no_listening_socket_is_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    reader, writer = os.pipe()
    with socket.socket() as closed:
        doors = Doors({PASSED: f"{reader},{os.dup(closed.fileno())},nonsense"})
    doors.close()
    os.close(reader)  # it is open yet
    os.close(writer)
    assert len([one for one in caplog.records if "no socket that listens" in one.message]) == 2


def test_one_that_nothing_is_configured_for_is_closed(
    door: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    port = port_of(door)
    doors = Doors(passed(door))
    door.close()
    doors.close()
    assert f"for {LOCAL}:{port}" in caplog.text
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((LOCAL, port))


GIVEN = """
import os, sys
from ivrcore.service.doors import Doors
found = Doors(os.environ).take("127.0.0.1", int(sys.argv[1]))
print("none" if found is None else found.fileno())
"""
SYSTEMD = """
import os, sys
number, pid, program, port = sys.argv[1:]
os.dup2(int(number), 3)
env = os.environ | {"LISTEN_FDS": "1", "LISTEN_PID": pid or str(os.getpid())}
os.execve(sys.executable, [sys.executable, "-c", program, port], env)
"""


@pytest.mark.parametrize(("pid", "given"), [("", "3"), ("1", "none")], ids=["ours", "another's"])
def test_systemd_gives_them_from_the_third_on(door: socket.socket, pid: str, given: str) -> None:
    number = door.fileno()
    said = subprocess.run(
        [sys.executable, "-c", SYSTEMD, str(number), pid, GIVEN, str(port_of(door))],
        pass_fds=[number],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert said.strip() == given


@ensureDeferred
async def test_who_connects_before_the_server_listens_and_after_it_waits(door: socket.socket) -> None:
    early = socket.create_connection(door.getsockname())
    early.sendall(b"GET / HTTP/1.0\r\n\r\n")
    doors, page = Doors(passed(door)), Data(b"here", "text/plain")  # type: ignore[no-untyped-call]
    server = WebServer(reactor, page, LOCAL, port_of(door), listen=doors.listen)
    server.start()
    with early:
        assert b" 404 " in await answer(early)
    await server.stop()
    with socket.create_connection(door.getsockname()) as late:
        door.settimeout(5)
        taken, _ = door.accept()  # the other process has the socket, and it listens yet
        taken.close()
        late.close()


async def answer(one: socket.socket) -> bytes:
    """Wait for what comes back, while the reactor turns."""
    from twisted.internet.threads import deferToThread

    one.settimeout(20)
    found: bytes = await deferToThread(one.recv, 4096)
    return found


def test_without_one_it_opens_the_port_itself_and_a_port_that_is_taken_is_told(door: socket.socket) -> None:
    doors = Doors({})
    with pytest.raises(CannotListenError):
        doors.listen(reactor, LOCAL, port_of(door), object())
    untyped: Any = reactor
    port = doors.listen(untyped, LOCAL, 0, Factory())
    assert port.getHost().port > 0
    assert not os.get_blocking(port.fileno()), "to accept must never stop the loop"
    port.stopReading()
    port.socket.close()

"""What the service manager is told, on a real datagram socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.service.notify import LOOK_EVERY, Notifier

UNIT = Path(__file__).parents[3] / "config/systemd/ivrcore.service"


class Manager:
    """systemd's end of the socket."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.door.bind(self.path)
        self.door.setblocking(False)

    def told(self) -> list[str]:
        found = []
        while True:
            try:
                found.append(self.door.recv(4096).decode())
            except BlockingIOError:
                return found


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    one = Manager(tmp_path)
    yield one
    one.door.close()


def test_ready_is_told_only_once_calls_can_be_served(manager: Manager) -> None:
    clock, reasons = Clock(), ["the link to Asterisk (ari) is down"]
    notifier = Notifier(clock, lambda: reasons, {"NOTIFY_SOCKET": manager.path})
    notifier.start()
    clock.pump([LOOK_EVERY] * 3)
    assert manager.told() == ["STATUS=the link to Asterisk (ari) is down"]
    reasons.clear()
    clock.advance(LOOK_EVERY)
    assert manager.told() == ["READY=1\nSTATUS=serves calls"]
    reasons.append("it drains: no new calls are taken")
    clock.pump([LOOK_EVERY] * 3)
    reasons.clear()
    clock.advance(LOOK_EVERY)
    assert manager.told() == ["STATUS=it drains: no new calls are taken", "STATUS=serves calls"]
    notifier.stopping()
    clock.pump([LOOK_EVERY] * 3)
    assert manager.told() == ["STOPPING=1\nSTATUS=ends"]


def test_the_watchdog_is_fed_while_the_loop_turns_and_while_it_ends(manager: Manager) -> None:
    clock = Clock()
    env = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}
    notifier = Notifier(clock, lambda: ["not yet"], env)
    notifier.start()
    clock.pump([1.0] * 60)
    assert 5 <= manager.told().count("WATCHDOG=1") <= 7
    assert manager.told() == []  # a loop that does not turn feeds nothing
    notifier.stopping()
    clock.pump([1.0] * 15)
    assert "WATCHDOG=1" in manager.told()
    notifier.stop()
    clock.pump([1.0] * 60)
    assert manager.told() == []
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "env", [{}, {"WATCHDOG_USEC": "nonsense"}, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}]
)
def test_nobody_elses_watchdog_is_fed(manager: Manager, env: dict[str, str]) -> None:
    clock = Clock()
    notifier = Notifier(clock, lambda: ["not yet"], {"NOTIFY_SOCKET": manager.path, **env})
    notifier.start()
    clock.pump([1.0] * 60)
    assert manager.told() == ["STATUS=not yet"]
    notifier.stop()


def test_without_a_manager_nothing_is_looked_at() -> None:
    clock = Clock()
    notifier = Notifier(clock, lambda: pytest.fail("asked"), {})
    notifier.start()
    notifier.stopping()
    assert clock.getDelayedCalls() == []


def test_a_manager_that_is_away_is_told_of_once_and_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    env = {"NOTIFY_SOCKET": str(tmp_path / "nobody"), "WATCHDOG_USEC": "3000000"}
    notifier = Notifier(clock, list, env)
    notifier.start()
    clock.pump([1.0] * 10)
    assert len([one for one in caplog.records if "service manager" in one.message]) == 1
    notifier.stop()


def test_an_abstract_socket_is_found() -> None:
    name = f"ivrcore-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(f"\0{name}")
        Notifier(Clock(), list, {"NOTIFY_SOCKET": f"@{name}"}).stopping()
        assert door.recv(100) == b"STOPPING=1\nSTATUS=ends"


def test_the_unit_waits_for_readiness_and_guards_the_loop() -> None:
    parser = RawConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text())
    service = parser["Service"]
    assert (service["Type"], service["NotifyAccess"]) == ("notify", "main")
    assert service["WatchdogSec"] == "30s"
    assert int(service["LimitNOFILE"]) >= 20_000
    assert service["NoNewPrivileges"] == "yes"


def test_who_takes_over_is_told_to_be_the_main_process(manager: Manager) -> None:
    clock = Clock()
    env = {"NOTIFY_SOCKET": manager.path, "WATCHDOG_USEC": "3000000"}
    notifier = Notifier(clock, list, env)
    notifier.start()
    manager.told()
    notifier.succeeded_by(4711)
    assert manager.told() == ["MAINPID=4711\nSTATUS=process 4711 takes over"]
    notifier.stop()
    clock.pump([1.0] * 10)
    assert manager.told() == []

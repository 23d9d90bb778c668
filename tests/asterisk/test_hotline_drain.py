"""A hotline that takes no new calls: those inside finish, others go to the fallback, and the server ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import urllib.error
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.phones import Answers, HangUp, Keys, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import Outcome
from ivrcore.model.overload_names import TurnedAway, WayOut
from ivrcore.web.view import AgentAction
from tests.asterisk.agi_site import running
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    Opened,
    check,
    counts_much,
    happened,
    hears,
    opened,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "lab", counts_much) as one:
        yield one


def drain(lab: HotlineLab, *arguments: str) -> str:
    """Run the command as an admin would."""
    command = [sys.executable, "-m", "ivrcore", "drain", "--site", str(lab.site), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()


def reasons(lab: HotlineLab) -> list[str]:
    try:
        with LOOPBACK.open(f"{lab.url}/readyz", timeout=5) as answer:
            return list(json.load(answer)["reasons"])
    except urllib.error.HTTPError as refused:
        with refused:
            return list(json.load(refused)["reasons"])


def test_given_a_drain_when_undone_then_callers_are_served_again(hotline: Opened) -> None:
    lab = hotline.start(site())
    inside = lab.phones.call("5000", [Stay(40)])
    inside.wait_for("answered")
    assert drain(lab) == "no new calls are taken; 1 contact in progress"
    assert reasons(lab) == ["it drains: no new calls are taken"]
    assert lab.total("ivrcore_draining") == 1
    outside = lab.phones.call("5000", [Stay(40)]).result()
    assert outside.ended_by == "far"  # the fallback plays its message
    (told,) = happened(lab, events.ContactTurnedAway)
    assert (told.why, told.way) == (TurnedAway.DRAINING, WayOut.OTHER_SERVER)
    assert not inside.happened("ended")
    assert drain(lab, "--undo") == "new calls are taken; 1 contact in progress"
    assert lab.probe("readyz") == 200
    assert lab.total("ivrcore_draining") == 0
    assert lab.phones.call("5000", [Wait(0.5), HangUp()]).result().ended_by == "caller"
    assert len(happened(lab, events.ContactTurnedAway)) == 1
    inside.hang_up()


def test_given_then_stop_when_the_last_caller_leaves_then_the_server_ends_in_order(hotline: Opened) -> None:
    lab = hotline.start(site())
    inside = lab.phones.call("5000", [Stay(40)])
    inside.wait_for("answered")
    assert drain(lab, "--then-stop").endswith("1 contact in progress; the server ends once they are over")
    assert lab.probe("healthz") == 200
    inside.hang_up()
    lab.wait_for("it ended", lambda: lab.probe("healthz") == 0)
    lab.wait_for("in order", lambda: isinstance(list(lab.records())[-1].event, events.ServerStopped))
    assert lab.phones.call("5000", [Stay(40)]).result().ended_by == "far"
    lab.serve()


def test_given_a_time_out_when_it_is_up_then_the_server_ends_and_callers_fall_back(hotline: Opened) -> None:
    lab = hotline.start(site())
    inside = lab.phones.call("5000", [Stay(60)])
    inside.wait_for("answered")
    drain(lab, "--then-stop", "--time-out", "2s")
    lab.wait_for("it ended", lambda: lab.probe("healthz") == 0)
    assert inside.result().ended_by == "far"
    assert isinstance(list(lab.records())[-1].event, events.ServerStopped)
    lab.serve()


def test_given_a_service_manager_then_it_is_told_ready_and_stopping(
    hotline: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as door:
        door.bind(str(tmp_path / "notify"))
        door.settimeout(30)
        lab = hotline.start(site())
        lab.stop_server()
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))  # Asterisk would tell it too
        monkeypatch.setenv("WATCHDOG_USEC", "1500000")
        lab.serve()
        told: list[str] = []
        while "WATCHDOG=1" not in told or not any("READY=1" in one for one in told):
            told.append(door.recv(4096).decode())
        lab.stop_server()
        while "STOPPING=1" not in told[-1]:
            told.append(door.recv(4096).decode())
    monkeypatch.undo()
    lab.serve()


def test_given_two_servers_when_one_drains_then_the_other_has_new_calls_and_it_ends(
    hotline: Opened, tmp_path: Path
) -> None:
    first = hotline.start(site())
    first.phones.add_agents({"agent3": Answers(0.2)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    first.ready("cho")
    second = first.beside("b")
    second.serve()
    try:
        talking = first.phones.call("5000", [Wait(0.3), Keys("2"), Stay(60)])
        first.wait_for("they talk", lambda: happened(first, events.VisitAnswered))
        menu = first.phones.call("5000", [Wait(5), Keys("3"), Stay(60)])
        first.wait_for("in the menu", lambda: len(happened(first, events.MenuEntered)) == 2)
        drain(first, "--then-stop")
        later = [first.phones.call("5000", [Wait(0.3), Keys("3"), Stay(60)]) for _ in range(3)]
        for call in later:
            assert call.result().ended_by == "far"  # it is told the hours, and hung up
        told = happened(first, events.ContactTurnedAway)
        assert {one.way for one in told} == {WayOut.OTHER_SERVER}
        assert len(told) == len(happened(second, events.ContactArrived)) == 3
        second.wait_for("three closed", lambda: len(happened(second, events.ContactClosed)) == 3)
        assert {one.outcome for one in happened(second, events.ContactClosed)} == {Outcome.SELF_SERVED}
        assert menu.result().ended_by == "far"  # it pressed its key, and was told the hours
        assert first.probe("healthz") == 200, "they talk yet"
        talking.hang_up()
        assert hears(talking.result().heard, AGENT_HERTZ)
        first.wait_for("it ended", lambda: first.probe("healthz") == 0)
        first.wait_for("in order", lambda: isinstance(list(first.records())[-1].event, events.ServerStopped))
        call = first.phones.call("5000", [Wait(0.3), Keys("3"), Stay(60)])
        assert call.result().ended_by == "far"
        second.wait_for("all closed", lambda: len(happened(second, events.ContactClosed)) == 4)
        check(second)
    finally:
        second.stop_server()
    first.serve()


def test_given_a_drain_when_the_server_is_killed_then_it_goes_on_draining_and_ends(hotline: Opened) -> None:
    lab = hotline.start(site())
    inside = lab.phones.call("5000", [Stay(60)])
    inside.wait_for("answered")
    waits = lab.phones.call("5001", [Stay(60)])
    lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
    drain(lab, "--then-stop")
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    assert lab.phones.call("5000", [Stay(40)]).result().ended_by == "far"  # nobody is there
    lab.serve(ready=False)
    lab.wait_for("both go on", lambda: len(happened(lab, events.ContactAdopted)) == 2)
    assert reasons(lab) == ["it drains: no new calls are taken"]
    assert drain(lab, "--status").endswith("2 contacts in progress; the server ends once they are over")
    assert lab.phones.call("5000", [Stay(40)]).result().ended_by == "far"
    (told,) = happened(lab, events.ContactTurnedAway)
    assert told.why == TurnedAway.DRAINING
    inside.hang_up()
    lab.wait_for("one is over", lambda: len(happened(lab, events.ContactClosed)) == 2)
    assert lab.probe("healthz") == 200, "one waits yet"
    waits.hang_up()
    lab.wait_for("it ended", lambda: lab.probe("healthz") == 0)
    lab.wait_for("in order", lambda: isinstance(list(lab.records())[-1].event, events.ServerStopped))
    lab.serve()
    assert lab.total("ivrcore_draining") == 0


BY_AGI = """
[from-trunk](+)
exten => 710,1,Answer()
 same => n,AGI(${IVRCORE}/hotline?entry=welcome)
 same => n,Set(GLOBAL(WHY)=${IVRCORE_RESULT})
 same => n,Goto(ivrcore-sample-away,s,1)
exten => 810,1,Answer()
 same => n,AGI(${IVRCORE}/route?group=cards&wait=5)
 same => n,Set(GLOBAL(ROUTE_WHY)=${IVRCORE_RESULT} ${IVRCORE_REASON})
 same => n,Goto(ivrcore-sample-away,s,1)
"""


def test_given_callers_by_agi_when_it_drains_then_new_ones_go_on_and_those_inside_are_served(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "lab", more=BY_AGI, asterisk="{ari: no}") as lab:
        lab.phones.add_agents({"agent1": Answers(0.1, talk=0.5), "agent2": Answers(0.1, talk=0.5)})
        waits = lab.phones.call("800", [Stay(60)])
        lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
        menu = lab.phones.call("700", [Stay(60)])
        lab.wait_for("the other is in the menu", lambda: happened(lab, events.MenuEntered))
        drain(lab, "--then-stop")
        for number in ("710", "810"):
            assert lab.phones.call(number, [Stay(60)]).result().ended_by == "far"
        assert lab.pbx.variable("WHY") == "draining"
        assert lab.pbx.variable("ROUTE_WHY") == "refused the server takes no more callers now: draining"
        assert len(lab.phones.agents["agent1"].calls) == 2, "the dialplan has its own way without us"
        assert {one.why for one in happened(lab, events.ContactTurnedAway)} == {TurnedAway.DRAINING}
        assert lab.probe("healthz") == 200
        lab.agent("bob", AgentAction.READY)
        assert waits.result().ended_by == "far"
        assert [one.agent for one in happened(lab, events.VisitAnswered)] == ["bob"]
        menu.hang_up()
        lab.wait_for("it ended", lambda: lab.probe("healthz") == 0)
        lab.wait_for("in order", lambda: isinstance(list(lab.records())[-1].event, events.ServerStopped))
        lab.serve()

"""The unit that is shipped, under a real systemd: ready, handed over by a reload, hung, drained."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.packages import lab_folder
from ivrcore.lab.phones import Answers, Call, Keys, Stay, Wait
from ivrcore.lab.systemd import Systemd
from ivrcore.model import events
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    PLAN,
    check,
    figures_equal_fold,
    happened,
    site,
    tone,
)
from tests.asterisk.test_adoption import QUEUES

pytestmark = [pytest.mark.asterisk, pytest.mark.own_systemd]

UNIT = "ivrcore.service"
SHIPPED = Path(__file__).parents[2] / "config/systemd" / UNIT
HERE = """
[Service]
User=root
Group=root
ProtectHome=no
PrivateTmp=no
ReadWritePaths={writes}
WatchdogSec=4s
TimeoutAbortSec=2s
StandardOutput=append:{log}
StandardError=append:{log}
"""
"""What a lab has otherwise: no user of its own, a site in a folder for the time being, and less patience."""


class Managed:
    """A hotline whose server is a unit of a systemd of its own."""

    def __init__(self, folder: Path) -> None:
        self.lab = HotlineLab(
            folder / "lab",
            config=site(queues=QUEUES),
            dialplans={"bank.yaml": PLAN.replace("timeout: 1s", "timeout: 60s")},
            registering=True,
        )
        program = str(Path(sys.executable).with_name("ivrcore"))
        unit = SHIPPED.read_text().replace("/usr/bin/ivrcore", program)
        unit = re.sub(r"(?m)^(Exec\w+=.*) /etc/ivrcore$", rf"\g<1> {self.lab.site}", unit)
        unit = unit.replace("ReadWritePaths=/etc/ivrcore\n", "")
        writes = f"{self.lab.site} {lab_folder()}"
        here = HERE.format(writes=writes, log=self.lab.folder / "server.log")
        self.systemd = Systemd(folder / "systemd", {UNIT: unit + here})

    def is_now(self, **wanted: str) -> bool:
        """Tell whether the unit is so."""
        return self.systemd.show(UNIT, *wanted) == wanted

    def shows(self, name: str) -> str:
        return self.systemd.show(UNIT, name)[name]

    def start(self) -> None:
        """Start the unit, Asterisk being there, and wait until systemd knows it ready."""
        self.systemd.ask("start", UNIT, seconds=120)
        assert self.is_now(ActiveState="active", SubState="running", StatusText="serves calls")

    def reload(self) -> None:
        """Have a new process take over, as an administrator does."""
        self.systemd.ask("reload", UNIT, seconds=120)

    def in_the_menu(self) -> Call:
        call = self.lab.phones.call("5000", [Stay(100)], deadline=150.0)
        self.lab.wait_for("it is in the menu", lambda: happened(self.lab, events.MenuEntered))
        return call


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[Managed]:
    one = Managed(tmp_path)
    with one.systemd:
        try:
            yield one
            check(one.lab)
            figures_equal_fold(one.lab)
        finally:
            one.lab.close()


def test_given_the_unit_when_started_then_it_is_ready_once_asterisk_is_there(managed: Managed) -> None:
    lab = managed.lab
    managed.systemd.ask("start", "--no-block", UNIT)
    lab.wait_for("it waits", lambda: "Asterisk" in managed.shows("StatusText"))
    assert managed.is_now(ActiveState="activating", SubState="start")
    lab.start()
    lab.wait_for("it is ready", lambda: managed.is_now(ActiveState="active", StatusText="serves calls"))
    assert lab.probe("readyz") == 200
    managed.systemd.ask("stop", UNIT)
    assert managed.is_now(ActiveState="inactive", Result="success")
    assert isinstance(list(lab.records())[-1].event, events.ServerStopped)
    managed.systemd.ask("start", UNIT, seconds=120)


def test_given_a_journal_that_cannot_be_opened_for_a_while_then_the_unit_starts_once_it_can(
    managed: Managed,
) -> None:
    lab = managed.lab.start()
    in_the_way = lab.site / "var/journal.db"
    in_the_way.mkdir(parents=True)
    managed.systemd.ask("start", "--no-block", UNIT)
    lab.wait_for("it was tried over and over", lambda: int(managed.shows("NRestarts")) > 6)
    assert "IVR" in (lab.folder / "server.log").read_text()
    in_the_way.rmdir()
    lab.wait_for("it is ready", lambda: managed.is_now(ActiveState="active", StatusText="serves calls"))


def test_given_calls_when_the_unit_is_reloaded_then_a_new_main_process_has_them(
    managed: Managed, tmp_path: Path
) -> None:
    lab = managed.lab.start()
    managed.start()
    lab.phones.add_agents({"agent3": Answers(0.2)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("cho")
    talks = lab.phones.call("5000", [Wait(0.3), Keys("2"), Stay(100)], deadline=150.0)
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    inside = lab.phones.call("5000", [Stay(100)], deadline=150.0)
    lab.wait_for("one is in the menu", lambda: len(happened(lab, events.MenuEntered)) == 2)
    mains = [managed.shows("MainPID")]
    for count in (1, 2):  # a successor's successor, too
        managed.reload()
        lab.wait_for("systemd follows", lambda: managed.shows("MainPID") not in mains)
        mains.append(managed.shows("MainPID"))
        assert str(ApiClient(lab.url, lab.token).hand_over()["pid"]) == mains[-1]
        lab.wait_for("both go on", lambda count=count: len(happened(lab, events.ContactAdopted)) == 2 * count)
        lab.wait_for("it is ready", lambda: lab.probe("readyz") == 200)
    assert managed.is_now(ActiveState="active", SubState="running", NRestarts="0", Result="success")
    assert not happened(lab, events.ContactClosed)
    for call in (talks, inside):
        call.hang_up()
        assert call.result().ended_by == "caller"


def test_given_a_server_that_hangs_when_the_watchdog_sees_it_then_a_new_one_takes_the_call_up(
    managed: Managed,
) -> None:
    lab = managed.lab.start()
    managed.start()
    call = managed.in_the_menu()
    main = managed.shows("MainPID")
    managed.systemd.ask("kill", "--kill-whom=main", "--signal=SIGSTOP", UNIT)
    lab.wait_for("it is started anew", lambda: managed.is_now(ActiveState="active", NRestarts="1"))
    assert managed.shows("MainPID") != main
    lab.wait_for("the call goes on", lambda: happened(lab, events.ContactAdopted))
    assert not happened(lab, events.ContactClosed)
    call.hang_up()
    assert call.result().ended_by == "caller"


def test_given_a_successor_that_hangs_too_when_the_watchdog_sees_it_then_it_is_watched_as_the_first_was(
    managed: Managed,
) -> None:
    lab = managed.lab.start()
    managed.start()
    call = managed.in_the_menu()
    managed.reload()
    lab.wait_for("it is ready", lambda: lab.probe("readyz") == 200)
    main = managed.shows("MainPID")
    managed.systemd.ask("kill", "--kill-whom=main", "--signal=SIGSTOP", UNIT)
    lab.wait_for("it is started anew", lambda: managed.is_now(ActiveState="active", NRestarts="1"))
    assert managed.shows("MainPID") != main
    lab.wait_for("the call goes on", lambda: len(happened(lab, events.ContactAdopted)) == 2)
    call.hang_up()
    assert call.result().ended_by == "caller"


def test_given_a_drain_that_ends_it_when_the_last_caller_leaves_then_the_unit_stays_down(
    managed: Managed,
) -> None:
    lab = managed.lab.start()
    managed.start()
    call = managed.in_the_menu()
    drain = [sys.executable, "-m", "ivrcore", "drain", "--then-stop", "--site", str(lab.site)]
    subprocess.run(drain, capture_output=True, timeout=60, check=True)
    call.hang_up()
    lab.wait_for("it ended", lambda: managed.is_now(ActiveState="inactive", Result="success", NRestarts="0"))
    managed.start()

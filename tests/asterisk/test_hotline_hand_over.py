"""A new process takes the calls of the running one: nobody is hung up, nothing is heard to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import urllib.error
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab import audio, hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.pbx_files import MUSIC
from ivrcore.lab.phones import Answers, HangUp, Keys, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, Outcome
from ivrcore.web.client import ApiClient
from tests.asterisk.agi_site import running
from tests.asterisk.hotlines import AGENT_HERTZ, CALLER_HERTZ, happened, tone
from tests.asterisk.test_adoption import QUEUES, TO_LOANS, Start, adopted, hotline, places, states
from tests.asterisk.test_hotline_drain import drain, reasons

__all__ = ["hotline"]

pytestmark = pytest.mark.asterisk

BOUND = 4.0
"""Seconds in which nobody acts on a key; four times as many as on a machine that does nothing else."""
HEARD_GAP = 0.15
"""Seconds of silence that a busy lab makes by itself between two packets."""
PRESSES = [Keys("1"), Wait(0.15)] * 60


def seconds_away(lab: HotlineLab) -> float:
    """Give for how long nobody was heard at the last hand-over."""
    return happened(lab, events.LinkCameUp)[-1].at - happened(lab, events.ServerHandedOver)[-1].since


def gap(wav: Path | None, hertz: float) -> float:
    """Give the longest silence within a tone that was heard."""
    assert wav is not None, "nothing was recorded"
    return hearing.longest_gap(audio.read_wav(wav), hertz)


def counters(lab: HotlineLab) -> dict[Any, float]:
    """Give what may only rise."""
    return {
        name: value
        for name, value in lab.metrics().items()
        if name[0].startswith(("ivrcore_contacts", "ivrcore_queue", "ivrcore_agent", "ivrcore_menu"))
        and name[0].endswith(("_total", "_count"))
    }


def test_given_calls_in_every_state_when_handed_over_then_nothing_stops(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline(queues=QUEUES.replace("ring_time: 20s", "ring_time: 50s"))
    say = {"agent3": tone(tmp_path, AGENT_HERTZ, 60.0), "agent1": tone(tmp_path, AGENT_HERTZ)}
    lab.phones.add_agents({"agent3": Answers(0.2), "agent1": Answers(25.0)}, say=say)
    lab.ready("cho", "ann")
    hums = Say(tone(tmp_path, CALLER_HERTZ, 60.0), wait=False)
    calls = {"talks": lab.phones.call("5000", [*TO_LOANS[:2], hums, Stay(60)])}
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    for count, name in enumerate(("waits", "waits too"), 2):
        calls[name] = lab.phones.call("5000", TO_LOANS)
        lab.wait_for(name, lambda count=count: len(happened(lab, events.ContactQueued)) == count)
    calls["menu"] = lab.phones.call("5000", [Wait(15), Keys("1"), Stay(60)])
    lab.wait_for("in the menu", lambda: len(happened(lab, events.MenuEntered)) == 4)
    calls["rings"] = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(60)])
    lab.wait_for("the phone rings", lambda: lab.phones.agents["agent1"].live)
    before, waiting, old = counters(lab), places(lab, "loans"), lab.pid
    lab.hand_over()
    assert lab.pid != old
    lab.wait_for("all are found", lambda: adopted(lab).total() == 5)
    assert adopted(lab) == {
        AdoptedIn.TALK: 1,
        AdoptedIn.OFFERED: 1,
        AdoptedIn.QUEUE: 2,
        AdoptedIn.DIALPLAN: 1,
    }
    assert 0 < seconds_away(lab) < BOUND
    assert places(lab, "loans") == waiting
    assert states(lab)["cho"] == "talking"
    after = counters(lab)
    assert [name for name, value in before.items() if after[name] < value] == []
    lab.wait_for("the phone that rang is through", lambda: len(happened(lab, events.VisitAnswered)) == 2)
    assert len(happened(lab, events.OfferMade)) == 2, "nobody is offered twice"
    assert not happened(lab, events.OfferEnded)
    lab.wait_for("a key works", lambda: len(happened(lab, events.ContactQueued)) == 5)
    assert not happened(lab, events.OrphanEnded)
    assert not happened(lab, events.ContactClosed)
    for call in calls.values():
        call.hang_up()
    heard = {name: call.result() for name, call in calls.items()}
    assert {one.ended_by for one in heard.values()} == {"caller"}
    assert gap(heard["talks"].heard, AGENT_HERTZ) < HEARD_GAP
    lab.wait_for("the agent is through", lambda: lab.phones.agents["agent3"].calls[0].heard)
    assert gap(lab.phones.agents["agent3"].calls[0].heard, CALLER_HERTZ) < HEARD_GAP
    for name in ("waits", "waits too"):
        assert [gap(heard[name].heard, hertz) < HEARD_GAP for hertz in MUSIC] == [True, True]


def test_given_keys_and_new_calls_when_handed_over_then_none_is_lost(hotline: Start) -> None:
    lab = hotline()
    presses = lab.phones.call("5000", [Wait(0.3), *PRESSES, Stay(60)])
    lab.wait_for("it presses", lambda: happened(lab, events.KeyPressed))
    lab.hand_over(ready=False)
    (over,) = happened(lab, events.ServerHandedOver)
    came = [lab.phones.call("5000", [Wait(0.3), Keys("3"), Stay(60)]) for _ in range(3)]
    lab.wait_ready()
    assert {call.result().status for call in came} == {200}
    presses.hang_up()
    assert presses.result().ended_by == "caller"
    lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 4)
    outcomes = {one.contact: one.outcome for one in happened(lab, events.ContactClosed)}
    assert sorted(outcomes.values()) == [Outcome.QUEUED, *[Outcome.SELF_SERVED] * 3]
    assert any(one.at >= over.at for one in happened(lab, events.ContactArrived))


@contextmanager
def called(lab: HotlineLab, every: float = 0.05) -> Iterator[list[Any]]:
    """Have callers come one after another, all the time."""
    calls: list[Any] = []
    over = threading.Event()

    def work() -> None:
        while not over.wait(every):
            calls.append(lab.phones.call("5000", [Stay(60)]))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield calls
    finally:
        over.set()
        thread.join()


def test_given_callers_who_come_in_between_when_handed_over_then_all_are_let_in(hotline: Start) -> None:
    lab = hotline()
    with called(lab) as calls:
        lab.wait_for("the first is in", lambda: happened(lab, events.MenuEntered))
        lab.hand_over(ready=False)
        lab.wait_for("the link stands", lambda: len(happened(lab, events.LinkCameUp)) == 2)
        many = len(happened(lab, events.ContactArrived))
        lab.wait_for("more come", lambda: len(happened(lab, events.ContactArrived)) > many + 3)
    lab.wait_for("all are in", lambda: len(happened(lab, events.MenuEntered)) >= len(calls))
    (over,), up = happened(lab, events.ServerHandedOver), happened(lab, events.LinkCameUp)[-1]
    assert len(happened(lab, events.ContactArrived)) == len(calls)
    assert not happened(lab, events.ContactClosed)
    assert not happened(lab, events.OrphanEnded)
    print(
        "came in between:",
        sum(over.since < one.at < up.at + 0.1 for one in happened(lab, events.ContactArrived)),
    )
    for call in calls:
        call.hang_up()
    assert {call.result().ended_by for call in calls} == {"caller"}


def test_given_a_successor_that_cannot_serve_when_it_tries_then_the_old_one_goes_on(hotline: Start) -> None:
    lab = hotline()
    inside = lab.phones.call("5000", [Wait(12), Keys("3"), Stay(60)])
    lab.wait_for("it is inside", lambda: happened(lab, events.MenuEntered))
    config = lab.site / CONFIG_FILE
    good, old = config.read_text(), lab.pid
    config.write_text(good + "\nnonsense: {here: 1}\n")
    done = subprocess.run(
        [sys.executable, "-m", "ivrcore", "hand-over", "--site", str(lab.site)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert f"process {old} goes on" in done.stderr
    config.write_text(good)
    assert ApiClient(lab.url, lab.token).hand_over()["pid"] == old
    assert not happened(lab, events.ServerHandedOver)
    assert inside.result().ended_by == "far"  # it pressed its key, and was told the hours


@contextmanager
def hammered(url: str) -> Iterator[list[int]]:
    """Ask for an address again and again; gives what came of it, 0 for a connection that was refused."""
    found: list[int] = []
    over = threading.Event()

    def work() -> None:
        while not over.is_set():
            try:
                with LOOPBACK.open(url, timeout=20) as answer:
                    found.append(answer.status)
            except urllib.error.HTTPError as refused:
                refused.close()
                found.append(refused.code)
            except (ConnectionResetError, urllib.error.URLError) as error:
                reason = getattr(error, "reason", error)
                found.append(0 if isinstance(reason, ConnectionRefusedError) else -1)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def test_given_the_command_when_a_new_process_takes_over_then_its_sockets_are_never_closed(
    hotline: Start,
) -> None:
    lab = hotline()
    inside = lab.phones.call("5000", [Stay(60)])
    lab.wait_for("it is inside", lambda: happened(lab, events.MenuEntered))
    drain(lab)
    old = lab.pid
    command = [sys.executable, "-m", "ivrcore", "hand-over", "--site", str(lab.site)]
    with hammered(f"{lab.url}/healthz") as answers:
        said = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    new = ApiClient(lab.url, lab.token).hand_over()["pid"]
    try:
        assert said == f"process {new}, ivrcore 0.1.0, has taken over from {old}\n"
        assert 0 not in answers
        assert answers.count(200) > 10
        assert reasons(lab) == ["it drains: no new calls are taken"]
        drain(lab, "--undo")
        lab.wait_for("it is ready", lambda: lab.probe("readyz") == 200)
        assert adopted(lab).total() == 1
        inside.hang_up()
        assert inside.result().ended_by == "caller"
        lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    finally:
        os.kill(new, signal.SIGTERM)
    lab.wait_for("it ended", lambda: lab.probe("healthz") == 0)
    lab.stop_server()
    lab.serve()


def test_given_a_successor_that_dies_when_it_has_everything_then_a_start_takes_all_up(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    calls = [lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(60)]), lab.phones.call("5000", [Stay(60)])]
    lab.wait_for("one waits", lambda: happened(lab, events.ContactQueued))
    lab.hand_over(ready=False)
    lab.signal_server(signal.SIGKILL)
    lab.serve()
    lab.wait_for(
        "both go on",
        lambda: (
            {one.contact for one in happened(lab, events.ContactAdopted)}
            == {one.contact for one in happened(lab, events.ContactArrived)}
        ),
    )
    assert not happened(lab, events.ContactClosed)
    for call in calls:
        call.hang_up()
    assert {call.result().ended_by for call in calls} == {"caller"}


def test_given_nobody_to_take_over_from_when_started_so_then_it_is_a_start(hotline: Start) -> None:
    lab = hotline()
    lab.stop_server()
    lab.serve(options=("--take-over",))
    assert lab.phones.call("5000", [Wait(0.3), HangUp()]).result().ended_by == "caller"


BY_AGI = """
[from-trunk](+)
exten => 710,1,Answer()
 same => n,AGI(${IVRCORE}/hotline?entry=welcome)
 same => n,Set(GLOBAL(WHY)=${AGISTATUS})
 same => n,Wait(20)
"""


def test_given_a_caller_by_agi_when_handed_over_then_the_dialplan_goes_on(tmp_path: Path) -> None:
    with running(tmp_path / "lab", more=BY_AGI, asterisk="{ari: no}") as lab:
        first = lab.phones.call("710", [Stay(60)])
        lab.wait_for("it is in the menu", lambda: happened(lab, events.MenuEntered))
        lab.hand_over()
        lab.wait_for("its dialplan went on", lambda: lab.pbx.variable("WHY"))
        lab.wait_for("it is closed", lambda: happened(lab, events.ContactClosed))
        (closed,) = happened(lab, events.ContactClosed)
        assert closed.inferred
        assert not first.happened("ended")
        second = lab.phones.call("710", [Stay(60)])
        lab.wait_for("another is served", lambda: len(happened(lab, events.MenuEntered)) == 2)
        for call in (first, second):
            call.hang_up()
            assert call.result().ended_by == "caller"

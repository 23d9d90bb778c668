"""A whole hotline at two real Asterisks: one of them is killed, or hangs, while both have callers."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrcore.config import CONFIG_FILE, load_config
from ivrcore.lab.hotline import HotlineLab, asterisk_section, replaced
from ivrcore.lab.pbx import Pbx
from ivrcore.lab.phones import Answers, Keys, Phones, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import Device, LeftQueue, Outcome
from ivrcore.model.pbx import pbx_of
from ivrcore.telephony.asterisk_files import write_asterisk_files
from tests.asterisk.hotlines import AGENT_HERTZ, CALLER_HERTZ, check, happened, hears, site, tone

pytestmark = pytest.mark.asterisk

NOTICED = 5.0
"""Seconds within which a link that is lost is noticed, as the requirement has it."""
BUSAN = "busan"
AGENTS = """\
ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}
bea: {endpoint: PJSIP/agent1, skills: {cards: 1}, pbx: busan}
"""
QUEUES = "cards: {skills: {cards: 1}, ring_time: 15s, wrap_up: 0s, retry_after: 1s}\n"
PLAN = """\
name: bank
language: en
numbers:
  "5000": {start: welcome}
  "5001": {start: straight}
blocks:
  welcome:
    - menu: main
  straight:
    - queue: cards
menus:
  main:
    prompt: For cards press one.
    timeout: 40s
    choices:
      cards: {keys: "1", go: [{queue: cards}]}
    no_input: [Please press a key.]
    no_match: [Pardon?]
    otherwise: [{queue: cards}]
"""
FROM_TRUNK = """\
; Callers of the lab's trunk come to the server's numbers first; calls for phones come by the other PBX.
[from-trunk]
include => ivrcore-inbound
exten => _age[n]tX,1,Dial(PJSIP/${EXTEN},30)
"""


class Two:
    """A hotline whose second Asterisk is ``busan``, with phones of its own."""

    def __init__(self, folder: Path, *, trunk: bool = False, **sections: str) -> None:
        first = {"queues": QUEUES, "agents": AGENTS.splitlines(keepends=True)[0]}
        self.lab = lab = HotlineLab(folder, agents=1, config=first, dialplans={"bank.yaml": PLAN})
        context = folder / "busan-trunk.conf"
        context.write_text(FROM_TRUNK)
        self.busan = Pbx(
            agents=1,
            includes=[lab.site / f"asterisk/{BUSAN}/extensions_ivrcore.conf", context],
            folder=folder / BUSAN,
        )
        self.phones = Phones(self.busan, folder / "busan-phones")
        self._configure(trunk, sections)

    def _configure(self, trunk: bool, sections: dict[str, str]) -> None:
        lab, file = self.lab, self.lab.site / CONFIG_FILE
        secret = lab.site / "secrets/ari-busan.password"
        secret.touch(mode=0o600)
        secret.write_text(self.busan.ari_password)
        to_busan = f"trunks: {{busan: 'PJSIP/trunk/sip:{{phone}}@127.0.0.1:{self.busan.sip_port}'}}\n"
        asterisk = (
            asterisk_section(lab.pbx.http_port, lab.pbx.block.streams)
            + (to_busan if trunk else "")
            + "pbxs:\n  busan:\n"
            f"    url: http://127.0.0.1:{self.busan.http_port}\n"
            "    password_file: secrets/ari-busan.password\n"
        )
        file.write_text(
            replaced(
                file.read_text(), {**site(queues=QUEUES, agents=AGENTS), "asterisk": asterisk, **sections}
            )
        )
        write_asterisk_files(load_config(lab.site), lab.site / "asterisk")

    def start(self) -> Two:
        self.busan.start()
        self.phones.start()
        self.lab.start()
        self.lab.serve()
        return self

    def close(self) -> None:
        try:
            self.lab.close()
        finally:
            try:
                self.phones.close()
            finally:
                self.busan.close()

    def readiness(self) -> dict[str, Any]:
        return dict(json.loads(self.lab.get("readyz")))

    def away(self) -> bool:
        return not self.readiness()["links"]["ari:busan"]

    def answered(self) -> list[str]:
        """The agents who answered, in order."""
        return [one.agent for one in happened(self.lab, events.VisitAnswered)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def two(folder: Path) -> Iterator[Two]:
    yield from opened(Two(folder))


@pytest.fixture
def with_trunk(folder: Path) -> Iterator[Two]:
    yield from opened(Two(folder, trunk=True))


@pytest.fixture
def with_canary(folder: Path) -> Iterator[Two]:
    yield from opened(Two(folder, canary='{number: "5000", keys: "1", every: 10s}'))


def opened(one: Two) -> Iterator[Two]:
    try:
        yield one.start()
        check(one.lab)
        assert one.busan.idle(), "something is left at busan"
    finally:
        one.close()


def to_cards() -> list[Any]:
    return [Wait(0.3), Keys("1"), Stay(100)]


def test_given_callers_at_two_pbxs_when_one_is_killed_then_it_alone_loses_its_calls_and_serves_again(
    two: Two, folder: Path
) -> None:
    lab, busan = two.lab, two.busan
    lab.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    says = [Answers(0.2), Answers(0.2, talk=2.5)]
    two.phones.add_agents({"agent1": says}, say=tone(folder, AGENT_HERTZ), repeat=True)
    lab.ready("bea")
    two.phones.call("5000", to_cards())
    lab.wait_for("bea talks", lambda: two.answered() == ["bea"])
    two.phones.call("5000", to_cards())
    lab.wait_for("one waits at busan", lambda: len(happened(lab, events.ContactQueued)) == 2)
    here = lab.phones.call("5001", [Stay(100)], deadline=150.0)
    lab.wait_for("one waits here", lambda: len(happened(lab, events.ContactQueued)) == 3)
    two.phones.call("5000", [Stay(100)])
    lab.wait_for("one is in the menu at busan", lambda: len(happened(lab, events.MenuEntered)) == 3)
    arrived = happened(lab, events.ContactArrived)
    assert [pbx_of(one.contact) for one in arrived] == [BUSAN, BUSAN, "main", BUSAN]

    killed = time.time()
    busan.kill()
    lab.wait_for("it is noticed", lambda: happened(lab, events.LinkWentDown))
    (lost,) = happened(lab, events.LinkWentDown)
    assert (lost.driver, lost.at - killed < NOTICED) == ("ari:busan", True)
    assert lab.probe("readyz") == 200
    assert two.readiness()["degraded"] == ["the link to Asterisk (ari:busan) is down: no connection (IVR301)"]
    assert lab.total("ivrcore_link_up", driver="ari:busan") == 0
    assert lab.total("ivrcore_link_up", driver="ari") == 1
    lab.ready("ann")
    lab.wait_for("the other one's caller is served", lambda: two.answered() == ["bea", "ann"])
    (_, queued_here) = (one for one in happened(lab, events.VisitAnswered))
    assert pbx_of(queued_here.contact) == "main"
    assert not happened(lab, events.ContactClosed), "what became of the others is not known yet"

    busan.start()
    lab.wait_for("the link is back", lambda: not two.away())
    lab.wait_for("its calls are closed", lambda: len(happened(lab, events.ContactClosed)) == 3)
    closed = {one.contact: one.outcome for one in happened(lab, events.ContactClosed)}
    assert closed == {
        arrived[0].contact: Outcome.QUEUED,
        arrived[1].contact: Outcome.QUEUED,
        arrived[3].contact: Outcome.LEFT_IN_MENU,
    }
    (left,) = happened(lab, events.VisitLeft)
    assert (left.contact, left.why) == (arrived[1].contact, LeftQueue.FAILED)
    assert not happened(lab, events.VisitAbandoned), "nobody has given up"
    ended = [one for one in happened(lab, events.LegEnded) if pbx_of(one.contact) == BUSAN]
    assert len(ended) == 4, "three callers and bea"
    assert all(one.since is not None and one.since <= killed + NOTICED for one in ended)
    assert not happened(lab, events.OrphanEnded)

    lab.ready("bea")
    again = two.phones.call("5001", [Stay(100)])
    lab.wait_for("bea talks again", lambda: two.answered() == ["bea", "ann", "bea"])
    assert hears(again.result().heard, AGENT_HERTZ)
    here.hang_up()
    assert hears(here.result().heard, AGENT_HERTZ)


def test_given_a_server_that_is_killed_when_started_again_then_calls_of_both_pbxs_go_on(
    two: Two, folder: Path
) -> None:
    lab = two.lab
    lab.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    two.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    lab.ready("bea")
    talking = two.phones.call("5001", [Stay(100)])
    lab.wait_for("bea talks", lambda: happened(lab, events.VisitAnswered))
    calls = [talking, two.phones.call("5001", [Stay(100)]), lab.phones.call("5001", [Stay(100)])]
    lab.wait_for("two wait", lambda: len(happened(lab, events.ContactQueued)) == 3)
    lab.signal_server(signal.SIGKILL)
    lab.serve()
    lab.wait_for("both are asked", lambda: all(two.readiness()["links"].values()))
    lab.wait_for("all are taken up", lambda: len(happened(lab, events.ContactAdopted)) == 3)
    where = sorted((pbx_of(one.contact), str(one.where)) for one in happened(lab, events.ContactAdopted))
    assert where == [(BUSAN, "queue"), (BUSAN, "talk"), ("main", "queue")]
    lab.ready("ann")
    lab.wait_for("the one here is served", lambda: two.answered() == ["bea", "ann"])
    talking.hang_up()
    lab.wait_for("the one there is served", lambda: two.answered() == ["bea", "ann", "bea"])
    for call in calls:
        call.hang_up()
        call.result()
    assert not happened(lab, events.OrphanEnded)


def test_given_a_pbx_that_hangs_when_it_goes_on_then_its_calls_do(two: Two, folder: Path) -> None:
    lab, busan = two.lab, two.busan
    two.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    lab.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    there, here = two.phones.call("5001", [Stay(100)]), lab.phones.call("5001", [Stay(100)])
    lab.wait_for("both wait", lambda: len(happened(lab, events.ContactQueued)) == 2)
    assert busan.pid is not None
    os.kill(busan.pid, signal.SIGSTOP)
    stopped = time.time()
    try:
        lab.wait_for("it is noticed", lambda: happened(lab, events.LinkWentDown))
        lab.ready("ann")
        lab.wait_for("the other one's caller is served", lambda: two.answered() == ["ann"])
    finally:
        os.kill(busan.pid, signal.SIGCONT)
    (lost,) = happened(lab, events.LinkWentDown)
    assert lost.at - stopped < NOTICED
    lab.wait_for("the link is back", lambda: not two.away())
    lab.ready("bea")
    lab.wait_for("its caller is served", lambda: two.answered() == ["ann", "bea"])
    assert not happened(lab, events.ContactClosed)
    for call in (there, here):
        call.hang_up()
        call.result()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_given_a_pbx_that_is_away_when_the_server_ends_too_then_who_waited_there_counts_to_its_loss(
    two: Two, end: signal.Signals
) -> None:
    lab, busan = two.lab, two.busan
    there, here = two.phones.call("5001", [Stay(100)]), lab.phones.call("5001", [Stay(100)])
    lab.wait_for("both wait", lambda: len(happened(lab, events.ContactQueued)) == 2)
    assert busan.pid is not None
    os.kill(busan.pid, signal.SIGSTOP)
    try:
        lab.wait_for("it is noticed", lambda: happened(lab, events.LinkWentDown))
        told = len(happened(lab, events.CallsWatched))
        lab.wait_for("the other is seen", lambda: len(happened(lab, events.CallsWatched)) > told + 1)
        lab.signal_server(end)
    finally:
        os.kill(busan.pid, signal.SIGCONT)
    watched = happened(lab, events.CallsWatched)[-1].at
    for call in (there, here):
        call.hang_up()
        call.result()
    lab.wait_for("nobody is left", lambda: not busan.channels() and not lab.pbx.channels())
    lab.serve()
    lab.wait_for("both are closed", lambda: len(happened(lab, events.ContactClosed)) == 2)
    lost, came = happened(lab, events.LinkWentDown)[0], happened(lab, events.ContactQueued)
    over = [*happened(lab, events.VisitAbandoned), *happened(lab, events.VisitLeft)]
    waited = {pbx_of(one.contact): one.waited for one in over}
    entered = {pbx_of(one.contact): one.at for one in came}
    assert (lost.driver, waited[BUSAN]) == ("ari:busan", pytest.approx(lost.at - entered[BUSAN]))
    assert waited["main"] >= watched - entered["main"]


def test_given_a_trunk_when_nobody_is_there_here_then_an_agent_of_the_other_pbx_is_rung(
    with_trunk: Two, folder: Path
) -> None:
    two, lab = with_trunk, with_trunk.lab
    (phone,) = two.phones.add_agents(
        {"agent1": Answers(0.2, talk=2.5)}, say=tone(folder, AGENT_HERTZ), repeat=True
    )
    lab.ready("bea")
    call = lab.phones.call("5001", [Say(tone(folder, CALLER_HERTZ, 20.0), wait=False), Stay(100)])
    lab.wait_for("bea talks", lambda: two.answered() == ["bea"])
    assert hears(call.result().heard, AGENT_HERTZ)
    lab.wait_for("the agent's phone is down", lambda: phone.calls and phone.calls[0].ended_at is not None)
    assert hears(phone.calls[0].heard, CALLER_HERTZ)
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    devices = [one.device for one in happened(lab, events.AgentDeviceChanged) if one.agent == "bea"]
    assert Device.BUSY not in devices, "the trunk's call at her phone is ours"


def test_given_a_canary_when_one_pbx_gives_its_calls_to_nobody_then_the_calls_to_that_one_alone_fail(
    with_canary: Two,
) -> None:
    two, lab = with_canary, with_canary.lab

    def came(result: str) -> set[str]:
        return {one.pbx for one in happened(lab, events.CanaryCalled) if one.result == result}

    lab.wait_for("both are called", lambda: came("passed") == {"main", BUSAN}, 90.0)
    two.busan.rx("dialplan remove extension _5X.@ivrcore-inbound")
    lab.wait_for("a call does not arrive", lambda: came("not_arrived"), 60.0)
    failed_at = next(one.at for one in happened(lab, events.CanaryCalled) if one.result == "not_arrived")

    def passed_here() -> bool:
        told = happened(lab, events.CanaryCalled)
        return any(one.pbx == "main" and one.at > failed_at and one.result == "passed" for one in told)

    lab.wait_for("the other one passes after that", passed_here, 60.0)
    assert came("not_arrived") == {BUSAN}
    assert all(two.readiness()["links"].values()), "the link alone did not tell"
    assert lab.total("ivrcore_canary_calls_total", pbx=BUSAN, result="not_arrived") >= 1
    assert not happened(lab, events.ContactArrived)

"""The server is killed under transfers and messages: who talk talk on, all that is said is kept."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, HangUp, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, Told
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    check,
    figures_equal_fold,
    happened,
    hears,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk

PLAN = """\
name: outside
language: en
numbers:
  "5000": {start: transfer}
  "5001": {start: record}
blocks:
  transfer:
    - transfer: "11"
      ring: 20s
      failed: [{disposition: not_there}, {hang_up: normal}]
    - disposition: came_back
    - say: Thank you.
  record:
    - record: complaints
      silence: 2s
      failed: [{disposition: nothing_left}]
    - disposition: recorded
"""
OUTBOUND = """\
trunk: PJSIP/agent{digits}
country: "82"
allowed: ["1"]
per_caller: 10
"""
Start = Callable[[], HotlineLab]


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline whose outside number is the lab's phone 11; checked when the test is over."""
    labs: list[HotlineLab] = []

    def start() -> HotlineLab:
        lab = HotlineLab(
            tmp_path / "lab",
            agents=11,
            registering=True,
            config=site(outbound=OUTBOUND, mailboxes="{complaints: {longest: 30s}}"),
            dialplans={"outside.yaml": PLAN},
        )
        labs.append(lab)
        lab.start().serve()
        return lab

    yield start
    try:
        for lab in labs:
            check(lab)
            figures_equal_fold(lab)
            allowed = [one.outbound for one in happened(lab, events.OutboundAllowed)]
            assert allowed == [one.outbound for one in happened(lab, events.OutboundEnded)]
            assert not happened(lab, events.OrphanEnded)
            assert not list((lab.pbx.folder / "spool/recording").rglob("*.wav"))
    finally:
        for lab in labs:
            lab.close()


def kill(lab: HotlineLab, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Kill the server, start it again, and wait until it has looked at Asterisk."""
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    ups = len(happened(lab, events.LinkCameUp))
    meanwhile()
    lab.serve()
    lab.wait_for("the link is back", lambda: len(happened(lab, events.LinkCameUp)) > ups)


def told(lab: HotlineLab) -> list[Told]:
    """Give how what dialplans asked was answered."""
    return [one.how for one in happened(lab, events.ServiceAnswered)]


def test_given_a_transfer_when_the_server_is_killed_while_they_talk_then_they_talk_on(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent11": Answers(0.3, talk=25.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    say = Say(tone(tmp_path, CALLER_HERTZ, 60.0), wait=False)
    call = lab.phones.call("5000", [Wait(1.0), say, Stay(60)])
    lab.wait_for("they talk", lambda: happened(lab, events.BridgeRequested))
    kill(lab)
    assert [one.where for one in happened(lab, events.ContactAdopted)] == [AdoptedIn.DIALPLAN]
    assert lab.phones.agents["agent11"].live, "they talk on"
    result = call.result()
    (talk,) = lab.phones.agents["agent11"].calls
    lab.wait_for("the outside is down", lambda: talk.ended_at is not None)
    assert hears(result.heard, AGENT_HERTZ)
    assert hears(talk.heard, CALLER_HERTZ)
    assert result.ended_by == "far"
    assert told(lab) == [Told.DONE]
    (ended,) = happened(lab, events.OutboundEnded)
    assert ended.talked == pytest.approx(25.0, abs=3.0)
    assert [one.disposition for one in happened(lab, events.DispositionSet)] == ["came_back"]


@pytest.mark.parametrize("away", [False, True])
def test_given_an_outside_phone_that_rings_when_the_server_is_killed_then_it_is_answered(
    hotline: Start, tmp_path: Path, away: bool
) -> None:
    lab = hotline()
    lab.phones.add_agents(
        {"agent11": Answers(3.0 if away else 10.0, talk=15.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True
    )
    call = lab.phones.call("5000", [Stay(60)])
    phone = lab.phones.agents["agent11"]
    lab.wait_for("it rings", lambda: phone.live)

    def up() -> bool:
        return any(row.name.startswith("PJSIP/agent11") and row.state == "Up" for row in lab.pbx.channels())

    kill(lab, lambda: lab.wait_for("it is answered", up) if away else None)
    result = call.result()
    assert hears(result.heard, AGENT_HERTZ)
    assert told(lab) == [Told.DONE]
    assert len(happened(lab, events.LegDialled)) == 1


def test_given_a_message_when_the_server_is_killed_then_all_that_is_said_is_kept(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline()
    call = lab.phones.call("5001", [Wait(1.0), Say(tone(tmp_path, CALLER_HERTZ, 12.0)), Stay(30)])
    lab.wait_for(
        "it is recorded",
        lambda: any(one.owner == "service" for one in happened(lab, events.LegHandedOver)),
    )
    kill(lab)
    assert told(lab) == []
    assert call.result().ended_by == "far"
    (message,) = ApiClient(lab.url, lab.token).messages()
    assert message["mailbox"] == "complaints"
    assert message["seconds"] > 11.0
    assert told(lab) == [Told.DONE]
    assert [one.disposition for one in happened(lab, events.DispositionSet)] == ["recorded"]


@pytest.mark.parametrize("end", ["silence", "hang up"])
def test_given_a_message_that_ends_while_the_server_is_away_then_it_is_kept(
    hotline: Start, tmp_path: Path, end: str
) -> None:
    lab = hotline()
    last = HangUp() if end == "hang up" else Stay(40)
    call = lab.phones.call("5001", [Wait(1.0), Say(tone(tmp_path, CALLER_HERTZ, 4.0)), last])
    lab.wait_for(
        "it is recorded",
        lambda: any(one.owner == "service" for one in happened(lab, events.LegHandedOver)),
    )
    spool = lab.pbx.folder / "spool/recording"

    def over() -> bool:
        sizes = [file.stat().st_size for file in spool.rglob("*.wav")]
        grown, sizes_before[:] = sizes != sizes_before, sizes
        return bool(sizes) and not grown and min(sizes) > 40_000

    sizes_before: list[int] = []

    def until_over() -> None:
        if end == "hang up":
            assert call.result().ended_by == "caller"
        lab.wait_for("nothing is recorded any more", over)

    kill(lab, until_over)
    lab.wait_for("it is kept", lambda: happened(lab, events.MessageRecorded))
    call.result()
    (message,) = ApiClient(lab.url, lab.token).messages()
    assert 3.0 < message["seconds"] < 9.0
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    if end == "silence":
        assert told(lab) == [Told.DONE]

"""The server is killed under callers whom a dialplan of Asterisk's own has handed over, and comes back."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.phones import Agent, Answers, Call, Ignores, Keys, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, By, Outcome
from ivrcore.session.adoption import BACK
from ivrcore.web.client import ApiClient
from tests.asterisk.agi_site import WHISPERING, AgiSite, running
from tests.asterisk.hotlines import AGENT_HERTZ, figures_equal_fold, happened, hears, tone

pytestmark = pytest.mark.asterisk


LONG = 120
"""How often callers' lines ask again where the server is killed: a minute."""


@pytest.fixture(params=["{}", "{ari: no}"], ids=["with ARI", "without ARI"])
def lab(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[AgiSite]:
    """A site that has ARI too, and one to which calls come by AGI alone."""
    parts = {} if request.param == "{}" else {"asterisk": request.param}
    with running(tmp_path / "lab", patience=LONG, **parts) as site:
        yield site


CHANNELS = "core show channels concise"


def in_context(lab: AgiSite, context: str) -> list[str]:
    """Give the channels that are in a context of Asterisk's dialplan."""
    lines = [line.split("!") for line in lab.pbx.rx(CHANNELS).splitlines()]
    return [line[0] for line in lines if len(line) > 1 and line[1] == context]


def asked(lab: AgiSite, channel: str) -> str:
    """Give how often the sample's dialplan asked again for a channel."""
    shown = lab.pbx.rx(f"core show channel {channel}").splitlines()
    return next((line.partition("=")[2] for line in shown if line.startswith("IVRCORE_TRIES=")), "")


def kill(lab: AgiSite) -> None:
    """Kill the server and start it again."""
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    lab.serve()


def adopted(lab: AgiSite) -> list[tuple[str, AdoptedIn]]:
    """Give the contacts that went on, and where they were."""
    return sorted((one.contact, one.where) for one in happened(lab, events.ContactAdopted))


def test_given_callers_in_menu_and_queue_when_the_server_is_killed_then_they_go_on(
    lab: AgiSite, tmp_path: Path
) -> None:
    lab.phones.add_agents({"agent3": Answers(0.3, talk=5.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    waits = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(90)])
    lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
    (queued,) = happened(lab, events.ContactQueued)
    in_menu = lab.phones.call("700", [Stay(90)])
    lab.wait_for("the other is in the menu", lambda: len(happened(lab, events.MenuEntered)) == 2)
    left = lab.phones.call("700", [Wait(2.0), Keys("2"), Stay(4)])
    lab.wait_for("the third waits", lambda: len(happened(lab, events.ContactQueued)) == 2)
    menu = happened(lab, events.MenuEntered)[1].contact
    asked = len(happened(lab, events.TurnStarted))
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    assert left.result().ended_by == "caller"
    lab.serve()
    lab.wait_for("both are back", lambda: len(adopted(lab)) == 2)
    assert dict(adopted(lab)) == {queued.contact: AdoptedIn.QUEUE, menu: AdoptedIn.DIALPLAN}
    lab.wait_for("the menu is asked", lambda: len(happened(lab, events.TurnStarted)) > asked)
    assert len(happened(lab, events.ContactArrived)) == 3
    lab.wait_for("who left is closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert (closed.inferred, closed.outcome) == (True, Outcome.QUEUED)
    assert closed.at - happened(lab, events.ServerStarted)[-1].at < BACK - 5  # Asterisk was asked
    lab.ready("cho")
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    answered = happened(lab, events.VisitAnswered)[0]
    assert answered.contact == queued.contact
    assert answered.waited > answered.at - queued.at - 1
    assert hears(waits.result().heard, AGENT_HERTZ)
    in_menu.hang_up()
    in_menu.result()
    lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 3)
    assert figures_equal_fold(lab) > 50


def test_given_a_phone_that_rings_when_the_server_is_killed_then_the_caller_waits_on_and_it_is_rung_anew(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "lab") as lab:
        lab.phones.add_agents(
            {"agent3": [Ignores(), Answers(0.5, talk=4.0)]}, say=tone(tmp_path, AGENT_HERTZ), repeat=True
        )
        call = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(90)])
        lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
        lab.ready("cho")
        lab.wait_for("it rings", lambda: lab.phones.agents["agent3"].live)
        kill(lab)
        lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
        assert len(happened(lab, events.ContactArrived)) == 1
        assert len(happened(lab, events.OfferMade)) >= 2
        assert hears(call.result().heard, AGENT_HERTZ)
        lab.wait_for("it is closed", lambda: happened(lab, events.ContactClosed))
        states = {one["name"]: one["state"] for one in ApiClient(lab.url, lab.token).agents()}
        assert states["cho"] in (AgentState.READY, AgentState.WRAP_UP)


def rings(lab: AgiSite, seconds: float) -> tuple[Call, Agent]:
    """A caller for whom an agent's phone rings, to be picked up after so long; the next time at once."""
    lab.phones.add_agents({"agent3": [Answers(seconds), Answers(0.5)]})
    call = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(180)], deadline=180.0)
    lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
    lab.ready("cho")
    phone = lab.phones.agents["agent3"]
    lab.wait_for("it rings", lambda: phone.live)
    return call, phone


def goes_on(lab: AgiSite, call: Call, phone: Agent) -> None:
    """Assert that the caller is back as the contact that it was, is served, and leaves."""
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    assert [where for _, where in adopted(lab)] == [AdoptedIn.QUEUE]
    call.hang_up()
    assert call.result().ended_by == "caller"
    assert len(happened(lab, events.ContactArrived)) == len(happened(lab, events.VisitAnswered)) == 1
    assert [one.answered_at is not None for one in phone.calls] == [True, True]
    lab.wait_for("nothing is left in Asterisk", lambda: not lab.pbx.channels())
    assert "FRACK" not in lab.pbx.log.read_text()


def test_given_a_phone_that_is_picked_up_while_no_server_is_there_then_the_caller_comes_back_and_is_served(
    lab: AgiSite,
) -> None:
    call, phone = rings(lab, 2.0)
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    lab.wait_for("it is picked up", lambda: phone.calls[0].answered_at)
    lab.serve()
    goes_on(lab, call, phone)


LONG_RING = WHISPERING.replace("ring_time: 6s", "ring_time: 60s")


def test_given_a_phone_that_is_picked_up_after_a_hand_over_then_the_caller_comes_back_and_is_served(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "lab", queues=LONG_RING, patience=LONG) as lab:
        call, phone = rings(lab, 20.0)
        lab.hand_over()
        assert phone.calls[0].answered_at is None
        lab.wait_for("it is picked up", lambda: phone.calls[0].answered_at)
        goes_on(lab, call, phone)


def test_given_a_phone_that_is_picked_up_after_an_orderly_stop_then_the_caller_falls_back(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "lab", queues=LONG_RING, asterisk="{ari: no}") as lab:
        call, phone = rings(lab, 15.0)
        lab.stop_server()
        assert phone.calls[0].answered_at is None
        lab.wait_for("it falls back", lambda: in_context(lab, "ivrcore-sample-away"))
        assert phone.calls[0].answered_at is not None
        call.hang_up()
        assert call.result().ended_by == "caller"
        lab.serve()


def test_given_callers_who_have_just_come_when_the_server_is_killed_then_they_go_on(lab: AgiSite) -> None:
    calls = []
    for count in range(1, 5):  # some of them within one second of Asterisk's clock, which the sample looks at
        calls.append(lab.phones.call("700", [Stay(90)]))
        lab.wait_for("it came", lambda count=count: len(happened(lab, events.ContactArrived)) == count)
    kill(lab)
    lab.wait_for("all are back", lambda: len(adopted(lab)) == 4)
    assert len(happened(lab, events.ContactArrived)) == 4
    for call in calls:
        call.hang_up()
        assert call.result().ended_by == "caller"


def test_given_a_server_that_turns_connections_away_then_callers_fall_back_soon(tmp_path: Path) -> None:
    with running(tmp_path / "lab", asterisk="{ari: no}") as lab:
        lab.pbx.rx(f"dialplan set global IVRCORE agi://127.0.0.1:{lab.agi_port}/not-the-secret")
        calls = [lab.phones.call("700", [Stay(90)]) for _ in range(4)]
        away = "ivrcore-sample-away"
        lab.wait_for("they fall back", lambda: len(in_context(lab, away)) == len(calls))
        tries = [asked(lab, name) for name in in_context(lab, away)]
        assert "2" in tries  # the others met a server that was slow to turn them away: that may be a death
        for call in calls:
            call.hang_up()
            assert call.result().ended_by == "caller"
        assert not happened(lab, events.ContactArrived)


def state(lab: AgiSite, agent: str) -> str:
    return str(next(one["state"] for one in ApiClient(lab.url, lab.token).agents() if one["name"] == agent))


def test_given_a_talk_when_the_server_is_killed_then_it_goes_on_and_the_agent_has_nobody_else_until_its_end(
    lab: AgiSite, tmp_path: Path
) -> None:
    answers = [Answers(0.3, talk=120.0), Answers(0.3, talk=20.0)]
    lab.phones.add_agents({"agent3": answers}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("cho")
    first = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(150)])
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    kill(lab)
    assert state(lab, "cho") == AgentState.TALKING
    second = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(150)])
    lab.wait_for("the other waits", lambda: len(happened(lab, events.ContactQueued)) == 2)
    lab.wait_for("the talk is found", lambda: adopted(lab))
    assert [where for _, where in adopted(lab)] == [AdoptedIn.TALK]
    assert state(lab, "cho") == AgentState.TALKING
    assert len(happened(lab, events.OfferMade)) == 1
    first.hang_up()
    assert hears(first.result().heard, AGENT_HERTZ)
    lab.wait_for("that is seen", lambda: happened(lab, events.TalkEnded))
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.CALLER
    lab.wait_for("they talk", lambda: len(happened(lab, events.VisitAnswered)) == 2)
    phone = lab.phones.agents["agent3"]
    assert len(phone.calls) == 2

    kill(lab)
    lab.wait_for("the agent hangs up, which is seen", lambda: len(happened(lab, events.TalkEnded)) == 2)
    answered, talk = happened(lab, events.VisitAnswered)[1], happened(lab, events.TalkEnded)[1]
    assert talk.by is By.AGENT
    assert phone.calls[1].ended_at is not None
    assert talk.talked > 15
    lab.wait_for("both are closed", lambda: len(happened(lab, events.ContactClosed)) == 2)
    assert hears(second.result().heard, AGENT_HERTZ)
    assert len(happened(lab, events.ContactArrived)) == 2
    assert {one.contact for one in happened(lab, events.ContactClosed)} == {
        talk.contact,
        adopted(lab)[0][0],
    } | {answered.contact}
    assert figures_equal_fold(lab) > 50


BY_ITSELF = """
[from-trunk](+)
exten => 710,1,Set(IVRCORE_TRIES=0)
 same => n,Set(IVRCORE_SHORT=0)
 same => n,AGI(${IVRCORE}/hotline?entry=welcome)
 same => n,Set(GLOBAL(TOLD)=${IVRCORE_RESULT}/${IVRCORE_AGAIN})
 same => n,GotoIf($["${IVRCORE_RESULT}" != ""]?ivrcore-sample-away,s,1:ivrcore-sample-hotline,s,again)
"""


def test_given_an_orderly_stop_then_the_dialplan_is_told_and_does_not_ask_again(tmp_path: Path) -> None:
    with running(tmp_path / "lab", more=BY_ITSELF, asterisk="{ari: no}") as lab:
        menu = lab.phones.call("700", [Stay(90)])
        lab.wait_for("it is in the menu", lambda: happened(lab, events.MenuEntered))
        waits = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(90)])
        lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
        told = lab.phones.call("710", [Stay(90)])
        lab.wait_for("the third is in the menu", lambda: len(happened(lab, events.MenuEntered)) == 3)
        lab.stop_server()
        lab.wait_for("all are let go", lambda: lab.pbx.variable("TOLD"))
        assert lab.pbx.variable("TOLD") == "stopped/"
        lab.wait_for("all fall back", lambda: len(in_context(lab, "ivrcore-sample-away")) == 3)
        assert [asked(lab, name) for name in in_context(lab, "ivrcore-sample-away")] == ["0", "0", "0"]
        for call in (menu, waits, told):
            call.hang_up()
            assert call.result().ended_by == "caller"
        lab.serve()
        assert not happened(lab, events.ContactAdopted)
        assert len(happened(lab, events.ContactClosed)) == 3


def test_given_a_hand_over_then_the_dialplan_asks_again_at_once_and_callers_go_on(tmp_path: Path) -> None:
    with running(tmp_path / "lab", more=BY_ITSELF, asterisk="{ari: no}") as lab:
        waits = lab.phones.call("700", [Wait(1.0), Keys("2"), Stay(90)])
        lab.wait_for("it waits", lambda: happened(lab, events.ContactQueued))
        other = lab.phones.call("710", [Wait(1.0), Keys("2"), Stay(90)])
        lab.wait_for("the other too", lambda: len(happened(lab, events.ContactQueued)) == 2)
        lab.hand_over()
        lab.wait_for("both are back", lambda: len(adopted(lab)) == 2)
        assert [where for _, where in adopted(lab)] == [AdoptedIn.QUEUE] * 2
        assert lab.pbx.variable("TOLD") == "/1"
        parked = happened(lab, events.VisitParked)
        assert len(parked) == len(happened(lab, events.VisitUnparked)) == 2
        (given,) = happened(lab, events.ServerHandedOver)
        assert max(one.at for one in parked) <= given.at  # nobody is offered them from then on
        assert not happened(lab, events.ContactClosed)
        for call in (waits, other):
            call.hang_up()
            assert call.result().ended_by == "caller"
        lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 2)
        assert figures_equal_fold(lab) > 50

"""The server is killed under call-backs: who asked goes on in the dialplan, no customer is rung twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Keys, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, CallBackEnd
from ivrcore.web.view import AgentAction
from tests.asterisk.agi_site import running
from tests.asterisk.hotlines import check, figures_equal_fold, happened, site
from tests.asterisk.test_adoption import kill
from tests.asterisk.test_adoption_agi import LONG

pytestmark = pytest.mark.asterisk

PLAN = """\
name: back
language: en
numbers: {"5000": {start: ask}}
defaults: {timeout: 30s}
blocks:
  ask:
    - call_back: loans
      number: "12"
    - menu: more
menus:
  more:
    prompt: Anything else?
    choices:
      hours: {keys: "3", go: [{disposition: told_hours}, {hang_up: normal}]}
    otherwise: [{hang_up: normal}]
"""
OUTBOUND = """\
trunk: PJSIP/agent{digits}
country: "82"
allowed: ["1"]
per_caller: 10
call_back: {tries: 2, gap: 2s, ring: 60s}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    """A hotline whose outside number is the lab's phone 12; checked when the test is over."""
    made = HotlineLab(
        tmp_path / "lab",
        agents=12,
        registering=True,
        config=site(outbound=OUTBOUND),
        dialplans={"back.yaml": PLAN},
    )
    try:
        made.start().serve()
        yield made
        check(made)
        figures_equal_fold(made)
        allowed = [one.outbound for one in happened(made, events.OutboundAllowed)]
        assert allowed == [one.outbound for one in happened(made, events.OutboundEnded)]
    finally:
        made.close()


def test_given_a_call_back_when_the_server_is_killed_twice_then_caller_and_customer_never_know(
    lab: HotlineLab,
) -> None:
    lab.phones.add_agents({"agent3": Answers(0.3), "agent12": Answers(20.0, talk=4.0)})
    call = lab.phones.call("5000", [Wait(15), Keys("3"), Stay(60)], deadline=120.0)
    lab.wait_for("in the menu", lambda: happened(lab, events.MenuEntered))
    kill(lab)
    assert call.result().ended_by == "far"
    assert [one.choice for one in happened(lab, events.ChoiceMade)] == ["hours"]
    lab.ready("cho")
    customer = lab.phones.agents["agent12"]
    lab.wait_for("the customer's phone rings", lambda: customer.live)
    kill(lab)
    lab.wait_for("it is over", lambda: happened(lab, events.CallBackEnded))
    (over,) = happened(lab, events.CallBackEnded)
    assert (over.how, over.attempts) == (CallBackEnd.TALKED, 1)
    assert not happened(lab, events.CallBackMissed)
    assert len(happened(lab, events.VisitAnswered)) == 1
    assert not happened(lab, events.OrphanEnded)
    lab.wait_for("the phone is down", lambda: customer.calls and not customer.live)
    assert len(customer.calls) == 1
    lab.agent("cho", AgentAction.LOGOUT)


BY_AGI = PLAN.replace('"5000": {start: ask}', "welcome: {start: ask}")


def test_given_a_call_back_asked_for_by_agi_when_the_server_is_killed_then_the_customer_is_rung_once(
    tmp_path: Path,
) -> None:
    with running(tmp_path / "lab", patience=LONG, plan=BY_AGI, phones=12, outbound=OUTBOUND) as lab:
        lab.phones.add_agents({"agent3": Answers(0.3), "agent12": Answers(15.0, talk=20.0)})
        call = lab.phones.call("700", [Stay(60)], deadline=120.0)
        lab.wait_for("it is asked for", lambda: happened(lab, events.CallBackAsked))
        call.hang_up()
        assert call.result().ended_by == "caller"
        lab.wait_for("the caller has left", lambda: happened(lab, events.LegEnded))
        lab.ready("cho")
        customer = lab.phones.agents["agent12"]
        lab.wait_for("the customer's phone rings", lambda: customer.live)
        kill(lab)
        assert customer.calls[0].answered_at is None
        lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
        kill(lab)
        assert customer.calls[0].ended_at is None
        lab.wait_for("it is over", lambda: happened(lab, events.CallBackEnded))
        (over,) = happened(lab, events.CallBackEnded)
        assert (over.how, over.attempts) == (CallBackEnd.TALKED, 1)
        assert [one.where for one in happened(lab, events.ContactAdopted)] == [
            AdoptedIn.OFFERED,
            AdoptedIn.TALK,
        ]
        assert not happened(lab, events.CallBackMissed)
        assert len(happened(lab, events.VisitAnswered)) == 1
        assert not happened(lab, events.OrphanEnded)
        lab.wait_for("the phone is down", lambda: not customer.live)
        assert len(customer.calls) == len(lab.phones.agents["agent3"].calls) == 1
        figures_equal_fold(lab)

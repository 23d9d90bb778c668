"""Phones that die without a goodbye: their calls end when no audio comes any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Keys, Phones, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Outcome
from ivrcore.telephony.asterisk_files import PJSIP_FILE, SILENT_SECONDS
from tests.asterisk.hotlines import PLAN, check, counts_much, happened, site

pytestmark = pytest.mark.asterisk

SILENT = 4
"""Seconds until a silent phone counts as dead: a setting that a site may change in its file."""
TO_CARDS = [Wait(0.3), Keys("1"), Stay(120)]


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[HotlineLab]:
    """A hotline whose Asterisk has the template of the generated file, with a shorter time."""
    lab = HotlineLab(
        tmp_path / "lab", config=site(), dialplans={"bank.yaml": PLAN}, registering=True, alive=True
    )
    file = lab.site / "asterisk" / PJSIP_FILE
    text = file.read_text()
    shorter = text.replace(f"rtp_timeout = {SILENT_SECONDS}\n", f"rtp_timeout = {SILENT}\n")
    assert shorter != text
    file.write_text(shorter)
    try:
        lab.start().serve()
        yield lab
        check(lab)
        counts_much(lab)
    finally:
        lab.close()


def states(lab: HotlineLab) -> list[AgentState]:
    """Give the states of the agent who talked, in order."""
    return [one.state for one in happened(lab, events.AgentStateChanged) if one.agent == "ann"]


def test_given_a_conversation_when_the_agents_phone_dies_then_it_ends_and_the_caller_goes_on(
    hotline: HotlineLab, tmp_path: Path
) -> None:
    with Phones(hotline.pbx, tmp_path / "desk") as desk:
        desk.add_agents({"agent1": Answers(0.2)})
        hotline.ready("ann")
        caller = hotline.phones.call("5000", TO_CARDS, deadline=120)
        hotline.wait_for("talking", lambda: happened(hotline, events.VisitAnswered))
        hotline.wait_for("joined", lambda: [one.channels for one in hotline.pbx.bridges()] == [2])
        desk.kill()
        assert caller.result().ended_by == "far", "goodbye is said, as the dialplan has it, then hung up"
    (talk,) = happened(hotline, events.TalkEnded)
    assert (talk.agent, talk.by) == ("ann", By.AGENT)
    assert talk.talked >= SILENT - 1
    (gone,) = [one for one in happened(hotline, events.LegEnded) if not one.leg.endswith(".l1")]
    assert gone.by is By.SERVER, "Asterisk's doing: no phone said goodbye"
    hotline.wait_for("wrap-up is over", lambda: states(hotline)[-1] is AgentState.READY)
    assert states(hotline)[-2:] == [AgentState.WRAP_UP, AgentState.READY]
    (closed,) = happened(hotline, events.ContactClosed)
    assert (closed.outcome, closed.inferred) == (Outcome.QUEUED, False)


def test_given_callers_in_a_queue_when_their_phones_die_then_they_have_given_up(hotline: HotlineLab) -> None:
    for _ in range(2):
        hotline.phones.call("5000", TO_CARDS, deadline=120)
    hotline.wait_for("both wait", lambda: len(happened(hotline, events.ContactQueued)) == 2)
    assert hotline.total("ivrcore_queue_contacts_waiting", queue="cards") == 2
    hotline.phones.kill()
    hotline.wait_for("closed", lambda: len(happened(hotline, events.ContactClosed)) == 2)
    assert len(happened(hotline, events.VisitAbandoned)) == 2
    assert {one.by for one in happened(hotline, events.LegEnded)} == {By.SERVER}
    assert hotline.total("ivrcore_queue_contacts_waiting", queue="cards") == 0

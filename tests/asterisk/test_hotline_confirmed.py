"""Phones that may have a voicemail: only a key makes it an answer, on the real Asterisk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Stay
from ivrcore.model import events
from ivrcore.model.names import OfferEnd
from tests.asterisk.desk_phone import DeskPhone
from tests.asterisk.hotlines import AGENT_HERTZ, AGENTS, happened, hears, opened, site

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]
VOICEMAIL = 610.0
"""Hertz that nothing else has."""
CONFIRMING = AGENTS.replace("skills: {cards", "confirm: yes, skills: {cards")


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline with these parts of the configuration; checked and ended when the test is over."""
    with opened(tmp_path / "lab") as hotlines:

        def start(**parts: str) -> HotlineLab:
            return hotlines.start(site(**parts))

        yield start


def test_given_a_voicemail_when_the_next_agent_presses_the_key_then_the_caller_talks_to_that_one(
    hotline: Start,
) -> None:
    lab = hotline(agents=CONFIRMING, agent_rules="{confirm_within: 4s, confirm_key: 5}")
    words = lab.pbx.passwords
    with (
        DeskPhone(lab.pbx.sip_port, "agent1", words["agent1"], tone=VOICEMAIL) as voicemail,
        DeskPhone(lab.pbx.sip_port, "agent2", words["agent2"], tone=AGENT_HERTZ) as phone,
    ):
        lab.ready("ann")
        lab.ready("bob")
        call = lab.phones.call("5001", [Stay(40)], caller_id="0215550100")
        first = voicemail.rings()
        first.answer()
        first.wait("let go", lambda: first.over)
        assert first.loudness() > 4000, "the prompt was heard"
        second = phone.rings()
        second.answer()
        lab.wait_for("asked", lambda: len(happened(lab, events.OfferPickedUp)) == 2)
        assert happened(lab, events.VisitAnswered) == []
        second.press("1")
        second.press("5")
        lab.wait_for("joined", lambda: happened(lab, events.VisitAnswered))
        said = happened(lab, events.VisitAnswered)[0].at
        lab.wait_for("they have talked", lambda: time.time() > said + 1.0)
        second.hang_up()
        result = call.result()
    assert result.ended_by == "far"
    assert hears(result.heard, AGENT_HERTZ)
    assert not hears(result.heard, VOICEMAIL)
    assert [(one.agent, one.how) for one in happened(lab, events.OfferEnded)] == [
        ("ann", OfferEnd.UNCONFIRMED)
    ]
    (answered,) = happened(lab, events.VisitAnswered)
    assert answered.agent == "bob"
    picked_up, again = happened(lab, events.OfferPickedUp)
    (ended,) = happened(lab, events.OfferEnded)
    assert 3.9 < ended.at - picked_up.at < 5.0
    assert again.agent == "bob"
    assert lab.total("ivrcore_queue_offers_picked_up_total", queue="cards") == 2
    assert lab.total("ivrcore_queue_offers_ended_total", queue="cards", how="unconfirmed") == 1


def test_given_ring_all_when_two_have_picked_up_then_the_first_key_wins_and_the_other_is_let_go(
    hotline: Start,
) -> None:
    everybody = "cards: {skills: {cards: 1}, strategy: ring_all, wrap_up: 0s}\nloans: {skills: {loans: 1}}\n"
    lab = hotline(agents=CONFIRMING, queues=everybody)
    words = lab.pbx.passwords
    with (
        DeskPhone(lab.pbx.sip_port, "agent1", words["agent1"], tone=VOICEMAIL) as slow,
        DeskPhone(lab.pbx.sip_port, "agent2", words["agent2"], tone=AGENT_HERTZ) as quick,
    ):
        lab.ready("ann", "bob")
        call = lab.phones.call("5001", [Stay(40)])
        lines = [phone.rings() for phone in (slow, quick)]
        for line in lines:
            line.answer()
        lab.wait_for("both asked", lambda: len(happened(lab, events.OfferPickedUp)) == 2)
        lines[1].press("1")
        lab.wait_for("joined", lambda: happened(lab, events.VisitAnswered))
        lines[0].wait("let go", lambda: lines[0].over)
        lines[1].wait("they talk", lambda: lines[1].up)
        said = happened(lab, events.VisitAnswered)[0].at
        lab.wait_for("they have talked", lambda: time.time() > said + 1.0)
        call.hang_up()
        result = call.result()
    assert hears(result.heard, AGENT_HERTZ)
    assert not hears(result.heard, VOICEMAIL)
    assert [one.how for one in happened(lab, events.OfferEnded)] == [OfferEnd.TAKEN]
    assert happened(lab, events.VisitAnswered)[0].agent == "bob"

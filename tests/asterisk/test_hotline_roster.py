"""Queues and agents change under live calls on the real Asterisk: who waits is served as is written now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE
from ivrcore.lab.hotline import HotlineLab, replaced
from ivrcore.lab.phones import Answers, Stay
from ivrcore.model import events
from tests.asterisk.hotlines import AGENTS, QUEUES, happened, opened, site

pytestmark = pytest.mark.asterisk


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    with opened(tmp_path / "lab") as hotlines:
        yield hotlines.start(site(agents="ann: {endpoint: PJSIP/agent1, skills: {cards: 1}}\n"))


def save(lab: HotlineLab, **parts: str) -> None:
    """Save the configuration with other sections, as an admin does with an editor."""
    file = lab.site / CONFIG_FILE
    file.write_text(replaced(file.read_text(), parts))


def test_given_callers_who_wait_when_an_agent_is_added_then_they_are_served_and_none_is_dropped(
    lab: HotlineLab,
) -> None:
    lab.phones.add_agents({"agent2": Answers(0.2, talk=2.0)})
    caller = lab.phones.call("5001", [Stay(60)], deadline=90)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))

    save(lab, agents=AGENTS.replace("endpoint", "endpiont"))
    lab.wait_for("the broken one is refused", lambda: happened(lab, events.RosterRefused))
    assert lab.total("ivrcore_config_broken") == 1
    assert "ivrcore.yaml does not take effect" in lab.get("")

    save(lab, agents=AGENTS, queues=QUEUES.replace("cards:", "card:"))
    lab.wait_for("a dialplan needs that queue", lambda: len(happened(lab, events.RosterRefused)) == 2)
    assert "queue 'cards' is not configured" in lab.get("")

    save(lab, agents=AGENTS, queues=QUEUES.replace("cards: {", "cards: {strategy: random, "))
    lab.wait_for("it takes effect", lambda: happened(lab, events.RosterChanged))
    assert lab.total("ivrcore_config_broken") == 0
    lab.ready("bob")
    assert caller.result().ended_by == "far"
    (offer,) = happened(lab, events.OfferMade)
    assert (offer.agent, offer.strategy) == ("bob", "random")
    assert not happened(lab, events.VisitLeft)

"""The server is killed when an agent's phone has sent a caller on: they talk on, and are seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Call, Stay
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, By, Outcome
from tests.asterisk.hotlines import check, figures_equal_fold, happened, site
from tests.asterisk.test_adoption import adopted, kill

pytestmark = pytest.mark.asterisk

SILENCE = "9006"
Start = Callable[[], tuple[HotlineLab, Call]]


@pytest.fixture
def talking(tmp_path: Path) -> Iterator[Start]:
    """A caller who talks with ann, whose phone sends them on soon."""
    labs: list[HotlineLab] = []

    def start() -> tuple[HotlineLab, Call]:
        lab = HotlineLab(tmp_path / "lab", config=site(), registering=True)
        labs.append(lab)
        lab.start().serve()
        lab.phones.add_agents({"agent1": Answers(0.1, talk=0.5, send_on=SILENCE)})
        lab.ready("ann")
        call = lab.phones.call("5001", [Stay(100)], deadline=150.0)
        lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
        return lab, call

    yield start
    try:
        for lab in labs:
            check(lab)
            figures_equal_fold(lab)
    finally:
        for lab in labs:
            lab.close()


def over(lab: HotlineLab, call: Call) -> None:
    """The caller hangs up, and all of it is closed once, as seen."""
    assert not happened(lab, events.ContactClosed)
    assert not call.happened("ended")
    call.hang_up()
    assert call.result().ended_by == "caller"
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert (closed.outcome, closed.inferred) == (Outcome.QUEUED, False)
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.AGENT
    lab.wait_for("nobody is left", lambda: not lab.pbx.channels())


def test_given_who_was_sent_on_when_the_server_is_killed_then_they_talk_on_and_are_seen(
    talking: Start,
) -> None:
    lab, call = talking()
    lab.wait_for("it is seen", lambda: happened(lab, events.ContactSentOn))
    kill(lab)
    lab.wait_for("they are found", lambda: adopted(lab) == {AdoptedIn.TALK: 1})
    over(lab, call)

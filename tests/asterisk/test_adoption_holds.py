"""The server is killed while an agent has the caller on hold: what the phone does meanwhile is seen."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Stay
from ivrcore.model import events
from tests.asterisk.desk_phone import DeskPhone
from tests.asterisk.hotlines import counts_much, happened, opened, site

pytestmark = pytest.mark.asterisk


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[HotlineLab]:
    """A hotline; checked and ended when the test is over."""
    with opened(tmp_path / "lab", counts_much) as hotlines:
        yield hotlines.start(site())


def kill(lab: HotlineLab, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Kill the server and start it again."""
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    meanwhile()
    lab.serve()


def count(lab: HotlineLab) -> tuple[int, int]:
    """Count the holds that began and that ended."""
    return len(happened(lab, events.ContactHeld)), len(happened(lab, events.ContactResumed))


def test_given_a_hold_when_the_server_is_killed_then_what_the_phone_does_meanwhile_is_seen(
    lab: HotlineLab,
) -> None:
    with DeskPhone(lab.pbx.sip_port, "agent1", lab.pbx.passwords["agent1"]) as phone:
        lab.ready("ann")
        call = lab.phones.call("5001", [Stay(120)], deadline=120)
        line = phone.rings()
        line.answer()
        lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
        line.hold(True)
        lab.wait_for("held", lambda: count(lab) == (1, 0))
        kill(lab)
        line.hold(False)
        lab.wait_for("held over the kill, and back", lambda: count(lab) == (1, 1))
        kill(lab, lambda: line.hold(True))
        lab.wait_for("a hold nobody heard of", lambda: count(lab) == (2, 1))
        kill(lab, lambda: line.hold(False))
        lab.wait_for("an end nobody heard of", lambda: count(lab) == (2, 2))
        line.hang_up()
        assert call.result().ended_by == "far"
    (first, _) = happened(lab, events.ContactResumed)
    assert first.held == pytest.approx(first.at - happened(lab, events.ContactHeld)[0].at)
    lab.wait_for("the talk is over", lambda: happened(lab, events.TalkEnded))
    assert not happened(lab, events.OrphanEnded)

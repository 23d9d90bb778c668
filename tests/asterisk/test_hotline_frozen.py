"""An Asterisk that stands still: its sockets stay open, and nothing answers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.lab.phones import HangUp, Keys, Stay, Wait
from ivrcore.model import events
from tests.asterisk.hotlines import Opened, counts_much, happened, opened, site

pytestmark = pytest.mark.asterisk

NOTICED = 5.0
"""Seconds, as the requirement has it."""


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Opened]:
    with opened(tmp_path / "lab", counts_much) as one:
        yield one


def test_given_a_caller_who_waits_when_asterisk_stands_still_then_it_is_noticed_and_the_call_goes_on(
    hotline: Opened,
) -> None:
    lab = hotline.start(site())
    waiting = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(60)], deadline=90)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))
    assert lab.pbx.pid is not None
    os.kill(lab.pbx.pid, signal.SIGSTOP)
    began = time.monotonic()
    try:
        lab.wait_for("the loss is noticed", lambda: lab.total("ivrcore_link_up", driver="ari") == 0, 15)
        took = time.monotonic() - began
    finally:
        os.kill(lab.pbx.pid, signal.SIGCONT)
    assert took < NOTICED + 1.0  # a ping's time and its answer's: 4 s, and a busy machine
    lab.wait_for("the link is back", lambda: lab.total("ivrcore_link_up", driver="ari") == 1)
    assert not happened(lab, events.ContactClosed)
    assert lab.total("ivrcore_queue_contacts_waiting", queue="cards") == 1
    assert lab.phones.call("5000", [Wait(0.5), HangUp()]).result().ended_by == "caller"
    waiting.hang_up()
    lab.wait_for("closed", lambda: len(happened(lab, events.ContactClosed)) == 2)
    assert not happened(lab, events.OrphanEnded)

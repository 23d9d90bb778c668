"""The plugin `log_calls`: a line per step of a call, on the log, and nothing of the caller."""

from __future__ import annotations

import logging

import pytest
from ivrcore_plugins import log_calls

from ivrcore.api import events
from ivrcore.model.names import Outcome
from ivrcore.plugin_manager import Plugins

STEPS = (
    events.ContactArrived(
        at=1.0,
        contact="c7",
        leg="c7.l1",
        channel="x",
        number="5000",
        plan="hotline",
        plan_version="1",
        subject="s-secret",
    ),
    events.KeyPressed(at=2.0, contact="c7", leg="c7.l1", turn=1),
    events.ContactQueued(at=3.0, contact="c7", visit="c7.v1", queue="cards"),
    events.VisitAnswered(
        at=6.2,
        contact="c7",
        visit="c7.v1",
        queue="cards",
        offer="c7.o1",
        agent="kim",
        bridge="b",
        waited=3.2,
        in_threshold=True,
    ),
    events.VisitAbandoned(
        at=6.2, contact="c8", visit="c8.v1", queue="loans", waited=4.0, in_threshold=True, short=True
    ),
    events.ContactClosed(at=9.0, contact="c7", outcome=Outcome.QUEUED),
)


def test_each_step_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "ivrcore.calls")
    plugins = Plugins()
    plugins.add(log_calls, "log_calls")
    observe = plugins.observer()
    for seq, event in enumerate(STEPS, 1):
        observe(seq, event)
    assert [record.getMessage() for record in caplog.records if record.name == "ivrcore.calls"] == [
        "c7 rang at 5000",
        "c7 waits in cards",
        "c7 answered by kim (cards) after 3.2 s",
        "c8 gave up in loans after 4.0 s",
        "c7 ended: queued (cause 16)",
    ]

"""What befalls a server beside its calls: what goes to the journal and to the log."""

from __future__ import annotations

import asyncio
import logging

import pytest
from twisted.internet.task import Clock

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import EngineChange, EngineFault
from ivrcore.service.incidents import Incidents
from ivrcore.session.clock import UtcClock
from ivrcore.speech.standing import Change


def test_every_change_of_a_recognisers_standing_is_journalled_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    journal: list[Event] = []
    loop = asyncio.new_event_loop()
    incidents = Incidents(journal.extend, UtcClock(Clock(), lambda: 1_800_000_000.0), loop)
    loop.close()
    with caplog.at_level(logging.WARNING, "ivrcore"):
        incidents.recogniser_changed("en", 1, "vosk", Change(EngineChange.OUT, EngineFault.STALLED, 5.0))
        incidents.recogniser_changed("en", 1, "vosk", Change(EngineChange.TRIED))
        incidents.recogniser_changed("en", 1, "vosk", Change(EngineChange.BACK))
    out, tried, back = journal
    assert out == events.RecogniserChanged(
        at=1_800_000_000.0,
        engine="vosk",
        language="en",
        rank=1,
        change=EngineChange.OUT,
        fault=EngineFault.STALLED,
        seconds=5.0,
    )
    assert isinstance(tried, events.RecogniserChanged)
    assert isinstance(back, events.RecogniserChanged)
    assert (tried.change, back.change, back.fault) == (EngineChange.TRIED, EngineChange.BACK, None)
    assert [record.getMessage() for record in caplog.records] == [
        "recogniser vosk (en) gave no answer in time: it is left out for 5 s",
        "recogniser vosk (en) is tried again",
        "recogniser vosk (en) is back",
    ]

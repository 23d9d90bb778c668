"""Every event survives storage, and unreadable ones say why."""

import msgspec
import pytest

from ivrcore.errors import JournalError
from ivrcore.model import events
from ivrcore.model.event import EVENTS, decode, encode
from ivrcore.model.names import AgentState
from ivrcore.model.roster import AgentFacts, QueueFacts


def test_nested_facts_come_back_equal() -> None:
    event = events.RosterLoaded(
        at=1.5,
        queues=(QueueFacts(name="loans", skills={"loans": 2}),),
        agents=(AgentFacts(name="ann", endpoint="PJSIP/ann", skills={"loans": 3}),),
    )
    assert decode("RosterLoaded", 1, encode(event)) == event


def test_enums_come_back_as_enums() -> None:
    event = events.AgentStateChanged(at=2.0, agent="ann", state=AgentState.READY)
    again = decode("AgentStateChanged", 1, encode(event))
    assert isinstance(again, events.AgentStateChanged)
    assert again.state is AgentState.READY


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_is_frozen(name: str) -> None:
    assert EVENTS[name].__struct_config__.frozen
    assert "at" in EVENTS[name].__struct_fields__


def test_unknown_and_newer_events_are_refused_with_the_reason() -> None:
    with pytest.raises(JournalError, match="newer release"):
        decode("NeverHeardOf", 1, b"{}")
    with pytest.raises(JournalError, match="newer release"):
        decode("NoInput", 99, b"{}")
    with pytest.raises(JournalError, match="cannot be read"):
        decode("NoInput", 1, msgspec.json.encode({"at": "yesterday"}))

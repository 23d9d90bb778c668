"""Calls are taken up again by a start that begins from a snapshot, of a journal on the disk."""

from __future__ import annotations

import asyncio
from datetime import UTC
from pathlib import Path

import pytest

from ivrcore.journal.local import LocalJournal
from ivrcore.journal.snapshots import Snapshots
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, AgentState, Outcome
from ivrcore.service.past import Past
from ivrcore.service.snapshot_maker import Reader
from ivrcore.testing import Phone
from tests.scenarios.floor import ROUTING, Floor

KEY = bytes(range(32))


def start_from(path: Path, floor: Floor, behind: int) -> Past:
    """Write a dead server's journal, a snapshot so many records before its end, and start from that."""
    happened, files = floor.journal.events, Snapshots(path, KEY)
    cut = len(happened) - behind
    loop = asyncio.new_event_loop()
    journal = LocalJournal(path, loop)
    journal.append(happened[:cut])
    journal.close()
    Past(Reader(path), ROUTING, lambda: 0.5, UTC, files).save(files)
    journal = LocalJournal(path, loop)
    journal.append(happened[cut:])
    journal.close()
    loop.close()
    past = Past(Reader(path), ROUTING, lambda: 0.5, UTC, files)
    assert (past.began, past.seq) == (cut, len(happened))
    return past


@pytest.mark.parametrize("behind", [0, 1, 7, 15, 30])
def test_given_a_snapshot_when_the_server_dies_then_calls_go_on_as_they_stood(
    tmp_path: Path, behind: int
) -> None:
    floor = Floor()
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=12.0))
    floor.ready("ann")
    talking = floor.call("5001")
    floor.wait(2)
    floor.phone("bob", Phone(answers_after=9.0, hangs_up_after=3.0))
    floor.ready("bob")
    floor.call("5001")
    floor.wait(1)
    waits, menu = floor.call("5001"), floor.call("5000")
    floor.wait(2)
    floor.press(menu, "9")
    floor.wait(1)
    before = floor.exchange.routing.snapshot()
    floor = floor.replaced(away=1, fold=lambda dead: start_from(tmp_path / "journal.db", dead, behind))
    assert floor.exchange.routing.snapshot() == before
    adopted = [one.where for one in floor.journal.events if isinstance(one, events.ContactAdopted)]
    assert sorted(adopted) == sorted([AdoptedIn.TALK, AdoptedIn.OFFERED, AdoptedIn.QUEUE, AdoptedIn.DIALPLAN])
    assert talking.bridge is not None
    assert waits.music == "default"
    floor.press(menu, "3")
    floor.wait(40)
    assert floor.heard(menu)[-1] == "Nine to five."
    assert floor.exchange.routing.agent_state("ann") is AgentState.READY
    assert len(floor.happened(events.TalkEnded)) == 3
    closed = [one for one in floor.journal.events if isinstance(one, events.ContactClosed)]
    assert {one.outcome for one in closed} == {Outcome.SELF_SERVED, Outcome.QUEUED}
    assert not any(one.inferred for one in closed)
    floor.check()

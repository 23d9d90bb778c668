"""What an earlier run left open is closed, whatever moment it died at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pytest
from msgspec import structs

from ivrcore.config import CallBackConfig
from ivrcore.journal.memory import MemoryJournal
from ivrcore.journal.record import Record
from ivrcore.metrics import fold
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.commands import LoadRoster
from ivrcore.routing.state import RouterState
from ivrcore.session.recovery import OpenContacts, close_left_over
from ivrcore.testing import Phone
from tests.scenarios.floor import AGENTS, QUEUES, START, Floor


class BatchJournal(MemoryJournal):
    """Keeps where each append ended: a crash can cut a journal there and nowhere else."""

    def __init__(self) -> None:
        super().__init__()
        self.ends: list[int] = []

    def append(self, events: Sequence[Event], then: Callable[[], None] | None = None) -> None:
        self.ends.append(self.last_seq + len(events))
        super().append(events, then)


def a_day(strategy: str, *agents: str) -> list[list[Event]]:
    """Two callers: one talks to ann, one waits and gives up; the journal as it was after each append."""
    journal = BatchJournal()
    floor = Floor(journal=journal)
    queues = tuple(structs.replace(queue, strategy=strategy) for queue in QUEUES)
    floor.exchange.order(LoadRoster(queues, AGENTS))
    floor.phone("ann", Phone(answers_after=1.0, hangs_up_after=4.0))
    floor.ready(*agents)
    floor.call("5001")
    second = floor.call("5000")
    floor.wait(1.5)
    floor.press(second, "2")
    floor.wait(3)
    second.hang_up()
    floor.wait(8)
    floor.check()
    return [journal.events[:end] for end in journal.ends]


DAYS = [*a_day("longest_idle", "ann"), *a_day("ring_all", "ann", "bob")]


@pytest.mark.parametrize("written", DAYS, ids=lambda written: str(len(written)))
def test_a_journal_cut_anywhere_is_closed_and_adds_up(written: list[Event]) -> None:
    state = RouterState(Floor().plugins)
    left = OpenContacts()
    for event in written:
        routing_fold.apply(state, event)
        left.apply(event)
    closing = close_left_over(left, state, START + 1000, CallBackConfig())
    journal = [*written, *closing]
    arrived = Counter(e.contact for e in journal if isinstance(e, events.ContactArrived))
    assert arrived == Counter(e.contact for e in journal if isinstance(e, events.ContactClosed))
    entered = Counter(e.visit for e in journal if isinstance(e, events.ContactQueued))
    kinds = (events.VisitAnswered, events.VisitAbandoned, events.VisitLeft)
    assert entered == Counter(e.visit for e in journal if isinstance(e, kinds))
    started = {e.playback for e in journal if isinstance(e, events.PromptStarted)}
    assert started == {e.playback for e in journal if isinstance(e, events.PromptEnded)}
    assert state.agent_state("ann") in {
        None,
        AgentState.LOGGED_OUT,
        AgentState.READY,
        AgentState.WRAP_UP,
    }
    again = RouterState(Floor().plugins)
    for event in journal:
        routing_fold.apply(again, event)
    assert again.snapshot() == state.snapshot()
    figures = fold.fold(Record(seq, event) for seq, event in enumerate(journal, 1))
    assert not figures.open


def test_a_journal_with_nothing_open_needs_no_closing() -> None:
    left = OpenContacts()
    for event in DAYS[-1]:
        left.apply(event)
    assert not left.contacts


@pytest.mark.parametrize(
    ("since", "lost", "ended"),
    [(60.0, 10.0, 10.0), (None, 10.0, 10.0), (60.0, None, 50.0), (None, None, 50.0)],
)
def test_a_leg_out_of_sight_has_ended_since_it_was_whatever_was_done_for_it_later(
    since: float | None, lost: float | None, ended: float
) -> None:
    left = OpenContacts()
    left.apply(
        events.ContactArrived(
            at=1.0, contact="c1", leg="c1.l1", channel="1.1", number="5000", plan="p", plan_version="1"
        )
    )
    left.apply(events.WaitStarted(at=50.0, contact="c1", until=90.0))
    state = RouterState(Floor().plugins)
    closing = close_left_over(left, state, 100.0, CallBackConfig(), since=since, lost=lambda _contact: lost)
    (leg,) = [one for one in closing if isinstance(one, events.LegEnded)]
    assert leg.since == ended

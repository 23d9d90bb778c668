"""The same promises of every journal: order, numbering, callbacks, reading, snapshots."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from ivrcore.journal.local import LocalJournal
from ivrcore.journal.memory import MemoryJournal
from ivrcore.journal.record import Journal, Record
from ivrcore.model.event import Event
from ivrcore.model.events import NoInput, NoMatch

Make = Callable[[], Journal]


def event(n: int) -> Event:
    return NoInput(at=float(n), contact="c1", menu="main", turn=n, count=1)


@pytest.fixture(params=["sqlite", "memory"])
def journal(request: pytest.FixtureRequest, tmp_path: Path):
    if request.param == "memory":
        made: Journal = MemoryJournal()
    else:
        made = LocalJournal(tmp_path / "journal.db", reactor._asyncioEventloop)
    yield made
    made.close()


def durable(journal: Journal, *events: Event) -> "Deferred[None]":
    done: Deferred[None] = Deferred()
    journal.append(events, lambda: done.callback(None))
    return done.addTimeout(5, reactor)


@ensureDeferred
async def test_given_events_when_durable_then_they_are_read_in_order_from_one(journal: Journal) -> None:
    await durable(journal, event(1), event(2))
    await durable(journal, event(3))
    assert list(journal.read()) == [Record(n, event(n)) for n in (1, 2, 3)]
    assert list(journal.read(after=2)) == [Record(3, event(3))]
    assert list(journal.read(after=3)) == []
    assert journal.last_seq == 3
    assert journal.healthy


@ensureDeferred
async def test_given_observers_when_appended_then_each_sees_every_record_before_the_callback(
    journal: Journal,
) -> None:
    seen: list[object] = []
    journal.subscribe(lambda record: seen.append(("a", record.seq)))
    journal.subscribe(lambda record: seen.append(("b", record.seq)))
    journal.append([event(1)])
    journal.append([event(2)], lambda: seen.append("then 2"))
    await durable(journal)
    assert seen == [("a", 1), ("b", 1), ("a", 2), ("b", 2), "then 2"]


@ensureDeferred
async def test_given_observers_of_some_classes_then_each_sees_those_and_all_in_the_order_of_subscribing(
    journal: Journal,
) -> None:
    seen: list[object] = []
    journal.subscribe(lambda record: seen.append(("all", record.seq)))
    journal.subscribe(lambda record: seen.append(("none", record.seq)), ())
    journal.subscribe(lambda record: seen.append(("matches", record.seq)), [NoMatch])
    await durable(journal, event(1), NoMatch(at=2.0, contact="c1", menu="main", turn=1, count=1))
    journal.subscribe(lambda record: seen.append(("late", record.seq)), {NoInput})
    await durable(journal, event(3))
    assert seen == [("all", 1), ("all", 2), ("matches", 2), ("all", 3), ("late", 3)]


@ensureDeferred
async def test_given_an_append_inside_a_callback_then_order_is_that_of_the_appends(journal: Journal) -> None:
    seen: list[int] = []
    journal.subscribe(lambda record: seen.append(record.seq))
    last: Deferred[None] = Deferred()

    def again() -> None:
        journal.append([event(3)], lambda: last.callback(None))

    journal.append([event(1)], again)
    journal.append([event(2)])
    await last.addTimeout(5, reactor)
    assert seen[0] == 1
    assert seen == sorted(seen)
    assert 3 in seen


@ensureDeferred
async def test_given_no_callback_then_the_event_is_durable_soon_by_itself(journal: Journal) -> None:
    seen: Deferred[Record] = Deferred()
    journal.subscribe(seen.callback)
    journal.append([event(1)])
    assert (await seen.addTimeout(1, reactor)) == Record(1, event(1))
    assert [record.seq for record in journal.read()] == [1]


@ensureDeferred
async def test_given_an_empty_append_then_its_callback_comes_all_the_same(journal: Journal) -> None:
    await durable(journal)
    assert journal.last_seq == 0

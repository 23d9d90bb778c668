"""Dialplans that change under calls in progress: the real library, exchange and interpreter, in memory."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
import pytest_twisted
from twisted.internet.defer import Deferred

from ivrcore.dialplan.check import Site
from ivrcore.dialplan.model import Plan
from ivrcore.model import events
from ivrcore.model.names import PublishedBy
from ivrcore.testing import Phone
from ivrcore.versions import Library, Needs, Order, VersionStore
from ivrcore.versions.views import Changed
from tests.scenarios.floor import PLAN, Floor
from tests.support.aio import asyncio_test

WORDS = "Cards, loans or opening hours?"
QUEUES = ("general", "cards", "loans")
ORDER = Order("kim", PublishedBy.RELOAD)


class ChangingFloor(Floor):
    """A floor whose dialplan is a file of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.file = folder / "dialplans/scenario.yaml"
        self.file.parent.mkdir()
        self.file.write_text(PLAN)
        self.library = Library(
            self.file.parent,
            lambda: Site(queues=QUEUES),
            VersionStore(folder / "dialplans.db"),
            Needs(self.clock.now, self.journal.append, self.prepared),
        )
        self.exchange.ports = dataclasses.replace(self.exchange.ports, plan_for=self.library.plan_for)
        self.journal.subscribe(lambda record: self.library.observe(record.event))

    async def prepared(self, plans: Sequence[Plan]) -> None:
        """Nothing has to be spoken here."""

    async def change(self, words: str, plan: str = PLAN) -> Changed:
        """Save the file with another question, and have it taken."""
        self.file.write_text(plan.replace(WORDS, words))
        changed = await self.library.reload(ORDER)
        self.settle()
        return changed

    @property
    def version(self) -> str:
        return self.library.current("scenario").version

    def began_with(self) -> list[str]:
        arrived = [e for e in self.journal.events if isinstance(e, events.ContactArrived)]
        return [event.plan_version for event in arrived]

    def retired(self) -> list[str]:
        return [e.version for e in self.journal.events if isinstance(e, events.DialplanRetired)]

    def close(self) -> None:
        pytest_twisted.blockon(Deferred.fromFuture(asyncio.ensure_future(self.library.stop())))


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[ChangingFloor]:
    made = ChangingFloor(tmp_path)
    yield made
    made.close()


@asyncio_test
async def test_given_a_call_in_a_menu_when_the_dialplan_changes_then_it_ends_on_its_own_version(
    floor: ChangingFloor,
) -> None:
    first = floor.version
    caller = floor.call()
    floor.wait(1.5)
    await floor.change("Something new?")
    second = floor.version
    other = floor.call()
    floor.wait(20)
    assert WORDS in floor.heard(caller)
    assert "Something new?" not in floor.heard(caller)
    assert "Something new?" in floor.heard(other)
    assert floor.began_with() == [first, second]
    floor.press(caller, "3")
    other.hang_up()
    floor.settle()
    assert floor.retired() == []
    caller.hang_up()
    floor.settle()
    assert floor.retired() == [first]
    floor.check()


@asyncio_test
async def test_given_calls_waiting_and_talking_when_changed_then_their_own_steps_follow(
    floor: ChangingFloor,
) -> None:
    floor.phone("bob", Phone(answers_after=1.0, hangs_up_after=20.0))
    floor.ready("bob")
    talking = floor.call()
    floor.press(talking, "1")
    floor.wait(2)
    waiting = floor.call()
    floor.press(waiting, "2")
    await floor.change("New?", PLAN.replace("Thank you.", "Thanks, and goodbye."))
    floor.wait(25)
    assert "Thank you." in floor.heard(talking)
    waiting.hang_up()
    talking.hang_up()
    floor.wait(30)
    floor.check()


@asyncio_test
async def test_given_a_broken_file_when_calls_come_then_they_get_the_last_good_version(
    floor: ChangingFloor,
) -> None:
    first = floor.version
    changed = await floor.change("Broken?", PLAN.replace("menu: main", "menu: man"))
    assert [one.file for one in changed.broken] == ["scenario.yaml"]
    caller = floor.call()
    floor.wait(3)
    assert WORDS in floor.heard(caller)
    caller.hang_up()
    floor.settle()
    assert floor.began_with() == [first]
    assert floor.retired() == []
    floor.check()


@asyncio_test
async def test_given_many_changes_when_calls_end_then_each_version_retires_once(
    floor: ChangingFloor,
) -> None:
    callers, versions = [], []
    for number in range(4):
        callers.append(floor.call())
        versions.append(floor.version)
        await floor.change(f"Question {number}?")
    assert floor.began_with() == versions
    for caller in reversed(callers):
        caller.hang_up()
        floor.settle()
    assert floor.retired() == versions[::-1]
    floor.check()


@asyncio_test
async def test_given_a_dialplan_that_is_taken_away_when_called_then_unallocated_and_old_calls_go_on(
    floor: ChangingFloor,
) -> None:
    caller = floor.call()
    floor.wait(1.5)
    (floor.file.parent / "other.yaml").write_text('name: other\nnumbers: {"6000": {answer: busy}}\n')
    floor.file.unlink()
    await floor.library.reload(ORDER)
    assert floor.call().commands[-1].cause == 1
    floor.press(caller, "3")
    floor.wait(3)
    assert "Nine to five." in floor.heard(caller)
    floor.wait(30)
    assert len(floor.retired()) == 1

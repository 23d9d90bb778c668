"""A folder of dialplans with its library, without a server: for the tests of versions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from ivrcore.dialplan.check import Site
from ivrcore.dialplan.model import Plan
from ivrcore.journal.memory import MemoryJournal
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import Outcome, PublishedBy
from ivrcore.versions import Library, Needs, Order, VersionStore

KIM = Order("kim", PublishedBy.API, "a note")

TEXT = """\
name: {name}
language: en
numbers: {{"{number}": welcome}}
blocks:
  welcome:
    - say: {words}
    - queue: {queue}
"""


def text(name: str = "bank", number: str = "5000", words: str = "Welcome.", queue: str = "general") -> str:
    return TEXT.format(name=name, number=number, words=words, queue=queue)


class Shelves:
    """``folder`` is empty but for what the test saves; nothing is watched before `start`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "dialplans"
        self.folder.mkdir()
        self.store = VersionStore(folder / "var/dialplans.db")
        self.journal = MemoryJournal()
        self.now = 1_000.0
        self.site = Site(queues=["general", "cards"])
        self.prepared: list[str] = []
        self.before_prepared: Callable[[], object] = lambda: None
        self.library: Library | None = None

    def save(self, given: str, file: str = "bank.yaml") -> Path:
        path = self.folder / file
        path.write_text(given)
        return path

    def open(self) -> Library:
        needs = Needs(lambda: self.now, self.journal.append, self.prepare)
        library = Library(self.folder, lambda: self.site, self.store, needs)
        self.journal.subscribe(lambda record: library.observe(record.event))
        self.library = library
        return library

    def start(self) -> Library:
        library = self.open()
        from twisted.internet import reactor  # chosen after collection

        library.start(reactor._asyncioEventloop)  # type: ignore[attr-defined]
        return library

    async def prepare(self, plans: Sequence[Plan]) -> None:
        self.before_prepared()
        await asyncio.sleep(0)
        self.prepared += [f"{plan.name} {plan.version}" for plan in plans]

    # --- eyes ---

    def happened(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.journal.events if type(event) is kind]

    def versions(self) -> dict[str, str]:
        assert self.library is not None
        return {one.name: one.version for one in self.library.view().dialplans}

    def arrive(self, contact: str, number: str = "5000") -> Plan:
        """A call comes; give what it begins with."""
        assert self.library is not None
        plan = self.library.plan_for(number)
        assert plan is not None
        arrived = e.ContactArrived(
            at=self.now,
            contact=contact,
            leg=f"{contact}.l1",
            channel=contact,
            number=number,
            plan=plan.name,
            plan_version=plan.version,
        )
        self.journal.append([arrived])
        return plan

    def leave(self, contact: str) -> None:
        self.journal.append([e.ContactClosed(at=self.now, contact=contact, outcome=Outcome.QUEUED)])

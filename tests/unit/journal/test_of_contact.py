"""One contact's events: found by the parts of the journal that it is in, and all of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from ivrcore.journal import local, of_contact, store
from ivrcore.journal.local import LocalJournal, read_records
from ivrcore.journal.of_contact import read_contact
from ivrcore.model.event import EVENTS, Event
from ivrcore.model.events import ContactClosed, NoInput
from ivrcore.model.names import Outcome

PART = 10


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (local, of_contact):
        monkeypatch.setattr(module, "PART", PART)


def pressed(contact: str) -> Event:
    return NoInput(at=1.0, contact=contact, menu="main", turn=1, count=1)


def append(path: Path, events: Sequence[Event]) -> None:
    """Append as a server does that starts and stops."""
    loop = asyncio.new_event_loop()
    try:
        journal = LocalJournal(path, loop)
        for event in events:
            journal.append([event])
        journal.close()
    finally:
        loop.close()


def looked_at(path: Path, contact: str) -> int:
    """Count the records among which a contact's are looked for."""
    with store.reading(path) as connection:
        last = connection.execute("SELECT max(seq) FROM event").fetchone()[0]
        stretches = of_contact.stretches(connection, contact)
    return sum(min(end, last + 1) - max(first, 1) for first, end in stretches)


def test_given_a_contact_far_apart_then_all_of_it_is_found_and_little_is_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    names = [f"c{n // 3}" for n in range(12 * PART)]
    names[5] = names[57] = names[58] = "far"
    append(path, [pressed(name) for name in names])
    append(path, [pressed("far"), ContactClosed(at=2.0, contact="far", outcome=Outcome.QUEUED)])
    assert [one.seq for one in read_contact(path, "far")] == [6, 58, 59, 121, 122]
    assert looked_at(path, "far") <= 3 * PART
    everything = list(read_records(path))
    for name in {*names}:
        assert read_contact(path, name) == [one for one in everything if one.event.contact == name]  # type: ignore[attr-defined]
    assert read_contact(path, "nobody") == []
    assert looked_at(path, "nobody") == 0


def test_given_records_of_before_the_list_then_those_are_looked_through(tmp_path: Path) -> None:
    """A release of before wrote no list of parts: format 1, or this one's while it was made."""
    path = tmp_path / "journal.db"
    append(path, [pressed(f"c{n % 4}") for n in range(3 * PART)])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE place")
        connection.execute("DELETE FROM mark WHERE name = 'unplaced'")
        connection.commit()
    old = [n + 1 for n in range(3 * PART) if n % 4 == 1]
    assert [one.seq for one in read_contact(path, "c1")] == old
    append(path, [pressed("c1"), *(pressed("c9") for _ in range(3 * PART))])
    assert [one.seq for one in read_contact(path, "c1")] == [*old, 31]
    assert looked_at(path, "c9") >= 3 * PART


def test_no_event_names_a_contact_inside_something_else() -> None:
    """The list of parts is made from the field `contact` alone."""
    for kind in EVENTS.values():
        schema = msgspec.json.schema(kind)
        inside = {name for name, one in schema["$defs"].items() if "contact" in one.get("properties", {})}
        assert inside <= {kind.__name__}

"""Rows share statements where these can take more of them; the order of what was asked for stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ivrcore.journal.local import INSERT_PLACE
from ivrcore.journal.store import Store, Write, reading
from ivrcore.journal.subjects import DELETE, INSERT


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "journal.db")
    yield made
    made.close()


def put(*names: str) -> Write:
    return Write(INSERT, [(name, b"n", b"s") for name in names])


def test_given_rows_and_their_erasing_in_turns_when_committed_then_what_came_last_counts(
    store: Store,
) -> None:
    names = [f"a{n}" for n in range(70)]
    store.commit(
        [
            put(*names),
            put("b"),
            Write(DELETE, [("a0",), ("a69",), ("b",)]),
            put("a0"),
            Write(DELETE, [("a1",)]),
        ]
    )
    with reading(store.path) as connection:
        kept = {name for (name,) in connection.execute("SELECT id FROM subject")}
    assert kept == {*names} - {"a1", "a69"}


def test_given_many_rows_when_committed_then_few_statements_are_executed(
    store: Store, tmp_path: Path
) -> None:
    connection = store._connection
    assert connection is not None
    executed: list[str] = []
    connection.set_trace_callback(executed.append)
    store.commit([put(f"a{n}") for n in range(149)])
    connection.set_trace_callback(None)
    inserts = [one for one in executed if one.startswith("INSERT")]
    assert len(inserts) == 4  # 128, 16, 4 and 1


def test_given_rows_of_two_tables_in_turns_when_committed_then_those_of_one_share_a_statement(
    store: Store,
) -> None:
    connection = store._connection
    assert connection is not None
    executed: list[str] = []
    connection.set_trace_callback(executed.append)
    store.commit([one for n in range(8) for one in (put(f"a{n}"), Write(INSERT_PLACE, [(f"c{n}", 1)]))])
    connection.set_trace_callback(None)
    assert sum(one.startswith("INSERT") for one in executed) == 2
    with reading(store.path) as reader:
        assert [row for (row,) in reader.execute("SELECT contact FROM place")] == [f"c{n}" for n in range(8)]

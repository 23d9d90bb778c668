"""Records packed and unpacked: the same to the last byte, or it is told that they are damaged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrcore.errors import JournalError
from ivrcore.journal.blocks import Block, packed, unpacked
from ivrcore.journal.record import Record
from ivrcore.journal.stored import row_of
from ivrcore.lab import made_day

TIMES = st.floats(0.0, 4e9, allow_nan=False)
TEXTS = st.one_of(
    st.just(b"{}"),
    TIMES.map(lambda at: b'{"at":%r}' % at),
    TIMES.map(lambda at: b'{"at":%r,"contact":"c\xc3\xa4"}' % at),
    st.just(b'{"at":soon,"x":1}'),
    st.binary(max_size=30).map(lambda data: data.replace(b"\n", b" ")),
)
ROWS = st.lists(
    st.tuples(st.integers(0, 40), TIMES, st.sampled_from(["A", "B", "Cé"]), st.integers(1, 3), TEXTS),
    min_size=1,
    max_size=30,
    unique_by=lambda row: row[0],
)


def real(count: int = 200) -> list[Any]:
    events = made_day.day(30)[:count]
    return [row_of(Record(seq, event)) for seq, event in enumerate(events, 101)]


@given(ROWS)
def test_given_any_rows_then_they_come_back_as_they_were(rows: list[Any]) -> None:
    stored = [(100 + row[0], *row[1:], None) for row in sorted(rows)]
    block = packed(stored, 100, 140)
    assert list(unpacked(block)) == stored
    assert list(unpacked(block, ["B"])) == [row for row in stored if row[2] == "B"]
    assert list(unpacked(block, mark=b"contact")) == [row for row in stored if b"contact" in row[4]]
    assert (block.begins, block.ends) == (min(row[1] for row in stored), max(row[1] for row in stored))


def test_given_an_event_with_a_line_in_its_text_then_it_is_not_packed() -> None:
    rows = [(1, 1.0, "A", 1, b'{"at":1.0,\n"x":1}', None), (2, 1.0, "A", 1, b"{}", None)]
    with pytest.raises(JournalError, match="records 1 to 2 of the journal cannot be packed"):
        packed(rows, 1, 2)


def test_given_calls_then_a_block_is_a_tenth_of_them() -> None:
    rows = real()
    block = packed(rows, 101, 300)
    assert len(block.data) * 10 < sum(len(row[4]) + len(row[2]) + 24 for row in rows)


@pytest.mark.parametrize("at", range(0, 1000, 37))
def test_given_a_changed_byte_then_the_block_is_known_to_be_damaged(at: int) -> None:
    block = packed(real(), 101, 300)
    data = bytearray(block.data)
    data[at % len(data)] ^= 4
    with pytest.raises(JournalError, match="records 101 to 300 of the journal are damaged"):
        list(unpacked(block._replace(data=bytes(data))))


@pytest.mark.parametrize("change", [{"first": 100}, {"last": 301}, {"records": 199}, {"ends": 1.0}])
def test_given_another_word_about_it_then_too(change: dict[str, Any]) -> None:
    block: Block = packed(real(), 101, 300)._replace(**change)
    with pytest.raises(JournalError, match="are damaged"):
        list(unpacked(block))


def test_given_names_that_it_has_not_then_it_is_not_even_opened() -> None:
    block = packed(real(), 101, 300)._replace(data=b"broken")
    assert list(unpacked(block, ["ClockSetBack"])) == []

"""Callers who are known again: each for oneself, under a name that leads nowhere once it is erased."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from twisted.internet import reactor

from ivrcore.answerers.outbound import Desk
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.subjects import Subjects
from ivrcore.service.known_callers import KnownCallers, day_of, kept_since
from ivrcore.tollguard import GuardState, Rules
from tests.scenarios.floor import Floor

KEY = bytes(range(32))
MINE, AS_WRITTEN, OTHER = "+82212345678", "+82 2-1234-5678", "+82310306037"


class Day:
    """A clock that stands."""

    at = 1_800_000_000.0

    def __call__(self) -> float:
        return self.at


now = Day()


def desk(key: bytes = KEY) -> Desk:
    floor = Floor()
    return Desk(Rules(), GuardState(), floor.clock, floor.switch, key)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.db"


@pytest.fixture
def subjects(path: Path) -> Iterator[Subjects]:
    journal = LocalJournal(path, reactor._asyncioEventloop)
    yield Subjects(path, journal.writer.submit, KEY)
    journal.close()


def test_a_number_has_one_name_however_it_is_written_and_another_number_another(subjects: Subjects) -> None:
    known = KnownCallers(subjects, desk().caller_mark, now)
    name = known.name(MINE)
    assert len(name) == len("0" * 32)
    assert known.name(AS_WRITTEN) == name
    assert known.name(OTHER) != name


@pytest.mark.parametrize("withheld", ["", "anonymous", "restricted", "12", "+"])
def test_who_withholds_the_number_has_no_name(subjects: Subjects, withheld: str) -> None:
    assert KnownCallers(subjects, desk().caller_mark, now).name(withheld) == ""


def test_the_name_is_there_after_a_restart_and_tells_nothing_in_the_file(path: Path) -> None:
    names = []
    for _ in range(2):
        journal = LocalJournal(path, reactor._asyncioEventloop)
        names.append(
            KnownCallers(Subjects(path, journal.writer.submit, KEY), desk().caller_mark, now).name(MINE)
        )
        journal.close()
    assert names[0] == names[1]
    stored = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert desk().caller_mark(MINE).encode() in stored
    assert names[0].encode() not in stored
    assert MINE[1:].encode() not in stored


def test_a_forgotten_caller_gets_another_name_and_the_others_keep_theirs(subjects: Subjects) -> None:
    known = KnownCallers(subjects, desk().caller_mark, now)
    mine, other = known.name(MINE), known.name(OTHER)
    known.forget([AS_WRITTEN, "anonymous", ""])
    assert known.name(MINE) != mine
    assert known.name(OTHER) == other


def test_a_name_stays_from_the_day_on_which_it_was_asked_for_last(
    subjects: Subjects, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, row = KnownCallers(subjects, desk().caller_mark, now), desk().caller_mark(MINE)

    def kept(day: str) -> bool:
        return kept_since(subjects.get(row) or {}, day, "2999-01-01") is not None

    subjects.keep(row, {"known_as": "n1", "used": "2020-01-01"})
    assert not kept("2020-01-02")
    assert known.name(MINE) == "n1"
    assert kept(day_of(now()))
    monkeypatch.setattr(Day, "at", Day.at + 86_400.0)
    assert not kept(day_of(now()))
    assert known.name(MINE) == "n1"
    assert kept(day_of(now()))
    assert kept_since({"caller_number": MINE, "used": "2999-01-01"}, day_of(now()), "2999-01-01") is None


def test_a_name_of_a_release_that_kept_no_day_counts_from_the_day_on_which_that_is_seen(
    subjects: Subjects,
) -> None:
    known, row = KnownCallers(subjects, desk().caller_mark, now), desk().caller_mark(MINE)
    subjects.keep(row, {"known_as": "n1"})
    seen = kept_since(subjects.get(row) or {}, "2027-01-01", "2027-04-01")
    assert seen == {"known_as": "n1", "used": "2027-04-01"}
    assert kept_since(seen, "2027-04-01", "2027-06-30") == seen
    assert kept_since(seen, "2027-04-02", "2027-07-01") is None
    assert known.name(MINE) == "n1"
    assert subjects.get(row) == {"known_as": "n1", "used": day_of(now())}


@pytest.mark.slow
def test_the_marks_of_a_hundred_thousand_numbers_are_as_many() -> None:
    mark = desk().caller_mark
    assert len({mark(f"+8221{at:07d}") for at in range(100_000)}) == 100_000


def test_without_the_key_a_mark_is_another() -> None:
    assert desk().caller_mark(MINE) != desk(bytes(32)).caller_mark(MINE)


def test_a_row_that_cannot_be_read_keeps_nobody_from_waiting(
    subjects: Subjects, caplog: pytest.LogCaptureFixture
) -> None:
    subjects.keep(desk().caller_mark(MINE), {"known_as": "n1"})
    of_another_key = Subjects(subjects._path, subjects._submit, bytes(32))
    of_another_key._waiting.update(subjects._waiting)
    assert KnownCallers(of_another_key, desk().caller_mark, now).name(MINE) == ""
    assert "could not be known again" in caplog.text
    assert MINE[1:] not in caplog.text

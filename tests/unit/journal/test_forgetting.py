"""Personal values go when nothing of late refers to them, and nothing else does, at any moment of a day."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrcore.errors import JournalError
from ivrcore.journal import compaction, forgetting
from ivrcore.journal.compaction import compacting
from ivrcore.journal.forgetting import forget, told, untold
from ivrcore.journal.local import read_records
from ivrcore.journal.store import Store, Write
from ivrcore.journal.subjects import INSERT, Subjects
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import Cause, Outcome
from tests.unit.history.history_site import append

KEY = bytes(range(32))
EPOCH, HOUR = 1_800_000_000.0, 3600.0
ANY_HISTORY = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "BLOCK", 4)
    monkeypatch.setattr(forgetting, "PART", 3)
    monkeypatch.setattr(forgetting, "TOGETHER", 2)


def arrived(at: float, contact: str, subject: str) -> Event:
    return events.ContactArrived(
        at=at,
        contact=contact,
        leg=f"{contact}.l1",
        channel=contact,
        number="5000",
        plan="p",
        plan_version="1",
        subject=subject,
    )


def asked(at: float, contact: str, subject: str, goes_on_with: str = "") -> Event:
    return events.CallBackAsked(
        at=at,
        contact=contact,
        queue="cards",
        subject=subject,
        contact_subject=f"s-{contact}",
        goes_on_with=goes_on_with,
    )


def closed(at: float, contact: str) -> Event:
    return events.ContactClosed(at=at, contact=contact, outcome=Outcome.QUEUED, cause=Cause.NORMAL)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Contacts that come and close, of which some ask to be called back, also in the place of another."""
    found: list[Event] = []
    at, open_now, call_backs = EPOCH, dict[str, str](), 0
    for number in range(draw(st.integers(1, 25))):
        at += draw(st.sampled_from((0.0, 1.0, HOUR)))
        what = draw(st.sampled_from("aabcg"))
        contact = draw(st.sampled_from(sorted(open_now))) if open_now else ""
        others = [one for one in sorted(open_now) if open_now[one] and one != contact]
        if what == "a" or not contact:
            open_now[f"c{number}"] = ""
            found.append(arrived(at, f"c{number}", f"s-c{number}"))
        elif what == "b":
            call_backs += 1
            open_now[contact] = f"b{call_backs}"
            found.append(asked(at, contact, open_now[contact]))
        elif what == "g" and others:
            open_now[contact], open_now[others[0]] = open_now[others[0]], ""
            found.append(asked(at, contact, open_now[contact], others[0]))
        else:
            del open_now[contact]
            found.append(closed(at, contact))
    return found


def kept(history: Sequence[Event], before: float) -> set[str]:
    """Give what must stay, looked up for each subject by itself."""
    referred: dict[str, list[tuple[int, str]]] = {}
    for at, one in enumerate(history):
        for name in ("subject", "contact_subject"):
            if subject := getattr(one, name, ""):
                referred.setdefault(subject, []).append((at, getattr(one, "contact", "")))
    end = next((at for at, one in enumerate(history) if one.at >= before), len(history))
    over = {one.contact for one in history[:end] if isinstance(one, events.ContactClosed)}
    return {
        subject
        for subject, places in referred.items()
        if any(at >= end or contact not in over for at, contact in places)
    }


def put_down(
    path: Path, subjects: dict[str, dict[str, str]], key: bytes = KEY, nonce: bytes = bytes(12)
) -> None:
    store, cipher = Store(path), AESGCM(key)
    rows = [
        (one, nonce, cipher.encrypt(nonce, msgspec.json.encode(values), one.encode()))
        for one, values in subjects.items()
    ]
    store.commit([Write(INSERT, rows)])
    store.close()


def there(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {one for (one,) in connection.execute("SELECT id FROM subject")}


def at_once(_seconds: float) -> None:
    """Rest no longer."""


def nothing_stays(_values: dict[str, str]) -> dict[str, str] | None:
    return None


def forget_all(path: Path, before: float, stays: forgetting.Stays = nothing_stays, **how: Any) -> int:
    with compacting(path, how.get("rest", at_once)) as one:
        return forget(one, path, KEY, how.get("now", before), before, stays, how.get("settle", at_once))


@ANY_HISTORY
@given(st.data())
def test_given_any_history_then_just_what_nothing_of_late_refers_to_goes(
    tmp_path: Path, data: st.DataObject
) -> None:
    path = tmp_path / "journal.db"
    for file in tmp_path.iterdir():
        file.unlink()
    history = data.draw(histories())
    stay, written = set[str](), list[Event]()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(history)), max_size=3)))
    for first, end in zip([0, *cuts], [*cuts, len(history)], strict=True):
        part = history[first:end]
        new = {
            getattr(one, name)
            for one in part
            for name in ("subject", "contact_subject")
            if getattr(one, name, "")
        }
        new -= {subject for one in written for subject in (getattr(one, "subject", ""),)}
        append(path, part)
        put_down(path, {one: {"caller_number": "1"} for one in new - stay})
        stay |= new
        written += part
        if data.draw(st.booleans()) and len(written) > 4:
            with compacting(path, at_once) as one:
                list(one.pack(len(written) // 4 * 4 - 1))
        before = EPOCH + data.draw(st.floats(-1.0, 26 * HOUR))
        gone = stay - kept(written, before)
        assert forget_all(path, before) == len(gone)
        stay -= gone
        assert there(path) == stay
        assert [record.event for record in read_records(path)] == written


LATE = EPOCH + 100 * HOUR
DAY_LONG = [arrived(EPOCH, "c1", "s-c1"), closed(EPOCH + 1, "c1"), arrived(EPOCH + 2, "c2", "s-c2")]


def test_given_values_of_no_contact_then_they_go_too_unless_they_are_to_stay(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    put_down(path, {"s-c1": {}, "s-c2": {}, "lost": {"caller_number": "1"}, "known": {"known_as": "n1"}})
    put_down(path, {"unreadable": {}}, bytes(32))
    assert forget_all(path, LATE, lambda values: values if "known_as" in values else None) == 3
    assert there(path) == {"s-c2", "known"}


def test_given_values_that_stay_with_others_then_they_are_written_anew_unless_somebody_did_meanwhile(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    rows = [f"row{number}" for number in range(4)]
    put_down(path, {one: {"known_as": one} for one in rows})
    called: list[str] = []

    def rest(_seconds: float) -> None:
        if not called:
            called.append("row3")
            put_down(path, {"row3": {"known_as": "row3", "used": "Tuesday"}}, nonce=b"1" * 12)

    assert forget_all(path, LATE, lambda values: values | {"used": "Monday"}, rest=rest) == 0
    with closing(sqlite3.connect(path)) as connection:
        subjects = Subjects(path, lambda *_, **__: None, KEY)
        assert {one: subjects.get(one) for one in rows} == {
            one: {"known_as": one, "used": "Tuesday" if one == "row3" else "Monday"} for one in rows
        }
        nonces = connection.execute("SELECT count(DISTINCT nonce) FROM subject").fetchone()[0]
    assert nonces == len(rows)


def test_given_who_is_put_down_meanwhile_then_they_stay(tmp_path: Path) -> None:
    """The values are in the file a moment before the record that refers to them."""
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    put_down(path, {"s-c1": {}, "s-c3": {}})

    def settle(_seconds: float) -> None:
        append(path, [arrived(LATE, "c3", "s-c3")])
        put_down(path, {"s-c4": {}})

    assert forget_all(path, LATE, settle=settle) == 1
    assert there(path) == {"s-c3", "s-c4"}


def test_given_a_row_that_is_written_anew_after_it_was_judged_then_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    rows = [f"row{number}" for number in range(4)]
    put_down(path, {one: {"known_as": one} for one in rows})
    calling: list[str] = []

    def rest(_seconds: float) -> None:
        """Somebody calls between two transactions."""
        if not calling:
            calling.extend(there(path) & set(rows))
            put_down(path, {one: {"known_as": one, "used": "2027-01-19"} for one in calling}, nonce=b"1" * 12)

    assert forget_all(path, LATE, rest=rest) == len(rows) - len(calling)
    assert calling
    assert there(path) == set(calling)


def test_given_one_that_is_ended_anywhere_then_the_next_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    contacts = [f"c{number}" for number in range(9)]
    append(path, [arrived(EPOCH, one, f"s-{one}") for one in contacts])
    append(path, [closed(EPOCH + 1, one) for one in contacts[1:]])
    put_down(path, {f"s-{one}": {} for one in contacts})
    left: list[int] = []
    while True:
        rests: list[float] = []

        def rest(seconds: float, rests: list[float] = rests) -> None:
            rests.append(seconds)
            raise SystemExit(1)

        try:
            forget_all(path, LATE, rest=rest)
        except SystemExit:
            left.append(len(there(path)))
        if len(there(path)) == 1:
            break
    assert left == [7, 5, 3, 1]
    assert forget_all(path, LATE) == 0
    assert there(path) == {"s-c0"}


def test_given_one_that_is_ended_midway_then_what_it_removed_is_told_with_what_the_next_one_does(
    tmp_path: Path,
) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    put_down(path, {f"of-nobody{number}": {} for number in range(5)})
    assert untold(path) is None

    def rest(_seconds: float) -> None:
        raise SystemExit(1)

    with pytest.raises(SystemExit):
        forget_all(path, LATE, rest=rest)
    assert untold(path) == (2, LATE, 2)
    forget_all(path, LATE + HOUR)
    them = untold(path)
    assert them is not None
    assert them == (5, LATE + HOUR, 5)
    store = Store(path)
    store.commit([told(them)] * 2)
    store.close()
    assert untold(path) is None
    put_down(path, {"another": {}})
    forget_all(path, LATE)
    assert untold(path) == (1, LATE, 6)


def test_given_what_was_looked_at_before_then_it_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    many = [arrived(EPOCH, "c1", "s-c1"), closed(EPOCH + 1, "c1")] * 4
    append(path, [*many, arrived(EPOCH + 2, "c9", "s-c9")])
    forget_all(path, LATE)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE event SET data = x'00' WHERE seq <= 8")
        connection.commit()
    append(path, [closed(EPOCH + 3, "c9")])
    put_down(path, {"s-c9": {}})
    assert forget_all(path, LATE) == 1
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE event SET data = x'00'")
        connection.commit()
    append(path, [arrived(EPOCH + 4, "c10", "s-c10")])
    assert forget_all(path, LATE) == 0


def test_given_a_damaged_record_then_nothing_goes(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    put_down(path, {"s-c1": {}, "s-c2": {}})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("UPDATE event SET data = x'00' WHERE seq = 3")
        connection.commit()
    with pytest.raises(JournalError, match="damaged"):
        forget_all(path, LATE)
    assert there(path) == {"s-c1", "s-c2"}


def test_given_a_clock_that_was_set_back_then_the_time_is_that_of_the_clock_now(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    ahead = 50 * HOUR
    append(path, [arrived(EPOCH + ahead, "c1", "s-c1"), closed(EPOCH + ahead + 1, "c1")])
    append(path, [events.ClockSetBack(at=EPOCH + 2, seconds=ahead), arrived(EPOCH + 3, "c2", "s-c2")])
    put_down(path, {"s-c1": {}, "s-c2": {}})
    assert forget_all(path, EPOCH + 2.5) == 1
    assert there(path) == {"s-c2"}


def test_given_a_file_beside_the_journal_that_cannot_be_opened_then_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    (tmp_path / "journal.db.compacting").mkdir()
    with pytest.raises(JournalError, match=r"cannot be written: .*directory") as refused:
        forget_all(path, LATE)
    assert "may be written by this user" in refused.value.hint


def test_given_rows_that_cannot_be_removed_then_it_says_that_they_cannot_be_written(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    append(path, DAY_LONG)
    put_down(path, {"s-c1": {}})
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TRIGGER no BEFORE DELETE ON subject BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(JournalError, match="cannot be written: no"):
        forget_all(path, LATE)
    assert there(path) == {"s-c1"}


def test_given_a_clock_that_was_ahead_for_an_hour_then_what_was_written_before_is_no_older_for_it(
    tmp_path: Path,
) -> None:
    """`ClockSetBack` does not say since when the clock was ahead."""
    path = tmp_path / "journal.db"
    ahead, quarter = 2400 * HOUR, 90 * 24 * HOUR
    append(path, [arrived(EPOCH, "c1", "s-c1"), closed(EPOCH + 1, "c1")])
    append(path, [arrived(EPOCH + ahead, "c2", "s-c2"), closed(EPOCH + ahead + HOUR, "c2")])
    append(path, [events.ClockSetBack(at=EPOCH + HOUR, seconds=ahead), arrived(EPOCH + HOUR, "c3", "s-c3")])
    put_down(path, {"s-c1": {}, "s-c2": {}, "s-c3": {}})
    assert forget_all(path, EPOCH + 2 * HOUR - quarter, now=EPOCH + 2 * HOUR) == 0
    assert forget_all(path, EPOCH) == 0
    assert forget_all(path, EPOCH + HOUR) == 1
    assert there(path) == {"s-c2", "s-c3"}
    assert forget_all(path, EPOCH + 2 * HOUR) == 1
    assert there(path) == {"s-c3"}


def test_given_a_clock_that_was_behind_for_an_hour_then_nothing_is_older_for_it(tmp_path: Path) -> None:
    """A machine without a battery: `ClockSetBack` says that all before it was fifty years ahead."""
    path = tmp_path / "journal.db"
    append(path, [arrived(EPOCH, "c1", "s-c1"), closed(EPOCH + 1, "c1")])
    append(path, [events.ClockSetBack(at=60.0, seconds=EPOCH - 59), arrived(60.0, "c2", "s-c2")])
    append(path, [closed(HOUR, "c2"), arrived(EPOCH + HOUR, "c3", "s-c3")])
    put_down(path, {"s-c1": {}, "s-c2": {}, "s-c3": {}})
    assert forget_all(path, EPOCH, now=EPOCH + HOUR) == 0
    assert forget_all(path, EPOCH + 2, now=EPOCH + 2 * HOUR) == 2
    assert there(path) == {"s-c3"}

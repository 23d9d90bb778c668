"""A start from a snapshot knows what a start from the whole journal knows, whatever became of snapshots."""

import asyncio
import pickle
import random
import threading
from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrcore.errors import JournalError
from ivrcore.journal.local import LocalJournal
from ivrcore.journal.record import Record
from ivrcore.journal.snapshots import Snapshots
from ivrcore.lab import made_day
from ivrcore.model import events as e
from ivrcore.model.event import EVENTS, Event
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing import fold as routing_fold
from ivrcore.routing.rulebook import Rulebook
from ivrcore.service import frozen
from ivrcore.service.past import Past
from ivrcore.service.snapshot_maker import Asked, Making, Reader, made
from tests.support.every_event import Calls

KEY = bytes(range(32))
ROUTED = routing_fold.KINDS


@cache
def plugins() -> Any:
    return load_plugins().routing()


@cache
def happened() -> tuple[Event, ...]:
    """A small day of calls, and between its events every other event once, in any order."""
    calls, by_chance = made_day.day(150), random.Random(4)
    others = [one for n in (0.0, 1.0) for one in Calls().round(made_day.EPOCH + 50_000 + n)]
    others = [one for one in others if type(one) not in ROUTED]
    places = sorted(by_chance.randrange(100, len(calls) - 100) for _ in others)
    for place, other in reversed(list(zip(places, others, strict=True))):
        calls.insert(place, other)
    back = e.ClockSetBack(at=calls[-1].at - 30.0, seconds=30.0)
    return (*calls, back)


def known_kinds() -> set[type[Event]]:
    return {type(event) for event in happened()}


def journal_of(path: Path, events: Sequence[Event]) -> None:
    loop = asyncio.new_event_loop()
    journal = LocalJournal(path, loop)
    journal.append(events)
    journal.close()
    loop.close()


class Upto(Reader):
    """A journal as it was when it had so many records."""

    def __init__(self, path: Path, end: int) -> None:
        super().__init__(path)
        self._end = end

    def read(self, after: int = 0) -> Iterator[Record]:
        return (record for record in super().read(after) if record.seq <= self._end)


def start(path: Path, *, end: int = 10**9, zone: tzinfo = UTC, key: bytes | None = KEY) -> Past:
    files = None if key is None else Snapshots(path, key)
    return Past(Upto(path, end), plugins(), lambda: 0.5, zone, files)


def bare(value: Any) -> Any:
    """Give everything that is in a fold as plain values."""
    if value is None or isinstance(value, bool | int | float | str | Enum | tzinfo):
        return value
    if isinstance(value, Rulebook):
        return "the rulebook"
    if isinstance(value, Mapping):
        return [(key, bare(inner)) for key, inner in value.items()]
    if isinstance(value, list | tuple | deque | array):
        return [bare(inner) for inner in value]
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if callable(value):
        return "a function"
    names = list(getattr(value, "__struct_fields__", ()) or getattr(type(value), "__slots__", ()))
    return {name: bare(getattr(value, name)) for name in names or vars(value)}


PARTS = (
    "figures", "open", "living", "calls", "ways", "days", "board", "dialled", "drain", "erased", "seq",
)  # fmt: skip
ROUTING = ("queues", "offers", "memories", "standings", "estimates", "redials", "last_talks", "deadlines",
           "plans", "waiting")  # fmt: skip


def everything(past: Past) -> dict[str, Any]:
    parts = {name: bare(getattr(past, name)) for name in PARTS}
    routing = {name: bare(getattr(past.routing, name)) for name in ROUTING}
    agents = past.routing.snapshot().agents
    lines = {str(line): bare(index.tally) for line, index in past.routing.pool._lines.all.items()}
    return parts | routing | {"agents": agents, "lines": lines}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "journal.db"
    journal_of(path, happened())
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    journal_of(path, happened()[:400])
    return path


def test_the_day_has_every_event_that_is_not_of_routing_and_leaves_something_in_every_part(
    whole: Path,
) -> None:
    apart = {e.ServerStopped, e.ClockJumped}
    assert set(EVENTS.values()) - ROUTED - apart <= known_kinds()
    queued = [seq for seq, event in enumerate(happened(), 1) if isinstance(event, e.ContactQueued)]
    middle, empty = start(whole, end=queued[-9], key=None), start(whole, end=0, key=None)
    for part in ("open", "living", "calls", "ways", "days", "board", "dialled", "erased"):
        assert bare(getattr(middle, part)) != bare(getattr(empty, part))
    assert middle.routing.waiting.visits


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.integers(1, len(happened())), min_size=1, max_size=3))
def test_given_snapshots_at_any_records_then_state_is_that_of_the_whole_journal(
    whole: Path, cuts: list[int]
) -> None:
    """Each snapshot is made from the one before, as a server has them made."""
    files = Snapshots(whole, KEY)
    for name in files.newest_first():
        (files.folder / f"{name}.snapshot").unlink()
    for cut in sorted(cuts):
        past = start(whole, end=cut)
        assert everything(past) == everything(start(whole, end=cut, key=None))
        past.save(files)
    end = start(whole)
    assert end.began == max(cuts)
    assert everything(end) == everything(start(whole, key=None))


def test_given_a_snapshot_then_only_what_came_after_it_is_read(path: Path) -> None:
    start(path).save(Snapshots(path, KEY))
    read: list[int] = []

    class Counting(Reader):
        def read(self, after: int = 0) -> Iterator[Record]:
            read.append(after)
            return super().read(after)

    past = Past(Counting(path), plugins(), lambda: 0.5, UTC, Snapshots(path, KEY))
    assert read == [400] == [past.began]


@pytest.fixture
def two(path: Path) -> Path:
    """A journal with a snapshot after its record 100, and one after 300."""
    for end in (100, 300):
        start(path, end=end).save(Snapshots(path, KEY))
    return path


def newest(path: Path) -> Path:
    return max(Snapshots(path, KEY).folder.iterdir())


DAMAGE = settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@DAMAGE
@given(at=st.integers(0, 10**9), bit=st.integers(0, 7))
def test_given_any_bit_of_the_newest_turned_then_the_one_before_serves(two: Path, at: int, bit: int) -> None:
    file = newest(two)
    good = file.read_bytes()
    bad = bytearray(good)
    bad[at % len(bad)] ^= 1 << bit
    file.write_bytes(bad)
    try:
        past = start(two)
    finally:
        file.write_bytes(good)
    assert past.began == 100
    assert everything(past) == everything(start(two, key=None))


@DAMAGE
@given(at=st.integers(0, 10**9))
def test_given_the_newest_cut_anywhere_then_the_one_before_serves(two: Path, at: int) -> None:
    file = newest(two)
    good = file.read_bytes()
    file.write_bytes(good[: at % len(good)])
    try:
        assert start(two).began == 100
    finally:
        file.write_bytes(good)


def test_given_all_damaged_then_the_whole_journal_is_folded_and_the_log_says_so(
    two: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for file in Snapshots(two, KEY).folder.iterdir():
        file.write_bytes(b"IVRCSNAP" + file.read_bytes()[8:-1])
    past = start(two)
    assert past.began == 0
    assert everything(past) == everything(start(two, key=None))
    names = [file.stem for file in sorted(Snapshots(two, KEY).folder.iterdir())[::-1]]
    assert [message.split(":")[0] for message in caplog.messages] == [
        f"the snapshot {name} is left aside" for name in names
    ]


def test_given_another_key_then_the_whole_journal_is_folded(two: Path) -> None:
    assert start(two, key=b"x" * 32).began == 0


def test_given_another_zone_then_days_are_counted_anew_and_both_snapshots_stay(two: Path) -> None:
    past = start(two, zone=ZoneInfo("Asia/Seoul"))
    assert past.began == 0
    past.save(Snapshots(two, KEY))
    assert start(two, zone=ZoneInfo("Asia/Seoul")).began == 400
    assert start(two).began == 300


@pytest.mark.parametrize("whose", ["FOLD", "FIGURES_FOLD", "routing_fold.FOLD"])
def test_given_a_release_that_folds_otherwise_then_the_whole_journal_is_folded(
    two: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    monkeypatch.setattr(f"ivrcore.service.past.{whose}", 99)
    assert start(two).began == 0


def test_given_other_plugins_then_who_may_have_whom_is_asked_anew(two: Path) -> None:
    fewer = replace(plugins(), eligibility={})
    assert Past(Reader(two), fewer, lambda: 0.5, UTC, Snapshots(two, KEY)).began == 0


def test_given_a_class_with_other_fields_then_the_whole_journal_is_folded(
    two: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = frozen.layout

    def later(found: type) -> list[str]:
        return [*before(found), "new"] if found.__name__ == "Waiting" else before(found)

    monkeypatch.setattr(frozen, "layout", later)
    assert start(two).began == 0


def test_given_an_older_copy_of_the_journal_then_snapshots_of_later_are_left_aside(two: Path) -> None:
    two.unlink()
    journal_of(two, happened()[:200])
    assert start(two).began == 100
    two.unlink()
    journal_of(two, happened()[1:300])
    assert start(two).began == 0


def test_only_so_many_are_kept(path: Path) -> None:
    files = Snapshots(path, KEY)
    for end in range(10, 60, 10):
        start(path, end=end).save(files)
    assert [files.read(name).seq for name in files.newest_first()] == [50, 40, 30]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files.folder.iterdir())


def test_given_another_journal_of_fewer_records_then_new_snapshots_are_kept_and_the_old_go(
    path: Path,
) -> None:
    files = Snapshots(path, KEY)
    for end in (30, 40, 50):
        start(path, end=end).save(files)
    start(path, end=50, zone=ZoneInfo("Asia/Seoul")).save(files)
    path.unlink()
    journal_of(path, happened()[1:21])
    past = start(path)
    assert past.began == 0
    past.save(files)
    (only,) = files.newest_first()
    assert files.read(only).seq == 20
    assert start(path).began == 20


def test_given_snapshots_that_cannot_be_opened_then_a_new_one_is_kept(path: Path) -> None:
    for end in (300, 350, 400):
        start(path, end=end, key=None).save(Snapshots(path, b"x" * 32))
    past = start(path, end=100)
    past.save(Snapshots(path, KEY))
    assert start(path).began == 100


def test_given_an_older_state_that_is_kept_last_then_it_is_not_deleted_at_once(path: Path) -> None:
    files = Snapshots(path, KEY)
    for end in (30, 40, 50):
        start(path, end=end).save(files)
    start(path, end=10, key=None).save(files)
    assert [files.read(name).seq for name in files.newest_first()] == [50, 40, 10]


class Evil:
    def __reduce__(self) -> Any:
        return print, ("called",)


def test_what_is_thawed_makes_only_what_a_fold_has(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(JournalError, match=r"builtins\.print, which no fold has"):
        frozen.thaw(pickle.dumps(Evil()), {}, {})
    assert not capsys.readouterr().out


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("ivrcore.service.beside", "subprocess.Popen"),
        ("ivrcore.service.snapshot_maker", "Path"),
        ("ivrcore.service.snapshot_maker", "Past"),
        ("ivrcore.service.snapshot_maker", "Making.stop"),
    ],
)
def test_what_a_module_of_ours_has_only_imported_is_not_thawed(module: str, name: str) -> None:
    stream = b"\x80\x05" + b"".join(
        b"\x8c" + bytes([len(one)]) + one for one in (module.encode(), name.encode())
    )
    with pytest.raises(JournalError, match=rf"{module}\.{name}, which is "):
        frozen.thaw(stream + b"\x93.", {}, {})


def test_what_would_not_come_back_is_not_kept() -> None:
    with pytest.raises(JournalError, match="cannot be kept"):
        frozen.freeze({"lock": threading.Lock()}, {})
    with pytest.raises(JournalError, match="which no fold has"):
        frozen.freeze({"path": Path("x")}, {})


def asked(path: Path) -> Asked:
    return Asked(str(path), KEY, "UTC", None, ())


def test_given_a_process_of_its_own_then_what_it_made_is_taken_up(path: Path) -> None:
    assert Making(asked(path)).wait() == 400
    past = start(path, zone=ZoneInfo("UTC"))
    assert past.began == 400
    assert everything(past) == everything(start(path, key=None, zone=ZoneInfo("UTC")))


def test_given_one_half_written_by_a_process_that_was_ended_then_the_next_deletes_it(path: Path) -> None:
    folder = Snapshots(path, KEY).folder
    folder.mkdir(mode=0o700)
    half = folder / ".000000000000100-0123abcd.snapshot"
    half.write_bytes(b"IVRCSNAP")
    assert made(asked(path)) == 400
    assert [file.stem for file in folder.iterdir()] == Snapshots(path, KEY).newest_first()


def test_given_a_journal_that_cannot_be_read_then_the_process_says_why(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"none\.db cannot be read"):
        Making(asked(tmp_path / "none.db")).wait()


def test_given_a_journal_without_records_then_there_is_no_snapshot(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    journal_of(path, [])
    assert made(asked(path)) == 0
    assert not Snapshots(path, KEY).newest_first()


def test_a_past_that_follows_a_journal_is_that_of_the_whole(path: Path) -> None:
    last = start(path, key=None).seq
    past = start(path, end=last - 150, key=None)
    assert everything(past) != everything(start(path, key=None))
    for end in (last - 90, last - 90, last):
        past.follow(Upto(path, end))
        assert past.seq == end
    assert everything(past) == everything(start(path, key=None))

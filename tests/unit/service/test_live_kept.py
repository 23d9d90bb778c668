"""Kept utterances of a running server: on a worker, bounded, deleted in time, and every access journalled."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from ivrcore.config import KeepConfig
from ivrcore.errors import JournalError
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.kept_names import KeptAccess, KeptErasure, NotKept
from ivrcore.service import kept as service
from ivrcore.service.kept import LiveKept
from tests.unit.kept.kept_turns import AUDIO, failed

START = 1_800_000_000.0
DAY = 86_400.0


class Desk:
    """A store whose worker does one thing when the test says so."""

    def __init__(self, folder: Path, *, room: int = 10_000_000, erased: Iterable[str] = ()) -> None:
        self.clock = Clock()
        self.events: list[Event] = []
        self.jobs: list[tuple[Callable[[], Any], Deferred[Any]]] = []
        config = KeepConfig("may_keep", bytes(32), folder, longest=30 * DAY, room=room)
        self.kept = LiveKept(config, self.events.extend, self.now, self.clock, self._on_worker, erased)

    def now(self) -> float:
        return START + self.clock.seconds()

    def _on_worker(self, job: Callable[[], Any]) -> Deferred[Any]:
        done: Deferred[Any] = Deferred()
        self.jobs.append((job, done))
        return done

    def work(self) -> None:
        """Let the worker do all that waits; one thing is given to it at a time."""
        while self.jobs:
            assert len(self.jobs) == 1
            job, done = self.jobs.pop()
            maybeDeferred(job).addBoth(done.callback)

    def keep(self, *contacts: str, **values: Any) -> None:
        for contact in contacts:
            self.kept.keep(failed(contact, self.now(), **values))

    def told(self) -> list[Event]:
        told, self.events[:] = list(self.events), []
        return told


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Desk(tmp_path / "kept")
    made.kept.start()
    made.work()
    return made


def result(desk: Desk, asked: Deferred[Any]) -> Any:
    found: list[Any] = []
    asked.addBoth(found.append)
    desk.work()
    (one,) = found
    return one


def test_what_is_kept_is_told_without_words_once_it_is_on_the_disk(desk: Desk) -> None:
    desk.keep("c1")
    assert desk.told() == []
    assert desk.kept.held.count == 0
    desk.work()
    (kept,) = desk.told()
    assert isinstance(kept, events.UtteranceKept)
    (view,) = result(desk, desk.kept.listed("kim"))
    assert kept == events.UtteranceKept(
        at=START,
        contact="c1",
        utterance=view.utterance,
        plan="bank",
        menu="main",
        engine="vosk",
        outcome=view.outcome,
        seconds=1.0,
    )
    assert (desk.kept.held.count, desk.kept.held.oldest) == (1, START)


def test_more_than_can_wait_is_dropped_and_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_WAITING", 2)
    desk.keep("c1", "c2", "c3")
    assert desk.told() == [
        events.UtteranceNotKept(at=START, contact="c3", plan="bank", menu="main", why=NotKept.BUSY)
    ]
    desk.work()
    assert [one.contact for one in desk.told() if isinstance(one, events.UtteranceKept)] == ["c1", "c2"]
    desk.keep("c4")
    desk.work()
    assert desk.kept.held.count == 3


def test_more_bytes_than_may_wait_are_dropped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_BYTES", 50_000)
    desk.keep("c1", "c2")
    (dropped,) = desk.told()
    assert isinstance(dropped, events.UtteranceNotKept)
    desk.work()
    desk.keep("c3")
    desk.work()
    assert desk.kept.held.count == 2


def test_a_disk_that_fails_is_told_and_the_next_one_is_tried(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "kept"
    folder.rmdir()
    folder.write_text("a file in its place")
    desk.keep("c1", audio=(b"secret sound",))
    desk.work()
    (lost,) = desk.told()
    assert lost == events.UtteranceNotKept(
        at=START, contact="c1", plan="bank", menu="main", why=NotKept.FAILED
    )
    assert "IVR500" in caplog.text
    assert "secret sound" not in caplog.text
    folder.unlink()
    desk.keep("c2")
    desk.work()
    assert desk.kept.held.count == 1


def test_what_is_too_old_goes_as_time_goes_by(desk: Desk) -> None:
    desk.keep("c1")
    desk.work()
    for _ in range(29):
        desk.clock.advance(DAY)
        desk.work()
    desk.keep("c2")
    desk.work()
    assert not [one for one in desk.told() if isinstance(one, events.KeptErased)]
    desk.clock.advance(DAY)
    desk.work()
    assert desk.told() == [events.KeptErased(at=START + 30 * DAY, why=KeptErasure.AGE, count=1)]
    assert desk.kept.held.oldest == START + 29 * DAY


def test_what_is_too_old_goes_before_another_is_kept(desk: Desk) -> None:
    desk.clock.advance(service.SWEEP_EVERY - 1)
    desk.work()
    desk.keep("c1")
    desk.work()
    for seconds in (30 * DAY - 300, 300):  # a sweep after the first alone
        desk.clock.advance(seconds)
        desk.work()
    assert [type(one) for one in desk.told()] == [events.UtteranceKept]
    desk.keep("c2")
    desk.work()
    gone, kept = desk.told()
    assert isinstance(gone, events.KeptErased)
    assert (gone.why, gone.count, type(kept)) == (KeptErasure.AGE, 1, events.UtteranceKept)


def test_other_bounds_and_another_consent_hold_from_now_on(desk: Desk, tmp_path: Path) -> None:
    desk.keep("c1")
    desk.work()
    desk.clock.advance(2 * DAY)
    desk.work()
    desk.keep("c2")
    desk.work()
    desk.told()
    desk.kept.tune(KeepConfig("asked", bytes(32), tmp_path / "kept", longest=DAY, room=10_000_000))
    desk.work()
    (gone,) = desk.told()
    assert isinstance(gone, events.KeptErased)
    assert (gone.why, gone.count, desk.kept.held.count) == (KeptErasure.AGE, 1, 1)
    assert not desk.kept.agreed({"may_keep": True})
    assert desk.kept.agreed({"asked": True})
    desk.kept.tune(None)
    assert not desk.kept.agreed({"asked": True})
    desk.clock.advance(DAY)
    desk.work()
    assert desk.kept.held.count == 0  # what was kept still goes


def test_what_somebody_else_put_into_the_folder_is_seen_in_time(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path / "kept")
    other.keep("c1")
    other.work()
    desk.clock.advance(service.SWEEP_EVERY)
    desk.work()
    assert desk.kept.held.count == 1


def test_what_is_too_old_or_too_much_goes_at_the_start(tmp_path: Path) -> None:
    before = Desk(tmp_path)
    before.kept.start()
    before.keep("c1", "c2")
    before.clock.advance(31 * DAY)
    before.keep("c3", "c4")
    before.kept.stop()
    after = Desk(tmp_path, room=40_000)
    after.clock.advance(31 * DAY)
    before.work()
    after.kept.start()
    after.work()
    assert after.told() == [events.KeptErased(at=after.now(), why=KeptErasure.ROOM, count=1)]
    assert after.kept.held.count == 1


def test_a_server_that_stops_waits_for_what_is_being_written(desk: Desk) -> None:
    desk.keep("c1")
    stopped = desk.kept.stop()
    assert not stopped.called
    desk.work()
    assert stopped.called
    assert not desk.clock.getDelayedCalls()
    assert [type(one) for one in desk.told()] == [events.UtteranceKept]


def test_who_agreed_has_a_yes_and_nothing_else(desk: Desk) -> None:
    assert desk.kept.agreed({"may_keep": True})
    assert desk.kept.agreed({"may_keep": "yes"})
    for no in (False, None, "no", 1, "", "Yes, why?"):
        assert not desk.kept.agreed({"may_keep": no})
    assert not desk.kept.agreed({})


def test_every_access_is_journalled_with_who_it_was_and_no_words(desk: Desk) -> None:
    desk.keep("c1")
    desk.work()
    (kept,) = desk.told()
    assert isinstance(kept, events.UtteranceKept)
    one = kept.utterance
    assert result(desk, desk.kept.hear(one, "kim"))[-8:] == AUDIO[1][-8:]
    assert result(desk, desk.kept.label(one, "open hours", "hours", "kim")).said == "open hours"
    assert result(desk, desk.kept.transcribe(one, "opera", "vosk", "kim")).heard == "opera"
    assert result(desk, desk.kept.words(3, "sue"))[0].labelled == 1
    assert result(desk, desk.kept.listed("sue"))[0].means == "hours"
    assert result(desk, desk.kept.hear("nothing", "kim")) is None
    assert result(desk, desk.kept.erase(one, "kim"))
    assert not result(desk, desk.kept.erase(one, "kim"))
    told = desk.told()
    assert [(one.what, one.by, one.utterance) for one in told if isinstance(one, events.KeptAccessed)] == [
        (KeptAccess.HEARD, "kim", one),
        (KeptAccess.LABELLED, "kim", one),
        (KeptAccess.TRANSCRIBED, "kim", one),
        (KeptAccess.COUNTED, "sue", ""),
        (KeptAccess.LISTED, "sue", ""),
    ]
    assert told[-1] == events.KeptErased(at=START, why=KeptErasure.ASKED, count=1, by="kim", utterance=one)
    assert not any(word in msgspec.json.encode(told) for word in (b"open hours", b"opera"))


def test_who_is_forgotten_while_talking_is_not_kept_any_more(desk: Desk) -> None:
    desk.keep("c1", "c2")
    desk.kept.erase_of(["s-c1"], "subject erase")
    desk.keep("c1")
    desk.work()
    assert desk.told()[-1] == events.KeptErased(
        at=START, why=KeptErasure.SUBJECT, count=1, by="subject erase"
    )
    assert [one.contact for one in result(desk, desk.kept.listed("kim"))] == ["c2"]


def test_what_cannot_be_read_fails_for_who_asked_alone(desk: Desk, tmp_path: Path) -> None:
    desk.keep("c1", "c2")
    desk.work()
    first, _ = (one.utterance for one in desk.told() if isinstance(one, events.UtteranceKept))
    (tmp_path / "kept" / f"{first}.utterance").write_bytes(b"broken")
    failure = result(desk, desk.kept.hear(first, "kim"))
    assert failure.check(JournalError)
    assert desk.told() == []
    assert len(result(desk, desk.kept.listed("kim"))) == 1


def test_what_a_person_wants_deleted_and_cannot_be_is_told_and_tried_again(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk.keep("c1", "c2")
    desk.work()
    first, _ = (one.utterance for one in desk.told() if isinstance(one, events.UtteranceKept))
    file = tmp_path / "kept" / f"{first}.utterance"
    raw = file.read_bytes()
    file.unlink()
    file.mkdir()
    failure = result(desk, desk.kept.erase_of(["s-c1"], "subject erase"))
    assert failure.check(JournalError)
    assert first in str(failure.value)
    assert desk.told() == []
    file.rmdir()
    file.write_bytes(raw)
    for _ in range(2):
        desk.clock.advance(service.SWEEP_EVERY)
        desk.work()
    assert desk.told() == [
        events.KeptErased(
            at=START + service.SWEEP_EVERY, why=KeptErasure.SUBJECT, count=1, by="subject erase"
        )
    ]
    assert desk.kept.held.count == 1


def test_a_folder_that_cannot_be_opened_at_the_start_is_tried_again_in_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = Desk(tmp_path / "kept")
    before.keep("c1")
    before.work()
    (tmp_path / "kept").rename(tmp_path / "away")
    (tmp_path / "kept").write_text("a file in its place")
    desk = Desk(tmp_path / "kept")
    desk.kept.start()
    desk.work()
    assert "the folder of kept utterances" in caplog.text
    (tmp_path / "kept").unlink()
    (tmp_path / "away").rename(tmp_path / "kept")
    desk.clock.advance(service.SWEEP_EVERY)
    desk.work()
    assert desk.kept.held.count == 1


def test_what_an_erased_person_said_and_was_left_goes_at_the_next_start(tmp_path: Path) -> None:
    before = Desk(tmp_path / "kept")
    before.keep("c1", "c2")
    before.work()
    desk = Desk(tmp_path / "kept", erased=["s-c1", "s-long-gone"])
    desk.kept.start()
    desk.work()
    assert desk.told() == [events.KeptErased(at=START, why=KeptErasure.SUBJECT, count=1, by="subject erase")]
    assert [one.contact for one in result(desk, desk.kept.listed("kim"))] == ["c2"]


def test_what_cannot_be_deleted_at_the_start_either_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = Desk(tmp_path / "kept")
    before.keep("c1")
    before.work()
    (file,) = (tmp_path / "kept").iterdir()
    raw = file.read_bytes()
    file.unlink()
    file.mkdir()
    desk = Desk(tmp_path / "kept", erased=["s-c1"])
    desk.kept.start()
    desk.work()
    assert "kept utterances of an erased subject" in caplog.text
    file.rmdir()
    file.write_bytes(raw)
    desk.clock.advance(service.SWEEP_EVERY)
    desk.work()
    assert desk.kept.held.count == 0

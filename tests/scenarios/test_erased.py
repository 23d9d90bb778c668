"""A person who wants to be forgotten, in memory: contact, call-back and messages go together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, maybeDeferred
from twisted.python.failure import Failure

from ivrcore.answerers.messages import Messages
from ivrcore.call_backs import OpenCallBacks
from ivrcore.config import KeepConfig
from ivrcore.errors import JournalError, RequestRefused
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd
from ivrcore.service.erasing import Erasing
from ivrcore.service.kept import BY, LiveKept
from ivrcore.service.message_box import LiveMessages
from tests.scenarios.floor import Floor
from tests.scenarios.test_call_backs import PLAN, SITE, asked, dialled, ended
from tests.scenarios.test_call_backs_taken_up import folded, serve
from tests.unit.kept.kept_turns import failed

OnWorker = Callable[[Callable[[], object]], Deferred[object]]

CONTACTS, CALL_BACKS = "s1", "s2"
"""The subjects of the first caller: from the arrival, and for being called back."""


@pytest.fixture
def floor() -> Floor:
    return Floor(PLAN, rules=SITE)


@pytest.fixture
def messages(tmp_path: Path) -> Messages:
    return Messages(tmp_path / "messages", bytes(32))


def at_once(work: Callable[[], object]) -> Deferred[object]:
    return maybeDeferred(work)


def no_disk(work: Callable[[], object]) -> Deferred[object]:
    return fail(JournalError("the disk is away"))


def erasing(
    floor: Floor,
    messages: Messages,
    left: OpenCallBacks | None = None,
    on_worker: OnWorker = at_once,
    kept: LiveKept | None = None,
) -> Erasing:
    box = LiveMessages(messages, floor.journal, floor.subjects, floor.clock.now, on_worker)
    return Erasing(
        floor.subjects,
        floor.known_callers,
        floor.call_backs,
        left or OpenCallBacks(),
        box,
        floor.left,
        floor.journal,
        floor.clock.now,
        kept,
    )


def gone(asked: Deferred[bool]) -> bool:
    """Give whether something was kept; all of it is gone by then."""
    found: list[bool] = []
    asked.addCallback(found.append)
    (known,) = found
    return known


def refusal(asked: Deferred[bool]) -> RequestRefused:
    failed: list[Failure] = []
    asked.addErrback(failed.append)
    (one,) = failed
    assert isinstance(one.value, RequestRefused)
    return one.value


def erased(floor: Floor) -> list[str]:
    return [one.subject for one in floor.happened(events.SubjectErased)]


@pytest.mark.parametrize("named", [CONTACTS, CALL_BACKS])
def test_given_an_open_call_back_when_either_of_its_subjects_is_erased_then_both_are_and_nobody_is_rung(
    floor: Floor, messages: Messages, named: str
) -> None:
    asked(floor)
    assert floor.subjects.kept.keys() == {CONTACTS, CALL_BACKS}
    assert gone(erasing(floor, messages).erase(named))
    floor.settle()
    assert floor.subjects.kept == {}
    assert erased(floor) == [CONTACTS, CALL_BACKS]
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    serve(floor)
    floor.wait(10)
    assert dialled(floor) == []
    assert not gone(erasing(floor, messages).erase(named))
    assert erased(floor) == [CONTACTS, CALL_BACKS]
    floor.check()


def test_given_a_call_back_that_waits_for_the_link_after_a_restart_then_the_journal_tells_whose_it_is(
    floor: Floor, messages: Messages
) -> None:
    asked(floor)
    left = folded(floor)
    starting = Floor(PLAN, rules=SITE)
    starting.subjects.kept.update(floor.subjects.kept)
    assert starting.call_backs.open == {}
    assert gone(erasing(starting, messages, left).erase(CONTACTS))
    assert starting.subjects.kept == {}
    assert erased(starting) == [CONTACTS, CALL_BACKS]


def test_given_messages_of_two_people_then_those_of_the_erased_one_are_deleted(
    floor: Floor, messages: Messages
) -> None:
    asked(floor)
    theirs = [messages.keep("complaints", "c1", at, 3.0, CONTACTS, b"RIFF", f"c1.s{at}") for at in (1.0, 2.0)]
    other = messages.keep("complaints", "c9", 3.0, 3.0, "s9", b"RIFF", "c9.s1")
    assert gone(erasing(floor, messages).erase(CALL_BACKS))
    assert messages.heads() == [other]
    deleted = floor.happened(events.MessageDeleted)
    assert [(one.message, one.by) for one in deleted] == [(one.message, BY) for one in theirs]


@pytest.mark.parametrize("named", [CONTACTS, CALL_BACKS])
def test_given_a_caller_who_is_known_again_when_he_is_erased_then_he_is_a_stranger(
    floor: Floor, messages: Messages, named: str
) -> None:
    asked(floor)
    number = floor.subjects.kept[CONTACTS]["caller_number"]
    name, other = floor.known_callers.name(number), floor.known_callers.name("+82299999999")
    assert gone(erasing(floor, messages).erase(named))
    assert len(floor.subjects.kept) == 1
    assert floor.known_callers.name(number) != name
    assert floor.known_callers.name("+82299999999") == other


def test_given_somebody_else_s_call_back_then_it_stays(floor: Floor, messages: Messages) -> None:
    asked(floor)
    stranger = floor.subjects.put({"caller_number": "+82299999999"})
    assert gone(erasing(floor, messages).erase(stranger))
    assert erased(floor) == [stranger]
    assert floor.subjects.kept.keys() == {CONTACTS, CALL_BACKS}
    assert ended(floor) == []


def test_given_messages_that_cannot_be_deleted_then_that_is_answered_and_erasing_again_deletes_them(
    floor: Floor, messages: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    asked(floor)
    messages.keep("complaints", "c1", 1.0, 3.0, CONTACTS, b"RIFF", "c1.s1")
    disks = [no_disk, no_disk, at_once]
    person = erasing(floor, messages, on_worker=lambda work: disks.pop(0)(work) if disks else at_once(work))
    error = refusal(person.erase(CALL_BACKS))
    assert (error.status, "the disk is away" in error.message) == (500, True)
    assert floor.subjects.kept == {}
    assert "files of an erased subject could not be deleted: the disk is away" in caplog.text
    assert len(messages.heads()) == 1
    assert gone(person.erase(CALL_BACKS))
    assert messages.heads() == []
    assert not gone(person.erase(CALL_BACKS))


def test_given_a_message_that_cannot_be_read_then_the_others_are_deleted_and_it_is_told(
    floor: Floor, messages: Messages, tmp_path: Path
) -> None:
    asked(floor)
    Messages(tmp_path / "messages", b"x" * 32).keep("complaints", "c1", 1.0, 3.0, CONTACTS, b"RIFF", "c1.s2")
    messages.keep("complaints", "c1", 1.0, 3.0, CONTACTS, b"RIFF", "c1.s1")
    assert "cannot be decrypted" in refusal(erasing(floor, messages).erase(CONTACTS)).message
    assert len(floor.happened(events.MessageDeleted)) == 1


def test_given_an_unknown_subject_then_nothing_is_said_to_be_erased(floor: Floor, messages: Messages) -> None:
    assert not gone(erasing(floor, messages).erase("nobody"))
    assert erased(floor) == []


@pytest.mark.parametrize("named", [CONTACTS, CALL_BACKS])
def test_given_failed_turns_that_are_kept_then_what_the_person_said_goes_too(
    floor: Floor, messages: Messages, tmp_path: Path, named: str
) -> None:
    asked(floor)
    config = KeepConfig("", bytes(32), tmp_path / "kept")
    kept = LiveKept(config, floor.journal.append, floor.clock.now, floor.steady, at_once)
    kept.keep(failed("c1", subject=CONTACTS))
    kept.keep(failed("c9", subject="s9"))
    assert gone(erasing(floor, messages, kept=kept).erase(named))
    assert kept.held.count == 1
    (told,) = floor.happened(events.KeptErased)
    assert isinstance(told, events.KeptErased)
    assert (told.why, told.count, told.by) == ("subject", 1, BY)


def keeping(floor: Floor, folder: Path, on_worker: OnWorker) -> LiveKept:
    return LiveKept(
        KeepConfig("", bytes(32), folder), floor.journal.append, floor.clock.now, floor.steady, on_worker
    )


def test_given_failed_turns_that_cannot_be_deleted_then_that_is_answered(
    floor: Floor, messages: Messages, tmp_path: Path
) -> None:
    asked(floor)
    error = refusal(erasing(floor, messages, kept=keeping(floor, tmp_path / "kept", no_disk)).erase(CONTACTS))
    assert (error.status, "the disk is away" in error.message) == (500, True)


def test_given_a_slow_disk_then_it_is_answered_once_all_is_gone(
    floor: Floor, messages: Messages, tmp_path: Path
) -> None:
    asked(floor)
    later: list[tuple[Callable[[], object], Deferred[object]]] = []

    def slow(work: Callable[[], object]) -> Deferred[object]:
        later.append((work, Deferred()))
        return later[-1][1]

    kept = keeping(floor, tmp_path / "kept", slow)
    answer = erasing(floor, messages, kept=kept).erase(CONTACTS)
    assert not answer.called
    ((work, done),) = later
    done.callback(work())
    assert gone(answer)


def test_given_a_person_of_whom_only_failed_turns_are_left_then_erasing_knows_of_them(
    floor: Floor, messages: Messages, tmp_path: Path
) -> None:
    kept = keeping(floor, tmp_path / "kept", at_once)
    kept.keep(failed("c1", subject="s77"))
    assert gone(erasing(floor, messages, kept=kept).erase("s77"))
    assert not gone(erasing(floor, messages, kept=kept).erase("s77"))
    assert kept.held.count == 0

"""A person who wants to be forgotten, in memory: contact, call-back and messages go together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred, fail, maybeDeferred

from ivrcore.answerers.messages import Messages
from ivrcore.call_backs import OpenCallBacks
from ivrcore.errors import JournalError
from ivrcore.model import events
from ivrcore.model.names import CallBackEnd
from ivrcore.service.erasing import BY, Erasing
from ivrcore.service.message_box import LiveMessages
from tests.scenarios.floor import Floor
from tests.scenarios.test_call_backs import PLAN, SITE, asked, dialled, ended
from tests.scenarios.test_call_backs_taken_up import folded, serve

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
    on_worker: Callable[[Callable[[], object]], Deferred[object]] = at_once,
) -> Erasing:
    box = LiveMessages(messages, floor.journal, floor.subjects, floor.clock.now, on_worker)
    return Erasing(
        floor.subjects,
        floor.known_callers,
        floor.call_backs,
        left or OpenCallBacks(),
        box,
        floor.journal,
        floor.clock.now,
    )


def erased(floor: Floor) -> list[str]:
    return [one.subject for one in floor.happened(events.SubjectErased)]


@pytest.mark.parametrize("named", [CONTACTS, CALL_BACKS])
def test_given_an_open_call_back_when_either_of_its_subjects_is_erased_then_both_are_and_nobody_is_rung(
    floor: Floor, messages: Messages, named: str
) -> None:
    asked(floor)
    assert floor.subjects.kept.keys() == {CONTACTS, CALL_BACKS}
    assert erasing(floor, messages).erase(named)
    floor.settle()
    assert floor.subjects.kept == {}
    assert erased(floor) == [CONTACTS, CALL_BACKS]
    assert ended(floor) == [CallBackEnd.NUMBER_ERASED]
    serve(floor)
    floor.wait(10)
    assert dialled(floor) == []
    assert not erasing(floor, messages).erase(named)
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
    assert erasing(starting, messages, left).erase(CONTACTS)
    assert starting.subjects.kept == {}
    assert erased(starting) == [CONTACTS, CALL_BACKS]


def test_given_messages_of_two_people_then_those_of_the_erased_one_are_deleted(
    floor: Floor, messages: Messages
) -> None:
    asked(floor)
    theirs = [messages.keep("complaints", "c1", at, 3.0, CONTACTS, b"RIFF") for at in (1.0, 2.0)]
    other = messages.keep("complaints", "c9", 3.0, 3.0, "s9", b"RIFF")
    assert erasing(floor, messages).erase(CALL_BACKS)
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
    assert erasing(floor, messages).erase(named)
    assert len(floor.subjects.kept) == 1
    assert floor.known_callers.name(number) != name
    assert floor.known_callers.name("+82299999999") == other


def test_given_somebody_else_s_call_back_then_it_stays(floor: Floor, messages: Messages) -> None:
    asked(floor)
    stranger = floor.subjects.put({"caller_number": "+82299999999"})
    assert erasing(floor, messages).erase(stranger)
    assert erased(floor) == [stranger]
    assert floor.subjects.kept.keys() == {CONTACTS, CALL_BACKS}
    assert ended(floor) == []


def test_given_messages_that_cannot_be_deleted_then_that_is_told_and_the_values_are_gone(
    floor: Floor, messages: Messages, caplog: pytest.LogCaptureFixture
) -> None:
    asked(floor)
    assert erasing(floor, messages, on_worker=no_disk).erase(CONTACTS)
    assert floor.subjects.kept == {}
    assert "messages of an erased subject could not be deleted: the disk is away" in caplog.text


def test_given_an_unknown_subject_then_nothing_is_said_to_be_erased(floor: Floor, messages: Messages) -> None:
    assert not erasing(floor, messages).erase("nobody")
    assert erased(floor) == []

"""The board is the fold of its events: live or replayed, in any order of changes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.announcements import board as boards
from ivrcore.announcements.drafts import Draft, SwitchDraft
from ivrcore.announcements.folder import Found
from ivrcore.errors import RequestRefused
from ivrcore.model import events as e
from ivrcore.model.event import decode, encode
from ivrcore.model.names import EmergencyAction, Via
from tests.unit.announcements.board_desk import START, Desk, draft

NAMES = st.sampled_from(["fraud", "outage", "hours"])
TIMES = st.none() | st.floats(-50, 50)
CLOSE, FORWARD, MESSAGE, OPEN = (
    EmergencyAction.CLOSE,
    EmergencyAction.FORWARD,
    EmergencyAction.MESSAGE,
    EmergencyAction.OPEN,
)


@st.composite
def changes(draw: st.DrawFn) -> list[tuple[str, object]]:
    one = st.one_of(
        st.tuples(st.just("post"), st.tuples(NAMES, st.sampled_from(["a", "b"]), TIMES, TIMES)),
        st.tuples(st.just("withdraw"), NAMES),
        st.tuples(
            st.just("switch"),
            st.tuples(
                st.sampled_from(["all", "5000", "5001"]),
                st.sampled_from([*EmergencyAction]),
                st.sampled_from(["", "Sorry."]),
            ),
        ),
        st.tuples(st.just("files"), st.dictionaries(NAMES, st.sampled_from(["text: a", "text: b", "text:"]))),
        st.tuples(st.just("slow"), st.sampled_from([0.0, 1.0, 10.0, None])),
        st.tuples(st.just("wait"), st.floats(0, 30)),
    )
    return draw(st.lists(one, max_size=25))


def do(desk: Desk, what: str, given_: object) -> None:
    now = desk.clock.now()
    try:
        if what == "post":
            name, text, starts, ends = given_
            later = desk.live.post(
                Draft(
                    name,
                    {"en": text},
                    starts=None if starts is None else now + starts,
                    ends=None if ends is None else now + ends,
                ),
                "kim",
            )
            later.addErrback(lambda failure: failure.trap(RequestRefused))
        elif what == "withdraw":
            desk.live.withdraw(given_, "lee")
        elif what == "switch":
            scope, action, text = given_
            texts = {"en": text} if text else {}
            moved = desk.live.switch(SwitchDraft(scope, action, texts, "+82212345678"), "lee")
            moved.addErrback(lambda failure: failure.trap(RequestRefused))
        elif what == "files":
            desk.live.take_files([Found(name, f"{name}.yaml", text, "han") for name, text in given_.items()])
        elif what == "slow":
            desk.voice.slow = given_
        else:
            desk.steady.advance(given_)
    except RequestRefused:
        pass  # refused is a good answer: nothing may have changed then


@pytest.mark.slow
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(changes())
def test_in_any_order_of_changes_replay_gives_the_live_board(story: list[tuple[str, object]]) -> None:
    desk = Desk()
    for what, given_ in story:
        before, count = desk.board, len(desk.journal.events)
        do(desk, what, given_)
        if len(desk.journal.events) == count:
            assert desk.board == before, "the board changed without an event"
    stored = [(type(one).__name__, type(one).VERSION, encode(one)) for one in desk.journal.events]
    assert boards.fold(decode(*one) for one in stored) == desk.board
    versions = [one.version for one in desk.journal.events if isinstance(one, e.AnnouncementSet)]
    assert versions == sorted(set(versions)), "a version is given once, and rises"
    assert all(one.emergency.action is not OPEN for one in desk.board.switched.values())
    desk.live.stop()
    desk.steady.advance(100)
    assert len(desk.journal.events) == len(stored), "nothing happens after the end"


def posted(name: str, version: int, **more: object) -> e.AnnouncementSet:
    return e.AnnouncementSet(
        **{
            "at": START,
            "name": name,
            "version": version,
            "starts": START,
            "author": "kim",
            "via": Via.API,
            **more,
        }
    )


def test_callers_hear_what_is_for_their_number_and_its_time_oldest_first() -> None:
    board = boards.fold(
        [
            posted("later", 1, starts=START + 10),
            posted("other", 2, numbers=["5001"]),
            posted("second", 4),
            posted("first", 3, ends=START + 10),
        ]
    )
    assert [one.name for one in board.announcements("5000", START)] == ["first", "second"]
    assert [one.name for one in board.announcements("5000", START + 10)] == ["later", "second"]
    assert [one.name for one in board.announcements("5001", START)] == ["other", "first", "second"]
    assert board.next_change(START) == START + 10
    assert board.next_change(START + 10) is None


def test_what_is_over_is_dropped_when_something_is_posted() -> None:
    board = boards.fold([posted("old", 1, ends=START + 5), posted("new", 2, at=START + 6)])
    assert set(board.posted) == {"new"}
    assert board.version == 2


@pytest.mark.parametrize(
    ("everywhere", "own", "holds"),
    [
        (OPEN, OPEN, None),
        (MESSAGE, OPEN, MESSAGE),
        (OPEN, FORWARD, FORWARD),
        (CLOSE, MESSAGE, CLOSE),
        (MESSAGE, FORWARD, FORWARD),
        (FORWARD, CLOSE, CLOSE),
    ],
)
def test_the_stricter_switch_holds(
    everywhere: EmergencyAction, own: EmergencyAction, holds: EmergencyAction | None
) -> None:
    def moved(scope: str, action: EmergencyAction) -> e.EmergencySet:
        return e.EmergencySet(at=START, scope=scope, action=action, author="kim", via=Via.API)

    board = boards.fold([moved("all", everywhere), moved("5000", own)])
    found = board.emergency("5000")
    assert (found and found.action) == holds
    other = board.emergency("5001")
    assert (other.action if other else OPEN) == everywhere


def test_a_withdrawn_name_is_heard_again_as_a_new_version() -> None:
    desk = Desk()
    first = desk.post()
    desk.live.withdraw("fraud", "kim")
    again = desk.post()
    assert first.posted
    assert again.posted
    assert again.posted.announcement.version > first.posted.announcement.version


def test_the_same_again_changes_nothing() -> None:
    desk = Desk()
    desk.post()
    count = len(desk.journal.events)
    again = desk.post(text="  Careful.\n")
    assert not again.changed
    assert again.posted is not None
    assert len(desk.journal.events) == count
    assert desk.post(text="Very careful.").changed
    assert draft().texts == {"en": "Careful.", "ko": "Careful."}


def test_given_a_clock_that_was_set_back_then_what_was_posted_at_once_is_heard_still() -> None:
    board = boards.fold(
        [
            posted("at-once", 1, ends=START + 7200),
            posted("later", 2, starts=START + 600),
            e.EmergencySet(at=START, scope="*", action=EmergencyAction.CLOSE, author="kim", via=Via.API),
            e.ClockSetBack(at=START - 3000, seconds=3600.0),
        ]
    )
    now = START - 3000
    assert [one.name for one in board.announcements("5000", now)] == ["at-once"]
    (first, later), (switched,) = board.posted.values(), board.switched.values()
    assert first.since == later.since == switched.since == START - 3600
    assert (first.announcement.ends, later.announcement.starts) == (START + 7200, START + 600)

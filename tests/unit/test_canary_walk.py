"""One call of the canary: what it waits for, does and comes to, whatever happens and in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.canary import HangUp, Press, Seen, Walk
from ivrcore.model.canary_names import CanaryResult, CanaryStage


def walk(keys: str = "", *, hears: bool = True, always_open: bool = False) -> Walk:
    return Walk(keys, 100.0, within=5.0, longest=48.0, hears=hears, always_open=always_open)


def told(one: Walk, *happened: Seen, start: float = 100.0) -> list[object]:
    """Everything that it does, one second after the other."""
    return [act for n, seen in enumerate(happened, 1) for act in one.see(seen, start + n)]


UP = (Seen.ARRIVED, Seen.ANSWERED, Seen.SOUND)
GONE = (Seen.CLOSED, Seen.CALLED_OFF)


def test_without_keys_it_hears_something_and_hangs_up() -> None:
    one = walk()
    assert told(one, *UP) == [HangUp()]
    assert (one.result, one.over) == (CanaryResult.PASSED, False)
    told(one, *GONE, start=103.0)
    assert one.over
    assert one.reached == dict(zip(CanaryStage, (1.0, 2.0, 3.0, 3.0, 5.0), strict=True))


def test_each_key_waits_for_a_menu_of_its_own() -> None:
    one = walk("12")
    assert told(one, *UP) == []
    assert told(one, Seen.MENU) == [Press("1")]
    assert told(one, Seen.CHOSE) == []
    assert told(one, Seen.MENU) == [Press("2")]
    assert told(one, Seen.CHOSE) == [HangUp()]
    assert one.result is CanaryResult.PASSED


def test_a_menu_that_waits_before_anything_is_heard_is_answered_after_it() -> None:
    one = walk("1")
    assert told(one, Seen.ARRIVED, Seen.ANSWERED, Seen.MENU) == []
    assert told(one, Seen.SOUND) == [Press("1")]


def test_where_nothing_can_be_heard_that_stage_is_not_waited_for() -> None:
    one = walk("1", hears=False)
    assert told(one, Seen.ARRIVED, Seen.ANSWERED, Seen.MENU) == [Press("1")]


@pytest.mark.parametrize(
    ("happened", "result"),
    [
        ((), CanaryResult.NOT_ARRIVED),
        (UP[:1], CanaryResult.NOT_ANSWERED),
        (UP[:2], CanaryResult.NOT_HEARD),
        (UP, CanaryResult.NOT_WALKED),
        ((*UP, Seen.MENU), CanaryResult.NOT_WALKED),
    ],
)
def test_given_silence_when_the_time_is_over_then_the_stage_that_did_not_come_is_the_result(
    happened: tuple[Seen, ...], result: CanaryResult
) -> None:
    one = walk("1")
    told(one, *happened)
    late = one.deadline
    assert one.see(Seen.TIME, late - 0.1) == ()
    assert one.see(Seen.TIME, late) == (HangUp(),)
    assert (one.result, one.over) == (result, False)
    told(one, *GONE, start=late)
    assert (one.result, one.over) == (result, True)


def test_a_call_that_does_not_end_is_a_fault_too_and_is_waited_for_no_longer() -> None:
    one = walk()
    told(one, *UP)
    assert one.see(Seen.TIME, one.deadline) == ()
    assert (one.result, one.over) == (CanaryResult.NOT_ENDED, True)


def test_a_dialplan_that_ends_the_call_met_a_closed_hotline_unless_it_is_always_open() -> None:
    for always_open, result in ((False, CanaryResult.CLOSED), (True, CanaryResult.NOT_WALKED)):
        one = walk("1", always_open=always_open)
        assert told(one, *UP, Seen.CLOSED) == [HangUp()]
        told(one, Seen.CALLED_OFF, start=104.0)
        assert (one.result, one.over) == (result, True)


def test_a_number_that_is_refused_was_not_answered() -> None:
    one = walk()
    told(one, Seen.ARRIVED, *GONE)
    assert (one.result, one.over) == (CanaryResult.NOT_ANSWERED, True)


def test_a_call_that_asterisk_gives_to_nobody_did_not_arrive() -> None:
    one = walk()
    told(one, Seen.CALLED_OFF)
    assert (one.result, one.over) == (CanaryResult.NOT_ARRIVED, True)


def test_a_call_that_somebody_else_answers_is_not_ours() -> None:
    one = walk()
    assert told(one, Seen.ANSWERED) == [HangUp()]
    told(one, Seen.CALLED_OFF)
    assert (one.result, one.over) == (CanaryResult.NOT_HERE, True)


def test_a_key_that_is_no_choice_ends_it() -> None:
    one = walk("9")
    assert told(one, *UP, Seen.MENU, Seen.LOST) == [Press("9"), HangUp()]
    assert one.result is CanaryResult.NOT_WALKED


def test_a_choice_that_was_made_before_any_key_is_not_its_own() -> None:
    one = walk("1")
    assert told(one, *UP, Seen.CHOSE) == []
    assert one.result is None
    assert told(one, Seen.MENU, Seen.CHOSE) == [Press("1"), HangUp()]
    assert one.result is CanaryResult.PASSED


def test_a_call_that_goes_from_menu_to_menu_ends_before_the_next_one() -> None:
    one, now = walk("1" * 20), 103.0
    told(one, *UP)
    while one.result is None:
        now += 4.9
        acts = [*one.see(Seen.MENU, now), *one.see(Seen.CHOSE, now), *one.see(Seen.TIME, now)]
    assert HangUp() in acts
    assert one.result is CanaryResult.NOT_WALKED
    assert now <= 100.0 + 48.0 + 4.9


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from(list(Seen)), st.floats(0, 10)), max_size=30),
    st.text("12", max_size=3),
    st.booleans(),
)
def test_whatever_happens_it_hangs_up_once_at_most_and_is_over_in_time(
    happened: list[tuple[Seen, float]], keys: str, hears: bool
) -> None:
    one, now, acts = walk(keys, hears=hears), 100.0, []
    for seen, later in happened:
        now += later
        acts += one.see(seen, now)
    for _ in range(2):
        now = max(now, one.deadline)
        acts += one.see(Seen.TIME, now)
    assert one.over
    assert one.result is not None
    assert acts.count(HangUp()) <= 1
    pressed = "".join(act.key for act in acts if isinstance(act, Press))
    assert len(keys.removeprefix(one.keys)) <= len(pressed) or not keys

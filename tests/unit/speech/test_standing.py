"""When an engine is taken out, tried and taken back."""

from __future__ import annotations

import pytest

from ivrcore.model.names import EngineChange, EngineFault
from ivrcore.speech.standing import Change, Leniency, Standing

RAISED = EngineFault.RAISED


class Case:
    """A standing, and what it told."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.standing = Standing(Leniency(), self.changes.append)

    def fail(self, now: float, *, alone: bool = False, fault: EngineFault = RAISED) -> None:
        self.standing.failed(self.standing.begin(), fault, now, alone=alone)

    def answer(self, now: float, took: float = 0.05, *, alone: bool = False) -> None:
        self.standing.answered(self.standing.begin(), took, now, alone=alone)

    @property
    def told(self) -> list[tuple[str, float]]:
        return [(each.change.value, each.seconds) for each in self.changes]


@pytest.fixture
def case() -> Case:
    return Case()


@pytest.mark.parametrize("fault", EngineFault)
def test_a_fault_takes_it_out_for_five_seconds(case: Case, fault: EngineFault) -> None:
    case.fail(100.0, fault=fault)
    assert case.changes == [Change(EngineChange.OUT, fault, 5.0)]
    assert not case.standing.serves
    assert not case.standing.may_be_asked(104.9)
    assert case.standing.out_for(101.0) == 4.0
    assert case.standing.may_be_asked(105.0)


def test_one_utterance_tries_it_and_an_answer_brings_it_back(case: Case) -> None:
    case.fail(100.0)
    use = case.standing.begin()
    assert not case.standing.may_be_asked(200.0), "no second utterance while it is tried"
    case.standing.answered(use, 0.1, 106.0, alone=False)
    assert case.standing.serves
    assert case.told == [("out", 5.0), ("tried", 0.0), ("back", 0.0)]


def test_a_failed_trial_doubles_the_time_up_to_five_minutes(case: Case) -> None:
    now = 0.0
    for _ in range(8):
        case.fail(now)
        now += 1000
    out = [each.seconds for each in case.changes if each.change is EngineChange.OUT]
    assert out == [5, 10, 20, 40, 80, 160, 300, 300]


def test_one_that_fails_again_soon_stays_out_longer_until_it_has_answered_well(case: Case) -> None:
    case.fail(0.0)
    case.answer(10.0)
    case.fail(11.0)
    assert case.changes[-1].seconds == 10.0
    case.answer(30.0)
    for _ in range(Leniency().watched):
        case.answer(31.0)
    case.fail(32.0)
    assert case.changes[-1].seconds == 5.0


def test_two_faults_are_forgiven_where_nobody_could_serve_instead(case: Case) -> None:
    case.fail(1.0, alone=True)
    case.fail(2.0, alone=True)
    assert case.standing.serves
    case.answer(3.0, alone=True)
    case.fail(4.0, alone=True)
    case.fail(5.0, alone=True)
    assert case.changes == []
    case.fail(6.0, alone=True)
    assert case.told == [("out", 5.0)]


def test_lateness_counts_at_the_95th_percentile_of_twenty(case: Case) -> None:
    for _ in range(18):
        case.answer(1.0)
    case.answer(1.0, took=1.5)
    case.answer(1.0)
    assert case.changes == [], "one of twenty"
    case.answer(1.0, took=1.5)
    assert case.changes == [Change(EngineChange.OUT, EngineFault.LATE, 5.0)]


def test_lateness_is_put_up_with_where_nobody_could_serve_instead(case: Case) -> None:
    for _ in range(50):
        case.answer(1.0, took=1.9, alone=True)
    assert case.changes == []


def test_a_late_trial_does_not_bring_it_back(case: Case) -> None:
    case.fail(0.0)
    case.answer(6.0, took=1.2)
    assert case.told == [("out", 5.0), ("tried", 0.0), ("out", 10.0)]


def test_a_trial_of_which_nothing_is_known_is_tried_again_at_once(case: Case) -> None:
    case.fail(0.0)
    case.standing.dropped(case.standing.begin(), 6.0)
    assert case.standing.may_be_asked(6.0)
    case.answer(6.1)
    assert case.standing.serves


def test_utterances_from_before_it_was_taken_out_change_nothing(case: Case) -> None:
    good, bad = case.standing.begin(), case.standing.begin()
    case.fail(0.0)
    case.standing.failed(bad, RAISED, 0.1, alone=False)
    case.standing.answered(good, 0.1, 0.2, alone=False)
    assert case.told == [("out", 5.0)]


def test_it_is_not_tried_while_it_holds_three_threads(case: Case) -> None:
    case.fail(0.0)
    case.standing.stuck = 3
    assert not case.standing.may_be_asked(100.0)
    case.standing.stuck = 2
    assert case.standing.may_be_asked(100.0)


def test_one_that_holds_three_threads_is_out_though_there_is_no_other(case: Case) -> None:
    case.standing.stuck = 3
    case.fail(0.0, alone=True)
    assert not case.standing.serves


def test_one_that_is_full_is_left_out_for_a_second_and_has_no_fault(case: Case) -> None:
    case.standing.refused(10.0)
    assert case.standing.full(10.9)
    assert case.standing.serves
    assert not case.standing.may_be_asked(10.9)
    assert case.standing.may_be_asked(11.0)
    assert case.told == []

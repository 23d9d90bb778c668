"""The way of a call in words: the same for a trial and a real one."""

from ivrcore.lab.live_tests import why_not
from ivrcore.lab.live_trace import asked_back, not_live, prompts_over, traced
from ivrcore.model import events as ev
from ivrcore.model.names import PromptEnd
from ivrcore.problems import Problems
from ivrcore.tryout.ear import Said
from ivrcore.tryout.testfile import CallTest, read_tests
from tests.unit.tryout.trial_tools import dialled, plan_of


def test_given_a_trial_when_traced_then_its_way_is_told_without_times() -> None:
    call = dialled("6")
    call.settle()
    call.agent_answers(5)
    call.hang_up()
    assert traced(call.events) == [
        "hears early/0",
        "waits in queue general",
        "an agent of general answers",
        "the talk is ended by the caller",
        "ends: queued",
    ]
    assert prompts_over(call.events) == 1


def test_given_prompts_of_queues_when_traced_then_only_the_dialplans_are_told() -> None:
    started = [
        ev.PromptStarted(at=0, contact="c", leg="c.l1", playback=playback, name="x")
        for playback in ("c.p1", "c.v1.a1", "c.v1.o1.p")
    ]
    over = [
        ev.PromptEnded(at=0, contact="c", playback=one.playback, how=PromptEnd.FINISHED) for one in started
    ]
    assert traced(started) == ["hears x"]
    assert prompts_over(over) == 1


def test_given_a_choice_when_the_recogniser_asks_back_then_it_is_known_as_that() -> None:
    assert asked_back("chooses loans in main by speech", "hears main/loans/confirm") == "1"
    assert asked_back("no match 1 in main", "hears main/loans/confirm") == "2"
    assert not asked_back("no match 1 in main", "hears main/no_match/1")
    assert not asked_back("chooses loans in main by key", "hears main/loans/confirm")
    assert not asked_back("chooses loans in main by speech", "hears main/cards/confirm")


def test_given_what_only_a_trial_has_when_asked_then_it_is_not_live() -> None:
    by_hours = dialled()
    by_hours.say(Said("one"))
    assert not_live(by_hours.events) == "it depends on hours.branch"
    pin = dialled("5")
    pin.press("1111")
    assert not_live(pin.events) == "it asks identify customers"
    assert not_live(dialled("6").events) == ""


def test_given_tests_when_asked_then_it_is_told_why_they_cannot_be_real_calls() -> None:
    assert why_not(one("call: [hang_up]"), plan_of()) == ""
    assert why_not(one("at: 2026-03-11 10:00\n  call: [hang_up]"), plan_of()) == "it sets the time"
    assert why_not(one("given: {transfer: busy}\n  call: [hang_up]"), plan_of()) == "it sets what is given"
    assert why_not(one("language: ko\n  call: [hang_up]"), plan_of()) == "it sets the language"
    assert why_not(one("call: [{wait: 1s}]"), plan_of()) == "it has a line 'wait'"
    assert why_not(one("call: [{menu: main}]"), plan_of()).startswith("it fails without a phone: expected")


def one(rest: str) -> CallTest:
    problems = Problems()
    (test,) = read_tests(f'tests:\n- name: x\n  number: "6"\n  {rest}\n', "t.yaml", problems)
    assert not problems.errors
    return test

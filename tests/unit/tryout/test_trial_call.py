"""A trial call goes as a live call goes, with a clock that jumps."""

import pytest

from ivrcore.dialplan.interpreter import apply
from ivrcore.dialplan.state import State
from ivrcore.dialplan.world import QueueNow
from ivrcore.model import events as ev
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.names import EmergencyAction, LeftQueue, Outcome, Service, Told
from ivrcore.tryout.ear import Said, typed
from ivrcore.tryout.setting import Answer
from ivrcore.tryout.trial import CONTACT, LEG, TrialCall
from tests.unit.tryout.trial_tools import BANK, MORNING, dialled, heard


def test_given_opening_hours_when_calling_in_them_then_the_menu_asks() -> None:
    call = dialled()
    assert call.settle()
    assert heard(call) == ["Welcome.", "One or two?"]
    assert call.state.menu == "main"


def test_given_opening_hours_when_calling_at_night_then_the_call_ends_by_the_dialplan() -> None:
    call = dialled(at=MORNING + 12 * 3600)
    call.settle()
    assert heard(call) == ["Welcome.", "We are closed."]
    assert call.ended is not None
    assert call.ended.outcome is Outcome.SELF_SERVED


def test_given_a_number_of_another_language_when_calling_then_texts_are_in_it() -> None:
    call = dialled("2")
    call.settle()
    assert heard(call)[0] == "어서 오십시오."
    assert call.say(Said("하나"))
    assert call.visit is not None


def test_given_a_phrase_half_heard_when_said_then_it_is_asked_about() -> None:
    call = dialled()
    assert call.say(typed("?0.8 two"))
    assert heard(call)[-1].startswith("Did you say two?")
    assert call.say(Said("yes"))
    call.settle()
    assert "Two it is." in heard(call)


def test_given_a_menu_when_something_else_is_said_then_it_is_no_match() -> None:
    call = dialled()
    call.say(Said("something"))
    assert heard(call)[-1] == "Misfit."


def test_given_a_menu_when_silent_then_the_clock_jumps_to_its_timer() -> None:
    call = dialled()
    assert call.wait_for_timer()
    assert call.now == call.began + 5
    assert heard(call)[-1] == "Silence."


def test_given_keys_that_may_go_on_when_waiting_then_the_pause_decides() -> None:
    call = dialled()
    assert call.press("2")
    assert call.keys_wait
    call.wait_for_timer()
    call.settle()
    assert call.now == call.began + 2
    assert "Two it is." in heard(call)


def test_given_a_prompt_when_a_key_is_pressed_then_the_menu_ahead_takes_it() -> None:
    call = dialled()
    assert call.press("1", interrupting=True)
    assert call.visit is None  # an `if` is ahead, so that this is heard out
    call.settle()
    assert heard(call) == ["Welcome."]
    assert call.visit is not None


SECRET_AHEAD = """
name: t
numbers: {"1": start}
blocks:
  start:
    - say: Welcome.
    - menu: main
  pin:
    - say: Now your PIN.
    - collect: pin
      prompt: PIN?
      length: 4
    - queue: general
    - say: Bye.
menus:
  main:
    prompt: Main?
    choices:
      one: {keys: "1", go: [{goto: pin}]}
    otherwise: [hang_up]
"""


def test_given_keys_ahead_of_a_secret_when_pressed_then_the_transcript_masks_them() -> None:
    call = dialled(plan=SECRET_AHEAD)
    call.press("14711", interrupting=True)
    call.press("4", interrupting=True)  # in the queue: nobody knows yet what for
    assert [line.text for line in call.lines if line.text.startswith("presses")] == [
        "presses 1****",
        "presses *",
    ]


def presses(call: TrialCall) -> list[str]:
    return [line.text for line in call.lines if line.text.startswith("presses")]


def test_given_a_menu_that_must_be_heard_out_when_a_pin_is_typed_ahead_then_the_transcript_masks_it() -> None:
    call = dialled(plan=SECRET_AHEAD.replace("prompt: Main?", "prompt: Main?\n    barge_in: no"))
    call.settle()
    call.press("14711", interrupting=True)
    assert presses(call) == ["presses *****"]
    call.finish_prompt()
    assert "1471" not in "".join(line.text for line in call.lines)


def test_given_a_pin_when_a_digit_too_many_is_pressed_then_the_transcript_masks_it() -> None:
    call = dialled(plan=SECRET_AHEAD.replace("- queue: general\n    - say: Bye.", "- menu: main"))
    call.settle()
    call.press("1")
    call.press("47115")
    assert presses(call) == ["presses 1", "presses *****"]


def test_given_a_queue_when_an_agent_answers_then_wait_and_talk_are_counted() -> None:
    call = dialled()
    call.press("1")
    assert call.agent_answers(12)
    assert call.talk_ends(60)
    call.settle()
    assert heard(call)[-1] == "Thanks."
    answered = next(event for event in call.events if isinstance(event, ev.VisitAnswered))
    talked = next(event for event in call.events if isinstance(event, ev.TalkEnded))
    assert (answered.waited, talked.talked) == (12, 60)
    assert call.ended is not None
    assert call.ended.outcome is Outcome.QUEUED


def test_given_a_queue_when_it_ends_without_an_agent_then_the_next_step_runs() -> None:
    call = dialled()
    call.press("1")
    assert call.queue_ends(LeftQueue.TIMED_OUT, 30)
    call.settle()
    assert heard(call)[-1] == "Thanks."


def test_given_early_media_when_an_agent_answers_then_the_call_is_picked_up() -> None:
    call = dialled("6")
    call.settle()
    assert not call.state.answered
    call.agent_answers()
    assert call.state.answered


def test_given_a_waiting_caller_when_hanging_up_then_the_visit_is_abandoned() -> None:
    call = dialled()
    call.press("1")
    call.hang_up()
    assert isinstance(call.events[-2], ev.VisitAbandoned)
    assert call.ended is not None
    assert not call.agent_answers()


def test_given_nobody_who_waits_when_agents_answer_then_nothing_happens() -> None:
    call = dialled()
    assert not call.agent_answers()
    assert not call.talk_ends()
    assert not call.queue_ends(LeftQueue.TIMED_OUT)
    assert not call.service_answers(Answer(Told.DONE))


def test_given_a_secret_when_shown_then_it_is_masked_everywhere() -> None:
    call = dialled("4")
    call.press("4711#")
    call.press("1")
    call.settle()
    shown = "\n".join(line.text for line in call.lines) + repr(call.lines)
    assert "4711" not in shown
    assert "four seven" not in shown
    assert "***" in shown
    assert any("four seven one one" in line.said for line in call.lines)
    assert call.visit is not None
    assert call.visit.queue == "vip"


def test_given_a_pin_when_refused_and_then_right_then_the_answer_sets_variables() -> None:
    call = dialled("5")
    call.press("1111#")
    assert call.asked is not None
    assert call.service_answers(Answer(Told.REFUSED))
    call.press("2222#")
    assert call.service_answers(Answer(Told.DONE, {"tier": "gold"}))
    call.settle()
    assert heard(call)[-1] == "You are gold."


def test_given_answers_when_a_service_is_asked_then_they_come_by_themselves_in_turn() -> None:
    answers = {(Service.IDENTIFY, "customers"): (Answer(Told.REFUSED), Answer(Told.DONE, {"tier": "gold"}))}
    call = dialled("5", answers=answers)
    call.press("1111#")
    assert call.settle()
    assert call.asked is None
    call.press("2222#")
    call.settle()
    assert heard(call)[-1] == "You are gold."


def test_given_a_service_that_is_silent_when_its_time_is_up_then_the_step_goes_on() -> None:
    call = dialled("5")
    call.press("1111#")
    assert call.wait_for_timer()
    call.settle()
    assert heard(call)[-1] == "Sorry."


def test_given_an_announcement_and_a_switch_when_calling_then_they_are_met() -> None:
    call = dialled(announcements=(Announcement("fraud", 1, {"": "Beware."}),))
    assert heard(call) == ["Beware. Welcome."]
    closed = dialled(emergency=Emergency("all", EmergencyAction.CLOSE, {"": "Closed."}))
    closed.settle()
    assert heard(closed) == ["Closed."]
    assert closed.ended is not None


def test_given_a_call_in_a_queue_when_the_hotline_closes_then_it_leaves_the_queue_for_that() -> None:
    plan = 'name: q\nnumbers: {"1": a}\nblocks: {a: [{queue: general}]}\n'
    call = dialled(plan=plan)
    call.world.set_switch(Emergency("all", EmergencyAction.MESSAGE, {"": "A storm."}))
    call.switch_moved()
    assert call.visit is not None
    call.world.set_switch(Emergency("all", EmergencyAction.CLOSE, {"": "Closed."}))
    call.switch_moved()
    call.settle()
    assert heard(call) == ["Closed."]
    assert [one.why for one in call.events if isinstance(one, ev.VisitLeft)] == [LeftQueue.EMERGENCY]


def test_given_queue_figures_when_a_condition_asks_then_they_decide() -> None:
    plan = """
name: q
numbers: {"1": {start: a}}
blocks:
  a:
    - if: queue.general.waiting > 3
      then: [{say: Many.}, hang_up]
    - queue: general
"""
    assert heard(dialled(plan=plan, queues={"general": QueueNow(waiting=5)})) == ["Many."]
    assert heard(dialled(plan=plan)) == []


def test_given_a_call_when_its_events_are_folded_then_the_state_is_that_of_the_call() -> None:
    call = dialled()
    call.press("1")
    call.agent_answers()
    call.talk_ends()
    call.settle()
    state = State(CONTACT, LEG)
    for event in call.events:
        state = apply(state, event)
    assert state == call.state


def test_given_a_dialplan_that_speaks_for_ever_when_heard_out_then_it_is_told() -> None:
    plan = """
name: talker
numbers: {"1": {start: a}}
blocks:
  a: [{say: Bla.}, {if: call.number == 'x', then: [hang_up]}, {goto: a}]
"""
    call = dialled(plan=plan)
    assert not call.settle()
    assert "no end" in call.lines[-1].text


def test_given_a_pattern_when_any_of_its_ways_is_said_then_it_is_the_choice() -> None:
    pattern = '["[please] (one | the first) thing[s]", one]'
    for said in ("one thing", "please the first things", "one", "Please, one thing."):
        call = dialled(plan=BANK.replace("[one, first thing]", pattern))
        assert call.say(Said(said)), said
        assert call.visit is not None, said
    call = dialled(plan=BANK.replace("[one, first thing]", pattern))
    call.say(Said("please one"))
    assert heard(call)[-1] == "Misfit."
    call.say(typed("?0.8 please the first thing"))
    assert heard(call)[-1].startswith("Did you say one thing?"), "asked about by its shortest form"


def test_given_intents_when_said_in_own_words_then_the_nearest_choice_is_taken() -> None:
    plan = BANK.replace("    help: {en: P", "    understand: {en: intents}\n    help: {en: P")
    plan = plan.replace("[one, first thing]", "lost card").replace(
        "say: {en: two,", "say: {en: account balance,"
    )
    call = dialled(plan=plan)
    assert call.say(Said("hello i lost my card yesterday"))
    assert call.visit is not None
    call = dialled(plan=plan)
    call.say(Said("account"))
    assert heard(call)[-1].startswith("Did you say account balance?")
    call = dialled(plan=plan)
    call.say(Said("it rains"))
    assert heard(call)[-1] == "Misfit."
    call = dialled("2", plan=plan)
    call.settle()
    call.say(Said("하나 그리고 다른 것"))
    assert heard(call)[-1] == "안 맞아요.", "the switch is for English only"


def test_given_impatience_when_said_or_misheard_too_often_then_a_person_is_next() -> None:
    plan = BANK.replace(
        "universals:", "impatience: {failures: 2}\nuniversals:\n  agent: {go: [{queue: vip}]}"
    )
    call = dialled(plan=plan)
    assert call.say(Said("just get me a person"))
    assert call.visit is not None
    assert (call.visit.queue, call.visit.priority) == ("vip", 20)
    call = dialled(plan=plan)
    call.say(Said("something"))
    call.settle()
    call.say(Said("something else"))
    assert call.visit is not None
    assert (call.visit.queue, call.visit.priority) == ("vip", 20)
    assert any("misunderstood too often" in line.text for line in call.lines)


SPOKEN = """
name: spoken
numbers: {"1": start}
blocks:
  start:
    - collect: account
      prompt: Your account?
      length: 4
      speech: yes
      secret: SECRET
      otherwise: [hang_up]
    - say: "You have {account:digits}."
"""


def test_given_a_secret_that_is_said_then_the_transcript_masks_it() -> None:
    call = dialled(plan=SPOKEN.replace("SECRET", "yes"))
    call.settle()
    assert call.say(typed("?0.8 one two three four"))
    assert heard(call)[-1].startswith("Did you say ***?")
    assert call.say(Said("yes"))
    call.settle()
    assert heard(call)[-1] == "You have ***."
    assert "one two" not in "".join(line.text for line in call.lines)
    assert "says: *** (confidence 0.8)" in [line.text for line in call.lines]


@pytest.mark.parametrize("words", ["one two three", "my number is one two", "yes one two", "four"])
def test_given_a_secret_when_words_are_said_that_are_no_value_then_they_are_masked(words: str) -> None:
    call = dialled(plan=SPOKEN.replace("SECRET", "yes"))
    call.settle()
    assert call.say(Said(words))
    assert call.say(typed("?0.8 one two three four"))
    assert call.say(Said(words))
    said = [line.text for line in call.lines if line.text.startswith("says")]
    assert said == ["says: ***", "says: *** (confidence 0.8)", "says: ***"]
    assert words not in "".join(line.text for line in call.lines)


def test_given_a_secret_when_nobody_listens_then_what_is_said_is_masked() -> None:
    call = dialled(plan=SPOKEN.replace("SECRET", "yes").replace("speech: yes", "speech: no"))
    call.settle()
    assert not call.say(Said("one two three four"))
    assert [line.text for line in call.lines][-1] == "says: ***"


def test_given_a_secret_when_a_phrase_is_said_then_the_transcript_shows_it() -> None:
    universal = "universals:\n  repeat:\nblocks:"
    call = dialled(plan=SPOKEN.replace("SECRET", "yes").replace("blocks:", universal))
    call.settle()
    assert call.say(Said("repeat"))
    assert call.say(typed("?0.8 one two three four"))
    assert call.say(Said("no"))
    said = [line.text for line in call.lines if line.text.startswith("says")]
    assert said == ["says: repeat", "says: *** (confidence 0.8)", "says: no"]


def test_given_no_secret_when_said_then_the_transcript_shows_it() -> None:
    call = dialled(plan=SPOKEN.replace("SECRET", "no"))
    call.settle()
    assert call.say(Said("one two three four"))
    assert "says: one two three four" in [line.text for line in call.lines]
    call.settle()
    assert heard(call)[-1] == "You have one two three four."

"""Each rule of the interpreter, told as what a caller does and hears."""

import pytest
from dialplan_caller import PLAN, Caller, plan_of, sample

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.interpreter import apply, decide, next_deadline
from ivrcore.dialplan.state import INTER_KEY, MAX_SPEECH, Phase, State, outcome
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.verbs.go import Goto
from ivrcore.location import NOWHERE
from ivrcore.model import events as ev
from ivrcore.model.names import ChosenBy, Outcome, PromptEnd, Verdict
from ivrcore.speech.endpointing import TurnTaking


def caller(number: str = "1") -> Caller:
    return Caller(plan_of(PLAN)).call(number)


def at_ask(number: str = "1") -> Caller:
    """A caller who heard the prompt of menu ask."""
    one = caller(number)
    one.hear()
    return one


# --- how a number is answered -------------------------------------------------------------------


def test_at_once_picks_up_before_anything_is_played() -> None:
    one = Caller(plan_of(PLAN))
    assert one.give(c.Begin("1")) == (c.DoAnswer(),)
    assert one.seen(ev.AnswerRequested)
    one.answered()
    assert one.heard == ["ask"]


def test_early_media_plays_without_picking_up() -> None:
    one = caller("2")
    assert one.heard == ["ask"]
    assert not one.done(c.DoAnswer)
    assert not one.state.answered


def test_an_answer_step_picks_up_once() -> None:
    one = caller("9")
    one.hear()
    assert one.commands == (c.DoAnswer(),)
    one.answered()
    assert one.heard == ["early/0", "early/2"]
    one.hear()
    assert one.commands == (c.DoHangUp(16),)
    assert len(one.done(c.DoAnswer)) == 1


def test_ring_rings_for_its_time_then_picks_up() -> None:
    one = caller("3")
    assert one.commands == (c.DoRing(),)
    assert one.wait() == 4.0
    assert one.commands == (c.DoAnswer(),)
    one.answered()
    assert one.heard == ["ask"]


@pytest.mark.parametrize(("number", "cause"), [("4", 17), ("5", 34), ("6", 1), ("unknown", 1)])
def test_a_refused_call_is_never_answered(number: str, cause: int) -> None:
    one = caller(number)
    assert one.commands == (c.DoHangUp(cause),)
    assert outcome(one.state) is Outcome.REFUSED


def test_a_number_is_found_as_it_may_be_written() -> None:
    plan = plan_of(PLAN.replace('"11"', '"+82 (2) 11"'))
    assert Caller(plan).call("+82211").heard == ["info/0"]


def test_an_agent_who_answers_for_us_moves_nothing() -> None:
    one = at_ask("2")
    one.press("2")
    one.state = apply(one.state, ev.AnswerRequested(at=one.now, contact="c1", leg="c1.l1"))
    one.answered()
    assert one.state.phase is Phase.QUEUE
    assert one.state.answered


# --- keys ---------------------------------------------------------------------------------------


def test_a_key_stops_prompt_and_listening_and_chooses() -> None:
    one = caller()
    one.press("1")
    assert one.commands[:2] == (c.DoStopPlay(1), c.DoStopListening(1))
    assert [(made.choice, made.by) for made in one.seen(ev.ChoiceMade)] == [("one", ChosenBy.KEY)]
    assert one.heard == ["ask", "ask/one/0"]


def test_a_key_that_is_no_choice_is_a_no_match() -> None:
    one = at_ask()
    one.press("9")
    assert [missed.count for missed in one.seen(ev.NoMatch)] == [1]
    assert one.heard[-1] == "ask/no_match/1"


def test_a_key_wins_over_speech_that_has_begun() -> None:
    one = at_ask()
    one.speak()
    one.press("2")
    assert one.state.phase is Phase.QUEUE
    one.say("one", turn=1)
    assert one.state.phase is Phase.QUEUE
    assert not one.seen(ev.SpeechHeard)


COUGHS = """
name: test
numbers: {"1": ask}
defaults: {barge_in: {after: 300ms, words: 1}, end_silence: 800ms, longest: 20s}
menus:
  ask:
    prompt: One?
    choices:
      one: {say: one, keys: "1", go: [{menu: other}]}
    otherwise: hang_up
  other:
    prompt: Other?
    barge_in: yes
    end_silence: 300ms
    choices:
      two: {say: two, keys: "2", go: hang_up}
    otherwise: hang_up
"""


def test_how_a_menu_is_listened_to_goes_to_the_recogniser_and_all_counts_after_the_prompt() -> None:
    one = Caller(plan_of(COUGHS)).call("1")
    (listen,) = one.done(c.DoListen)
    assert (listen.taking, listen.prompted) == (TurnTaking(0.8, 20.0, 0.3, 1), True)
    one.hear()
    assert one.commands == (c.DoHeedAll(1),)
    one.say("one")
    listen = one.done(c.DoListen)[-1]
    assert (listen.taking, listen.prompted) == (TurnTaking(0.3, 20.0), True)
    one.hear()
    assert one.commands == ()
    one.wait()
    one.say("two")
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == ["one", "two"]


def test_a_short_answer_that_never_began_is_taken_and_stops_the_prompt() -> None:
    one = Caller(plan_of(COUGHS)).call("1")
    one.say("one")
    assert one.commands[0] == c.DoStopPlay(1)
    assert not one.seen(ev.SpeechStarted)


def test_a_key_stops_a_prompt_at_once_whatever_speech_needs() -> None:
    one = Caller(plan_of(COUGHS)).call("1")
    one.press("1")
    assert one.commands[:2] == (c.DoStopPlay(1), c.DoStopListening(1))


def test_which_key_is_in_no_event_and_no_text_of_the_state() -> None:
    one = caller("11")
    one.press("7")
    assert all("7" not in str(event) for event in one.seen(ev.KeyPressed))
    assert "typed" not in repr(one.state)


def test_without_barge_in_keys_wait_until_the_prompt_has_ended() -> None:
    one = caller("7")
    one.press("1")
    assert one.commands == ()
    assert one.state.prompt == 1
    one.hear()
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == ["one"]


def test_keys_typed_ahead_are_used_by_the_next_menus() -> None:
    one = caller("11")
    one.press("3")
    assert one.commands[0] == c.DoStopPlay(1)
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == ["three"]
    one.press("1")
    assert one.heard[-1] == "patient"
    one.hear()
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == ["three", "one"]
    assert one.heard == ["info/0", "ask/three/0", "patient"]


def test_typed_ahead_but_nothing_of_the_menu_lets_the_menu_be_heard() -> None:
    one = caller("11")
    one.press("9")
    assert one.heard == ["info/0", "ask"]
    assert not one.seen(ev.NoMatch)


def test_keys_during_a_last_word_are_no_reason_to_cut_it() -> None:
    one = at_ask()
    one.press("2")
    one.come_back()
    one.press("1")
    assert one.commands == ()
    assert one.state.phase is Phase.PROMPT


def test_a_key_that_begins_a_longer_one_waits_for_it() -> None:
    one = caller("10")
    one.press("1")
    assert not one.seen(ev.ChoiceMade)
    assert one.wait() == INTER_KEY
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == ["short"]


@pytest.mark.parametrize(("keys", "choice"), [("12", "longer"), ("78", "other"), ("13", "short")])
def test_key_sequences(keys: str, choice: str) -> None:
    one = caller("10")
    one.press(keys)
    assert [made.choice for made in one.seen(ev.ChoiceMade)] == [choice]


def test_half_a_sequence_is_a_no_match() -> None:
    one = caller("10")
    one.press("7")
    one.wait()
    assert len(one.seen(ev.NoMatch)) == 1


# --- time ---------------------------------------------------------------------------------------


def test_the_no_input_timer_begins_when_the_prompt_has_ended() -> None:
    one = caller()
    assert next_deadline(one.state) is None
    one.now += 60
    one.give(c.Tick())
    assert not one.seen(ev.NoInput)
    one.hear()
    assert one.wait() == 6.0
    assert one.heard[-1] == "ask/no_input/1"


def test_three_silences_end_in_otherwise() -> None:
    one = caller()
    for _ in range(3):
        one.hear()
        one.wait()
    assert one.heard == ["ask", "ask/no_input/1", "ask/no_input/2", "ask/otherwise/0"]
    assert [missed.count for missed in one.seen(ev.NoInput)] == [1, 2, 3]
    assert len(one.seen(ev.MenuGaveUp)) == 1
    one.hear()
    assert one.commands == (c.DoHangUp(16),)
    assert outcome(one.state) is Outcome.LEFT_IN_MENU


def test_misfits_are_counted_apart_from_silences() -> None:
    one = at_ask()
    one.wait()
    one.press("9")
    assert one.heard[-1] == "ask/no_match/1"
    one.press("9")
    assert one.heard[-1] == "ask/otherwise/0"


def test_a_prompt_that_fails_does_not_leave_the_caller_in_silence() -> None:
    one = caller()
    one.hear(PromptEnd.FAILED)
    one.wait()
    one.hear(PromptEnd.FAILED)
    assert next_deadline(one.state) is not None


# --- speech -------------------------------------------------------------------------------------


def test_speech_stops_the_prompt_and_holds_the_timer() -> None:
    one = caller()
    assert [type(command) for command in one.commands] == [c.DoPlay, c.DoListen]
    one.speak()
    assert one.commands == (c.DoStopPlay(1),)
    assert next_deadline(one.state) == one.now + MAX_SPEECH
    one.say("two")
    assert one.seen(ev.ChoiceMade)[0].by is ChosenBy.SPEECH
    assert c.DoEnqueue("q", 3, {"english": 2}) in one.commands


def test_what_is_listened_for_is_the_menus_phrases() -> None:
    (listen,) = caller().done(c.DoListen)
    assert [(phrase.choice, phrase.text) for phrase in listen.grammar.phrases] == [
        ("one", "one"),
        ("two", "two"),
    ]
    assert (listen.accept, listen.confirm) == (0.9, 0.7)


def test_without_barge_in_listening_begins_after_the_prompt() -> None:
    one = caller("7")
    assert not one.done(c.DoListen)
    one.speak()
    assert one.state.prompt == 1
    one.hear()
    assert len(one.done(c.DoListen)) == 1
    one.say("one")
    assert one.seen(ev.ChoiceMade)


def test_a_rejected_utterance_is_a_no_match() -> None:
    one = at_ask()
    one.say("", Verdict.REJECT)
    assert one.heard[-1] == "ask/no_match/1"


def test_a_choice_that_the_menu_does_not_have_is_a_no_match() -> None:
    one = at_ask()
    one.say("five")
    assert one.heard[-1] == "ask/no_match/1"


def test_speech_that_is_never_decided_ends_after_its_time_and_keys_go_on() -> None:
    one = at_ask()
    one.speak()
    assert one.wait() == MAX_SPEECH
    assert one.commands[0] == c.DoStopListening(1)
    assert one.heard == ["ask", "ask"]
    assert one.seen(ev.RecogniserGaveUp)[0].code == "IVR402"
    one.press("1")
    assert one.seen(ev.ChoiceMade)


def test_a_failed_recogniser_is_tried_again_in_the_next_turn() -> None:
    one = at_ask()
    one.give(c.SpeechGone(1, "vosk", "IVR402"))
    assert one.commands[0] == c.DoStopListening(1)
    assert one.heard == ["ask", "ask"]
    assert len(one.done(c.DoListen)) == 1
    one.hear()
    assert one.wait() == 6.0
    assert len(one.done(c.DoListen)) == 2


def test_a_recogniser_that_is_gone_for_good_is_not() -> None:
    one = at_ask()
    one.give(c.SpeechGone(1, "vosk", "IVR401", for_good=True))
    one.wait()
    assert len(one.done(c.DoListen)) == 1
    assert one.state.phase is Phase.MENU


def test_a_menu_that_only_listens_gives_up_at_once_where_nothing_can_be_heard() -> None:
    one = caller("8")
    one.give(c.SpeechGone(1, "vosk", "IVR401", for_good=True))
    one.hear()
    one.wait()
    assert one.state.phase is Phase.QUEUE


# --- confirming ---------------------------------------------------------------------------------


def confirming() -> Caller:
    one = at_ask()
    one.say("two", Verdict.CONFIRM)
    assert one.heard[-1] == "ask/two/confirm"
    play = one.done(c.DoPlay)[-1]
    assert "Did you say two?" in str(play.prompt)
    assert {phrase.choice for phrase in one.done(c.DoListen)[-1].grammar.phrases} == {"yes", "no"}, (
        "it has no universals"
    )
    return one


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.CONFIRM])
def test_yes_takes_the_choice(verdict: Verdict) -> None:
    one = confirming()
    one.say("yes", verdict)
    assert one.state.phase is Phase.QUEUE


def test_key_one_means_yes() -> None:
    one = confirming()
    one.press("1")
    assert one.seen(ev.ChoiceMade)[0].choice == "two"


def test_no_is_a_no_match() -> None:
    for answer in (lambda one: one.say("no"), lambda one: one.press("2"), lambda one: one.press("5")):
        one = confirming()
        answer(one)
        assert one.heard[-1] == "ask/no_match/1"
        assert not one.seen(ev.ChoiceMade)


def test_silence_when_asked_to_confirm_is_a_no_input_of_the_menu() -> None:
    one = confirming()
    one.hear()
    one.wait()
    assert one.heard[-1] == "ask/no_input/1"


# --- late and after the end ---------------------------------------------------------------------


def test_late_inputs_decide_nothing() -> None:
    one = at_ask()
    one.wait()
    for late in (c.Heard(1, Verdict.ACCEPT, "one"), c.SpeechBegan(1), c.SpeechGone(1, "e", "c"), c.Tick()):
        assert one.give(late) == ()
    one.hear(prompt_id=1)
    assert one.state.prompt == 2
    for late in (c.Begin("1"), c.Answered(), c.QueueOver(answered=True)):
        assert one.give(late) == ()


def test_a_caller_who_goes_stops_the_listening_and_nothing_follows() -> None:
    one = caller()
    one.go()
    assert one.commands == (c.DoStopListening(1),)
    for given in (c.KeyIn("1"), c.PromptOver(1, PromptEnd.STOPPED), c.Tick(), c.CallerGone(16), c.Answered()):
        assert one.give(given) == ()
    assert one.state.phase is Phase.ENDED


def test_events_of_others_change_nothing() -> None:
    one = at_ask()
    agent_answered = ev.LegAnswered(at=one.now, contact="c1", leg="c1.l2")
    agent_gone = ev.LegEnded(at=one.now, contact="c1", leg="c1.l2", cause=16)
    other = ev.HangUpRequested(at=one.now, contact="c2", leg="c1.l1", cause=16)
    for event in (agent_answered, agent_gone, other, ev.ServerStopped(at=one.now, node="n")):
        assert apply(one.state, event) == one.state


# --- a dialplan that does not hold -----------------------------------------------------------------


def test_running_in_circles_ends_the_call_with_its_code() -> None:
    plan = plan_of(PLAN)
    goto = Goto(NOWHERE, Name("info", NOWHERE))
    block = plan.blocks["info"]
    plan.blocks["info"] = type(block)("info", (goto,), NOWHERE)  # type: ignore[index]
    one = Caller(plan).call("11")
    assert one.commands == (c.DoHangUp(41),)
    assert one.seen(ev.CommandFailed)[0].code == "DP901"
    assert outcome(one.state) is Outcome.FAILED


def test_a_position_that_the_plan_does_not_have_ends_the_call_with_its_code() -> None:
    plan = plan_of(PLAN)
    lost = State("c1", "c1.l1", phase=Phase.QUEUE, answered=True, block="gone", index=3)
    decision = decide(plan, lost, c.QueueOver(answered=True), 1.0)
    assert decision.commands == (c.DoHangUp(41),)
    assert [event.code for event in decision.events if isinstance(event, ev.CommandFailed)] == ["DP902"]


# --- outcomes -----------------------------------------------------------------------------------


def test_after_the_queue_the_steps_go_on() -> None:
    one = at_ask()
    one.press("2")
    one.queued()
    one.come_back(answered=False)
    assert one.heard[-1] == "ask/two/1"
    one.hear()
    assert one.commands == (c.DoHangUp(16),)
    assert outcome(one.state) is Outcome.QUEUED


def test_information_heard_to_its_end_is_self_service() -> None:
    one = at_ask()
    one.press("1")
    one.hear()
    assert one.seen(ev.CallerServed)
    one.go()
    assert outcome(one.state) is Outcome.SELF_SERVED


def test_information_cut_short_is_not() -> None:
    one = at_ask()
    one.press("1")
    one.go()
    assert outcome(one.state) is Outcome.LEFT_IN_MENU


def test_a_prompt_on_the_way_to_a_menu_is_not() -> None:
    one = at_ask()
    one.press("3")
    one.hear()
    one.go()
    assert outcome(one.state) is Outcome.LEFT_IN_MENU


def test_a_dialplan_that_hangs_up_has_served() -> None:
    one = at_ask()
    one.press("4")
    assert one.commands[-1] == c.DoHangUp(17)
    assert outcome(one.state) is Outcome.SELF_SERVED


def test_the_sample_hotline_by_keys_and_by_voice() -> None:
    one = Caller(sample("hotline.yaml")).call()
    one.press("1")
    assert one.heard == ["welcome/0", "cards"]
    one.speak()
    one.say("lost")
    assert one.done(c.DoEnqueue) == [c.DoEnqueue("cards", 50, {})]

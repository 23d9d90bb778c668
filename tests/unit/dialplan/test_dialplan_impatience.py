"""Callers who lose patience get to a person ahead of others."""

from __future__ import annotations

import pytest
from dialplan_caller import Caller
from dialplan_sites import full_site

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import load_plan
from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.interpreter import outcome
from ivrcore.dialplan.phrases import ways
from ivrcore.dialplan.wording import IMPATIENCE
from ivrcore.model import events as ev
from ivrcore.model.event import encode
from ivrcore.model.names import Impatient, Outcome, Verdict

PLAN = """
name: t
language: en
numbers: {"1": main, "2": bare}
universals:
  agent: {keys: "0", go: [{contact: {priority: 5}}, {queue: general, priority: 2}]}
impatience: IMPATIENCE
menus:
  main:
    prompt: One?
    choices:
      one: {say: one, keys: "1", go: [{goto: two}]}
    no_match: [Again., Again., Again., Again.]
    otherwise: hang_up
  two:
    prompt: Two?
    choices: {two: {say: two, keys: "2", go: hang_up}}
    no_match: [Again., Again., Again., Again.]
    otherwise: hang_up
  bare:
    prompt: Bare?
    universals: no
    choices: {two: {say: two, keys: "2", go: hang_up}}
    no_match: [Again., Again., Again., Again.]
    otherwise: hang_up
"""


SITE = full_site()
GO = ", go: [{contact: {priority: 5}}, {queue: general, priority: 2}]"


def plan_text(impatience: str = "{}") -> str:
    return PLAN.replace("IMPATIENCE", impatience)


def caller_of(text: str, number: str = "1") -> Caller:
    plan, problems = load_plan(text, "x.yaml", SITE)
    assert plan is not None, list(map(str, problems))
    return Caller(plan).call(number)


def called(impatience: str = "{}", number: str = "1") -> Caller:
    return caller_of(plan_text(impatience), number)


def phrases(caller: Caller, choice: str = IMPATIENT) -> list[str]:
    return [one.text for one in caller.done(c.DoListen)[-1].grammar.phrases if one.choice == choice]


def misheard(caller: Caller, times: int) -> None:
    for _ in range(times):
        caller.say("", Verdict.REJECT)


def why(caller: Caller) -> list[Impatient]:
    return [event.why for event in caller.seen(ev.CallerImpatient)]


def test_impatient_words_lead_to_a_person_with_raised_priority() -> None:
    caller = called()
    assert "just get me a person" in phrases(caller)
    caller.say(IMPATIENT)
    (queue,) = caller.done(c.DoEnqueue)
    assert (queue.queue, queue.priority) == ("general", 20 + 5 + 2)
    assert why(caller) == [Impatient.WORDS]
    assert caller.replayed() == caller.state
    assert caller.seen(ev.SpeechHeard)[-1].choice == IMPATIENT, "which words is not kept"


def test_a_raised_priority_counts_once_where_a_dialplan_computes_with_the_call_s() -> None:
    computed = plan_text().replace("{contact: {priority: 5}}", "{contact: {priority: '{call.priority + 5}'}}")
    caller = caller_of(computed)
    caller.say(IMPATIENT)
    assert caller.done(c.DoEnqueue)[0].priority == 20 + 5 + 2


def test_words_that_are_not_sure_are_not_asked_about() -> None:
    caller = called()
    caller.say(IMPATIENT, Verdict.CONFIRM)
    assert caller.done(c.DoEnqueue) == []
    assert len(caller.seen(ev.NoMatch)) == 1


def test_own_words_replace_the_built_in_ones_and_patterns_work() -> None:
    caller = called("{say: {en: '(blasted | silly) machine'}}")
    assert phrases(caller) == ["blasted machine", "silly machine"]


def test_three_misrecognitions_in_the_whole_call_lead_to_a_person() -> None:
    caller = called()
    misheard(caller, 2)
    caller.say("one")
    assert caller.state.menu == "two"
    misheard(caller, 1)
    assert why(caller) == [Impatient.MISHEARD]
    assert caller.done(c.DoEnqueue)[0].priority == 27
    assert caller.replayed() == caller.state


def test_a_denied_guess_is_a_misrecognition_by_voice_and_by_key() -> None:
    caller = called("{failures: 2}")
    caller.say("one", Verdict.CONFIRM)
    caller.press("2")
    caller.say("one", Verdict.CONFIRM)
    caller.say("no")
    assert why(caller) == [Impatient.MISHEARD]


def test_a_wrong_key_at_did_you_say_is_no_misrecognition() -> None:
    caller = called("{failures: 1}")
    caller.say("one", Verdict.CONFIRM)
    caller.press("7")
    assert len(caller.seen(ev.NoMatch)) == 1
    assert why(caller) == []
    assert caller.state.misheard == 0
    caller.say("one", Verdict.CONFIRM)
    caller.press("2")
    assert why(caller) == [Impatient.MISHEARD]
    assert caller.replayed() == caller.state


def test_wrong_keys_and_silence_are_none() -> None:
    caller = called("{failures: 1}")
    caller.press("7")
    caller.press("8")
    caller.hear()
    caller.wait()
    assert why(caller) == []
    misheard(caller, 1)
    assert why(caller) == [Impatient.MISHEARD]


def test_how_often_and_how_much_can_be_said_and_switched_off() -> None:
    caller = called("{failures: 0, priority: 7}")
    misheard(caller, 4)
    assert why(caller) == []
    caller.say(IMPATIENT)
    assert caller.done(c.DoEnqueue)[0].priority == 7 + 5 + 2


def test_priority_is_raised_once_and_counting_begins_again() -> None:
    caller = called()
    misheard(caller, 3)
    assert (caller.state.raised, caller.state.misheard) == (20, 0)
    assert outcome(caller.state) is Outcome.LEFT_IN_MENU, "not understood: nobody was served"


def test_a_menu_without_the_universal_agent_takes_no_impatience() -> None:
    caller = called("{failures: 1}", "2")
    assert phrases(caller) == []
    misheard(caller, 1)
    assert why(caller) == []


def test_who_was_misheard_where_it_is_not_taken_is_not_sent_away_for_a_wrong_key() -> None:
    text = plan_text("{failures: 2}").replace('keys: "2", go: hang_up', 'keys: "2", go: [{goto: main}]')
    caller = caller_of(text, "2")
    misheard(caller, 3)
    caller.press("2")
    assert caller.state.menu == "main"
    caller.press("7")
    assert why(caller) == []
    misheard(caller, 1)
    assert why(caller) == [Impatient.MISHEARD]


def test_without_impatience_nothing_of_it_happens() -> None:
    caller = caller_of(plan_text().replace("impatience: {}", ""))
    assert phrases(caller) == []
    misheard(caller, 4)
    assert why(caller) == []


def test_what_was_said_is_in_no_event() -> None:
    caller = called()
    caller.say(IMPATIENT)
    text = b"".join(encode(event) for event in caller.events).decode()
    assert not any(word in text for word in phrases(caller))


@pytest.mark.parametrize("language", IMPATIENCE)
def test_the_built_in_words_can_be_said_and_are_no_universals(language: str) -> None:
    text = plan_text().replace("language: en", f"language: {language}")
    _, problems = load_plan(text, "x.yaml", SITE)
    assert not [one for one in problems if one.code in ("DP112", "DP214", "DP310", "DP324")]
    assert all(ways(one) for one in IMPATIENCE[language])


def found(text: str) -> list[str]:
    return [str(one) for one in load_plan(text, "x.yaml", SITE)[1]]


def test_impatience_without_the_universal_agent_is_an_error() -> None:
    text = plan_text().replace("  agent:", "  help:").replace(GO, "")
    assert any("DP114" in one and "'agent'" in one for one in found(text)), found(text)


def test_words_of_a_universal_are_told() -> None:
    told = found(plan_text("{say: {en: [agent, now please]}}"))
    assert [one for one in told if "DP324" in one and "also said for 'agent'" in one], told


def test_words_that_no_recogniser_knows_or_that_sound_like_a_choice_are_told() -> None:
    told = found(plan_text("{say: {en: [qwzxkj, won]}}"))
    assert [one for one in told if "DP310" in one and "impatience: 'qwzxkj'" in one], told
    assert [one for one in told if "DP309" in one and "of 'impatience'" in one], told

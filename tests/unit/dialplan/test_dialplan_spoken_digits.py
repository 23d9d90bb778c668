"""`collect` with speech: digits said or typed, asked about where they are not sure, and never told."""

from __future__ import annotations

import pytest
from dialplan_caller import Caller

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.world import CALM, HearingNow, QueueNow, World
from ivrcore.model import events as ev
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.event import encode
from ivrcore.model.names import SpeechRefusal, Universal
from ivrcore.speech.endpointing import Timing
from ivrcore.speech.grammar import words
from ivrcore.tryout.ear import Said, heard

PLAN = """
name: t
LANGUAGE
numbers: {"1": start}
universals:
  agent: {keys: "0", go: [{queue: people}]}
  help:
  repeat: {keys: "#"}
blocks:
  start:
    - collect: account
      prompt: Your account?
      length: 4-6
      speech: yes
      secret: SECRET
      OPTIONS
      no_match: [Again., Once more., And again., And again.]
      otherwise: [{say: Sorry.}, {queue: q}]
    - say: "Thanks {account}."
    - queue: q
"""


class Ears:
    """A world in which callers can be heard, or not."""

    def __init__(self, now: HearingNow) -> None:
        self.now = now

    def queue(self, name: str) -> QueueNow | None:
        return None

    def announcements(self, number: str, now: float) -> tuple[Announcement, ...]:
        return ()

    def emergency(self, number: str) -> Emergency | None:
        return None

    def hearing(self, language: str, *, stays: bool) -> HearingNow:
        return self.now


KEYS_ONLY = (c.Spoken("Please use the keys.", "en"),)
LISTENS: World = Ears(HearingNow(instead=KEYS_ONLY))


def text_of(options: str = "", secret: str = "yes", language: str = "language: en") -> str:
    text = PLAN.replace("OPTIONS", options).replace("SECRET", secret).replace("LANGUAGE", language)
    return text.replace("      \n", "")


def called(options: str = "", world: World = CALM, secret: str = "yes") -> Caller:
    plan, problems = load_plan(text_of(options, secret), "t.yaml")
    assert plan is not None, list(map(str, problems))
    return Caller(plan, world).call("1")


def say(caller: Caller, text: str, confidence: float = 0.95) -> None:
    """Say something to what is listened for now."""
    listening = caller.done(c.DoListen)[-1]
    assert listening.turn == caller.state.turns
    caller.speak()
    caller.give(heard(listening, Said(text, confidence)))


def prompts(caller: Caller) -> list[str]:
    parts = [part for play in caller.done(c.DoPlay) for part in play.prompt]
    return [part.text for part in parts if isinstance(part, c.Spoken)]


def journal(caller: Caller) -> bytes:
    return b"\n".join(encode(event) for event in caller.events)


def codes(text: str, site: Site | None = None) -> list[str]:
    _, problems = load_plan(text, "t.yaml", site or Site())
    return sorted(problem.rule.code for problem in problems)


def test_digits_that_are_sure_are_taken() -> None:
    caller = called()
    say(caller, "four two double seven oh")
    assert prompts(caller) == ["Your account?", "Thanks 42770."]
    assert [(one.variable, one.count) for one in caller.seen(ev.DigitsCollected)] == [("account", 5)]
    assert caller.replayed() == caller.state


def test_digits_that_are_not_sure_are_read_back_and_a_yes_takes_them() -> None:
    caller = called()
    say(caller, "four two double seven oh", 0.8)
    assert caller.seen(ev.DigitsCollected) == []
    asked = prompts(caller)[-1]
    assert asked.startswith("Did you say four two seven seven zero?")
    say(caller, "yes")
    assert prompts(caller)[-1] == "Thanks 42770."
    assert len(caller.seen(ev.DigitsCollected)) == 1


@pytest.mark.parametrize("answer", ["no", "2"])
def test_after_a_no_they_are_asked_for_again(answer: str) -> None:
    caller = called()
    say(caller, "four two seven oh", 0.8)
    if answer == "no":
        say(caller, "no")
    else:
        caller.press(answer)
    assert prompts(caller)[-1] == "Again."
    assert [one.denied for one in caller.seen(ev.NoMatch)] == [True]
    assert caller.state.private.entered == ""
    say(caller, "one two three four")
    assert prompts(caller)[-1] == "Thanks 1234."


def test_where_it_says_so_sure_digits_are_read_back_too_and_again_on_request() -> None:
    caller = called("confirm: yes")
    say(caller, "four two seven oh")
    asked = prompts(caller)[-1]
    assert asked.startswith("Did you say four two seven zero?")
    caller.press("#")
    assert prompts(caller)[-1] == asked
    caller.press("1")
    assert prompts(caller)[-1] == "Thanks 4270."


@pytest.mark.parametrize("text", ["one two three", "one two three four five six seven", "cards please", ""])
def test_too_few_too_many_and_other_words_are_a_misfit(text: str) -> None:
    caller = called()
    say(caller, text)
    assert prompts(caller)[-1] == "Again."
    assert len(caller.seen(ev.NoMatch)) == 1


def test_a_check_digit_is_judged_for_what_is_said() -> None:
    caller = called("check: luhn")
    say(caller, "one two three four")
    say(caller, "one two three oh", 0.8)
    assert prompts(caller)[1] == "Again."
    assert prompts(caller)[2].startswith("Did you say one two three zero?")


def test_keys_win_at_any_moment() -> None:
    caller = called()
    caller.speak()
    caller.press("12")
    listening = caller.done(c.DoListen)[-1]
    caller.give(heard(listening, Said("four two seven oh")))
    assert caller.seen(ev.SpeechHeard) == []
    caller.press("34#")
    assert prompts(caller)[-1] == "Thanks 1234."


def test_digits_typed_back_are_asked_about_as_typed() -> None:
    caller = called("confirm: yes")
    caller.press("1234#")
    assert prompts(caller)[-1].startswith("You entered one two three four.")


@pytest.mark.parametrize("sure", [0.95, 0.8])
def test_universals_count_while_digits_are_said_and_confirmed(sure: float) -> None:
    caller = called()
    say(caller, "four two seven oh", 0.8)
    say(caller, "agent", sure)
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["people"]
    caller = called()
    say(caller, "help")
    assert prompts(caller) == ["Your account?", "Your account?"]
    say(caller, "agent")
    assert [one.universal for one in caller.seen(ev.UniversalUsed)] == [Universal.HELP, Universal.AGENT]


def test_who_is_not_understood_twice_is_told_to_use_the_keys_and_can() -> None:
    caller = called(world=LISTENS)
    say(caller, "cards")
    say(caller, "four two seven oh", 0.8)
    say(caller, "no")
    assert prompts(caller)[-2:] == ["Please use the keys.", "Once more."]
    assert not caller.seen(ev.TurnStarted)[-1].speech
    caller.hear()
    assert caller.done(c.DoListen)[-1].turn < caller.state.turns
    caller.press("1#")
    assert prompts(caller)[-2:] == ["Please use the keys.", "And again."]
    caller.press("1234#")
    assert prompts(caller)[-1] == "Thanks 1234."


def test_keys_that_are_misfits_do_not_end_the_listening() -> None:
    caller = called(world=LISTENS)
    caller.press("1#")
    caller.press("2#")
    assert caller.seen(ev.TurnStarted)[-1].speech
    assert "Please use the keys." not in prompts(caller)


def test_where_nobody_can_listen_the_caller_is_told_and_types() -> None:
    caller = called(world=Ears(HearingNow(SpeechRefusal.BUSY, KEYS_ONLY)))
    assert prompts(caller) == ["Please use the keys.", "Your account?"]
    assert [one.why for one in caller.seen(ev.SpeechRefused)] == [SpeechRefusal.BUSY]
    caller.press("1234#")
    assert prompts(caller)[-1] == "Thanks 1234."


def test_a_recogniser_that_fails_is_told_of_and_keys_go_on() -> None:
    caller = called(world=LISTENS)
    caller.hear()
    caller.speak()
    caller.give(c.SpeechGone(caller.state.turns, "e", "IVR402"))
    assert prompts(caller)[-2:] == ["Please use the keys.", "Your account?"]
    caller.press("1234#")
    assert prompts(caller)[-1] == "Thanks 1234."


def test_without_speech_nothing_is_listened_to() -> None:
    plan, _ = load_plan(text_of().replace("speech: yes", "speech: no"), "t.yaml")
    assert plan is not None
    caller = Caller(plan).call("1")
    assert caller.done(c.DoListen) == []
    assert not caller.seen(ev.TurnStarted)[-1].speech


def test_nothing_that_was_said_is_in_the_journal_or_a_repr() -> None:
    caller = called()
    say(caller, "four two double seven oh", 0.8)
    told = repr(caller.state) + repr(caller.state.turn)
    say(caller, "yes")
    written = journal(caller).decode() + told + repr(caller.state)
    for part in ("42770", "4277", "four two", "seven"):
        assert part not in written
    given = heard(called().done(c.DoListen)[-1], Said("four two double seven oh"))
    assert given.value == "42770"
    assert "42770" not in repr(given)


@pytest.mark.parametrize("options", ["", "confirm: yes"])
def test_the_bounds_of_defaults_count_for_digits_and_for_the_yes(options: str) -> None:
    text = text_of(options, language="language: en\ndefaults: {accept: 0.6, confirm: 0.4}")
    plan, problems = load_plan(text, "t.yaml")
    assert plan is not None, list(map(str, problems))
    caller = Caller(plan).call("1")
    say(caller, "four two seven oh", 0.5)
    say(caller, "yes", 0.5)
    assert prompts(caller)[-1] == "Thanks 4270."
    assert {(one.accept, one.confirm) for one in caller.done(c.DoListen)} == {(0.6, 0.4)}


def test_digits_that_are_no_secret_are_in_the_journal_once_they_are_a_variable() -> None:
    caller = called(secret="no")
    say(caller, "four two seven oh")
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": "4270"}


def test_who_says_digits_may_pause_between_them() -> None:
    listening = called().done(c.DoListen)[-1]
    assert (listening.taking.end_silence, listening.taking.timing(Timing()).longest) == (1.0, 20.0)
    assert called("end_silence: 2s").done(c.DoListen)[-1].taking.end_silence == 2.0


@pytest.mark.parametrize(
    ("defaults", "site", "longest"),
    [
        ("", 40.0, 40.0),
        ("", 5.0, 20.0),
        ("defaults: {longest: 30s}", 10.0, 30.0),
        ("defaults: {longest: 8s}", 40.0, 8.0),
    ],
)
def test_digits_may_take_20_s_or_longer_if_the_site_says_so_unless_the_dialplan_does(
    defaults: str, site: float, longest: float
) -> None:
    plan, problems = load_plan(text_of(language=f"language: en\n{defaults}"), "t.yaml")
    assert plan is not None, list(map(str, problems))
    (listening,) = Caller(plan).call("1").done(c.DoListen)
    assert listening.taking.timing(Timing(longest=site)).longest == longest


# --- check ------------------------------------------------------------------------------------------------


def test_what_may_be_said_aloud_is_stated_to_be_a_secret_or_none() -> None:
    assert codes(text_of()) == []
    assert codes(text_of().replace("      secret: yes\n", "")) == ["DP219"]


def test_a_language_without_words_for_digits_is_told() -> None:
    text = text_of(language="language: fr\nconfirming: {prompt: '{choice} ?', yes: oui, no: non}")
    assert "DP326" in codes(text)
    assert "DP212" in codes(text_of(language="language: fr"))


KNOWN = [*words("zero one two three four five six seven eight"), *words("agent help repeat say that again")]


class Few:
    """A recogniser's words."""

    def knows(self, word: str) -> bool:
        return word in KNOWN

    def phones(self, word: str) -> tuple[str, ...]:
        return ()


def test_digits_that_the_recogniser_does_not_know_are_told() -> None:
    _, problems = load_plan(text_of(), "t.yaml", Site(lexicons={"en": [Few()]}))
    (told,) = [one for one in problems if "does not know" in one.message and "account" in one.message]
    assert told.rule.code == "DP310"
    assert "'nine'" in told.message
    assert "'eight'" not in told.message


# --- amounts ------------------------------------------------------------------------------------------------

AMOUNT = "type: amount\n      currency: EUR"


def amount(options: str = AMOUNT, secret: str = "no") -> Caller:
    text = text_of(options, secret).replace("      length: 4-6\n", "")
    plan, problems = load_plan(text.replace("Thanks {account}.", "Thanks {account + 1}."), "t.yaml")
    assert plan is not None, list(map(str, problems))
    return Caller(plan).call("1")


def test_an_amount_that_is_said_is_a_number() -> None:
    caller = amount()
    say(caller, "one hundred and twenty three euros fifty", 0.8)
    assert prompts(caller)[-1].startswith("Did you say one hundred and twenty-three euros and fifty cents?")
    say(caller, "yes")
    assert prompts(caller)[-1] == "Thanks 124.5."
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": 123.5}
    assert [one.count for one in caller.seen(ev.DigitsCollected)] == [1]
    caller = amount("type: amount")
    say(caller, "twenty five")
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": 25}


@pytest.mark.parametrize(
    ("keys", "value"),
    [("123*50", 123.5), ("123*5#", 123.5), ("0050#", 50), ("12*00", 12), ("999999999#", 999999999)],
)
def test_an_amount_is_typed_with_a_star_for_the_point(keys: str, value: float) -> None:
    caller = amount()
    caller.press(keys)
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": value}


@pytest.mark.parametrize("keys", ["12*#", "1234567890", "12**"])
def test_keys_that_are_no_amount_are_a_misfit(keys: str) -> None:
    caller = amount()
    caller.press(keys)
    assert len(caller.seen(ev.NoMatch)) == 1
    assert caller.seen(ev.VariablesSet) == []


def test_an_amount_is_whole_after_a_pause_and_without_decimals_where_there_are_none() -> None:
    caller = amount("type: amount\n      currency: KRW\n      confirm: yes")
    caller.press("5000")
    assert caller.wait() == 3.0
    assert prompts(caller)[-1].startswith("You entered five thousand won.")
    caller.press("1")
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": 5000}
    caller = amount("type: amount\n      currency: KRW")
    caller.press("50*")
    assert len(caller.seen(ev.NoMatch)) == 1


def test_an_amount_that_is_a_secret_is_nowhere_to_be_read() -> None:
    caller = amount(secret="yes")
    say(caller, "one hundred and twenty three euros fifty", 0.8)
    say(caller, "yes")
    assert prompts(caller)[-1] == "Thanks 124.5."
    written = journal(caller).decode() + repr(caller.state)
    assert "123" not in written
    assert "hundred" not in written


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("type: amount\n      length: 4", "'length' is for digits"),
        ("type: amount\n      check: luhn", "'check' is for digits"),
        ("type: amount\n      currency: EURO", "there is no currency 'EURO'"),
        ("currency: EUR", "'currency' is for an amount"),
        ("type: sum", "'type' cannot be 'sum'"),
    ],
)
def test_what_does_not_go_together_is_told(options: str, told: str) -> None:
    text = text_of(options, "no").replace("      length: 4-6\n", "")
    _, problems = load_plan(text, "t.yaml")
    assert [told in one.message for one in problems.errors] == [True]


def test_a_language_without_words_for_amounts_is_told() -> None:
    text = text_of(AMOUNT, "no", "language: de\nconfirming: {prompt: '{choice}?', yes: ja, no: nein}")
    assert "DP326" in codes(text.replace("      length: 4-6\n", ""))


# --- dates --------------------------------------------------------------------------------------------------


def dated(options: str = "type: date", secret: str = "no") -> Caller:
    """A call on the 1st of January 1970."""
    text = text_of(options, secret).replace("      length: 4-6\n", "")
    plan, problems = load_plan(text.replace("Thanks {account}.", "Thanks {account:date}."), "t.yaml")
    assert plan is not None, list(map(str, problems))
    return Caller(plan).call("1")


def test_a_date_is_seen_from_the_day_of_the_call_in_the_dialplans_zone() -> None:
    caller = dated()
    say(caller, "tomorrow", 0.8)
    assert prompts(caller)[-1].startswith("Did you say January second, nineteen seventy?")
    say(caller, "yes")
    assert prompts(caller)[-1] == "Thanks January second, nineteen seventy."
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": "1970-01-02"}
    caller = Caller(dated().plan)
    caller.now = 1_795_359_600.0
    plan, _ = load_plan(
        text_of("type: date", "no", "zone: Asia/Seoul").replace("      length: 4-6\n", ""), "t.yaml"
    )
    assert plan is not None
    caller.plan = plan
    caller.call("1")
    say(caller, "today")
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": "2026-11-23"}


@pytest.mark.parametrize(("keys", "value"), [("20270303", "2027-03-03"), ("19840229", "1984-02-29")])
def test_a_date_is_typed_as_year_month_and_day(keys: str, value: str) -> None:
    caller = dated()
    caller.press(keys)
    assert caller.seen(ev.VariablesSet)[-1].values == {"account": value}


@pytest.mark.parametrize("keys", ["20270230", "2027#", "18991231", "00000000"])
def test_keys_that_are_no_date_are_a_misfit(keys: str) -> None:
    caller = dated()
    caller.press(keys)
    assert len(caller.seen(ev.NoMatch)) == 1
    assert caller.seen(ev.VariablesSet) == []


def test_a_date_that_is_a_secret_is_nowhere_to_be_read() -> None:
    caller = dated(secret="yes")
    say(caller, "the third of march nineteen eighty four", 0.8)
    say(caller, "yes")
    written = journal(caller).decode() + repr(caller.state)
    assert "1984" not in written
    assert "march" not in written.lower()

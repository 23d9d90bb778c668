"""Keys before a question: kept for it, by one rule (docs/dialplan.md, "Keys typed ahead")."""

from __future__ import annotations

import pytest
from dialplan_caller import Caller, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.state import INTER_KEY, Phase
from ivrcore.dialplan.walk import MOST_TYPED, STALE
from ivrcore.model import events as ev
from ivrcore.model.event import encode
from ivrcore.model.names import LeftQueue, Told, Verdict
from ivrcore.reference import own

MENUS = """
defaults: {DEFAULTS}
menus:
  main:
    prompt: Main?
    choices:
      one: {say: one, keys: "1", go: [{say: One.}, {menu: sub}]}
      two: {say: two, keys: "2", go: [{say: Two.}]}
    otherwise: [{say: Sorry.}]
  sub:
    prompt: Sub?
    type_ahead: SUB
    choices:
      three: {keys: "3", go: [{say: Three.}]}
      four: {keys: "4", go: [{say: Four.}]}
    otherwise: [{say: Sorry.}]
"""
SITE = Site(verbs=own().verbs())


def called(steps: str, sub: str = "yes", defaults: str = "timeout: 5s") -> Caller:
    menus = MENUS.replace("SUB", sub).replace("DEFAULTS", defaults)
    text = f'name: t\nnumbers: {{"1": start}}\n{menus}\nblocks:\n  start:\n{steps}\n'
    plan, problems = load_plan(text, "t.yaml", SITE)
    assert plan is not None, [str(problem) for problem in problems]
    caller = Caller(plan)
    caller.give(c.Begin("1", "+8225550199"))
    caller.answered()
    return caller


def said(caller: Caller) -> list[str]:
    parts = [part for play in caller.done(c.DoPlay) for part in play.prompt]
    return [part.text for part in parts if isinstance(part, c.Spoken)]


def tell(caller: Caller, how: Told) -> None:
    assert caller.state.asked is not None
    caller.give(c.ServiceTold(caller.state.asked.request, how, {}))


QUEUED = "    - queue: q\n    - menu: main"


def test_a_key_is_kept_whatever_stands_before_the_menu_and_cuts_nothing_that_may_be_an_answer() -> None:
    steps = "    - say: Hello.\n    - if: call.caller == 'x'\n      then: [{say: X.}]\n    - menu: main"
    caller = called(steps)
    caller.press("2")
    assert not caller.done(c.DoStopPlay)
    caller.hear()
    assert said(caller) == ["Hello.", "Two."]


def test_a_prompt_before_what_nobody_notices_and_a_menu_is_cut() -> None:
    caller = called("    - say: Hello.\n    - set: {n: 1}\n    - disposition: x\n    - menu: main")
    caller.press("2")
    assert said(caller) == ["Hello.", "Two."]
    assert len(caller.done(c.DoStopPlay)) == 1


def test_keys_between_menus_are_taken_by_the_next_ones() -> None:
    caller = called("    - say: Hello.\n    - menu: main")
    caller.press("14")
    assert said(caller) == ["Hello.", "One.", "Four."]
    assert [one.choice for one in caller.seen(ev.ChoiceMade)] == ["one", "four"]


def test_keys_pressed_in_the_queue_answer_the_menu_after_it() -> None:
    caller = called(QUEUED)
    caller.press("14")
    caller.come_back(answered=False, why=LeftQueue.TIMED_OUT)
    assert said(caller) == ["Four."]


@pytest.mark.parametrize(
    ("answered", "why"),
    [(True, LeftQueue.TIMED_OUT), (False, LeftQueue.BY_KEY), (False, LeftQueue.EMERGENCY)],
)
def test_a_conversation_a_key_of_the_queue_and_an_emergency_make_them_stale(
    answered: bool, why: LeftQueue
) -> None:
    caller = called(QUEUED)
    caller.press("2")
    caller.come_back(answered, why)
    if caller.state.phase is Phase.QUEUE:  # no emergency any more: back in it
        caller.come_back(answered=False)
    assert said(caller) == ["Main?"]


def test_what_was_pressed_before_a_queue_is_not_for_the_menu_after_it() -> None:
    caller = called("    - say: Hello.\n" + QUEUED)
    caller.press("2")
    caller.hear()
    caller.come_back(answered=False)
    assert said(caller) == ["Hello.", "Main?"]


def test_a_minute_after_the_last_key_they_are_stale() -> None:
    for wait, heard in ((STALE, "Two."), (STALE + 1, "Main?")):
        caller = called(QUEUED)
        caller.press("2")
        caller.now += wait
        caller.come_back(answered=False)
        assert said(caller) == [heard]


def test_a_menu_without_type_ahead_is_heard_and_nothing_before_it_is_cut() -> None:
    caller = called("    - say: Hello.\n    - menu: sub", sub="no")
    caller.press("3")
    assert not caller.done(c.DoStopPlay)
    caller.hear()
    assert said(caller) == ["Hello.", "Sub?"]
    caller.press("3")
    assert said(caller)[-1] == "Three."


def test_a_menu_without_type_ahead_forgets_what_the_menu_before_left() -> None:
    caller = called("    - pause: 1s\n    - menu: main", sub="no")
    caller.press("13")
    caller.wait()
    while caller.state.phase is Phase.PROMPT:
        caller.hear()
    assert said(caller) == ["One.", "Sub?"]


def test_the_defaults_may_forbid_it_and_collect_and_confirm_say_their_own() -> None:
    steps = (
        "    - pause: 1s\n    - confirm: Sure?\n      type_ahead: yes\n"
        "    - pause: 1s\n    - collect: n\n      prompt: Number?\n      length: 1\n    - menu: main"
    )
    caller = called(steps, defaults="type_ahead: no")
    caller.press("1")
    caller.wait()
    assert said(caller) == []
    caller.press("7")
    caller.wait()
    assert said(caller) == ["Number?"]
    caller.press("7#2")
    assert said(caller) == ["Number?", "Main?", "Two."], "the 2 was pressed in the menu itself"


def test_a_confirmation_takes_no_key_from_before_it() -> None:
    caller = called("    - pause: 1s\n    - confirm: Block it?\n      yes: [{say: Done.}]")
    caller.press("1")
    caller.wait()
    assert said(caller) == ["Block it?"]


def test_nor_does_a_reading_back_of_digits() -> None:
    collect = "    - collect: n\n      prompt: Number?\n      length: 2\n      confirm: yes\n    - say: On."
    caller = called("    - pause: 1s\n" + collect)
    caller.press("121")
    caller.wait()
    assert said(caller)[-1].startswith("You entered")
    caller.press("2")  # no: not the 1 from before and then this
    assert said(caller)[-1] == "Number?"


PIN = "    - IT\n      prompt: PIN?\n      length: 2\n    - menu: main"
IDENTIFY = "identify: x\n      otherwise: hang_up"


@pytest.mark.parametrize("verb", [IDENTIFY, "collect: n"])
def test_who_presses_a_choice_right_after_whole_digits_means_it(verb: str) -> None:
    caller = called(PIN.replace("IT", verb))
    caller.press("112")
    if verb.startswith("identify"):
        tell(caller, Told.DONE)
    assert said(caller)[-1] == "Two."
    assert [one.choice for one in caller.seen(ev.ChoiceMade)] == ["two"]


@pytest.mark.parametrize("verb", [IDENTIFY, "collect: n"])
def test_the_terminator_of_whole_digits_is_no_key_of_the_menu_after_them(verb: str) -> None:
    caller = called(PIN.replace("IT", verb))
    caller.press("11")
    if verb.startswith("identify"):
        tell(caller, Told.DONE)
    before = len(caller.events)
    caller.now += INTER_KEY
    caller.press("#")
    assert len(caller.events) == before, "not even that a key was pressed"
    caller.press("2")
    assert said(caller)[-1] == "Two."


@pytest.mark.parametrize("verb", [IDENTIFY, "collect: n"])
@pytest.mark.parametrize("surplus", ["2", "22", "2#", "#"])
def test_a_digit_too_many_chooses_nothing_in_a_menu_that_wants_to_be_heard(verb: str, surplus: str) -> None:
    caller = called(PIN.replace("IT", verb), defaults="type_ahead: no")
    caller.press("11")
    if verb.startswith("identify"):
        tell(caller, Told.DONE)
    before = len(caller.events)
    for key in surplus:
        caller.now += INTER_KEY
        caller.press(key)
    assert len(caller.events) == before, "not even that a key was pressed"
    assert said(caller) == ["PIN?", "Main?"]
    caller.now += INTER_KEY + 0.1
    caller.press("2")
    assert said(caller)[-1] == "Two."


def test_digits_too_many_from_the_judging_of_a_pin_on_are_no_choice_of_a_menu_to_be_heard() -> None:
    caller = called(PIN.replace("IT", IDENTIFY), defaults="type_ahead: no")
    caller.press("112")
    tell(caller, Told.DONE)
    caller.press("2")
    assert said(caller) == ["PIN?", "Main?"]


def test_a_digit_too_many_is_no_yes_of_a_step_that_makes_sure() -> None:
    steps = PIN.replace("IT", "collect: n").replace(
        "menu: main", "confirm: Block it?\n      yes: [{say: Done.}]"
    )
    caller = called(steps)
    caller.press("111")
    assert said(caller) == ["PIN?", "Block it?"]
    caller.now += INTER_KEY + 0.1
    caller.press("1")
    assert said(caller)[-1] == "Done."


def test_a_digit_too_many_of_a_number_that_is_wrong_neither_cuts_what_is_said_of_it_nor_begins_the_next() -> (
    None
):
    options = "collect: n\n      check: luhn\n      no_match: [Wrong.]"
    caller = called(PIN.replace("IT", options))
    caller.press("111")
    assert said(caller) == ["PIN?", "Wrong."]
    caller.hear()
    caller.press("182")  # 18 is right
    assert said(caller)[-1] == "Two."


def test_a_digit_too_many_is_no_yes_to_what_is_read_back() -> None:
    caller = called(PIN.replace("IT", "collect: n\n      confirm: yes"))
    caller.press("121")
    assert said(caller)[-1].startswith("You entered")
    assert caller.seen(ev.DigitsCollected)
    caller.hear()
    caller.press("1")
    assert said(caller)[-1] == "Main?"


def test_after_the_terminator_and_after_a_whole_prompt_a_key_is_meant() -> None:
    for heard in (False, True):
        caller = called(PIN.replace("IT", "collect: n"), defaults="type_ahead: no")
        caller.press("11" if heard else "115#")
        if heard:
            caller.hear()
        caller.press("2")
        assert said(caller) == ["PIN?", "Main?", "Two."]


def test_who_types_digits_and_the_menu_after_them_ahead_means_both() -> None:
    caller = called("    - pause: 1s\n" + PIN.replace("IT", "collect: n"))
    caller.press("112")
    caller.wait()
    assert said(caller) == ["Two."]


def test_a_key_after_whole_digits_counts_too_where_their_prompt_must_be_heard() -> None:
    for secret, last in (("yes", ["Main?", "Two."]), ("no", ["Main?", "Two."])):
        steps = PIN.replace("IT", f"collect: n\n      secret: {secret}")
        caller = called(steps, defaults="barge_in: no")
        caller.press("112")
        caller.hear()
        caller.hear()
        assert said(caller) == ["PIN?", *last]


def test_after_an_error_prompt_nothing_typed_before_counts() -> None:
    options = ("identify: x", "prompt: PIN?", "length: 2", "wrong: [Wrong.]", "otherwise: hang_up")
    caller = called("    - " + "\n      ".join(options))
    caller.press("11")
    caller.press("22")  # while it is judged
    tell(caller, Told.REFUSED)
    assert said(caller) == ["PIN?", "Wrong."]
    assert caller.state.phase is Phase.MENU
    caller.hear()
    assert caller.state.phase is Phase.MENU
    assert len(caller.done(c.DoAsk)) == 1


def test_no_more_than_so_many_are_kept() -> None:
    caller = called("    - pause: 1s\n    - collect: n\n      prompt: Number?\n      length: '1-34'")
    caller.press("1" * (MOST_TYPED + 20))
    assert len(caller.state.private.typed) == MOST_TYPED


def test_none_is_kept_of_a_message_or_of_the_conversation_of_a_transfer() -> None:
    caller = called("    - transfer: '1'\n    - menu: main")
    caller.press("2")
    tell(caller, Told.DONE)
    assert said(caller) == ["Main?"]


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("key"), st.sampled_from("0123456789*#")),
        st.tuples(st.sampled_from(["hear", "tick", "back", "talk", "no", "speak", "say"]), st.just("")),
    ),
    max_size=30,
)
SECRET = """
name: t
numbers: {"1": start}
blocks:
  start:
    - say: Hello.
    - queue: q
    - collect: pin
      prompt: PIN?
      length: 4
    - menu: main
menus:
  main:
    prompt: Main?
    choices:
      one: {say: one, keys: "1", go: [{goto: start}]}
    otherwise: [{goto: start}]
"""
PLAN_WITH_SECRET = plan_of(SECRET)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(ACTS)
def test_whatever_is_pressed_whenever_no_event_and_no_text_of_the_state_tells_it(
    acts: list[tuple[str, str]],
) -> None:
    caller = Caller(PLAN_WITH_SECRET)
    caller.give(c.Begin("1"))
    caller.answered()
    for act, digit in acts:
        before = len(caller.events)
        match act:
            case "key":
                caller.press(digit)
            case "hear":
                caller.hear(prompt_id=max(1, caller.state.prompt))
            case "back" | "talk":
                caller.come_back(answered=act == "talk")
            case "speak":
                caller.speak()
            case "say" | "no":
                caller.say("one", Verdict.ACCEPT if act == "say" else Verdict.REJECT)
            case _:
                caller.now += 4
                caller.give(c.Tick())
        for event in caller.events[before:]:
            if isinstance(event, ev.KeyPressed):
                quiet = {"at", "contact", "leg", "turn", "cut", "type"}
                assert quiet >= set(event.__struct_fields__), "a key's event has a new field"
            assert b"typed" not in encode(event)
        assert len(caller.state.private.typed) <= MOST_TYPED
        assert "typed" not in repr(caller.state)
        assert caller.replayed() == caller.state


@pytest.mark.parametrize(
    ("key", "wait", "heard"),
    [("9", 1, ["Sorry.", "Main?"]), ("2", STALE + 1, ["Sorry.", "Main?"]), ("2", 1, ["Two."])],
)
def test_only_a_key_of_the_queue_that_the_menu_can_use_skips_what_is_said_before_it(
    key: str, wait: float, heard: list[str]
) -> None:
    caller = called("    - queue: q\n    - say: Sorry.\n    - menu: main")
    caller.press(key)
    caller.now += wait
    caller.come_back(answered=False, why=LeftQueue.TIMED_OUT)
    if heard[0] != "Two.":
        caller.hear()
    assert said(caller) == heard

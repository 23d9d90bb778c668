"""Each verb beside say, play, menu and queue: what it does in a call, and that secrets stay secret."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from dialplan_caller import Caller

from ivrcore.api import VerbKey, table
from ivrcore.dialplan import commands as c
from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.state import Phase, outcome
from ivrcore.dialplan.step import Refers, Step
from ivrcore.dialplan.verbs.collect import Collect
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.dialplan.world import CALM, HearingNow, QueueNow, World
from ivrcore.model import events as ev
from ivrcore.model.announcement import Announcement, Emergency
from ivrcore.model.event import encode
from ivrcore.model.names import (
    Cause,
    ChosenBy,
    EmergencyAction,
    LeftQueue,
    Outcome,
    PromptEnd,
    Scalar,
    Service,
    Told,
    Universal,
    Verdict,
)
from ivrcore.reference import own

SITE = Site(verbs=own().verbs())
TAIL = "  end: [{queue: q}]\n"


class Outside:
    """A world that the test sets."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueNow] = {}
        self.notices: list[Announcement] = []
        self.switch: Emergency | None = None

    def queue(self, name: str) -> QueueNow | None:
        return self.queues.get(name)

    def announcements(self, number: str, now: float) -> Sequence[Announcement]:
        return [one for one in self.notices if one.holds(number, now)]

    def hearing(self, language: str, *, stays: bool) -> HearingNow:
        return HearingNow()

    def emergency(self, number: str) -> Emergency | None:
        return self.switch


def called(steps: str, top: str = "", world: World = CALM, blocks: str = TAIL) -> Caller:
    """Call a dialplan whose first block has these steps."""
    text = f'name: t\nnumbers: {{"1": start}}\n{top}\nblocks:\n  start:\n{steps}\n{blocks}'
    plan, problems = load_plan(text, "t.yaml", SITE)
    assert plan is not None, [str(problem) for problem in problems]
    caller = Caller(plan, world)
    caller.give(c.Begin("1", "+8225550199"))
    caller.answered()
    return caller


def said(caller: Caller) -> list[str]:
    """The texts heard so far."""
    parts = [part for play in caller.done(c.DoPlay) for part in play.prompt]
    return [part.text for part in parts if isinstance(part, c.Spoken)]


def tell(caller: Caller, how: Told = Told.DONE, values: Mapping[str, Scalar] | None = None) -> None:
    assert caller.state.asked is not None
    caller.give(c.ServiceTold(caller.state.asked.request, how, values or {}))


def journal(caller: Caller) -> bytes:
    return b"\n".join(encode(event) for event in caller.events)


def test_a_value_is_set_read_and_said() -> None:
    caller = called(
        "    - set: {n: 2, who: Kim}\n    - set: {n: '{n * 3}'}\n    - say: '{who} has {n:number}.'"
    )
    assert said(caller) == ["Kim has six."]
    assert caller.state.variables == {"n": 6, "who": "Kim"}
    assert caller.replayed() == caller.state


def test_a_value_made_of_a_secret_is_one_and_so_in_no_event() -> None:
    caller = called(
        "    - set: {mine: '{call.caller}', tail: '{last(mine, 4)}'}\n    - say: 'Ends in {tail:digits}'"
    )
    assert said(caller) == ["Ends in zero one nine nine"]
    assert b"0199" not in journal(caller)
    assert "0199" not in repr(caller.state) + repr(caller.commands[:0])
    assert caller.state.private.secrets["tail"] == "0199"


@pytest.mark.parametrize(("waiting", "heard"), [(9, "busy"), (1, "free"), (None, "free")])
def test_a_branch_reads_a_queue_and_its_event_says_what_it_read(waiting: int | None, heard: str) -> None:
    world = Outside()
    if waiting is not None:
        world.queues["q"] = QueueNow(waiting=waiting)
    steps = (
        "    - if: queue.q.waiting > 5\n      then: [{say: busy}]\n      else: [{say: free}]\n    - say: then"
    )
    caller = called(steps, world=world)
    assert said(caller) == [heard]
    facts = {} if waiting is None else {"queue.q.waiting": waiting}
    assert caller.seen(ev.BranchTaken)[0].facts == facts
    caller.hear()
    assert said(caller) == [heard, "then"]


@pytest.mark.parametrize(("tier", "heard"), [("gold", "one"), ("silver", "two"), ("", "none")])
def test_the_first_case_that_holds_is_taken(tier: str, heard: str) -> None:
    cases = "[{if: \"tier == 'gold'\", go: [{say: one}]}, {if: \"tier != ''\", go: [{say: two}]}]"
    caller = called(f"    - branch: {cases}\n      else: [{{say: none}}]", f"variables: {{tier: '{tier}'}}")
    assert said(caller) == [heard]


def test_opening_hours_decide() -> None:
    top = "hours: {branch: {zone: UTC, open: {daily: '00:00-00:30'}}}"
    steps = "    - if: hours.branch == 'open'\n      then: [{say: open}]\n      else: [{say: closed}]"
    assert said(called(steps, top)) == ["open"]  # the caller's clock shows 00:16:40


def test_do_comes_back_at_the_end_and_at_return() -> None:
    blocks = "  a: [{say: a}, {do: b}, {say: a2}]\n  b: [{say: b}, return]\n"
    caller = called("    - do: a\n    - say: last", blocks=blocks)
    for _ in range(3):
        caller.hear()
    assert said(caller) == ["a", "b", "a2", "last"]
    caller.hear()
    assert caller.commands == (c.DoHangUp(16),)


def test_do_without_end_is_ended() -> None:
    caller = called("    - do: again", blocks="  again: [{do: again}, {hang_up: normal}]\n")
    assert caller.commands == (c.DoHangUp(41),)
    assert outcome(caller.state) is Outcome.FAILED


ROUND = """
universals: {back: {keys: "9"}, agent: {go: [{queue: q}]}}
menus:
  main:
    prompt: Main?
    choices:
      sub: {keys: "1", go: [{do: sub}, {say: Done.}, {menu: main}]}
      away: {keys: "2", go: [{do: away}]}
      end: {keys: "3", go: [{say: End.}]}
    otherwise: hang_up
  sub:
    prompt: Sub?
    choices: {end: {keys: "1", go: [{say: Subbed.}]}}
    otherwise: hang_up
"""


@pytest.mark.parametrize("way", ["19", "2"])
def test_a_caller_who_goes_round_and_round_is_never_dropped(way: str) -> None:
    caller = called("    - menu: main", ROUND, blocks="  away: [{menu: main}]\n")
    for _ in range(60):
        caller.press(way)
        assert said(caller)[-1] == "Main?"
    assert len(caller.state.stack) <= 20
    assert caller.replayed() == caller.state


def test_who_goes_back_out_of_a_block_does_not_come_back_into_what_led_there() -> None:
    caller = called("    - menu: main", ROUND, blocks="  away: [{menu: main}]\n")
    caller.press("193")
    assert said(caller)[-1] == "End."
    caller.hear()
    assert caller.commands == (c.DoHangUp(16),)
    caller = called("    - menu: main", ROUND, blocks="  away: [{menu: main}]\n")
    caller.press("11")
    caller.hear()
    assert said(caller)[-1] == "Done."


def test_information_counts_as_service_also_before_what_nobody_hears() -> None:
    menu = "menus: {m: {prompt: P?, choices: {a: {keys: '1', go: [{say: Nine.}, {disposition: told}, "
    menu += "{goto: m}]}}, otherwise: [{queue: q}]}}"
    caller = called("    - menu: m", menu)
    caller.press("1")
    caller.hear()
    assert caller.seen(ev.CallerServed)


COLLECT = "    - collect: pin\n      prompt: Your number?\n      length: 4-6\n"


@pytest.mark.parametrize("keys", ["1234#", "123456", "12345"])
def test_digits_are_whole_by_terminator_by_number_or_by_a_pause(keys: str) -> None:
    caller = called(COLLECT + "    - say: Thanks {pin}")
    caller.press(keys)
    if keys == "12345":
        assert caller.wait() == 3.0
    assert said(caller)[-1] == f"Thanks {keys.rstrip('#')}"
    assert keys.rstrip("#").encode() not in journal(caller)
    assert caller.seen(ev.DigitsCollected)[0].count == len(keys.rstrip("#"))
    assert caller.replayed() == caller.state


def test_digits_that_are_wrong_are_a_misfit_and_then_otherwise_happens() -> None:
    caller = called(
        COLLECT + "      check: luhn\n      no_match: [Again.]\n      otherwise: [{say: No.}]\n    - say: On."
    )
    caller.press("12#")
    caller.press("1234#")
    assert said(caller) == ["Your number?", "Again.", "No."]
    caller.hear()
    assert said(caller)[-1] == "On."


def test_digits_are_read_back_and_asked_for_again() -> None:
    caller = called(COLLECT + "      confirm: yes\n    - say: On.")
    caller.press("1234")
    caller.wait()
    assert "one two three four" in said(caller)[-1]
    caller.press("2")
    assert said(caller)[-1] == "Your number?"
    caller.press("4321#")
    caller.press("1")
    assert said(caller)[-1] == "On."
    assert caller.state.private.secrets == {"pin": "4321"}


def test_digits_typed_ahead_of_the_question_count() -> None:
    caller = called("    - say: Hello.\n" + COLLECT + "    - say: On.")
    caller.press("1234#")
    assert said(caller) == ["Hello.", "On."]


@pytest.mark.parametrize(("key", "heard"), [("1", "Done."), ("2", "Not done.")])
def test_confirm_asks_yes_or_no(key: str, heard: str) -> None:
    caller = called(
        "    - confirm: Sure?\n      yes: [{say: Done.}]\n      no: [{say: Not done.}]\n    - say: On."
    )
    caller.press(key)
    caller.hear()
    assert said(caller) == ["Sure?", heard, "On."]


def test_a_pin_has_three_tries_and_is_in_no_event() -> None:
    steps = "    - identify: customers\n      prompt: PIN?\n      length: 4\n      wrong: [Wrong.]\n"
    caller = called(
        steps
        + "      into: {tier: tier}\n      secret: no\n      otherwise: [{say: No.}]\n    - say: Hi {tier}."
    )
    for _ in range(2):
        caller.press("9876")
        [asked] = [one for one in caller.commands if isinstance(one, c.DoAsk)]
        assert asked.payload == {"who": "+8225550199", "pin": "9876"}
        assert asked.service is Service.IDENTIFY
        tell(caller, Told.REFUSED)
    caller.press("9876")
    tell(caller, values={"tier": "gold"})
    assert said(caller) == ["PIN?", "Wrong.", "Wrong.", "Hi gold."]
    assert b"9876" not in journal(caller)
    assert "9876" not in repr(caller.log)


def test_a_third_wrong_pin_and_a_lookup_that_is_away_let_nobody_through() -> None:
    steps = "    - identify: customers\n      prompt: PIN?\n      length: 4\n"
    steps += "      otherwise: [{say: No.}, {hang_up: normal}]\n"
    for answers in ([Told.REFUSED] * 3, [Told.FAILED], [Told.TIMED_OUT]):
        caller = called(steps + "    - say: Hi.")
        for how in answers:
            caller.press("9876")
            tell(caller, how)
        assert said(caller)[-1] == "No."


def test_what_happens_without_a_pin_must_be_written() -> None:
    text = (
        'name: t\nnumbers: {"1": s}\nblocks:\n  s:\n    - identify: x\n      prompt: PIN?\n    - say: In.\n'
    )
    plan, problems = load_plan(text, "t.yaml", SITE)
    assert plan is None
    assert ["otherwise" in one.message for one in problems] == [True]


def test_a_secret_gets_into_no_event_by_way_of_another_step() -> None:
    steps = "    - collect: pin\n      prompt: PIN?\n      length: 4\n"
    steps += "    - contact: {tier: '{pin}', priority: '{number(pin)}'}\n"
    steps += "    - lookup: crm\n      default: {kept: 'a {pin}', plain: b}\n      secret: no\n"
    caller = called(steps + "    - say: '{kept} {plain}'")
    caller.press("0077")
    tell(caller, Told.FAILED)
    assert said(caller)[-1] == "a 0077 b"
    assert (caller.state.tier, caller.state.priority) == ("", 0)
    assert caller.state.variables["plain"] == "b"
    assert b"0077" not in journal(caller)
    assert "0077" not in repr(caller.state)


LOOKUP = """    - lookup: crm
      with: {n: '{call.caller}'}
      into: {tier: account.tier}
      default: {tier: plain}
"""


@pytest.mark.parametrize(
    ("how", "values", "tier"),
    [(Told.DONE, {"account.tier": "gold"}, "gold"), (Told.DONE, {}, "plain"), (Told.FAILED, {}, "plain")],
)
def test_a_lookup_gives_its_answer_or_the_default(how: Told, values: dict[str, Scalar], tier: str) -> None:
    caller = called(LOOKUP + "      failed: [{say: Failed.}]\n    - say: '{tier}'")
    tell(caller, how, values)
    if how is Told.FAILED:
        caller.hear()
    assert said(caller)[-1] == tier
    assert b"gold" not in journal(caller)
    assert caller.state.variables["outcome"] == how


def test_a_service_that_says_nothing_is_given_up_and_its_late_answer_ignored() -> None:
    caller = called(LOOKUP + "      timeout: 2s\n    - say: On.")
    asked = caller.state.asked
    assert asked is not None
    assert caller.wait() == 2.0
    assert c.DoStopAsking(asked.request) in caller.commands
    assert caller.seen(ev.ServiceAnswered)[0].how is Told.TIMED_OUT
    before = caller.state
    caller.give(c.ServiceTold(asked.request, Told.DONE, {"account.tier": "gold"}))
    assert caller.state == before
    assert said(caller) == ["On."]


def test_a_caller_who_leaves_while_a_service_is_asked_stops_the_asking() -> None:
    caller = called(LOOKUP + "    - say: On.")
    caller.go()
    assert isinstance(caller.commands[-1], c.DoStopAsking)


def test_the_contact_is_marked_for_the_queues_ahead() -> None:
    steps = "    - contact: {priority: 20, tier: gold, skills: {english: 2}}\n"
    caller = called(steps + "    - queue: q\n      priority: 90\n")
    assert caller.done(c.DoEnqueue) == [c.DoEnqueue("q", 100, {"english": 2}, "gold")]


@pytest.mark.parametrize(
    ("prefer", "agents"),
    [
        ("kim", ("kim",)),
        ("kim, lee,, kim", ("kim", "lee")),
        ('"{manager}"', ("kim",)),
        ('"{manager}, lee"', ("kim", "lee")),
        ("\"{['lee', manager, 7]}\"", ("lee", "kim")),
        ('"{nobody}"', ()),
        ("7", ()),
    ],
)
def test_agents_whom_the_contact_should_rather_have(prefer: str, agents: tuple[str, ...]) -> None:
    steps = "    - set: {manager: kim, nobody: none}\n"
    caller = called(f"{steps}    - queue: q\n      prefer: {prefer}\n")
    assert caller.done(c.DoEnqueue) == [c.DoEnqueue("q", 0, {}, "", preferred=agents)]


def test_the_small_verbs() -> None:
    caller = called(
        "    - disposition: told\n    - pause: 2s\n    - language: ko\n    - say: {en: Hello, ko: 안녕}",
        "languages: [en, ko]",
    )
    assert caller.wait() == 2.0
    assert said(caller) == ["안녕"]
    assert caller.state.disposition == "told"


def test_a_transfer_a_call_back_a_message_and_an_emergency_are_asked_for() -> None:
    steps = "    - transfer: '+8227654321'\n      failed: [{say: No.}]\n    - call_back: q\n"
    steps += "    - record: box\n      prompt: Speak.\n    - emergency: close\n"
    caller = called(steps)
    kinds = []
    for how in (Told.BUSY, Told.DONE, Told.DONE, Told.DONE):
        while caller.state.phase is Phase.PROMPT:
            caller.hear()
        [asked] = [one for one in caller.commands if isinstance(one, c.DoAsk)]
        kinds.append((asked.service, asked.name))
        tell(caller, how)
    assert kinds == [
        (Service.TRANSFER, ""),
        (Service.CALL_BACK, "q"),
        (Service.RECORD, "box"),
        (Service.EMERGENCY, "close"),
    ]
    assert said(caller) == ["No.", "Speak."]
    assert b"7654321" not in journal(caller)


@pytest.mark.parametrize(("answered", "heard"), [(True, ["Bye."]), (False, ["Nobody is free.", "Bye."])])
def test_who_leaves_a_queue_without_a_conversation_hears_so(answered: bool, heard: list[str]) -> None:
    caller = called("    - queue: q\n      failed: [{say: Nobody is free.}]\n    - say: Bye.")
    caller.give(c.QueueOver(answered))
    while caller.state.phase is Phase.PROMPT:
        caller.hear()
    assert said(caller) == heard
    assert caller.replayed() == caller.state


def test_the_text_of_an_emergency_is_asked_for_in_every_language() -> None:
    text = "{en: 'Closed, call {n}.', ko: 닫았습니다}"
    top = "languages: [en, ko]\nvariables: {n: 110}"
    caller = called(f"    - emergency: close\n      text: {text}", top)
    [asked] = caller.done(c.DoAsk)
    assert asked.payload["text.en"] == "Closed, call 110."
    assert asked.payload["text.ko"] == "닫았습니다"


def test_an_emergency_says_one_text_and_no_recording() -> None:
    step = "- emergency: close\n      text: [One., Two.]"
    plan, problems = load_plan(
        f'name: t\nnumbers: {{"1": start}}\nblocks:\n  start:\n    {step}\n', "t.yaml", SITE
    )
    assert plan is None
    assert "must be one text" in str(next(iter(problems.errors)))


LANGUAGES = "languages: [en, ko]"


def test_texts_of_one_language_after_another_are_heard_by_all_and_warned_of_by_none() -> None:
    caller = called("    - say: [{en: Press 1.}, {ko: 2번을 눌러 주세요.}]", LANGUAGES)
    assert said(caller) == ["Press 1.", "2번을 눌러 주세요."]
    assert not caller.plan.texts


def test_a_text_in_one_language_only_is_warned_of() -> None:
    assert called("    - say: [{en: Press 1.}, {en: One.}]", LANGUAGES).plan.texts


# --- universals, n-best ------------------------------------------------------------------------------

MENUS = """
universals:
  help: {keys: "*"}
  repeat: {keys: "#"}
  back: {keys: "9"}
  start_over: {keys: "8"}
  agent: {keys: "0", go: [{queue: q}]}
menus:
  main:
    prompt: Main?
    help: Help!
    choices:
      sub: {say: sub, keys: "1", go: [{menu: sub}]}
      other: {say: other, keys: "0", go: [{hang_up: normal}]}
    otherwise: hang_up
  sub:
    prompt: Sub?
    choices: {end: {say: end, keys: "1", go: [{hang_up: normal}]}}
    otherwise: hang_up
"""


def at_sub() -> Caller:
    caller = called("    - say: Hi.\n    - menu: main", MENUS)
    caller.press("1")
    return caller


@pytest.mark.parametrize(("key", "heard"), [("*", "Sub?"), ("#", "Sub?"), ("9", "Main?"), ("8", "Hi.")])
def test_universals_work_everywhere_by_key(key: str, heard: str) -> None:
    caller = at_sub()
    caller.press(key)
    assert said(caller)[-1] == heard
    assert caller.replayed() == caller.state


def test_a_universal_is_said_helped_with_and_gets_to_a_person() -> None:
    caller = called("    - menu: main", MENUS)
    caller.say("@help")
    assert said(caller)[-1] == "Help!"
    caller.say("@agent", Verdict.CONFIRM)
    assert caller.done(c.DoEnqueue)[0].queue == "q"
    assert caller.seen(ev.UniversalUsed)[-1].universal is Universal.AGENT


def test_a_menu_s_own_key_is_not_taken_by_a_universal() -> None:
    caller = called("    - menu: main", MENUS)
    caller.press("0")
    assert caller.commands[-1] == c.DoHangUp(16)


def test_after_a_no_the_next_likely_choice_is_asked_about() -> None:
    caller = called("    - menu: main", MENUS)
    turn = caller.state.turns
    caller.give(c.Heard(turn, Verdict.CONFIRM, "sub", 0.8, "test", 0.1, ("other",)))
    assert "sub" in said(caller)[-1]
    caller.press("2")
    assert "other" in said(caller)[-1]
    caller.press("2")
    assert said(caller)[-1] == "Main?"
    assert caller.state.no_matches == 1


CODE = "    - collect: code\n      prompt: Code?\n      length: 4\n      confirm: yes\n    - menu: main"


def test_a_terminator_after_the_last_digit_is_no_answer_to_the_next_question() -> None:
    caller = called(CODE, MENUS)
    caller.press("2468#")
    assert caller.seen(ev.NoMatch) == []
    assert "2468" not in repr(caller.state)
    caller.press("#")
    assert len(caller.seen(ev.UniversalUsed)) == 1
    caller.press("1")
    assert said(caller)[-1] == "Main?"


def test_a_terminator_that_comes_much_later_is_a_key_like_any_other() -> None:
    caller = called("    - collect: code\n      prompt: Code?\n      length: 4\n    - menu: main", MENUS)
    caller.press("2468")
    caller.now += 3.1
    caller.press("#")
    assert caller.seen(ev.UniversalUsed)[-1].universal is Universal.REPEAT


def test_universals_work_where_digits_are_asked_for_and_confirmed() -> None:
    caller = called(CODE, MENUS)
    caller.press("0#")
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]
    caller = called(CODE, MENUS)
    caller.press("0")
    caller.wait()
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]
    caller = called(CODE, MENUS)
    caller.press("2468")
    caller.now += 10
    asked = said(caller)[-1]
    caller.press("#")
    assert said(caller)[-2:] == [asked, asked]
    caller.press("0")
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]
    assert caller.replayed() == caller.state


def test_universals_work_where_a_choice_is_confirmed() -> None:
    caller = at_sub()
    caller.say("end", Verdict.CONFIRM)
    asked = said(caller)[-1]
    caller.press("#")
    assert said(caller)[-2:] == [asked, asked]
    caller.press("0")
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]


def phrases(caller: Caller) -> dict[str, str]:
    """What may be said now, and what it means."""
    return {one.text: one.choice for one in caller.done(c.DoListen)[-1].grammar.phrases}


@pytest.mark.parametrize("verdict", [Verdict.ACCEPT, Verdict.CONFIRM])
@pytest.mark.parametrize(
    ("universal", "words", "heard"),
    [("help", "help", "Sub?"), ("back", "go back", "Main?"), ("start_over", "start over", "Hi.")],
)
def test_universals_are_taken_by_voice_where_a_choice_is_confirmed(
    universal: str, words: str, heard: str, verdict: Verdict
) -> None:
    caller = at_sub()
    caller.say("end", Verdict.CONFIRM)
    assert phrases(caller)[words] == f"@{universal}"
    assert phrases(caller)["yes"] == "yes"
    caller.say(f"@{universal}", verdict)
    assert said(caller)[-1] == heard
    assert [one.by for one in caller.seen(ev.UniversalUsed)] == [ChosenBy.SPEECH]
    assert not caller.seen(ev.NoMatch)
    assert caller.replayed() == caller.state


def test_repeat_by_voice_asks_the_same_again_and_agent_gets_to_a_person_from_every_n_best_question() -> None:
    caller = called("    - menu: main", MENUS)
    caller.give(c.Heard(caller.state.turns, Verdict.CONFIRM, "sub", 0.8, "test", 0.1, ("other",)))
    asked = said(caller)[-1]
    caller.say("@repeat")
    assert said(caller)[-2:] == [asked, asked]
    caller.say("no")
    assert "other" in said(caller)[-1]
    caller.say("@agent")
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]
    assert caller.replayed() == caller.state


def test_digits_that_are_read_back_take_universals_by_voice_and_forget_the_digits() -> None:
    caller = called(CODE, MENUS)
    caller.press("2468")
    assert phrases(caller)["start over"] == "@start_over"
    caller.say("@start_over")
    assert said(caller)[-1] == "Code?"
    assert "2468" not in repr(caller.state)
    assert caller.state.private.entered == ""


def test_the_confirm_step_takes_universals_by_voice() -> None:
    caller = called("    - confirm: Sure?\n    - hang_up", MENUS)
    assert phrases(caller)["agent"] == "@agent"
    caller.say("@agent", Verdict.CONFIRM)
    assert [one.queue for one in caller.done(c.DoEnqueue)] == ["q"]


@pytest.mark.parametrize("own", ["menu", "confirming"])
def test_a_phrase_that_means_something_else_is_no_universal_while_a_choice_is_confirmed(own: str) -> None:
    mine = MENUS.replace("say: other", "say: agent") if own == "menu" else MENUS
    if own == "confirming":
        mine += "confirming: {prompt: 'Really {choice}?', yes: [yes, agent], no: [no]}\n"
    caller = called("    - menu: main", mine)
    caller.say("sub", Verdict.CONFIRM)
    assert phrases(caller).get("agent") == ("yes" if own == "confirming" else None)
    assert phrases(caller)["operator"] == "@agent"


def test_a_menu_without_universals_takes_none_while_its_choice_is_confirmed() -> None:
    caller = called("    - menu: main", MENUS.replace("help: Help!", "universals: no"))
    caller.say("sub", Verdict.CONFIRM)
    assert set(phrases(caller).values()) == {"yes", "no"}


def test_a_menu_s_own_key_is_no_universal_while_its_choice_is_confirmed() -> None:
    caller = called("    - menu: main", MENUS)
    caller.say("sub", Verdict.CONFIRM)
    caller.press("0")
    assert (len(caller.seen(ev.UniversalUsed)), caller.state.no_matches) == (0, 1)


# --- announcements, emergencies ----------------------------------------------------------------------

WARNING = Announcement("fraud", 1, {"en": "Beware!"})


def test_an_announcement_is_heard_once_before_the_next_prompt_and_to_its_end() -> None:
    world = Outside()
    caller = called("    - say: One.\n    - say: Two.\n    - menu: main", MENUS, world)
    world.notices.append(WARNING)
    caller.hear()
    assert said(caller) == ["One.", "Beware!", "Two."]
    caller.press("1")
    assert not caller.seen(ev.KeyPressed)[-1].cut
    caller.hear()
    assert "Beware!" not in said(caller)[3:]
    world.notices[0] = replace(WARNING, version=2)
    caller.press("#")
    assert said(caller)[-2:] == ["Beware!", "Sub?"]
    assert caller.replayed() == caller.state


def test_who_types_ahead_hears_what_must_be_heard_all_the_same_and_the_keys_count_then() -> None:
    world = Outside()
    caller = called("    - say: One.\n    - say: Two.\n    - menu: main", MENUS, world)
    world.notices.append(WARNING)
    caller.press("1")
    assert said(caller) == ["One.", "Beware!"]
    caller.press("1")
    assert said(caller) == ["One.", "Beware!"]
    caller.hear()
    assert caller.commands[-1] == c.DoHangUp(16)
    assert caller.replayed() == caller.state


def test_an_announcement_that_may_be_cut_holds_up_nobody_who_types_ahead() -> None:
    world = Outside()
    caller = called("    - say: One.\n    - say: Two.\n    - menu: main", MENUS, world)
    world.notices.append(replace(WARNING, whole=False))
    caller.press("11")
    assert caller.commands[-1] == c.DoHangUp(16)


@pytest.mark.parametrize(
    ("action", "number", "last"),
    [(EmergencyAction.CLOSE, "", c.DoHangUp), (EmergencyAction.FORWARD, "+8227654321", c.DoAsk)],
)
def test_an_emergency_takes_the_place_of_the_dialplan(
    action: EmergencyAction, number: str, last: type
) -> None:
    world = Outside()
    world.switch = Emergency("all", action, {"en": "We are closed."}, number)
    caller = called("    - say: Welcome.", world=world)
    assert said(caller) == ["We are closed."]
    world.switch = None
    caller.hear()
    assert isinstance(caller.commands[-1], last)
    assert caller.replayed() == caller.state


def test_an_emergency_message_comes_first_and_the_call_goes_on() -> None:
    world = Outside()
    world.switch = Emergency("all", EmergencyAction.MESSAGE, {"en": "Long waits today."})
    caller = called("    - say: Welcome.\n    - queue: q", world=world)
    caller.hear()
    caller.hear()
    assert said(caller) == ["Long waits today.", "Welcome."]
    assert caller.state.phase is Phase.QUEUE


def test_a_call_in_progress_meets_an_emergency_at_the_queue() -> None:
    world = Outside()
    caller = called("    - say: Welcome.\n    - queue: q", world=world)
    world.switch = Emergency("all", EmergencyAction.CLOSE, {"en": "Fire!"})
    caller.hear()
    assert said(caller)[-1] == "Fire!"
    assert caller.done(c.DoEnqueue) == []


@pytest.mark.parametrize("step", ["transfer: '+8227654321'", "call_back: q"])
def test_an_emergency_is_met_before_a_transfer_and_a_call_back_and_where_they_do_not_succeed(
    step: str,
) -> None:
    closed = Emergency("all", EmergencyAction.CLOSE, {"en": "Fire!"})
    world = Outside()
    before = called(f"    - say: Welcome.\n    - {step}", world=world)
    world.switch = closed
    before.hear()
    assert said(before)[-1] == "Fire!"
    assert before.done(c.DoAsk) == []
    for how in (Told.NO_ANSWER, Told.DONE):
        world.switch = None
        within = called(f"    - {step}\n    - say: Goodbye.", world=world)
        world.switch = closed
        tell(within, how)
        assert said(within) == (["Goodbye."] if how is Told.DONE else ["Fire!"])
        assert within.replayed() == within.state


def test_a_transfer_that_fails_goes_on_where_it_would_have_if_the_forwarding_fails_too() -> None:
    world = Outside()
    steps = "    - transfer: '+8227654321'\n      failed: [{say: Sorry.}, {queue: q}]"
    caller = called(steps, world=world)
    world.switch = Emergency("all", EmergencyAction.FORWARD, {}, "+8221")
    tell(caller, Told.BUSY)
    assert caller.done(c.DoAsk)[-1].payload["number"] == "+8221"
    tell(caller, Told.BUSY)
    assert said(caller) == ["Sorry."]
    assert caller.replayed() == caller.state


def test_who_waits_leaves_for_an_emergency_and_a_message_is_heard_in_the_next_prompt_once() -> None:
    world = Outside()
    caller = called("    - queue: q\n      failed: [{menu: main}]", MENUS, world)
    world.switch = Emergency("all", EmergencyAction.MESSAGE, {"en": "A storm."})
    caller.come_back(answered=False)
    assert said(caller) == ["A storm.", "Main?"]
    assert not caller.state.turn.barge_in, "it is heard out"
    caller.hear()
    caller.press("9")
    assert said(caller).count("A storm.") == 1
    again = called("    - queue: q", world=world)
    again.hear()
    world.switch = Emergency("all", EmergencyAction.CLOSE, {"en": "Fire!"})
    again.come_back(answered=False, why=LeftQueue.EMERGENCY)
    assert said(again)[-1] == "Fire!"
    again.hear()
    assert again.commands[-1] == c.DoHangUp(16)
    assert again.replayed() == again.state


# --- who was served ----------------------------------------------------------------------------------

PEOPLE = """
menus:
  main:
    prompt: Main?
    choices: {ask: {keys: "1", go: [{say: It is so.}, {goto: next}]}}
    otherwise: hang_up
"""


@pytest.mark.parametrize(
    ("next_steps", "served"),
    [
        ("[{queue: q}]", False),
        ("[{say: Please hold.}, {contact: {priority: 5}}, {queue: q}]", False),
        ("[{transfer: '+8227654321'}]", False),
        ("[{call_back: q}]", False),
        ("[{goto: further}]", False),
        ("[{menu: main}]", True),
        ("[{say: Anything else?}, {menu: main}]", True),
        ("[{say: Goodbye.}, {hang_up: normal}]", True),
        ("[{confirm: An agent?, yes: [{queue: q}]}]", True),
    ],
)
def test_what_is_said_on_the_way_to_a_person_is_no_service(next_steps: str, served: bool) -> None:
    blocks = f"  next: {next_steps}\n  further: [{{queue: q}}]\n"
    caller = called("    - menu: main", PEOPLE, blocks=blocks)
    caller.press("1")
    caller.hear()
    assert bool(caller.seen(ev.CallerServed)) is served
    caller.go()
    assert outcome(caller.state) is (Outcome.SELF_SERVED if served else Outcome.LEFT_IN_MENU)


@pytest.mark.parametrize("how", [Told.BUSY, Told.DONE])
def test_who_came_back_from_a_transfer_was_sent_on_whatever_the_next_one_comes_to(how: Told) -> None:
    twice = called("    - transfer: '+8227654321'\n    - transfer: '+8227654322'\n    - say: Goodbye.")
    tell(twice)
    tell(twice, how)
    twice.hear()
    assert twice.commands[-1] == c.DoHangUp(16)
    assert outcome(twice.state) is Outcome.LEFT_IN_MENU


def test_who_is_being_transferred_is_on_the_way_to_a_person() -> None:
    caller = called(
        "    - menu: main", PEOPLE, blocks="  next: [{say: Hold on.}, {transfer: '+8227654321'}]\n"
    )
    caller.press("1")
    caller.hear()
    assert outcome(caller.state) is Outcome.LEFT_IN_MENU


def test_who_is_transferred_or_sent_away_by_an_emergency_was_not_served_by_the_menus() -> None:
    transferred = called("    - say: Hold on.\n    - transfer: '+8227654321'\n    - say: Goodbye.")
    transferred.hear()
    tell(transferred)
    transferred.hear()
    assert transferred.commands[-1] == c.DoHangUp(16)
    assert outcome(transferred.state) is Outcome.LEFT_IN_MENU
    refused = called("    - transfer: '+8227654321'\n    - say: Nobody is there, write to us.")
    tell(refused, Told.REFUSED)
    refused.hear()
    assert outcome(refused.state) is Outcome.SELF_SERVED
    world = Outside()
    world.switch = Emergency("all", EmergencyAction.CLOSE, {"en": "Fire!"})
    closed = called("    - say: Welcome.", world=world)
    closed.hear()
    assert closed.commands[-1] == c.DoHangUp(16)
    assert outcome(closed.state) is Outcome.LEFT_IN_MENU
    assert outcome(called("    - hang_up").state) is Outcome.LEFT_IN_MENU, "nothing was said"


# --- plugins' verbs ----------------------------------------------------------------------------------


class Breaks(Step):
    verb = "breaks"
    keys = table(VerbKey("breaks", "nothing", "", "raises"))

    @classmethod
    def read(cls, reading: object) -> Step:
        return cls(reading.location)  # type: ignore[attr-defined]

    def run(self, walk: object) -> None:
        raise RuntimeError("a personal value")


class InPlays(Breaks):
    def plays(self, walk: object, place: object) -> bool:
        raise RuntimeError("a personal value")


class Barging(Breaks):
    @property
    def barges(self) -> bool:  # type: ignore[override]
        raise RuntimeError("a personal value")

    def plays(self, walk: object, place: object) -> bool:
        return True

    def run(self, walk: Walk) -> Place | None:
        walk.play((c.Spoken("Odd.", "en"),), "odd")
        return None


class Deaf(Barging):
    def heard_out(self, walk: Walk) -> Place | None:
        return None


class Mute(Barging):
    def run(self, walk: Walk) -> Place | None:
        return None


class Idle(Breaks):
    def run(self, walk: object) -> None:
        return None


class Lost(Breaks):
    def run(self, walk: object) -> Place | None:
        return "s"  # type: ignore[return-value]


class Asks(Breaks):
    def run(self, walk: Walk) -> Place | None:
        walk.ask(Service.LOOKUP, "x", {}, 5.0)
        raise RuntimeError("a personal value")


class Ends(Breaks):
    def run(self, walk: Walk) -> Place | None:
        walk.hang_up(Cause.NORMAL)
        return walk.next


class Takes(Collect):
    verb = "breaks"
    keys = table(VerbKey("breaks", "nothing", "", "raises"), *Collect.keys.values())

    def collected(self, walk: Walk, digits: str) -> Place | None:
        raise RuntimeError("a personal value")


class Undeclared(Collect):
    verb = "breaks"


class Hides(Breaks):
    def refers(self) -> Refers:
        raise RuntimeError("a personal value")


def with_verb(kind: type[Step], step: str = "breaks") -> Caller:
    site = Site(verbs={**SITE.verbs, "breaks": kind})
    text = f'name: t\nnumbers: {{"1": s}}\nblocks:\n  s:\n    - {step}\n    - say: On.\n    - queue: q\n'
    plan, problems = load_plan(text, "t.yaml", site)
    assert plan is not None, list(problems)
    caller = Caller(plan)
    caller.give(c.Begin("1"))
    caller.answered()
    return caller


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (InPlays, "RuntimeError"),
        (Idle, "WaitsForNothing"),
        (Mute, "WaitsForNothing"),
        (Lost, "NoPlace"),
        (Asks, "RuntimeError"),
    ],
)
def test_whatever_a_verb_does_wrong_the_call_goes_on(kind: type[Step], error: str) -> None:
    caller = with_verb(kind)
    assert said(caller)[-1:] == ["On."]
    failed = caller.seen(ev.PluginFailed)[0]
    assert (failed.error, failed.contact) == (error, caller.state.contact)
    assert len(caller.done(c.DoStopAsking)) == (kind is Asks)
    assert caller.replayed() == caller.state


def test_a_verb_whose_prompt_is_over_and_that_waits_for_nothing_is_left() -> None:
    caller = with_verb(Deaf)
    caller.hear()
    assert said(caller) == ["Odd.", "On."]


def test_a_verb_that_fails_at_a_key_or_with_the_digits_is_left() -> None:
    caller = with_verb(Barging, "breaks\n    - confirm: Sure?\n      type_ahead: yes")
    caller.press("1")
    assert said(caller)[-1] == "On."
    caller = with_verb(Takes, "breaks: x\n      prompt: Digits?\n      length: 2")
    caller.press("12")
    assert said(caller)[-1] == "On."
    assert caller.seen(ev.PluginFailed)[0].error == "RuntimeError"


def test_after_a_verb_that_hung_up_nothing_more_happens() -> None:
    caller = with_verb(Ends)
    assert caller.commands == (c.DoHangUp(16),)
    assert caller.state.phase is Phase.ENDING


@pytest.mark.parametrize(
    ("kind", "step", "error"),
    [(Hides, "breaks", "RuntimeError"), (Undeclared, "breaks: x\n      prompt: A?", "CoreMisuse")],
)
def test_a_verb_that_fails_while_it_is_read_is_told_where_it_was_met(
    kind: type[Step], step: str, error: str
) -> None:
    site = Site(verbs={**SITE.verbs, "breaks": kind})
    text = f'name: t\nnumbers: {{"1": s}}\nblocks:\n  s:\n    - {step}\n    - say: On.\n'
    plan, problems = load_plan(text, "t.yaml", site)
    assert plan is None
    assert [(one.location.line, error in one.message) for one in problems] == [(5, True)]


def test_a_verb_that_raises_costs_its_own_step_only() -> None:
    site = Site(verbs={**SITE.verbs, "breaks": Breaks})
    text = 'name: t\nnumbers: {"1": s}\nblocks:\n  s:\n    - breaks\n    - say: On.\n'
    plan, _ = load_plan(text, "t.yaml", site)
    assert plan is not None
    caller = Caller(plan)
    caller.give(c.Begin("1"))
    caller.answered()
    assert said(caller) == ["On."]
    failed = caller.seen(ev.PluginFailed)[0]
    assert (failed.plugin, failed.error) == ("breaks", "RuntimeError")
    caller.hear(PromptEnd.FINISHED)


# --- what a review found -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "otherwise", ["[{say: No.}]", "[{say: No.}, return]", "[{goto: talk}]"], ids=["end", "return", "goto"]
)
def test_without_a_right_pin_nobody_comes_to_what_stands_after_it(otherwise: str) -> None:
    pin = (
        f"  pin: [{{identify: c, prompt: PIN?, length: 4, tries: 1, otherwise: {otherwise}}}, {{say: In.}}]\n"
    )
    caller = called("    - do: pin\n    - say: Your balance.", blocks=pin + "  talk: [{queue: q}]\n")
    caller.press("9876")
    tell(caller, Told.REFUSED)
    if caller.state.phase is Phase.QUEUE:
        caller.come_back()
    else:
        caller.hear()
    assert caller.commands[-1] == c.DoHangUp(16)
    assert not {"In.", "Your balance."} & set(said(caller))
    assert caller.replayed() == caller.state


def test_a_forward_that_fails_leaves_the_caller_with_the_dialplan() -> None:
    world = Outside()
    world.switch = Emergency("all", EmergencyAction.FORWARD, {}, "+8227654321")
    caller = called("    - say: Welcome.\n    - queue: q", world=world)
    tell(caller, Told.BUSY)
    assert said(caller) == ["Welcome."]
    caller.hear()
    tell(caller, Told.REFUSED)
    assert caller.done(c.DoEnqueue)[0].queue == "q"


def test_keys_pressed_while_a_lookup_is_asked_answer_the_menu_after_it() -> None:
    caller = called(LOOKUP + "    - menu: main", MENUS)
    caller.press("1")
    tell(caller)
    assert said(caller) == ["Sub?"]
    ahead = called("    - pause: 2s\n    - menu: main", MENUS)
    ahead.press("1")
    ahead.wait()
    assert said(ahead) == ["Sub?"]


def test_what_was_typed_before_a_transfer_does_not_answer_the_menu_after_it() -> None:
    caller = called(
        "    - say: Hello.\n    - menu: main", MENUS.replace("{menu: sub}", "{transfer: '1'}, {menu: sub}")
    )
    caller.press("11")
    tell(caller)
    assert said(caller)[-1] == "Sub?"


@pytest.mark.parametrize(
    ("why", "heard"),
    [
        ("full", ["Full.", "Bye."]),
        ("nobody_there", ["Nobody is there.", "Bye."]),
        ("too_long", ["Nobody is free.", "Bye."]),
        ("timed_out", ["Nobody is free.", "Bye."]),
    ],
)
def test_why_the_caller_left_the_queue_may_have_steps_of_its_own(why: str, heard: list[str]) -> None:
    caller = called(
        "    - queue: q\n      full: [{say: Full.}]\n      nobody_there: [{say: Nobody is there.}]\n"
        "      failed: [{say: Nobody is free.}]\n    - say: Bye."
    )
    caller.give(c.QueueOver(False, why))
    while caller.state.phase is Phase.PROMPT:
        caller.hear()
    assert said(caller) == heard
    assert caller.replayed() == caller.state


def test_a_key_takes_a_waiting_caller_out_of_the_queue() -> None:
    caller = called(
        '    - queue: q\n      keys: {"1": [{say: One.}], "*": [{say: Star.}]}\n'
        "      failed: [{say: Nobody is free.}]\n    - say: Bye."
    )
    assert caller.done(c.DoEnqueue)[0].exits == ("1", "*")
    caller.give(c.QueueOver(False, "by_key", "*"))
    while caller.state.phase is Phase.PROMPT:
        caller.hear()
    assert said(caller) == ["Star.", "Bye."]
    assert caller.replayed() == caller.state


@pytest.mark.parametrize(("secret", "agents"), [("", ()), ("      secret: no\n", ("gold",))])
def test_a_preferred_agent_that_is_a_secret_is_nobody(secret: str, agents: tuple[str, ...]) -> None:
    caller = called(f"{LOOKUP}{secret}    - queue: q\n      prefer: '{{tier}}'\n")
    tell(caller, Told.DONE, {"account.tier": "gold"})
    assert caller.done(c.DoEnqueue) == [c.DoEnqueue("q", 0, {}, "", preferred=agents)]

"""Call tests: what passes, and that each thing that does not come is told, with its place."""

from pathlib import Path

import pytest

from ivrcore.problems import Problems
from ivrcore.tryout.testfile import LINES, is_test_file, read_at, read_tests
from tests.unit.tryout.trial_tools import ran, wrong

TWO_LANGUAGES = """
name: two
languages: [en, ko]
numbers: {"1": choose}
menus:
  choose:
    prompt: [{en: Press one.}, {ko: 둘을 누르세요.}]
    choices: {en: {keys: "1", go: [hang_up]}}
    otherwise: [hang_up]
"""
GOOD = {
    "a whole call": """
- hears: [welcome, One or two?]
- menu: main
- not_hears: Silence
- press: 1
- queue: general
- agent_answers: 12s
- talk_ends: 1m
- hears: Thanks.
  exact: yes
- ends: queued
  cause: normal
""",
    "silence and misfits": """
- silence
- hears_prompt: main/no_input/1
- say: nonsense
- hears: Misfit
- silence
- ends: left_in_menu
  cause: busy
""",
    "confirming": """
- say: two
  confidence: 0.8
- hears: Did you say two?
- say: "no"
- hears: Misfit
""",
    "what else it may have been": """
- say: two
  confidence: 0.8
  or: {one: 0.75}
- hears: Did you say two?
- say: "no"
- hears: Did you say one?
- press: 1
- queue: general
""",
    "universals, and time": """
- press: "*"
- hears: Press one.
- wait: 4s
- not_hears: Silence
- wait: 1s
- hears: Silence
- hang_up
- ends: left_in_menu
""",
    "leaving a queue": """
- press: 1
- queue_ends: timed_out
  after: 30s
- hears: Thanks
- metric: ivrcore_queue_contacts_left
  of: {queue: general, reason: timed_out}
""",
    "figures": """
- silence
- metric: ivrcore_menu_no_input_total
  of: {menu: main}
- metric: ivrcore_contacts_offered
- metric: ivrcore_queue_wait_seconds
  is: 0
""",
    "the world changes": """
- now:
    announcements: Beware.
    queues: {general: {waiting: 3}}
- silence
- hears: Beware.
""",
    "the other language": """
- language: en
- hears: Welcome
  language: en
""",
}


@pytest.mark.parametrize("lines", GOOD.values(), ids=GOOD)
def test_given_what_a_call_does_when_tested_then_it_passes(lines: str) -> None:
    assert wrong(lines) == ""


def test_given_digits_when_collected_then_variables_and_queue_are_as_told() -> None:
    account = """
- menu: account
- press: "4711#"
- hears: four seven one one
- press: 1
- variables: {account: "4711"}
- queue: vip
  priority: 9
"""
    assert wrong(account, "4") == ""
    other = """
- press: "123456"
- press: 1
- queue: general
  skills: {english: 2}
"""
    assert wrong(other, "4") == ""


def test_given_answers_of_services_when_asked_then_they_are_told() -> None:
    head = "given: {lookups: {customers: [refused, {tier: gold}]}}"
    lines = """
- press: "1111#"
- press: "2222#"
- asks: customers
  with: {pin: "2222"}
- hears: You are gold.
- variables: {tier: gold}
"""
    assert wrong(lines, "5", head) == ""
    by_hand = """
- press: "1111#"
- service: done
  values: {tier: gold}
- hears: You are gold.
- ends: self_served
"""
    assert wrong(by_hand, "5") == ""


def test_given_a_time_and_variables_when_tested_then_they_hold() -> None:
    closed = """
- hears: We are closed
- ends: self_served
"""
    assert wrong(closed, head='at: "2026-03-11 22:00"') == ""
    assert "CT301" in wrong(closed)
    assert wrong("- variables: {tier: gold}", head="given: {variables: {tier: gold}}") == ""
    assert wrong("- hears: 어서 오십시오", head="language: ko") == ""


FAILING = {
    "- hears: Nothing": ("CT301", "expected to hear 'Nothing', but heard: 'Welcome.' then 'One or two?'"),
    "- hears: [One or two, Welcome]": ("CT301", "it was heard before"),
    "- not_hears: welcome": ("CT301", "expected not to hear 'welcome'"),
    "- hears: Welcome\n  exact: yes": ("CT301", "Welcome"),
    "- hears_prompt: main/no_input/1": ("CT301", "heard: welcome/0, main"),
    "- queue: general": ("CT301", "the call is in menu main"),
    "- press: 1\n- queue: vip": ("CT301", "the caller waits in queue general"),
    "- press: 1\n- queue: general\n  priority: 5": ("CT301", "expected priority 5, but it is 0"),
    "- press: 1\n- queue: general\n  skills: {x: 1}": ("CT301", "skill x 1"),
    "- press: 1\n- queue: general\n  tier: gold": ("CT301", "tier gold"),
    "- press: 1\n- menu: main": ("CT301", "waits in queue general"),
    "- variables: {tier: gold}": ("CT301", "expected tier to be 'gold', but it is 'ordinary'"),
    "- disposition: sold": ("CT301", "none is set"),
    "- language: ko": ("CT301", "it is 'en'"),
    "- transfer: '1'": ("CT301", "transfer"),
    "- asks: customers": ("CT301", "nothing was asked"),
    "- ends": ("CT301", "expected the call to end"),
    "- hang_up\n- ends: queued": ("CT301", "it counts as left_in_menu"),
    "- hang_up\n- ends: left_in_menu\n  cause: busy": ("CT301", "it is normal"),
    "- press: 1\n- agent_answers\n- ends: queued": ("CT301", "talk_ends"),
    "- metric: ivrcore_contacts_offered\n  is: 2": ("CT301", "it is 1"),
    "- press: 1\n- say: hello": ("CT302", "nobody listens"),
    "- press: 1\n- agent_answers\n- press: 1": ("CT302", "a key was not taken"),
    "- press: 1\n- silence": ("CT302", "no timer runs"),
    "- agent_answers": ("CT302", "no call for an agent"),
    "- talk_ends": ("CT302", "no conversation"),
    "- queue_ends: failed": ("CT302", "waits in no queue"),
    "- service: done": ("CT302", "no service is asked"),
    "- hang_up\n- hang_up": ("CT302", "the call has ended"),
}


@pytest.mark.parametrize("lines", FAILING)
def test_given_what_does_not_come_when_tested_then_it_is_told(lines: str) -> None:
    code, message = FAILING[lines]
    told = wrong(lines)
    assert code in told
    assert message in told


def test_given_a_failure_when_told_then_it_has_both_places_and_the_conversation() -> None:
    report = ran("- press: 1\n- queue: vip")
    result = report.failed[0]
    assert str(result.problem).startswith(
        "tests/t.yaml:7:7: error CT301: test 'it': expected to wait in queue"
    )
    assert "bank.yaml:" in str(result.problem)
    assert result.conversation[0].endswith("> calls 1")
    assert any("waits in queue general" in line for line in result.conversation)


MISTAKES = {
    "- hear: x": ("CT101", "did you mean 'hears'?"),
    "- hears: x\n  menu: main": ("CT102", "'hears' and 'menu' are one line"),
    "- [a]": ("YML103", "a line of the call"),
    "- menu: mian": ("CT202", "did you mean 'main'?"),
    "- variables: {teir: 1}": ("CT203", "did you mean 'tier'?"),
    "- queue: generall": ("CT204", "did you mean 'general'?"),
    "- metric: ivrcore_menus": ("CT205", "no metric"),
    "- metric: ivrcore_contacts_offered\n  of: {queue: x}": ("CT205", "no label"),
    "- language: fr": ("CT206", "no 'fr'"),
    "- hears: x\n  language: fr": ("CT206", "no 'fr'"),
    "- press: 1x": ("YML104", "keys are"),
    "- say:": ("YML102", "'say' is missing"),
    "- say: one\n  confidence: 2": ("YML104", "confidence"),
    "- say: one\n  loud: yes": ("YML101", "unknown key"),
    "- say: one\n  or: {two: much}": ("YML103", "a confidence from 0 to 1"),
    "- ends: quened": ("YML104", "did you mean 'queued'?"),
    "- now: {variables: {tier: x}}": ("YML104", "variables"),
    "- variables: {tier: '{1 + 1}'}": ("YML104", "not computed"),
}


@pytest.mark.parametrize("lines", MISTAKES)
def test_given_a_mistake_in_a_line_when_read_then_it_is_located_with_a_hint(lines: str) -> None:
    code, message = MISTAKES[lines]
    told = wrong(lines)
    assert told.startswith("tests/t.yaml:")
    assert code in told
    assert message in told


HEADS = {
    "at: tomorrow": "CT104",
    "at: 2026-13-40 10:00": "CT104",
    "language: fr": "CT206",
    "given: {variables: {x: 1}}": "CT203",
    "given: {lookups: {customers: nonsense}}": "CT106",
    "given: {queues: {general: {wating: 1}}}": "YML101",
    "given: {emergency: shut}": "YML104",
    "wrong: 1": "YML101",
}


@pytest.mark.parametrize("head", HEADS)
def test_given_a_mistake_above_the_tests_when_read_then_it_is_told(head: str) -> None:
    assert HEADS[head] in wrong("- hears: Welcome", head=head)


def problems_of(text: str) -> str:
    problems = Problems()
    read_tests(text, "t.yaml", problems)
    return "\n".join(str(problem) for problem in problems)


def test_given_files_that_are_no_tests_when_read_then_it_is_told() -> None:
    assert "CT103" in problems_of("tests: []")
    assert "CT103" in problems_of("number: '1'\ntests: [{name: a, call: []}]")
    assert "YML102" in problems_of("number: '1'\ntests: [{call: [hang_up]}]")
    assert "CT201" in problems_of("tests: [{name: a, call: [hang_up]}]")
    assert "CT105" in problems_of("number: '1'\ntests: [{name: a, call: [ends]}, {name: a, call: [ends]}]")
    assert "YML103" in problems_of("tests: [x]")
    assert "YML001" in problems_of("tests: [")
    assert "CT201" in wrong("- ends", number="99")


def test_given_a_step_that_fails_when_tested_then_the_test_fails_unless_it_expects_that() -> None:
    plan = """
name: runaway
numbers: {"1": {start: a}}
blocks:
  a: [{if: call.number == 'x', then: [hang_up]}, {goto: a}]
"""
    assert "CT303" in wrong("- hears: x", plan=plan) or "CT301" in wrong("- hears: x", plan=plan)
    assert "CT303" in wrong("- not_hears: x", plan=plan)
    assert wrong("- ends: failed", plan=plan) == ""


def test_given_texts_when_asked_for_their_form_then_only_call_tests_have_it() -> None:
    assert is_test_file("number: 1\ntests:\n- name: x")
    assert not is_test_file("name: x\nmenus:\n  tests: 1")
    assert read_at("2026-12-24T10:00:05") is not None
    assert read_at("10:00") is None


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_given_every_line_when_looked_at_then_its_own_key_is_first(line: type) -> None:
    assert next(iter(line.keys)) == line.verb  # type: ignore[attr-defined]
    assert line.__doc__


def test_given_the_samples_when_read_then_they_are_without_mistakes() -> None:
    folder = Path(__file__).parents[3] / "dialplans/tests"
    for file in folder.glob("hotline*.yaml"):
        assert problems_of(file.read_text(encoding="utf-8")) == ""


@pytest.mark.parametrize(
    "text", ["{hears: Press one., language: en}", "{hears: 둘을 누르세요., exact: yes, language: ko}"]
)
def test_a_prompt_in_two_languages_is_heard_in_each(text: str) -> None:
    assert not ran(f"- {text}", plan=TWO_LANGUAGES).failed


def test_what_a_prompt_says_in_one_language_is_not_heard_in_the_other() -> None:
    assert "CT301" in wrong("- {hears: Press one., language: ko}", plan=TWO_LANGUAGES)

"""Verbs of the built-in plugins in trial calls: variables, lookups, transfers, call-backs, messages."""

import pytest

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.dialplan.model import Plan
from ivrcore.plugin_manager import load_plugins
from ivrcore.problems import Problems
from ivrcore.tryout.coverage import Coverage
from ivrcore.tryout.run import run_tests
from ivrcore.tryout.testfile import read_tests

PLAN = """
name: services
languages: [en, ko]
numbers: {"1": {start: known}, "2": {start: away}, "3": {start: later}, "4": {start: words}}
variables: {tier: ordinary, balance: 0}
blocks:
  known:
    - lookup: customer
      with: {number: "{call.caller}"}
      into: {tier: tier, balance: account.balance}
      secret: no
      failed: [{say: We do not know you.}, {disposition: unknown}, hang_up]
    - contact: {priority: 7, tier: "{tier}", skills: {english: 3}}
    - language: ko
    - say: {en: "You have {balance:amount USD}.", ko: "잔액 {balance:number}"}
    - disposition: told
    - pause: 2s
    - queue: general
  away:
    - transfer: "+82212345678"
      failed: [{say: Nobody there.}]
    - say: Goodbye.
  later:
    - call_back: general
      failed: [{say: Please wait instead.}, {queue: general}]
    - say: We call you.
  words:
    - set: {tier: gold}
    - record: complaint
      prompt: Please speak.
      failed: [{say: Not kept.}]
    - say: Thank you.
"""


@pytest.fixture(scope="module")
def plan() -> Plan:
    plan, problems = load_plan(PLAN, "services.yaml", Site(verbs=load_plugins().verbs()))
    assert plan is not None, [str(problem) for problem in problems]
    return plan


GOOD = {
    "a customer that is known": """
number: "1"
tests:
- name: it
  caller: "0212345678"
  given: {lookups: {customer: {tier: gold, account: {balance: 1200}}}}
  call:
  - asks: customer
    with: {number: "0212345678"}
  - hears: 잔액 천이백
    language: ko
  - variables: {tier: gold, balance: 1200}
  - disposition: told
  - language: ko
  - queue: general
    priority: 7
    skills: {english: 3}
    tier: gold
""",
    "one that is not": """
number: "1"
tests:
- name: it
  given: {lookups: {customer: failed}}
  call:
  - hears: We do not know you
  - disposition: unknown
  - ends
""",
    "a lookup that is silent": """
number: "1"
tests:
- {name: it, call: [silence, {hears: We do not know you}]}
""",
    "a transfer": """
number: "2"
tests:
- name: it
  given: {transfer: done}
  call: [{transfer: "+82212345678"}, {hears: Goodbye}, {not_hears: Nobody}]
- name: nobody there
  given: {transfer: no_answer}
  call: [{hears: [Nobody there, Goodbye]}]
- name: by hand
  call: [{transfer: "+82212345678"}, {service: busy}, {hears: Nobody there}]
""",
    "a call-back": """
number: "3"
tests:
- {name: taken, given: {call_back: done}, call: [{hears: We call you}, {call_back: general}]}
- {name: refused, given: {call_back: refused}, call: [{hears: Please wait instead}, {queue: general}]}
""",
    "a message": """
number: "4"
tests:
- name: it
  given: {record: done}
  call: [{variables: {tier: gold}}, {asks: complaint}, {hears: Thank you}]
- {name: not kept, given: {record: failed}, call: [{hears: [Not kept, Thank you]}]}
""",
}


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_given_services_when_tested_then_calls_go_on_with_their_answers(plan: Plan, text: str) -> None:
    problems = Problems()
    report = run_tests(read_tests(text, "t.yaml", problems), [plan], problems)
    assert [str(problem) for problem in problems] == []
    assert ["\n".join([str(one.problem), *one.conversation]) for one in report.failed] == []


def test_given_lists_of_steps_after_failures_when_counted_then_each_is_a_way(plan: Plan) -> None:
    items = {item.what for group in Coverage.of([plan]).groups() for item in group.items}
    assert items == {"lookup: failed", "transfer: failed", "call_back: failed", "record: failed"}

"""Dialplans and calls for the tests of trial calls."""

from ivrcore.dialplan.check import load_plan
from ivrcore.dialplan.model import Plan
from ivrcore.problems import Problems
from ivrcore.tryout.run import Report, run_tests
from ivrcore.tryout.setting import Setting
from ivrcore.tryout.testfile import read_tests
from ivrcore.tryout.trial import TrialCall

BANK = """
name: bank
languages: [en, ko]
zone: Asia/Seoul
numbers:
  "1": {start: welcome}
  "2": {start: welcome, language: ko}
  "3": {answer: busy}
  "4": {start: account}
  "5": {start: who}
  "6": {start: early, answer: early_media}
variables: {tier: ordinary}
universals:
  help: {keys: "*"}
hours:
  branch: {open: {mon-fri: "09:00-16:00"}}
blocks:
  welcome:
    - say: {en: Welcome., ko: 어서 오십시오.}
    - if: hours.branch == 'open'
      then:
        - menu: main
      else:
        - say: {en: We are closed., ko: 영업이 끝났습니다.}
        - hang_up
  account:
    - collect: account
      prompt: Your account number?
      length: "4-6"
      confirm: yes
      otherwise: [{say: No account.}, hang_up]
    - say: "Thank you, {account:digits}."
    - branch: [{if: account == '4711', go: [{queue: vip, priority: 9}]}]
      else: [{queue: general, skills: {english: 2}}]
  who:
    - identify: customers
      prompt: Your PIN?
      length: 4
      into: {tier: tier}
      secret: no
      otherwise: [{say: Sorry.}, {hang_up: rejected}]
    - say: "You are {tier}."
  early:
    - say: Before.
    - queue: general
    - say: After.
menus:
  main:
    prompt: {en: One or two?, ko: 하나 둘}
    help: {en: Press one., ko: 일 번}
    choices:
      one: {say: {en: [one, first thing], ko: 하나}, keys: "1", go: [{queue: general}, {say: Thanks.}]}
      two: {say: {en: two, ko: 둘}, keys: ["2", "21"], go: [{say: Two it is.}, {goto: main}]}
    no_input: [{en: Silence., ko: 조용하네요.}]
    no_match: [{en: Misfit., ko: 안 맞아요.}]
    otherwise: [{hang_up: busy}]
"""
"""A dialplan with most of what calls can meet."""
MORNING = 1_773_190_800.0
"""2026-03-11 10:00 in Seoul, a Wednesday."""


def plan_of(text: str = BANK, file: str = "bank.yaml") -> Plan:
    plan, problems = load_plan(text, file)
    assert plan is not None, [str(problem) for problem in problems]
    return plan


def dialled(number: str = "1", plan: str = BANK, at: float = MORNING, **more: object) -> TrialCall:
    call = TrialCall(plan_of(plan), Setting(number, at, **more))  # type: ignore[arg-type]
    call.dial()
    return call


def heard(call: TrialCall) -> list[str]:
    return [line.text for line in call.lines if line.kind == "hears"]


def ran(lines: str, number: str = "1", head: str = "", plan: str = BANK) -> Report:
    """Run one test of these lines (YAML, one list item a line)."""
    body = "\n".join(f"    {line}" for line in lines.strip().splitlines())
    text = f'{head}\ntests:\n- name: it\n  number: "{number}"\n  call:\n{body}\n'
    problems = Problems()
    tests = read_tests(text, "tests/t.yaml", problems)
    return run_tests(tests, [plan_of(plan)], problems)


def wrong(lines: str, number: str = "1", head: str = "", plan: str = BANK) -> str:
    """Give what is wrong with such a test: its failure, or the problems of its file; "" if it passes."""
    report = ran(lines, number, head, plan)
    if report.problems:
        return "\n".join(str(problem) for problem in report.problems)
    return str(report.results[0].problem) if report.failed else ""

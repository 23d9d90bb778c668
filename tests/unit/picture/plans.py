"""Dialplans for pictures, and how they are read."""

from __future__ import annotations

from ivrcore.dialplan.model import Plan
from ivrcore.dialplan.parse import parse_plan
from ivrcore.plugin_manager import load_plugins
from ivrcore.problems import Problems

SMALL = """
name: small
language: en
numbers:
  "5000": {start: welcome}
  "5009": {answer: busy}
blocks:
  welcome:
    - say: Hello & "welcome".
    - menu: main
menus:
  main:
    prompt: Cards or <more>?
    choices:
      cards: {say: [cards, card], keys: "1", go: [{queue: cards}]}
      again: {keys: "9", go: [{goto: welcome}]}
    otherwise: [{hang_up: normal}]
"""

FULL = """
name: full
languages: [en, ko]
variables: {tier: ordinary}
numbers: {"5000": {start: welcome}}
universals:
  help: {keys: "*"}
  agent: {keys: "0", go: [{goto: agent}]}
blocks:
  welcome:
    - say: {en: Welcome., ko: 환영합니다.}
    - if: tier == 'gold'
      then: [{queue: gold}]
      else: [{say: One moment.}]
    - do: account
    - confirm: Shall I go on?
      yes: [{goto: shut}]
    - branch:
        - {if: time.hour < 9, go: [{record: box, failed: [{say: No luck.}]}]}
        - {if: time.hour > 17, go: [{goto: shut}]}
    - transfer: "+8221"
      failed: [{call_back: general}]
    - say: Goodbye.
  account:
    - collect: account
      prompt: Your number?
      length: "6-12"
      otherwise: [{return: }]
    - lookup: customer
      into: {tier: tier}
    - return
  agent: [{queue: general}]
  shut: [{menu: main}]
menus:
  main:
    prompt: Which?
    universals: [help]
    choices:
      a: {say: {en: [alpha], ko: [가]}, keys: "1", go: [{goto: agent}]}
      b: {keys: ["2", "3"], go: [{goto: nowhere}]}
    no_input: [Sorry?]
    otherwise: [{goto: agent}]
"""


def read(text: str) -> Plan:
    """Parse, also what the check would not let pass."""
    problems = Problems()
    plan = parse_plan(text, "plan.yaml", problems, load_plugins().verbs())
    assert plan is not None
    assert not problems.errors, list(problems)
    return plan

"""A dialplan of many menus, for the bench and the tests of the check's speed: one that has nothing wrong.

Written as the samples are, a line for each key, so that 5,000 menus have about 85,000 lines.

Menus are a tree: each leads to the next ones by voice and keys, to a block that answers, and to a person.
"""

from __future__ import annotations

from collections.abc import Iterator

QUEUES = ("general", "cards")
"""The queues that it names."""
WAYS = 2
"""Menus that each menu leads to."""
_THINGS = ("account", "mortgage", "insurance", "travel", "pension", "savings", "business", "delivery")
_WISHES = ("opening", "renewal", "complaint", "statement", "transfer", "reminder", "discount", "closure")

_HEAD = """\
name: large
language: en
variables: {tries: 0, tier: ordinary}
hours:
  branch: {open: {mon-fri: "09:00-17:00"}}
universals:
  help: {keys: "*"}
  repeat: {keys: "#"}
  agent: {keys: "0", go: [{queue: general}]}
numbers:
  "5000": m0
"""

_MENU = """\
  m{at}:
    prompt: Section {at}. Say {one} or {other}, or press 1 or 2.
    choices:
      first:
        say: [{one}, {one} department]
        keys: "1"
        go:
{first}
      second:
        say: {other}
        keys: "2"
        go:
          - {second}
    no_match: [I did not understand. Say {one} or {other}., Please press 1 or 2.]
    otherwise:
      - queue: general
"""
_PLAIN = """\
          - say: Section {at} is open on working days.
          - {way}"""
_JUDGED = """\
          - say: "Section {at} is {{hours.branch}} now."
          - {{if: tier == 'gold' and tries < 3, then: [{{queue: cards}}], else: [{{{way}}}]}}"""
JUDGED_EVERY = 5
"""Every fifth menu has a condition and a text with a slot."""


def large_plan(menus: int) -> str:
    """Write a dialplan with so many menus: 17 lines each."""
    return "".join(_lines(menus))


def _lines(menus: int) -> Iterator[str]:
    yield _HEAD
    yield "menus:\n"
    for at in range(menus):
        ahead = (WAYS * at + way for way in range(1, WAYS + 1))
        first, second = (f"menu: m{to}" if to < menus else "queue: general" for to in ahead)
        thing = _THINGS[at % len(_THINGS)]
        wish = _WISHES[at // len(_THINGS) % len(_WISHES)]
        led = (_PLAIN if at % JUDGED_EVERY else _JUDGED).format(at=at, way=first)
        yield _MENU.format(at=at, one=thing, other=wish, first=led, second=second)

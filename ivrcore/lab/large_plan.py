"""A dialplan of many menus, for the bench and the tests of the check's speed: one that has nothing wrong.

Menus are a tree: each leads to the next ones by voice and keys, to a block that answers, and to a person.
"""

from __future__ import annotations

from collections.abc import Iterator

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
    prompt: Section {at}. Say {one}, {other} or information, or press 1, 2 or 3.
    choices:
      first:
        say: [{one}, "{one} department"]
        keys: "1"
        go: [{ways[0]}]
      second:
        say: {other}
        keys: "2"
        go: [{ways[1]}]
      information:
        say: [information, details]
        keys: "3"
        go:
          - {{say: "Section {at} is {{hours.branch}} now."}}
          - {{if: "tier == 'gold' and tries < 3", then: [{{queue: cards, priority: 5}}], else: [{{menu: m{at}}}]}}
    otherwise: [{{queue: general}}]
"""


def large_plan(menus: int) -> str:
    """Write a dialplan with so many menus: 17 lines each."""
    return "".join(_lines(menus))


def _lines(menus: int) -> Iterator[str]:
    yield _HEAD
    yield "menus:\n"
    for at in range(menus):
        ahead = (WAYS * at + way for way in range(1, WAYS + 1))
        ways = [f"{{menu: m{to}}}" if to < menus else "{queue: general}" for to in ahead]
        thing = _THINGS[at % len(_THINGS)]
        wish = _WISHES[at // len(_THINGS) % len(_WISHES)]
        yield _MENU.format(at=at, one=thing, other=wish, ways=ways)

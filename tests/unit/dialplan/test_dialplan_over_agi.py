"""What a plan cannot do for callers who come by AGI: told where it is written, and only of their numbers."""

from __future__ import annotations

from dataclasses import replace

from ivrcore.config.plans import read_plan
from ivrcore.dialplan.checks.site import HandedOver
from ivrcore.problems import Problem
from tests.unit.dialplan.dialplan_sites import full_site

PLAN = """\
name: bank
language: en
numbers:
  "5000": {start: by_ari}
  welcome: {start: main, answer: early_media}
defaults: {timeout: 1s}
blocks:
  by_ari: [{transfer: "+82212345678"}, {menu: main}]
  shared: [{queue: general}, {record: complaints}]
menus:
  main:
    prompt: Cards?
    choices:
      cards: {say: [cards], keys: "1", go: [{goto: shared}]}
      loans: {say: [loans], go: [{queue: cards}]}
    otherwise: [{queue: general}]
"""


def _place(problem: Problem) -> int:
    return problem.location.line


def found(over: HandedOver | None) -> list[str]:
    _, problems = read_plan(PLAN, "x.yaml", replace(full_site(), handed_over=over))
    return [
        str(one).splitlines()[0] for one in sorted(problems, key=_place) if one.code in ("DP220", "DP327")
    ]


def test_what_only_other_numbers_lead_to_is_no_matter() -> None:
    over = HandedOver(["welcome"], {"dial", "bridge", "play"}, {"cards": "ring_all"})
    assert found(over) == [
        "x.yaml:5:3: error DP220: number welcome: for callers who come by AGI this cannot be done: "
        "it needs early_media",
        "x.yaml:9:31: error DP220: 'record' in block 'shared': for callers who come by AGI this cannot be "
        "done: it needs record",
        "x.yaml:11:3: warning DP327: menu 'main': callers who come by AGI are not heard here, and have no "
        "key for 'loans'",
        "x.yaml:15:42: error DP220: queue 'cards': for callers who come by AGI one phone rings at a time, "
        "and its strategy ring_all rings several",
    ]


def test_a_site_without_such_numbers_is_told_nothing() -> None:
    assert found(None) == []
    assert found(HandedOver(["7000"], ())) == []

"""Texts that nobody hears in another language are not asked for in it, and those that somebody hears are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from dialplan_sites import full_site

from ivrcore.config.plans import read_plan
from ivrcore.dialplan.check import ANY_SITE
from ivrcore.dialplan.texts import Text

TEXT = """name: x
languages: [en, ko]
numbers: {numbers}
universals: {universals}
blocks:
  start: [{{menu: choose}}]
  a: {a}
  b: {b}
menus:
  choose:
    prompt: [{{en: For English press one.}}, {{ko: 한국어는 이번입니다.}}]
    choices:
      english: {{keys: '1', go: [{{language: en}}, {{goto: a}}]}}
      korean: {{keys: '2', go: [{{language: ko}}, {{goto: b}}]}}
    otherwise: [{{queue: general}}]
  m:
    prompt: {{en: Sales or parts., ko: 영업인가요.}}
    choices: {{sales: {{keys: '1', go: {go}}}}}
    otherwise: [{{queue: general}}]
"""


def places(**parts: str) -> list[str]:
    given = {"numbers": "{'1': start}", "universals": "{}", "go": "[queue: general]"}
    given |= {"a": "[{menu: m}]", "b": "[{menu: m}]"}
    _, problems = read_plan(
        TEXT.format(**(given | parts)), "x.yaml", replace(ANY_SITE, verbs=full_site().verbs)
    )
    assert not problems.errors, [str(problem) for problem in problems]
    told = [problem for problem in problems if problem.code == "DP305"]
    return [f"{problem.location.line}:{problem.location.column}" for problem in told]


@pytest.mark.parametrize(
    "parts",
    [
        {"a": "[{say: Welcome.}, {queue: general}]", "b": "[{say: {ko: 어서 오세요.}}, {queue: general}]"},
        {"b": "[{if: time.hour > 12, then: [{say: {ko: 오후입니다.}}]}, {menu: m}]"},
        {"b": "[{language: en}, {say: Hello.}, {menu: m}]"},
        {"b": "[{collect: n, prompt: {ko: 번호를 눌러 주세요.}, otherwise: [hang_up]}, {menu: m}]"},
        {"b": "[{confirm: {ko: 맞습니까?}, otherwise: [hang_up]}, {menu: m}]"},
        {"b": "[{do: a}, {say: {ko: 감사합니다.}}, {queue: general}]", "a": "[{pause: 1s}]"},
        {
            "numbers": "{'1': start, '2': {start: b, language: ko}}",
            "b": "[{say: {ko: 안녕.}}, {queue: general}]",
        },
        {
            "universals": "{agent: {go: [{queue: general}]}, back: {}}",
            "b": "[{say: {ko: 어서 오세요.}}, {queue: general}]",
        },
        {
            "a": "[{say: '{call.tier}'}, {menu: m}]",
            "go": "[{say: '{queue.general.waiting:number}.'}, {queue: general}]",
        },
    ],
)
def test_a_text_is_there_in_every_language_in_which_it_is_heard(parts: dict[str, str]) -> None:
    assert places(**parts) == []


@pytest.mark.parametrize(
    ("parts", "place"),
    [
        ({"go": "[{say: Sales.}, {queue: general}]"}, "18:45"),
        ({"b": "[{say: Hello.}, {menu: m}]"}, "8:13"),
        ({"b": "[{if: time.hour > 12, then: [{language: en}]}, {say: Hello.}, {queue: general}]"}, "8:59"),
        ({"b": "[{do: a}, {say: {ko: 감사.}}, {queue: general}]", "a": "[{language: en}]"}, "8:22"),
        ({"numbers": "{'1': start, '2': b}", "b": "[{say: {ko: 안녕.}}, {queue: general}]"}, "8:13"),
        (
            {
                "universals": "{start_over: {}}",
                "numbers": "{'1': a}",
                "a": "[{say: Hi.}, {menu: choose}]",
                "b": "[{menu: m}]",
            },
            "7:13",
        ),
        ({"b": "[{say: 'Hello {call.tier}'}, {menu: m}]"}, "8:13"),
    ],
)
def test_a_text_is_asked_for_in_a_language_in_which_it_is_heard(parts: dict[str, str], place: str) -> None:
    assert places(**parts) == [place]


def test_a_text_that_is_only_values_is_said_in_the_language_of_the_call() -> None:
    text = TEXT.format(
        numbers="{'1': start}",
        universals="{}",
        a="[{say: '{call.priority:number}.'}, {menu: m}]",
        b="[{menu: m}]",
        go="[queue: general]",
    )
    plan, _ = read_plan(text, "x.yaml", replace(ANY_SITE, verbs=full_site().verbs))
    assert plan is not None
    (said,) = plan.blocks["a"].steps[0].refers().wordings[0]
    assert isinstance(said, Text)
    assert [said.in_language(tag)[0] for tag in ("en", "ko")] == ["en", "ko"]

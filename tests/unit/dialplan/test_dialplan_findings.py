"""Each finding of the check at its very place, and nothing told of what is right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from dialplan_sites import VALID, full_site, samples

from ivrcore.check import check_file
from ivrcore.config.plans import read_plan
from ivrcore.dialplan.check import ANY_SITE, Site, load_plan
from ivrcore.dialplan.checks.conditions import constant
from ivrcore.dialplan.checks.hearing import near
from ivrcore.expressions.parse import parse_expression
from ivrcore.location import Location
from ivrcore.problems import Problems

HEAD = "name: x\nlanguages: {languages}\nnumbers: {{'1': a}}\nuniversals: {universals}\n"
PLAN = (
    HEAD
    + """variables: {variables}
hours: {hours}
blocks:
  a: {a}
  b: {b}
menus:
  m: {m}
"""
)
MENU = (
    "{prompt: p, choices: {one: {say: cards, keys: '1', go: [queue: general]}}, otherwise: [queue: general]}"
)
WITH_GO = "{{prompt: p, choices: {{one: {{keys: '1', go: {go}}}}}, otherwise: {otherwise}}}"


def plan(**parts: str) -> str:
    given = {"languages": "[en]", "universals": "{}", "variables": "{}", "hours": "{}", "m": MENU}
    given |= {"a": "[{do: b}, {menu: m}]", "b": "[{say: hi}]"}
    return PLAN.format(**(given | parts))


def choices(text: str, **parts: str) -> str:
    return plan(m="{prompt: p, choices: {" + text + "}, otherwise: [queue: general]}", **parts)


def two(one: str, other: str) -> str:
    return choices(
        f"a: {{say: {one}, keys: '1', go: [queue: general]}}, "
        f"b: {{say: {other}, keys: '2', go: [queue: general]}}"
    )


COLOURS = ("red", "blue", "green", "white", "black", "brown")
THINGS = ("house", "car", "table", "chair", "garden", "window", "door", "bridge")
MANY = [f"{colour} {thing}" for colour in COLOURS for thing in THINGS]
"""Phrases of 96 words together, all of them in the dictionary."""

FINDINGS = {
    "capability": (plan(a="[{do: b}, {record: complaints}, {menu: m}]"), "8:17", "DP218", "lacks record"),
    "lookup": (plan(a="[{do: b}, {lookup: custmer}, {menu: m}]"), "8:25", "DP216", "'customer'?"),
    "mailbox": (plan(a="[{do: b}, {record: x}, {menu: m}]"), "8:25", "DP217", "known: complaints"),
    "recording of one language": (
        plan(languages="[en, fr]", a="[{do: b}, {play: main}, {goto: b}]", b="[{queue: general}]", m=MENU),
        "8:23",
        "DP208",
        "is not there in fr",
    ),
    "name in an expression": (
        plan(a="[{do: b}, {if: tries > 1, then: [{menu: m}]}]"),
        "8:21",
        "DP129",
        "'tries'",
    ),
    "text of one language": (
        plan(languages="[en, ko]", b="[{say: {en: hi}}]", a="[{do: b}, {queue: general}]", m=MENU),
        "9:13",
        "DP305",
        "callers hear en",
    ),
    "menu of one language": (
        choices(
            "a: {say: {en: sales}, keys: '1', go: [queue: general]}", languages="[en, ko]", b="[{pause: 1s}]"
        ).replace("prompt: p", "prompt: {en: p, ko: p}"),
        "11:3",
        "DP306",
        "cannot be answered by voice in 'ko'",
    ),
    "choice of one language": (
        choices(
            "a: {say: {en: sales}, keys: '1', go: [queue: general]},"
            "b: {say: {en: parking, ko: 주차}, keys: '2', go: [queue: general]}",
            languages="[en, ko]",
            b="[{pause: 1s}]",
        ).replace("prompt: p", "prompt: {en: p, ko: p}"),
        "11:41",
        "DP306",
        "choice 'a' cannot be said in 'ko'",
    ),
    "universal of no language": (
        choices(
            "a: {say: ventes, keys: '1', go: [queue: general]}",
            languages="[fr]",
            universals="{help: {keys: '*'}}",
        ).replace("numbers", "confirming: {prompt: 'x {choice}', yes: oui, no: non}\nnumbers"),
        "5:14",
        "DP307",
        "'help' cannot be said in 'fr'",
    ),
    "phrase of a universal": (
        choices("a: {say: start over, keys: '1', go: [queue: general]}", universals="{start_over: {}}"),
        "11:37",
        "DP308",
        "leave 'start_over' out",
    ),
    "key of two universals": (
        plan(universals="{help: {keys: '*'}, repeat: {keys: '*'}}"),
        "4:48",
        "DP204",
        "belongs to 'help' too",
    ),
    "phrases that sound alike": (two("cards", "carts"), "11:87", "DP309", "'carts' of choice 'b'"),
    "pattern that is not closed": (two("'block [my card'", "parking"), "11:44", "DP112", "not closed by ]"),
    "pattern without words": (two("'[please]'", "parking"), "11:38", "DP112", "by saying nothing"),
    "pattern of too many ways": (two("'" + "(one|two) " * 8 + "'", "parking"), "11:37", "DP113", "200 ways"),
    "patterns that share a phrase": (
        two("'[please] block my card'", "'(block | cancel) my card'"),
        "11:106",
        "DP205",
        "'a' too",
    ),
    "patterns that sound alike": (
        two("'(red|blue) cards'", "'[the] blue carts'"),
        "11:100",
        "DP309",
        "blue carts",
    ),
    "pattern and phrase of a choice": (two("['[the] cards', cards]", "parking"), "11:53", "DP304", "twice"),
    "understand in a language that is not there": (
        choices("a: {say: sales, keys: '1', go: [queue: general]}", b="[{say: hi}]").replace(
            "prompt: p", "understand: {ko: intents}, prompt: p"
        ),
        "11:20",
        "DP110",
        "'ko'",
    ),
    "understand in a way that is not there": (
        choices("a: {say: sales, keys: '1', go: [queue: general]}", b="[{say: hi}]").replace(
            "prompt: p", "understand: intent, prompt: p"
        ),
        "11:19",
        "YML104",
        "did you mean 'intents'?",
    ),
    "more phrases than are compared": (
        two(f"[{', '.join(f'word{number}' for number in range(500))}]", "salad"),
        "11:3",
        "DP325",
        "has 501 phrases in en",
    ),
    "more words than the recogniser hears well": (
        choices(f"a: {{say: [{', '.join(MANY)}], keys: '1', go: [queue: general]}}", b="[{say: hi}]"),
        "11:3",
        "DP328",
        "has 96 words in en",
    ),
    "phrases that sound the same": (two("loan", "lone"), "11:86", "DP309", "sounds like 'loan'"),
    "phrase that sounds like a universal": (
        choices("a: {say: held, keys: '1', go: [queue: general]}", universals="{help: {}}"),
        "11:37",
        "DP309",
        "'help' of universal 'help'",
    ),
    "word that nobody hears": (two("xyzzq", "parking"), "11:37", "DP310", "does not know 'xyzzq'"),
    "visit without return": (
        plan(b="[hang_up]"),
        "8:12",
        "DP311",
        "write goto: b",
    ),
    "return without visit": (
        plan(a="[{menu: m}]", b="[hang_up]", m=WITH_GO.format(go="[return]", otherwise="[queue: general]")),
        "11:50",
        "DP312",
        "write hang_up",
    ),
    "no person in one menu": (
        plan(
            b="[{menu: n}]",
            a="[{if: call.tier == 'x', then: [{menu: m}], else: [{goto: b}]}]",
        )
        + "  n: "
        + WITH_GO.format(go="[hang_up]", otherwise="[hang_up]")
        + "\n",
        "12:3",
        "DP313",
        "from menu 'n' no caller",
    ),
    "no person at all": (
        plan(m=WITH_GO.format(go="[hang_up]", otherwise="[hang_up]")),
        "11:3",
        "DP313",
        "as from all others",
    ),
    "condition that holds": (
        plan(a="[{do: b}, {if: 1 < 2, then: [{menu: m}]}]"),
        "8:21",
        "DP314",
        "always holds",
    ),
    "condition that does not": (
        plan(a="[{do: b}, {if: call.tier == 'x' and false, then: [{menu: m}]}]"),
        "8:21",
        "DP314",
        "never holds",
    ),
    "comparison that never fits": (
        plan(a="[{do: b}, {if: call.language == 'ko', then: [{menu: m}]}]"),
        "8:21",
        "DP321",
        "'ko'",
    ),
    "set and never read": (
        plan(a="[{do: b}, {set: {tries: 1}}, {menu: m}]"),
        "8:23",
        "DP315",
        "'tries' is set",
    ),
    "read and never set": (
        plan(variables="{kind: none}", b="[{say: '{kind}'}]"),
        "9:15",
        "DP316",
        "it is always none",
    ),
    "open secret": (
        plan(
            a="[{do: b}, {collect: card_number, prompt: p, secret: no, otherwise: [hang_up]}, {menu: m}]",
            b="[{if: card_number, then: [return]}]",
        ).replace("b: [{if: card_number, then: [return]}]", "b: [{if: card_number, then: [{pause: 1s}]}]"),
        "8:26",
        "DP317",
        "remove 'secret: no'",
    ),
    "goes on without digits": (
        plan(a="[{do: b}, {collect: n, prompt: p}, {say: '{n:digits}'}, {menu: m}]"),
        "8:17",
        "DP318",
        "add 'otherwise:'",
    ),
    "secret digits told of a contact": (
        plan(
            a="[{do: b}, {collect: n, prompt: p, otherwise: [hang_up]}, {contact: {tier: 'x{n}'}}, {menu: m}]"
        ),
        "8:83",
        "DP322",
        "'secret: no'",
    ),
    "value made from a secret lookup": (
        plan(
            a="[{do: b}, {lookup: customer, into: {t: tier}}, {set: {r: '{first(t)}'}}, "
            "{contact: {tier: '{r or 1}'}}, {menu: m}]"
        ),
        "8:98",
        "DP322",
        "'r' is a secret",
    ),
    "caller's number told of a contact": (
        plan(a="[{do: b}, {contact: {tier: '{last(call.caller, 2)}'}}, {menu: m}]"),
        "8:40",
        "DP322",
        "one always",
    ),
    "sentence cut at a comma": (
        plan(b="[{say: [Press 1, 2 or 3.]}]"),
        "9:23",
        "DP323",
        "in quotes",
    ),
    "reprompt cut at a comma": (
        plan(m=MENU.replace("prompt: p", "prompt: p, no_input: [Say cards, loans or agent.]")),
        "11:40",
        "DP323",
        "'Say cards' and 'loans or agent.'",
    ),
    "Korean cut at a comma": (
        plan(languages="[ko]", b="[{say: [카드는 1번, 대출은 2번을 눌러 주세요.]}]"),
        "9:22",
        "DP323",
        "'카드는 1번'",
    ),
    "never open": (plan(hours="{h: {open: {mon: closed}}}"), "6:9", "DP319", "'h' are never open"),
    "long past": (
        plan(hours="{h: {open: {mon: '9:00-10:00'}, closed: ['2025-12-25', '2024-12-25']}}"),
        "6:63",
        "DP320",
        "2024-12-25 is long past",
    ),
    "silence at digits": (
        plan(
            a="[{collect: n, prompt: p, otherwise: [{goto: a}]}, {do: b}, "
            "{if: n, then: [{menu: m}]}, {goto: b}]",
            b="[{queue: general}]",
        ),
        "8:8",
        "DP211",
        "presses wrong keys",
    ),
    "silence through a branch and a visit": (
        plan(
            m=WITH_GO.format(
                go="[queue: general]",
                otherwise="[{do: b}, {if: call.tier == 'x', then: [{menu: m}], else: [{goto: a}]}]",
            )
        ),
        "11:3",
        "DP211",
        "round for ever",
    ),
    "silence at a menu that leads to itself": (
        plan(m=WITH_GO.format(go="[queue: general]", otherwise="[{say: Again.}, {menu: m}]")),
        "11:3",
        "DP211",
        "let 'otherwise' end",
    ),
    "silence in a circle of menus": (
        plan(m=WITH_GO.format(go="[queue: general]", otherwise="[{menu: n}]"))
        + "  n: "
        + WITH_GO.format(go="[queue: general]", otherwise="[{goto: a}]")
        + "\n",
        "11:3",
        "DP211",
        "menu 'm'",
    ),
    "silence at a menu that is done again and again": (
        plan(m=WITH_GO.format(go="[queue: general]", otherwise="[{do: m}]")),
        "11:3",
        "DP211",
        "goes round for ever",
    ),
    "silence at a question without otherwise": (
        plan(a="[{do: b}, {confirm: p, yes: [{menu: m}]}, {goto: a}]"),
        "8:17",
        "DP211",
        "add 'otherwise:'",
    ),
    "silence after a call-back": (
        plan(m=WITH_GO.format(go="[queue: general]", otherwise="[{call_back: general}, {menu: m}]")),
        "11:3",
        "DP211",
        "goes round for ever",
    ),
    "loop through a visit": (plan(a="[{do: b}, {goto: a}]", m=MENU), "8:6", "DP210", "never end"),
    "step after branches that all go": (
        plan(a="[{if: call.tier == 'x', then: [hang_up], else: [{goto: b}]}, {menu: m}]"),
        "8:68",
        "DP209",
        "never runs",
    ),
}


TWICE = ("text of one language", "silence in a circle of menus", "loop through a visit")
"""What is told of two places."""


def found(text: str, site: Site) -> list[str]:
    _, problems = read_plan(text, "x.yaml", site)
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("name", FINDINGS)
def test_a_finding_is_told_at_its_place(name: str) -> None:
    text, where, code, words = FINDINGS[name]
    lacking = (
        {"dial", "dial_alone", "bridge"}
        if name == "capability"
        else {"dial", "dial_alone", "bridge", "record"}
    )
    told = [line for line in found(text, replace(full_site(), capabilities=lacking)) if code in line]
    assert len(told) == (2 if name in TWICE else 1), found(text, full_site())
    assert told[0].startswith(f"x.yaml:{where}: ")
    assert words in told[0]
    assert "hint: " in told[0]


def test_a_queue_that_speaks_another_language_to_who_waits_is_told_of_once_where_it_matters() -> None:
    site = replace(full_site(), wordless={"general": {"ko", "zh"}})
    steps = {"a": "[{do: b}, {queue: general}, {queue: cards}]", "b": "[{queue: general}]"}
    both = [line for line in found(plan(languages="[en, ko]", **steps), site) if "speak" in line]
    assert both == [
        "x.yaml:8:24: warning DP305: queue 'general' does not speak to who waits in ko\n"
        "    hint: write its 'position' and 'announce' by language, in the configuration"
    ]
    assert not any("speak" in line for line in found(plan(**steps), site))
    call_back = plan(languages="[ko]", a="[{call_back: general}]").replace("queue: general", "queue: cards")
    assert not any("speak" in line for line in found(call_back, site))


def test_words_that_may_be_said_everywhere_and_are_too_many_are_told_of_once() -> None:
    menus = (
        "{prompt: p, choices: {one: {say: parking, keys: '1', go: [queue: general]}}, otherwise: [hang_up]}"
    )
    text = plan(universals="{agent: {go: [{goto: b}]}}\nimpatience: {}", b="[{queue: general}]", m=menus)
    told = [line for line in found(f"{text}  n: {menus}\n", full_site()) if "DP328" in line]
    assert len(told) == 1
    assert "menu 'm'" in told[0]
    assert " of universals and impatience)" in told[0]


@pytest.mark.parametrize("path", VALID, ids=lambda path: path.stem)
def test_nothing_is_told_of_a_dialplan_that_is_right(path: Path) -> None:
    assert found(path.read_text(), full_site()) == []


@pytest.mark.parametrize("path", [*VALID, *samples()], ids=lambda path: path.stem)
def test_nothing_is_told_of_it_where_no_site_is_known(path: Path) -> None:
    assert found(path.read_text(), replace(ANY_SITE, verbs=full_site().verbs)) == []


@pytest.mark.parametrize("path", samples(), ids=lambda path: path.stem)
def test_nothing_is_told_of_a_sample_in_its_own_site(path: Path) -> None:
    assert [str(problem) for problem in check_file(path)] == []


def test_the_corpus_is_varied() -> None:
    assert len(VALID) >= 15


@pytest.mark.parametrize(
    ("language", "one", "other", "told"),
    [
        ("en", "cards", "carts", True),
        ("en", "loan", "lone", True),
        ("en", "billing", "shipping", False),
        ("en", "credit card", "debit card", False),
        ("en", "sales", "service", False),
        ("en", "account balance", "account number", False),
        ("ko", "카드", "가드", True),
        ("ko", "예금", "송금", False),
        ("ko", "영업 시간", "예약 확인", False),
        ("zh", "挂失", "挂诗", True),
        ("zh", "银行卡", "转账", False),
        ("de", "Karten", "Garten", True),
        ("de", "Konto", "Kredit", False),
    ],
)
def test_phrases_are_told_that_sound_alike_and_no_others(
    language: str, one: str, other: str, told: bool
) -> None:
    text = "defaults: {accept: 0.7}\n" + two(one, other).replace("[en]", f"[{language}]")
    assert any("DP309" in line for line in found(text, full_site())) is told


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("true", True),
        ("not 0", True),
        ("a or true", True),
        ("a and 0", False),
        ("a and not (1 < 0)", None),
        ("a", None),
        ("[a] == 1", None),
        ("length('abc') == 3", True),
        ("none", False),
    ],
)
def test_what_a_condition_is_whatever_its_names_are(text: str, truth: bool | None) -> None:
    expression = parse_expression(text, Location("x", 1), Problems())
    assert expression is not None
    assert constant(expression.root) is truth


@pytest.mark.parametrize(
    "steps",
    [
        "{lookup: customer, into: {t: tier}, secret: no}, {contact: {tier: '{t}'}}",
        "{lookup: customer, into: {t: tier}}, {set: {t: gold}}, {contact: {tier: '{t}'}}",
        '{lookup: customer, into: {t: tier}}, {contact: {tier: "{v or t}"}}',
        '{lookup: customer, into: {v: tier}}, {contact: {tier: "{v}"}}',
        "{collect: n, prompt: p, secret: no, otherwise: [hang_up]}, {contact: {tier: '{n}'}}",
    ],
)
def test_no_secret_is_told_of_where_a_value_may_be_open(steps: str) -> None:
    text = plan(a="[{do: b}, " + steps + ", {menu: m}]", variables="{v: ordinary}")
    assert not [line for line in found(text, full_site()) if "DP322" in line]


def test_a_verb_of_a_plugin_that_fails_to_tell_what_it_refers_to_is_named() -> None:
    verbs = dict(full_site().verbs)
    pause = verbs["pause"]
    broken = type("Broken", (pause,), {"verb": "pause", "refers": lambda self: 1 / 0})
    _, problems = load_plan(plan(b="[{pause: 1s}]"), "x.yaml", Site(verbs=verbs | {"pause": broken}))
    assert [(problem.code, problem.location.line) for problem in problems] == [("DP109", 9)]


def test_dates_are_left_alone_where_it_is_not_known_what_day_it_is() -> None:
    text = FINDINGS["long past"][0]
    assert found(text, replace(full_site(), today=None)) == []


def test_of_a_pattern_a_few_ways_are_compared_and_no_more_kept_than_a_bound() -> None:
    pattern = "'(a | b | c | d | e | f) (g | h | i | j) (k | l | m | n) (o | p)'"
    many = ", ".join(
        f"c{key}: {{say: {pattern.replace('(a', f'x{key} (a')}, keys: '{key}', go: [queue: general]}}"
        for key in range(10)
    )
    began = near.cache_info().misses
    found(choices(many), full_site())
    judged = near.cache_info().misses - began
    assert 0 < judged < 8 * 10 * (8 * 10 + 200)
    assert near.cache_info().maxsize is not None

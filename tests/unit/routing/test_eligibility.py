"""The built-in rules of eligibility, case by case, and the conditions that some are written in."""

from collections.abc import Sequence
from typing import Any

import pytest
from router_desk import Desk, built_in

from ivrcore.api import Member, PluginError, condition
from ivrcore.model.events import OfferMade
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing.need import frozen
from ivrcore.routing.rulebook import RoutingPlugins, Rulebook

ANN = Member("ann", {"english": 60, "trainee": 1}, tier=2)


@pytest.mark.parametrize(
    ("rule", "asked", "misfit"),
    [
        ("skills", {"english": 60}, ""),
        ("skills", {"english": 61}, "lacking english 61"),
        ("skills", {"french": 1}, "lacking french 1"),
        ("agents", ["bob", "ann"], ""),
        ("agents", ["bob"], "not one of those asked for"),
        ("not_agents", ["bob"], ""),
        ("not_agents", ["bob", "ann"], "one of those not wanted"),
        ("tier", [2, 2], ""),
        ("tier", [None, 1], "above tier 1"),
        ("tier", [3, None], "below tier 3"),
        ("tier", [3, None, 3], ""),
        ("tier", [None, 2, 3], "above tier 2"),
        ("tier", [None, None, None], ""),
        ("expression", "english > 50", ""),
        ("expression", "english > 50 and not trainee", "not english > 50 and not trainee"),
        ("expression", "french > 0 or english >= 60", ""),
        ("expression", "not french", ""),
    ],
)
def test_who_may(rule: str, asked: Any, misfit: str) -> None:
    assert built_in().eligibility[rule].misfit(ANN, frozen(asked)) == misfit


@pytest.mark.parametrize(
    ("rule", "asked", "said"),
    [
        ("skills", {"english": 3}, ()),
        ("skills", {"english": "much"}, (".english: a whole number from 1 to 100 is wanted, not 'much'",)),
        ("agents", ["ann"], ()),
        ("not_agents", [], (": a list of one or more is wanted, not an empty list",)),
        ("tier", [1, None], ()),
        ("tier", [1], ("two or three tiers are wanted: [least, most] or [least, most, raise]",)),
        ("tier", ["low", 2], ("a tier is a whole number or null, not 'low'",)),
        ("tier", [3, 1], ("no tier is 3 or more and 1 or less; write the lower one first",)),
        ("tier", [2, 2, 1], ()),
        ("skills", {"english": 101}, (".english: a whole number from 1 to 100 is wanted, not 101",)),
        ("expression", "english > 50", ()),
        ("expression", "english >", (": the expression ends too early (a value is missing at its end)",)),
    ],
)
def test_what_is_asked_is_checked(rule: str, asked: Any, said: Sequence[str]) -> None:
    check = built_in().eligibility[rule].check  # type: ignore[attr-defined]
    assert tuple(check(asked)) == tuple(said)


def test_a_queue_asks_by_expression_and_the_reasons_are_counted() -> None:
    queue = QueueFacts(name="loans", require={"expression": "law and not trainee", "not_agents": ["boss"]})
    skills = {
        "ann": {"law": 1, "trainee": 1},
        "bob": {"law": 2},
        "boss": {"law": 9},
    }
    agents = [AgentFacts(name=name, endpoint=name, skills=own) for name, own in skills.items()]
    desk = Desk([queue], agents)
    desk.call("c1")
    assert desk.offers() == [("c1", "bob")]
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert decided.excluded == {"not law and not trainee": 1, "one of those not wanted": 1}


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("a", ("a",)),
        ("wait < 60 and a > 5 and not b", ("wait < 60", "a > 5", "not b")),
        ("(a and b) and c", ("(a and b)", "c")),
        ("a and b or c", ("a and b or c",)),
        ("a in [1, 2] and max(b, c) > 3", ("a in [1, 2]", "max(b, c) > 3")),
    ],
)
def test_the_terms_of_a_condition(text: str, terms: Sequence[str]) -> None:
    assert condition(text).terms == terms


@pytest.mark.parametrize(
    ("text", "bound"),
    [("wait < 60", 60), ("60 <= wait", 60), ("not wait < 60", None), ("wait < a", None), ("wait", None)],
)
def test_the_number_that_a_condition_compares_with(text: str, bound: float | None) -> None:
    assert condition(text).bound == bound


def test_a_text_is_parsed_once_and_one_that_is_none_says_why() -> None:
    assert condition("a > 1 and b") is condition("a > 1 and b")
    with pytest.raises(PluginError, match="cannot stand here"):
        condition("a > > 1")


def test_a_rule_that_fails_excludes_nobody_and_is_reported() -> None:
    broken = Rulebook(RoutingPlugins(eligibility={"tier": Broken()}))
    assert broken.misfit(ANN, (("tier", (1, 2)),)) == ""
    assert [(one.plugin, one.hook) for one in broken.take_failures()] == [("tier", "ivrcore_eligibility")]


class Broken:
    name = "tier"

    def misfit(self, member: Member, asked: Any) -> str:
        raise ZeroDivisionError

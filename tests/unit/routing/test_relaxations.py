"""The built-in relaxations: whom a contact may be offered to, second by second, case by case."""

from collections.abc import Mapping
from typing import Any

import pytest
from relaxing import ENTERED, agent, ask, offered_at, problems, queue
from router_desk import Desk

from ivrcore.api import need_of
from ivrcore.routing.commands import AgentLogout, AgentReady, LoadRoster


class TestPenaltyRules:
    RULES = (
        {"after": 30, "max": 2},
        {"after": "1m", "max": "+1", "min": 1, "raise": 1},
        {"after": 90, "max": -2},
    )

    @pytest.mark.parametrize(
        ("waited", "tier", "until"),
        [
            (0, (None, 0), 30),
            (29.9, (None, 0), 30),
            (30, (None, 2), 60),
            (60, (1, 3, 1), 90),
            (90, (1, 1, 1), None),
            (1000, (1, 1, 1), None),
        ],
    )
    def test_each_rule_changes_what_it_names(
        self, waited: float, tier: tuple[int, ...], until: float | None
    ) -> None:
        need = {"tier": (None, 0)}
        found = ask("penalty_rules", waited, {"rules": self.RULES}, need)
        expected = tier if len(tier) == 3 else (*tier, None)
        assert need_of(found.need) == need_of({"tier": expected})
        assert found.until == (None if until is None else ENTERED + until)

    @pytest.mark.parametrize(
        ("rule", "before", "after"),
        [
            ({"max": "+1"}, None, None),
            ({"min": "+1"}, None, (1, None, None)),
            ({"raise": "+2"}, None, (None, None, 2)),
            ({"max": -5}, (None, 3), (None, 0, None)),
            ({"max": "-1"}, (None, 3), (None, 2, None)),
            ({"min": 9}, (None, 3), (3, 3, None)),
            ({"raise": 9}, (None, 3), (None, 3, 3)),
            ({"max": 1}, (2, 5, 4), (1, 1, 1)),
            ({}, (2, 5, 4), (2, 5, 4)),
        ],
    )
    def test_bounds_of_the_changes(
        self, rule: Mapping[str, Any], before: tuple[Any, ...] | None, after: tuple[Any, ...] | None
    ) -> None:
        found = ask("penalty_rules", 0, {"rules": [{"after": 0, **rule}]}, {"tier": before})
        assert found.need["tier"] == after

    def test_agents_come_in_as_the_maximum_rises(self) -> None:
        rules = [{"after": 10, "max": "+1"}, {"after": 20, "max": "+1"}]
        facts = queue("penalty_rules", require={"tier": [None, 0]}, rules=rules)
        desk = Desk([facts], [agent("ann", 0), agent("bob", 1), agent("cho", 2), agent("dan", 3)])
        desk.call("c1")
        assert offered_at(desk, 60) == [(0.0, "ann"), (10.0, "bob"), (20.0, "cho")]

    def test_raise_makes_low_penalties_equal_and_lets_them_past_the_minimum(self) -> None:
        facts = queue("penalty_rules", rules=[{"after": 0, "min": 2, "raise": 2}])
        desk = Desk([facts], [agent("bob", 2), agent("ann", 0)], ready=False)
        desk.give(AgentReady("bob"), after=1)
        desk.give(AgentReady("ann"), after=1)
        desk.call("c1")
        desk.call("c2")
        assert desk.offers() == [("c1", "bob"), ("c2", "ann")]

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            ({}, "'rules' is missing"),
            ({"ruls": []}, "ruls: there is no such option; did you mean 'rules'?"),
            ({"rules": []}, "rules: a list of one or more is wanted, not an empty list"),
            ({"rules": [{"max": 1}]}, "rules[1]: 'after' is missing"),
            (
                {"rules": [{"after": "soon"}]},
                "rules[1].after: seconds or a duration such as 1m30s is wanted, not 'soon'",
            ),
            (
                {"rules": [{"after": 1, "max": "x"}]},
                "rules[1].max: a penalty such as 3, +1 or -1 is wanted, not 'x'",
            ),
            ({"rules": [{"after": 9}, {"after": 3}]}, "rules[2].after: the rules must be in order of time"),
        ],
    )
    def test_what_is_wrong_with_options(self, options: Mapping[str, Any], said: str) -> None:
        assert said in problems("penalty_rules", options)


class TestTiers:
    @pytest.mark.parametrize(
        ("options", "waited", "tiers", "most", "until"),
        [
            ({"wait": 20, "no_agent_no_wait": False}, 0, (0, 1, 2), 0, 20),
            ({"wait": 20, "no_agent_no_wait": False}, 20, (0, 1, 2), 1, 40),
            ({"wait": 20, "no_agent_no_wait": False}, 39, (0, 1, 2), 1, 40),
            ({"wait": 20, "no_agent_no_wait": False}, 40, (0, 1, 2), None, None),
            ({"wait": 20, "no_agent_no_wait": False}, 0, (1, 3), 0, 20),
            ({"wait": 20}, 0, (1, 3), 1, 60),
            ({"wait": 20}, 60, (1, 3), None, None),
            ({"wait": 20}, 0, (3,), None, None),
            ({"wait": 20, "multiply": False}, 0, (1, 2, 3), 1, 20),
            ({"wait": 20, "multiply": False}, 20, (1, 2, 3), None, None),
        ],
    )
    def test_which_levels_are_open(
        self,
        options: Mapping[str, Any],
        waited: float,
        tiers: tuple[int, ...],
        most: int | None,
        until: float | None,
    ) -> None:
        found = ask("tiers", waited, options, {}, *[agent(f"a{tier}", tier) for tier in tiers])
        assert found.need.get("tier") == (None if most is None else (None, most))
        assert found.until == (None if until is None else ENTERED + until)
        assert found.over == (most is None)

    def test_a_level_opens_at_once_as_soon_as_the_lower_one_has_nobody(self) -> None:
        desk = Desk([queue("tiers", wait=60)], [agent("ann", 1), agent("bob", 2), agent("cho", 3)])
        desk.give(AgentLogout("bob"))
        for number in (1, 2):
            desk.call(f"c{number}")
        assert desk.offers() == [("c1", "ann")]
        desk.answer("c1.v1.o1")
        desk.give(AgentLogout("ann"), after=5)
        assert desk.offers() == [("c1", "ann")]
        desk.pass_time(114)
        assert desk.offers() == [("c1", "ann")]
        desk.pass_time(61)
        assert desk.offers() == [("c1", "ann"), ("c2", "cho")]

    def test_the_one_who_logs_in_first_where_nobody_was(self) -> None:
        desk = Desk([queue("tiers", wait=60)], [agent("ann", 1), agent("cho", 3)], ready=False)
        desk.call("c1")
        desk.give(AgentReady("cho"), after=5)
        assert desk.offers() == [("c1", "cho")]

    def test_a_new_roster_can_leave_a_level_without_anybody(self) -> None:
        facts, ann, bob = queue("tiers", wait=600), agent("ann", 1), agent("bob", 2)
        desk = Desk([facts], [ann, bob])
        desk.call("c0")
        desk.call("c1")
        assert desk.offers() == [("c0", "ann")]
        desk.give(LoadRoster((facts,), (bob,)))
        assert ("c0", "bob") in desk.offers()


class TestSteps:
    STEPS = ({"skills": {"english": 3, "law": 1}, "for": 30}, {"skills": {"english": 2}, "for": "20s"})

    @pytest.mark.parametrize(
        ("waited", "skills", "until", "over"),
        [
            (0, {"english": 3, "law": 1}, 30, False),
            (29.9, {"english": 3, "law": 1}, 30, False),
            (30, {"english": 2}, 50, False),
            (50, None, None, True),
        ],
    )
    def test_one_step_after_another(
        self, waited: float, skills: Mapping[str, int] | None, until: float | None, over: bool
    ) -> None:
        found = ask("steps", waited, {"steps": self.STEPS}, {})
        assert (need_of(found.need), found.over) == (need_of({"skills": skills}), over)
        assert found.until == (None if until is None else ENTERED + until)

    def test_what_was_asked_for_anyway_stays_asked(self) -> None:
        need = {"skills": (("english", 4), ("gold", 1)), "not_agents": ("dan",)}
        found = ask("steps", 0, {"steps": self.STEPS}, need)
        assert need_of(found.need) == need_of(
            {"skills": {"english": 4, "law": 1, "gold": 1}, "not_agents": ("dan",)}
        )
        assert need_of(ask("steps", 99, {"steps": self.STEPS}, need).need) == need_of(need)

    def test_a_step_without_an_end(self) -> None:
        found = ask("steps", 1e6, {"steps": [{"skills": {"english": 1}}]}, {})
        assert (found.until, found.over, found.why) == (None, False, "step 1 of 1")

    def test_agents_in_the_order_of_the_steps(self) -> None:
        desk = Desk(
            [queue("steps", steps=self.STEPS)],
            [agent("any"), agent("eng", english=2), agent("law", english=3, law=1)],
        )
        desk.call("c1")
        assert offered_at(desk, 60) == [(0.0, "law"), (30.0, "eng"), (50.0, "any")]


class TestBullseye:
    RINGS = ({"for": 10, "drop": ["french"]}, {"for": 20})

    @pytest.mark.parametrize(
        ("waited", "need", "until"),
        [
            (0, {"skills": {"french": 2, "gold": 1}, "tier": (None, 1)}, 10),
            (10, {"skills": {"gold": 1}, "tier": (None, 2)}, 30),
            (30, {"skills": {"gold": 1}}, None),
        ],
    )
    def test_rings_are_added_and_skills_dropped(
        self, waited: float, need: Mapping[str, Any], until: float | None
    ) -> None:
        found = ask("bullseye", waited, {"rings": self.RINGS}, {"skills": (("french", 2), ("gold", 1))})
        assert need_of(found.need) == need_of(need)
        assert (found.until, found.over) == (until and ENTERED + until, until is None)

    def test_agents_ring_by_ring(self) -> None:
        desk = Desk(
            [queue("bullseye", rings=self.RINGS)],
            [agent("one", 1, french=1), agent("poor", 1), agent("two", 2), agent("three", 3)],
        )
        desk.call("c1", french=1)
        assert offered_at(desk, 60) == [(0.0, "one"), (10.0, "poor"), (10.0, "two"), (30.0, "three")]

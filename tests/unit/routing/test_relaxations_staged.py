"""Relaxations one after another, with preferred agents first; by conditions; and through a reload."""

import pytest
from relaxing import ENTERED, agent, ask, floor, problems, queue
from router_desk import Desk, built_in

from ivrcore.api import VisitFacts, need_of
from ivrcore.model.events import NeedRelaxed, PluginFailed
from ivrcore.model.names import OfferEnd
from ivrcore.model.roster import QueueFacts, RelaxationFacts
from ivrcore.routing.commands import AgentLogout, AgentReady, Enqueue, LoadRoster, OfferFailed
from ivrcore.routing.router import apply


class TestPreferred:
    def enqueue(self, desk: Desk, *agents: str) -> None:
        desk.give(Enqueue("c1", "c1.v1", "loans", preferred=agents))

    def test_each_for_its_time_then_everybody(self) -> None:
        desk = Desk([queue("preferred", **{"for": 20})], ["ann", "bob", "cho"], ready=False)
        for name in ("ann", "bob", "cho"):
            desk.give(AgentReady(name))
        desk.call("c0")
        desk.call("c00")
        assert [name for _, name in desk.offers()] == ["ann", "bob"]
        self.enqueue(desk, "bob", "ann")
        asked = [dict(event.need).get("agents") for event in desk.all(NeedRelaxed) if event.contact == "c1"]
        desk.pass_time(19)
        assert len(desk.offers()) == 2
        desk.pass_time(25)
        asked = [event.need.get("agents") for event in desk.all(NeedRelaxed) if event.contact == "c1"]
        assert asked == [("bob",), ("ann",), None]

    def test_who_is_not_there_is_left_out_at_once(self) -> None:
        desk = Desk([queue("preferred")], ["ann", "bob", "cho"], ready=False)
        desk.give(AgentReady("bob"))
        self.enqueue(desk, "ann", "nobody", "bob")
        assert desk.offers() == [("c1", "bob")]

    def test_with_nobody_there_the_pool_gets_it_at_once(self) -> None:
        desk = Desk([queue("preferred")], ["ann", "bob"], ready=False)
        desk.give(AgentReady("bob"))
        self.enqueue(desk, "ann")
        assert desk.offers() == [("c1", "bob")]

    def test_who_goes_home_while_waited_for_lets_the_pool_have_it(self) -> None:
        desk = Desk([queue("preferred", **{"for": 60})], ["ann", "bob"], ready=False)
        desk.give(AgentReady("ann"))
        desk.call("c0")
        desk.answer("c0.v1.o1")
        desk.give(AgentReady("bob"))
        self.enqueue(desk, "ann")
        assert len(desk.offers()) == 1
        desk.give(AgentLogout("ann"), after=1)
        assert len(desk.offers()) == 1, "she has a caller, and goes after that"
        desk.pass_time(60)
        assert desk.offers()[-1] == ("c1", "bob")

    def test_one_whom_the_queue_would_not_let_have_it_is_left_out(self) -> None:
        facts = queue("preferred", require={"agents": ["bob"]})
        desk = Desk([facts], ["ann", "bob"])
        self.enqueue(desk, "ann", "bob")
        assert desk.offers() == [("c1", "bob")]


class TestOneAfterAnother:
    THEN = RelaxationFacts(
        name="penalty_rules", options={"rules": [{"after": 0, "max": 1}, {"after": 10, "max": 9}]}
    )

    def test_the_next_begins_to_count_when_the_first_is_over(self) -> None:
        desk = Desk([queue("preferred", self.THEN, **{"for": 20})], [agent("ann", 1), agent("bob", 2)])
        desk.call("c0")
        desk.answer("c0.v1.o1")
        desk.give(Enqueue("c1", "c1.v1", "loans", preferred=("ann",)))
        desk.pass_time(29)
        assert len(desk.offers()) == 1
        stages = [(event.stage, event.began) for event in desk.all(NeedRelaxed) if event.contact == "c1"]
        assert stages == [(0, None), (1, 1020.0)]
        desk.pass_time(1)
        assert desk.offers()[-1] == ("c1", "bob")

    def test_replay_knows_the_stage(self) -> None:
        desk = Desk([queue("preferred", self.THEN)], [agent("bob", 2)])
        desk.call("c1")
        again = desk.replayed()
        visit = again.waiting.visits["c1.v1"]
        assert (visit.stage, visit.stage_began) == (1, 1000.0)
        assert again.snapshot() == desk.state.snapshot()

    def test_one_that_fails_gives_way_to_the_next(self) -> None:
        facts = QueueFacts(name="loans", relaxation="steps", relaxation_next=(self.THEN,))
        desk = Desk([facts], [agent("bob", 2)])
        desk.call("c1")
        assert [(event.plugin, event.hook) for event in desk.all(PluginFailed)] == [
            ("steps", "ivrcore_relaxations")
        ]
        desk.pass_time(10)
        assert desk.offers() == [("c1", "bob")]


class TestSkillRules:
    RULES = ("wait < 60 and english > 50", "wait <= 90 and english > 10 and not trainee", "wait > 120")

    @pytest.mark.parametrize(
        ("waited", "expression", "until"),
        [
            (0, "english > 50", 60),
            (60, "english > 10 and not trainee", 60.1),
            (61, "english > 10 and not trainee", 90),
            (90, "english > 10 and not trainee", 90.1),
            (90.1, None, 120),
            (120.1, None, None),
        ],
    )
    def test_the_first_rule_whose_wait_holds(
        self, waited: float, expression: str | None, until: float | None
    ) -> None:
        found = ask(
            "skill_rules",
            waited,
            {"rules": self.RULES},
            {},
            agent("ann", english=60),
            agent("bob", english=20),
        )
        assert found.need.get("expression") == expression
        assert found.until == (None if until is None else pytest.approx(ENTERED + until))

    def test_with_nobody_logged_in_for_it_the_next_at_once(self) -> None:
        found = ask("skill_rules", 0, {"rules": self.RULES}, {}, agent("bob", english=20))
        assert found.need["expression"] == "english > 50 or english > 10 and not trainee"
        assert (found.why, found.when_nobody) == ("rule 2 of 3", True)

    def test_with_nobody_for_any_whoever_fits_one_of_them(self) -> None:
        found = ask("skill_rules", 0, {"rules": self.RULES[:2]}, {}, agent("dan"))
        assert found.need["expression"] == "english > 50 or english > 10 and not trainee"
        assert found.why == "nobody is logged in for any rule"

    def test_what_the_queue_requires_stays(self) -> None:
        found = ask(
            "skill_rules",
            0,
            {"rules": self.RULES},
            {"expression": "vip or gold"},
            agent("ann", english=60, vip=1),
        )
        assert found.need["expression"] == "(vip or gold) and (english > 50)"

    def test_agents_rule_by_rule(self) -> None:
        desk = Desk(
            [
                queue(
                    "skill_rules",
                    rules=["wait < 10 and english > 50", "wait < 20 and english > 10", "wait >= 30"],
                )
            ],
            [agent("any"), agent("good", english=20), agent("best", english=60)],
        )
        desk.give(AgentLogout("best"))
        for contact in ("c0", "c1"):
            desk.call(contact)
        assert desk.offers() == [("c0", "good")]
        desk.answer("c0.v1.o1")
        desk.give(AgentReady("best"), after=1)
        assert desk.offers()[-1] == ("c1", "best"), "of a rule before, who logs in"

    def test_while_one_who_fits_is_free_nothing_changes(self) -> None:
        need = need_of({"expression": "english > 50"})
        visit = VisitFacts("c1", "c1.v1", "loans", ENTERED, ENTERED, step=1, need=need)
        rules = built_in().relaxations["skill_rules"]
        found = rules.relax(visit, {}, floor(agent("ann", english=60)), {"rules": self.RULES}, ENTERED + 70)
        assert (need_of(found.need), found.until) == (need, ENTERED + 75)

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ("wait < english", "'wait < english' does not compare wait with a number"),
            ("wait < 60 or english", "'wait < 60 or english' does not compare wait with a number"),
            ("english >", "the expression ends too early"),
            (7, "a condition over skills is wanted"),
        ],
    )
    def test_rules_that_cannot_be_used(self, rule: object, said: str) -> None:
        (problem,) = problems("skill_rules", {"rules": ["english", rule]})
        assert problem.startswith("rules[2]: ")
        assert said in problem


class TestContactsKeepWhatTheyCameWith:
    def test_a_new_configuration_is_for_those_who_come_later(self) -> None:
        slow, fast = ([{"for": seconds}] for seconds in (100, 5))
        desk = Desk([queue("bullseye", rings=slow)], [agent("two", 2)])
        desk.call("old")
        desk.give(LoadRoster((queue("bullseye", rings=fast),), (agent("two", 2),)))
        desk.call("new")
        desk.pass_time(5)
        assert desk.offers() == [("new", "two")]
        assert desk.state.waiting.visits["old.v1"].entry.relaxation_options == {"rings": slow}
        again = desk.replayed()
        assert again.snapshot() == desk.state.snapshot()
        for event in desk.give(OfferFailed("new.v1.o1", OfferEnd.REJECTED)).events:
            apply(again, event)
        assert again.snapshot() == desk.state.snapshot()

"""Strategies by proficiency: best skill, least skilled, best fit."""

import pytest
from router_desk import Desk
from strategy_bench import NOW, lately, queue, ranking, refused, renewed, words

from ivrcore.api import Candidate
from ivrcore.model.roster import AgentFacts, QueueFacts

LAW = {"law": 1}
BOTH = {"law": 1, "french": 1}


def agent(name: str, asked: dict[str, int], idle: float = 0.0, work: float = 0.0, **skills: int) -> Candidate:
    return Candidate(name, NOW - idle, skills, asked=asked, window=lately(work=work))


@pytest.mark.parametrize(
    ("strategy", "asked", "ann", "bob"),
    [
        ("best_skill", LAW, {"law": 5}, {"law": 4, "french": 9, "idle": 99}),
        ("best_skill", BOTH, {"law": 2, "french": 4}, {"law": 3, "french": 2}),
        ("best_skill", BOTH, {"law": 9, "french": 1}, {"law": 4, "french": 4}),
        ("best_skill", LAW, {"law": 5, "idle": 9}, {"law": 5, "idle": 8}),
        ("best_skill", {}, {"idle": 9}, {"law": 5, "idle": 8}),
        ("least_skilled", LAW, {"law": 5}, {"law": 1, "french": 5, "idle": 99}),
        ("least_skilled", LAW, {"law": 1}, {"law": 2, "idle": 99}),
        ("least_skilled", LAW, {"law": 2, "idle": 9}, {"french": 2, "idle": 8}),
        ("best_fit", LAW, {"law": 5}, {"law": 4, "french": 9, "idle": 99}),
        ("best_fit", BOTH, {"law": 4, "french": 4}, {"law": 9, "french": 1, "idle": 99}),
        ("best_fit", BOTH, {"law": 3, "french": 5}, {"law": 3, "french": 4, "idle": 99}),
        ("best_fit", LAW, {"law": 5, "idle": 9}, {"law": 5, "idle": 8}),
        ("best_fit", {}, {"idle": 9}, {"law": 5, "idle": 8}),
    ],
)
def test_ann_comes_before_bob(
    strategy: str, asked: dict[str, int], ann: dict[str, int], bob: dict[str, int]
) -> None:
    found = [agent("bob", asked, **bob), agent("ann", asked, **ann)]
    assert ranking(strategy, found) == "ann bob"


def test_best_skill_may_go_by_one_skill_that_nobody_asked_for() -> None:
    found = [agent("ann", LAW, law=5), agent("bob", LAW, law=1, sales=2)]
    assert ranking("best_skill", found) == "ann bob"
    assert ranking("best_skill", found, skill="sales") == "bob ann"


def test_best_fit_may_decide_between_equals_by_occupancy() -> None:
    found = [agent("ann", LAW, law=5, idle=9, work=900), agent("bob", LAW, law=5, idle=8, work=600)]
    assert ranking("best_fit", found) == "ann bob"
    assert ranking("best_fit", found, ties="occupancy") == "bob ann"
    assert renewed("best_fit", found[0]) is None
    assert renewed("best_fit", found[0], ties="occupancy") == 30
    assert renewed("best_fit", found[0], ties="occupancy", window="2h") == 60
    assert "ValueError in one_of" in refused("best_fit", ties="height")


def test_the_words() -> None:
    ann = agent("ann", BOTH, law=5, french=2, sales=1, idle=63, work=360)
    assert words("best_skill", ann) == "skill level 7, idle for 63 s"
    assert words("best_skill", ann, skill="law") == "skill level 5, idle for 63 s"
    assert words("least_skilled", ann) == "skill levels of 8 in all, idle for 63 s"
    assert words("best_fit", ann) == "at least level 2 in what is asked, idle for 63 s"
    assert (
        words("best_fit", ann, ties="occupancy")
        == "at least level 2 in what is asked, occupied for 10.0% of 60 min"
    )


@pytest.mark.parametrize(
    ("strategy", "law_only", "law_and_french"),
    [("best_skill", "eve", "gil"), ("least_skilled", "dan", "fay"), ("best_fit", "eve", "gil")],
)
def test_what_the_contact_asks_for_beside_the_queue_counts_too(
    strategy: str, law_only: str, law_and_french: str
) -> None:
    def facts(name: str, **skills: int) -> AgentFacts:
        return AgentFacts(name=name, endpoint=f"PJSIP/{name}", skills=skills)

    agents = [
        facts("dan", law=1),
        facts("eve", law=9),
        facts("fay", law=2, french=1),
        facts("gil", law=3, french=3),
    ]
    base = queue(strategy)
    law = QueueFacts(name="loans", strategy=base.strategy, skills={"law": 1})
    plain, french = Desk([law], agents), Desk([law], agents)
    plain.call("c1")
    french.call("c1", french=1)
    assert plain.offers() == [("c1", law_only)]
    assert french.offers() == [("c1", law_and_french)]

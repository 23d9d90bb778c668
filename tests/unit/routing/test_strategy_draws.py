"""Strategies that draw: random and weighted random."""

from collections import Counter
from collections.abc import Sequence

import pytest
from router_desk import Desk
from strategy_bench import order, queue, talk

from ivrcore.api import Candidate
from ivrcore.model.events import OfferMade
from ivrcore.model.roster import AgentFacts, MemberFacts

ABC = [Candidate("ann", 0.0, weight=1), Candidate("bob", 0.0, weight=2), Candidate("cho", 0.0, weight=1)]


@pytest.mark.parametrize(
    ("draw", "drawn"), [(0.0, "ann"), (0.33, "ann"), (0.34, "bob"), (0.66, "bob"), (0.999, "cho")]
)
def test_random_cuts_the_unit_into_equal_parts(draw: float, drawn: str) -> None:
    found = order("random", ABC, draws=[draw])
    assert (found.ring, found.why, found.again) == ((drawn,), "drawn of 3", None)


class Counting(Sequence[Candidate]):
    """Candidates that count how many of them were looked at."""

    looked = 0

    def __len__(self) -> int:
        return 10_000

    def __getitem__(self, at: int) -> Candidate:  # type: ignore[override]  # no slices here
        self.looked += 1
        return Candidate(f"a{at}", 0.0)

    def __iter__(self):  # type: ignore[no-untyped-def]  # only the rulebook of the test does this
        return iter(())


def test_random_looks_at_one_candidate_of_ten_thousand() -> None:
    from ivrcore_plugins.strategy_random import Random

    from ivrcore.api import Choice, VisitFacts

    many = Counting()
    contact = VisitFacts("c1", "c1.v1", "q", 0.0, 0.0)
    choice = Choice(contact, many, (), None, {}, {}, 0.0, lambda: 0.5)
    assert Random().order(choice).ring == ("a5000",)
    assert many.looked == 1


@pytest.mark.parametrize(
    ("draw", "drawn"), [(0.0, "ann"), (0.24, "ann"), (0.26, "bob"), (0.74, "bob"), (0.76, "cho")]
)
def test_weighted_random_cuts_it_by_weight(draw: float, drawn: str) -> None:
    assert order("weighted_random", ABC, draws=[draw]).ring == (drawn,)


def test_who_has_no_weight_is_drawn_only_where_nobody_has_any() -> None:
    none, some = Candidate("ann", 0.0, weight=0), Candidate("bob", 0.0, weight=0.5)
    assert order("weighted_random", [none, some], draws=[0.0]).ring == ("bob",)
    below = Candidate("cho", 0.0, weight=-3)
    assert order("weighted_random", [none, below], draws=[0.0]).ring == ("ann",)
    assert order("weighted_random", [none, below], draws=[0.6]).ring == ("cho",)


@pytest.mark.parametrize("strategy", ["random", "weighted_random"])
def test_nobody_is_drawn_of_nobody_nor_besides_one_who_rings(strategy: str) -> None:
    assert order(strategy, []).ring == ()
    assert order(strategy, ABC, ringing=["dan"], ringing_tier=1).ring == ()


def test_what_was_drawn_is_journalled_and_shares_come_out_as_configured() -> None:
    def facts(name: str, weight: float) -> AgentFacts:
        members = {"loans": MemberFacts(weight=weight)}
        return AgentFacts(name=name, endpoint=f"PJSIP/{name}", members=members)

    desk = Desk([queue("weighted_random")], [facts("ann", 3), facts("bob", 1)])
    took = Counter(talk(desk, f"c{number}", 1) for number in range(400))
    assert 260 <= took["ann"] <= 340
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert len(decided.drawn) == 1
    assert 0 <= decided.drawn[0] < 1

"""Every registered strategy keeps the contract of :mod:`ivrcore.routing.strategy`."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import msgspec
import pytest

from ivrcore.model.roster import QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.facts import Candidate, VisitFacts
from ivrcore.routing.rulebook import RoutingPlugins, Rulebook
from ivrcore.routing.strategy import Choice, KeyStrategy, Order, OrderStrategy, Ranked
from ivrcore.routing.workload import Window

CANDIDATES = (
    Candidate("ann", 1000.0),
    Candidate("bob", 1000.0),
    Candidate("cho", 990.5, {"loans": 3, "law": 1}, 12, position=2, weight=2.5),
    Candidate("dan", 0.0, {"loans": 1}, 100_000, position=3, talk_began=950.0, load=1),
)
CONTACT = VisitFacts("c1", "c1.v1", "q", 1001.0, 1001.0)
NOW = 1063.0
ROUTING = load_plugins().routing()
KEYED = [found for found in ROUTING.strategies.values() if not hasattr(found, "order")]
ORDERING = [found for found in ROUTING.strategies.values() if hasattr(found, "order")]


@pytest.fixture(params=KEYED, ids=lambda strategy: strategy.name)
def keyed(request: pytest.FixtureRequest) -> KeyStrategy:
    found: KeyStrategy = request.param
    return found


@pytest.fixture(params=ORDERING, ids=lambda strategy: strategy.name)
def ordering(request: pytest.FixtureRequest) -> OrderStrategy:
    found: OrderStrategy = request.param
    return found


def test_keys_are_tuples_of_numbers_and_words(keyed: KeyStrategy) -> None:
    rulebook, queue = Rulebook(ROUTING), QueueFacts(name="q", strategy=keyed.name)
    for candidate in CANDIDATES:
        rank, until = rulebook.rank(queue, candidate, NOW)
        assert (rank.failed, rank.agent) == (0, candidate.agent)
        assert until is None or until > NOW
    assert rulebook.take_failures() == []


def test_the_same_candidate_gets_the_same_key_every_time(keyed: KeyStrategy) -> None:
    for candidate in CANDIDATES:
        again = msgspec.structs.replace(candidate, skills=dict(candidate.skills))
        assert keyed.key(candidate, {}, NOW) == keyed.key(again, {}, NOW)


def test_a_steady_one_gives_the_same_key_at_any_time(keyed: KeyStrategy) -> None:
    assert {one.name for one in KEYED if getattr(one, "steady", False)} >= {"longest_idle", "round_robin"}
    for candidate in CANDIDATES if getattr(keyed, "steady", False) else ():
        busy = msgspec.structs.replace(candidate, window=worked)
        assert keyed.key(busy, {}, NOW) == keyed.key(candidate, {}, NOW + 4000.0)


def worked(seconds: float, now: float) -> Window:
    """What one did who was there all the time, half of it in conversation."""
    return Window(1, seconds / 2, seconds / 2, seconds, now + 1.0)


def test_keys_of_all_candidates_can_be_sorted(keyed: KeyStrategy) -> None:
    found = [keyed.key(candidate, {}, NOW) for candidate in CANDIDATES]
    keys = [key.key if isinstance(key, Ranked) else key for key in found]
    assert len(sorted(keys)) == len(CANDIDATES)


def test_unknown_options_do_no_harm(keyed: KeyStrategy) -> None:
    assert keyed.key(CANDIDATES[0], {"no_such_option": 1}, NOW) == keyed.key(CANDIDATES[0], {}, NOW)


def test_it_explains_in_a_few_words_on_one_line(keyed: KeyStrategy) -> None:
    for candidate in CANDIDATES:
        fit_for_a_log(keyed.explain(candidate, {}, NOW))


def ask(strategy: OrderStrategy, candidates: Sequence[Candidate], ringing: Sequence[str] = ()) -> Order:
    """Ask through the rulebook, so that what it would refuse is a failure."""
    rulebook = Rulebook(RoutingPlugins(strategies={strategy.name: strategy}))
    choice = Choice(
        contact=CONTACT,
        candidates=candidates,
        ringing=ringing,
        ringing_tier=1 if ringing else None,
        memory={},
        options={"no_such_option": 1},
        now=NOW,
        draw=Random(7).random,
    )
    known = {candidate.agent for candidate in candidates}
    order = rulebook.order(QueueFacts(name="q", strategy=strategy.name), choice, known.__contains__)
    assert rulebook.take_failures() == []
    return order


def test_it_rings_candidates_and_no_others(ordering: OrderStrategy) -> None:
    order = ask(ordering, CANDIDATES)
    assert bool(order.ring) is not getattr(ordering, "pulled", False)
    assert {*order.ring} <= {candidate.agent for candidate in CANDIDATES}
    fit_for_a_log(order.why)


def test_with_the_same_facts_and_numbers_drawn_it_orders_the_same(ordering: OrderStrategy) -> None:
    assert ask(ordering, CANDIDATES) == ask(ordering, CANDIDATES)


def test_with_nobody_free_it_rings_nobody(ordering: OrderStrategy) -> None:
    order = ask(ordering, (), ("ann",))
    assert not order.ring
    assert order.again is None or order.again > NOW


def fit_for_a_log(words: str) -> None:
    assert words.strip() == words
    assert 0 < len(words) <= 80
    assert "\n" not in words

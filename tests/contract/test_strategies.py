"""Every registered strategy keeps the contract of :mod:`ivrcore.routing.strategy`."""

from collections.abc import Iterator

import pluggy
import pytest

from ivrcore import hookspecs
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.ranking import Ranking
from ivrcore.routing.strategy import Candidate, Strategy

CANDIDATES = (
    Candidate("ann", 1000.0, {}, 0),
    Candidate("bob", 1000.0, {}, 0),
    Candidate("cho", 990.5, {"loans": 3, "law": 1}, 12),
    Candidate("dan", 0.0, {"loans": 1}, 100_000),
)


def registered() -> Iterator[Strategy]:
    """Every strategy that an installed plugin gives."""
    manager = pluggy.PluginManager("ivrcore")
    manager.add_hookspecs(hookspecs)
    manager.load_setuptools_entrypoints("ivrcore")
    for strategies in manager.hook.ivrcore_strategies():
        yield from strategies


@pytest.fixture(params=list(registered()), ids=lambda strategy: strategy.name)
def strategy(request: pytest.FixtureRequest) -> Strategy:
    found: Strategy = request.param
    return found


def test_longest_idle_is_among_them_and_names_are_unique() -> None:
    names = [found.name for found in registered()]
    assert "longest_idle" in names
    assert len(names) == len(set(names))


def test_keys_are_tuples_of_numbers_and_words(strategy: Strategy) -> None:
    ranking, queue = Ranking({strategy.name: strategy}), QueueFacts(name="q", strategy=strategy.name)
    assert [ranking.rank(queue, candidate)[0] for candidate in CANDIDATES] == [0] * len(CANDIDATES)
    assert ranking.take_failures() == ()


def test_the_same_candidate_gets_the_same_key_every_time(strategy: Strategy) -> None:
    for candidate in CANDIDATES:
        again = Candidate(
            candidate.agent, candidate.idle_since, dict(candidate.skills), candidate.contacts_taken
        )
        assert strategy.key(candidate, {}) == strategy.key(again, {})


def test_keys_of_all_candidates_can_be_sorted(strategy: Strategy) -> None:
    keys = [strategy.key(candidate, {}) for candidate in CANDIDATES]
    assert len(sorted(keys)) == len(CANDIDATES)


def test_unknown_options_do_no_harm(strategy: Strategy) -> None:
    assert strategy.key(CANDIDATES[0], {"no_such_option": 1}) == strategy.key(CANDIDATES[0], {})


def test_it_explains_in_a_few_words_on_one_line(strategy: Strategy) -> None:
    for candidate in CANDIDATES:
        words = strategy.explain(candidate, 1063.0)
        assert words.strip() == words
        assert 0 < len(words) <= 80
        assert "\n" not in words

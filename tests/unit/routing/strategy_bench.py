"""Asks one strategy alone, through the rulebook, whom it would choose of agents whose facts are given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from router_desk import Desk, built_in

from ivrcore.model.names import By
from ivrcore.model.roster import QueueFacts
from ivrcore.routing.commands import TalkOver
from ivrcore.routing.facts import Candidate, VisitFacts
from ivrcore.routing.rulebook import Rulebook
from ivrcore.routing.strategy import Choice, Order
from ivrcore.routing.workload import Window

if TYPE_CHECKING:
    from ivrcore.routing.facts import Memory

NOW = 10_000.0


def lately(
    contacts: int = 0,
    talk: float = 0.0,
    work: float = 0.0,
    staffed: float = 3600.0,
    changes_at: float | None = None,
) -> Callable[[float, float], Window]:
    """A recent past that looks the same through every window."""
    return lambda _seconds, _now: Window(contacts, talk, work or talk, staffed, changes_at)


def ranking(strategy: str, candidates: Iterable[Candidate], **options: object) -> str:
    """The names in the order in which a key strategy ranks them."""
    rulebook, queue = Rulebook(built_in()), QueueFacts(name="q", strategy=strategy, options=options)
    ranks = sorted(rulebook.rank(queue, candidate, NOW)[0] for candidate in candidates)
    assert rulebook.take_failures() == []
    return " ".join(rank.agent for rank in ranks)


def renewed(strategy: str, candidate: Candidate, **options: object) -> float | None:
    """In how many seconds the key is asked for again."""
    queue = QueueFacts(name="q", strategy=strategy, options=options)
    until = Rulebook(built_in()).rank(queue, candidate, NOW)[1]
    return None if until is None else until - NOW


def words(strategy: str, candidate: Candidate, **options: object) -> str:
    """What a key strategy says of an agent."""
    queue = QueueFacts(name="q", strategy=strategy, options=options)
    rulebook = Rulebook(built_in())
    said = rulebook.explain(queue, candidate, NOW)
    assert rulebook.take_failures() == []
    return said


def refused(strategy: str, **options: object) -> str:
    """What is reported of a setting that the strategy cannot read."""
    queue = QueueFacts(name="q", strategy=strategy, options=options)
    rulebook = Rulebook(built_in())
    if rulebook.of(queue).keyed:
        assert rulebook.rank(queue, Candidate("ann", 0.0), NOW)[0].failed
    else:
        order(strategy, [Candidate("ann", 0.0)], rulebook=rulebook, **options)
    return " ".join(failure.error for failure in rulebook.take_failures())


def order(
    strategy: str,
    candidates: Sequence[Candidate],
    *,
    ringing: Sequence[str] = (),
    ringing_tier: int | None = None,
    draws: Iterable[float] = (),
    memory: Memory | None = None,
    rulebook: Rulebook | None = None,
    **options: object,
) -> Order:
    """What an order strategy says; fails if it draws more than is given."""
    asked = rulebook or Rulebook(built_in())
    left = iter(draws)
    choice = Choice(
        contact=VisitFacts("c1", "c1.v1", "q", NOW, NOW),
        candidates=candidates,
        ringing=ringing,
        ringing_tier=ringing_tier,
        memory=memory or {},
        options=options,
        now=NOW,
        draw=lambda: next(left),
    )
    known = {candidate.agent for candidate in candidates}
    found = asked.order(QueueFacts(name="q", strategy=strategy), choice, known.__contains__)
    if rulebook is None:
        assert asked.take_failures() == []
    return found


def queue(strategy: str, name: str = "loans", wrap_up: float = 0.0, **options: object) -> QueueFacts:
    """A queue of a strategy."""
    return QueueFacts(name=name, strategy=strategy, options=options, wrap_up=wrap_up)


def talk(desk: Desk, contact: str, seconds: float, queue: str = "loans") -> str:
    """A call comes, is answered at once, and is over; give who had it."""
    desk.call(contact, queue)
    offer = f"{contact}.v1.o1"
    agent = desk.state.offers[offer].agent
    desk.answer(offer)
    desk.pass_time(seconds)
    desk.give(TalkOver(offer, By.CALLER))
    return agent

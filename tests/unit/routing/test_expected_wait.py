"""The expected wait: right on average where theory knows the answer, and silent where too little is known."""

from __future__ import annotations

import heapq
from itertools import count
from random import Random

import pytest
from router_desk import Desk, built_in

from ivrcore.model.events import ContactQueued, OfferMade, VisitAnswered
from ivrcore.model.names import By, OfferEnd
from ivrcore.model.roster import AgentFacts, MemberFacts, QueueFacts
from ivrcore.routing import commands as r
from ivrcore.routing import turns
from ivrcore.routing.estimate import (
    CHECKED,
    LEAST,
    RATIOS_KEPT,
    Outlook,
    QueueEstimate,
    gamma_bound,
    virtual_wait,
)
from ivrcore.routing.router import RouterState, next_deadline, step

TALK = 100.0


class Hotline:
    """One queue with exponential arrivals, talks and patience, over the real router.

    Every tenth caller never hangs up: what such a one waits is what the others would have waited.
    """

    def __init__(self, agents: int, between: float, patience: float | None, seed: int) -> None:
        self.random = Random(seed)
        self.state = RouterState(built_in(), self.random.random)
        self.between, self.patience = between, patience
        self.serial = count()
        self.due: list[tuple[float, int, r.Input | None]] = []
        names = tuple(AgentFacts(name=f"a{n}", endpoint=f"PJSIP/{n}") for n in range(agents))
        self.now = 0.0
        self.pairs: list[tuple[float, float]] = []
        """What was expected, and waited, of those who never hang up."""
        self._expected: dict[str, float | None] = {}
        self.give(r.LoadRoster((QueueFacts(name="q", wrap_up=0.0),), names))
        for agent in names:
            self.give(r.AgentReady(agent.name))

    def give(self, given: r.Input) -> None:
        decision = step(self.state, given, self.now)
        for event in decision.events:
            if isinstance(event, ContactQueued):
                self._expected[event.contact] = event.expected
            elif isinstance(event, VisitAnswered) and event.contact.endswith("0"):
                expected = self._expected[event.contact]
                if expected is not None:
                    self.pairs.append((expected, event.waited))
        for command in decision.commands:
            if isinstance(command, r.RingAgent):
                self.give(r.Bridged(command.offer, "b"))
                self.later(self.random.expovariate(1 / TALK), r.TalkOver(command.offer, By.AGENT))

    def later(self, seconds: float, given: r.Input | None) -> None:
        heapq.heappush(self.due, (self.now + seconds, next(self.serial), given))

    def run(self, callers: int) -> None:
        self.later(0.0, None)
        arrived = 0
        while self.due and arrived < callers:
            at, _, given = heapq.heappop(self.due)
            while (tick := next_deadline(self.state)) is not None and tick < at:
                self.now = tick
                self.give(r.Tick())
            self.now = at
            if given is not None:
                if not self.served_before(given):
                    self.give(given)
                continue
            arrived += 1
            name = f"c{arrived}"
            self.give(r.Enqueue(name, f"{name}.v1", "q"))
            if self.patience and not name.endswith("0"):
                self.later(self.random.expovariate(1 / self.patience), r.CallerLeft(name))
            self.later(self.random.expovariate(1 / self.between), None)

    def served_before(self, given: r.Input) -> bool:
        """Whether this is the end of a patience that did not matter any more."""
        if not isinstance(given, r.CallerLeft):
            return False
        visit = self.state.waiting.by_contact.get(given.contact)
        return visit is None or visit.answered

    @property
    def means(self) -> tuple[float, float]:
        """Expected and waited, on average, the first tenth (learning) left out."""
        settled = self.pairs[len(self.pairs) // 10 :]
        return sum(a for a, _ in settled) / len(settled), sum(b for _, b in settled) / len(settled)


@pytest.mark.parametrize(
    ("agents", "load", "patience"),
    [
        (1, 0.8, None),
        pytest.param(5, 0.9, None, marks=pytest.mark.slow),
        (5, 1.3, 200.0),
        pytest.param(10, 1.5, 60.0, marks=pytest.mark.slow),
    ],
    ids=["M/M/1", "M/M/5", "M/M/5+M", "M/M/10+M overloaded"],
)
def test_on_average_the_wait_is_as_expected(agents: int, load: float, patience: float | None) -> None:
    """The bound: a fifth of the mean wait, with 2,500 callers."""
    hotline = Hotline(agents, TALK / agents / load, patience, 1)
    hotline.run(2500)
    expected, waited = hotline.means
    assert waited > 0
    assert expected == pytest.approx(waited, rel=0.2)


def test_the_sum_is_as_in_theory_also_where_it_is_integrated() -> None:
    assert virtual_wait(4, 0.5, 0.0) == (10.0, 20.0)
    assert virtual_wait(0, 0.5, 0.1) == (2.0, 4.0)
    rates = [0.1 + j * 0.01 for j in range(5001)]
    by_hand = sum(1 / rate for rate in rates), sum(1 / rate**2 for rate in rates)
    assert virtual_wait(5000, 0.1, 0.01) == pytest.approx(by_hand, rel=1e-5)


@pytest.mark.parametrize(("ahead", "bound"), [(0, 2.996), (1, 4.744), (4, 9.154), (19, 27.88)])
def test_nineteen_of_twenty_sums_of_exponential_times_are_shorter(ahead: int, bound: float) -> None:
    """The quantiles of the Erlang distribution: half of those of chi-square with 2 (k + 1) degrees."""
    assert gamma_bound(*virtual_wait(ahead, 1.0, 0.0)) == pytest.approx(bound, rel=0.01)


def expected(known: QueueEstimate, ahead: int, agents: int) -> float:
    found = known.outlook(ahead, agents)
    assert found is not None
    return found.expected


def learnt(handled: float = 100.0) -> QueueEstimate:
    known = QueueEstimate(contacts=LEAST)
    for _ in range(LEAST):
        known.handling.add(handled, 1.0)
        known.share.add(handled, handled)
    return known


def test_agents_at_work_share_what_is_ahead() -> None:
    assert expected(learnt(), 3, 2) == pytest.approx((3 + 1) * 100.0 / 2)


def test_half_the_work_of_its_agents_makes_the_wait_twice_as_long() -> None:
    known = learnt()
    for _ in range(LEAST):
        known.share.add(0.0, 100.0)
    assert expected(known, 0, 1) == pytest.approx(200.0, rel=0.05)


def test_nothing_is_said_of_a_queue_with_little_data_or_nobody_there() -> None:
    known = learnt()
    assert known.outlook(1, 0) is None
    known.contacts = LEAST - 1
    assert known.outlook(1, 3) is None


@pytest.mark.parametrize(("waited", "trusted"), [(100.0, True), (250.0, True), (300.0, False), (30.0, False)])
def test_an_estimate_that_was_too_wrong_of_late_is_not_trusted(waited: float, trusted: bool) -> None:
    known = learnt()
    for _ in range(int(CHECKED) * 2):
        known.checked(waited, 100.0)
    assert known.trusted is trusted


def test_errors_of_opposite_sign_do_not_cancel() -> None:
    known = learnt()
    for _ in range(int(CHECKED)):
        known.checked(295.0, 100.0)
        known.checked(5.0, 200.0)  # 300 s were expected of the two, and waited
    assert not known.trusted


def test_exponential_waits_that_are_right_on_average_are_trusted() -> None:
    chance, known = Random(1), learnt()
    for _ in range(1000):
        known.checked(chance.expovariate(1 / 100.0), 100.0)
    assert known.trusted


def test_a_bound_is_stretched_by_what_the_last_waits_took() -> None:
    known, by_theory = learnt(), gamma_bound(*virtual_wait(3, 0.02, 0.0))
    assert known.outlook(3, 2) == Outlook(pytest.approx(200.0), pytest.approx(by_theory))
    for _ in range(RATIOS_KEPT):
        known.bounded(0.5 * by_theory, by_theory, 1.0)
    assert known.stretch.factor == 1.0  # it is never less than theory has it
    for _ in range(RATIOS_KEPT):
        known.bounded(3.0 * by_theory, 1.5 * by_theory, 1.5)
    assert known.stretch.factor == pytest.approx(3.0)
    assert len(known.stretch.ordered) == RATIOS_KEPT
    found = known.outlook(3, 2)
    assert found == Outlook(pytest.approx(200.0), pytest.approx(3 * by_theory))


def test_no_bound_is_told_while_too_many_were_broken_of_late() -> None:
    known = learnt()
    for waited in (50.0, 150.0, 50.0, 50.0) * int(CHECKED):
        known.bounded(waited, 100.0, 1.0)
    assert not known.kept_word
    for _ in range(60):
        known.bounded(50.0, 100.0, 1.0)
    assert known.kept_word


def test_what_is_learnt_is_folded_from_the_events_alone() -> None:
    desk = Desk(agents=["ann"])
    for number in range(LEAST):
        desk.call(f"c{number}")
        offer = desk.last(OfferMade).offer
        desk.now += 4.0
        desk.answer(offer)
        desk.give(r.TalkOver(offer, By.AGENT), after=86.0)
        desk.pass_time(20.0)
    desk.call("c7")
    desk.answer(desk.last(OfferMade).offer)
    desk.call("c8")
    desk.call("c9")
    # 4 s of ringing, 86 of talk and 10 of wrap-up: an agent's time for one contact
    assert desk.last(ContactQueued).expected == pytest.approx(200.0)
    assert desk.state.expected_wait("loans") == pytest.approx(300.0)
    assert desk.state.remaining_wait("c8.v1") == pytest.approx(100.0)
    assert desk.state.remaining_wait("c7.v1") is None
    assert desk.last(ContactQueued).at_most == pytest.approx(gamma_bound(*virtual_wait(1, 0.01, 0.0)))
    assert desk.state.waits_at_most("c9.v1") == desk.last(ContactQueued).at_most
    assert desk.state.waits_at_most("c7.v1") is None
    assert desk.replayed().snapshot() == desk.state.snapshot()


def served(desk: Desk, contacts: int = LEAST + 3, ring: float = 5.0) -> None:
    """Contacts who come, are answered after so long, and talk for 60 s."""
    for number in range(contacts):
        desk.call(f"w{number}")
        if not desk.state.waiting.by_contact[f"w{number}"].live:
            desk.give(r.TakeContact("ann", f"w{number}"))
        desk.now += ring
        offer = desk.last(OfferMade).offer
        desk.answer(offer)
        desk.give(r.TalkOver(offer, By.AGENT), after=60)
        desk.pass_time(30)


def test_ahead_are_those_without_an_offer_however_many_phones_ring() -> None:
    desk = Desk(agents=[f"a{number}" for number in range(5)])
    for number in range(11):
        desk.call(f"c{number:02}")
    waits = [desk.state.waiting.visits[f"c{number:02}.v1"] for number in range(11)]
    ahead = [desk.state.waiting.ahead("loans", visit.place) for visit in waits[5:]]
    assert ahead == [0, 1, 2, 3, 4, 5]
    assert desk.state.waiting.ahead("loans") == 6
    assert [desk.state.position(visit.id) for visit in waits[5:7]] == [6, 7]
    desk.answer("c00.v1.o1")
    desk.give(r.OfferFailed("c01.v1.o1", OfferEnd.NO_ANSWER))  # waits on, before the others
    desk.give(r.CallerLeft("c02"))
    desk.give(r.Prioritise("c03", 5, "sue"))
    desk.pass_time(0.0)
    unoffered = sorted(visit.place for visit in desk.state.waiting.visits.values() if visit.waiting)
    assert [desk.state.waiting.ahead("loans", place) for place in unoffered] == [*range(len(unoffered))]
    assert desk.state.waiting.ahead("loans") == len(unoffered)


def test_the_first_who_waits_while_phones_ring_hears_of_the_next_agent_and_not_of_five() -> None:
    desk = Desk([QueueFacts(name="loans", wrap_up=0.0)], [f"a{number}" for number in range(5)])
    served(desk)
    for number in range(11):
        desk.call(f"c{number:02}")
    assert desk.state.remaining_wait("c05.v1") == pytest.approx(65.0 / 5, rel=0.02)
    assert desk.state.remaining_wait("c06.v1") == pytest.approx(2 * 65.0 / 5, rel=0.02)


def test_the_turn_of_the_first_who_waits_is_near_while_many_phones_ring() -> None:
    desk = Desk(agents=[f"a{number}" for number in range(4)])
    for number in range(3):
        desk.call(f"c{number}")
    desk.answer("c0.v1.o1")
    desk.give(r.TalkOver("c0.v1.o1", By.AGENT))  # in wrap-up for 10 s
    desk.give(r.AgentPause("a3"))
    desk.call("c4")
    assert desk.state.waiting.visits["c4.v1"].waiting
    assert turns.near(desk.state, "c4", desk.now + 15.0)
    assert not turns.near(desk.state, "c4", desk.now + 5.0)


def test_nothing_is_said_in_a_queue_that_rings_nobody() -> None:
    desk = Desk([QueueFacts(name="loans", strategy="pull")], ["ann", "bob"])
    served(desk, ring=400.0)
    desk.call("c1")
    assert desk.last(ContactQueued).expected is None
    assert desk.state.remaining_wait("c1.v1") is None
    assert desk.state.expected_wait("loans") is None


def test_nothing_is_said_to_one_who_is_handed_over_until_the_time_is_over() -> None:
    desk = Desk(agents=["ann", "bob", "cy"])
    served(desk)
    for agent in ("ann", "bob", "cy"):
        desk.give(r.AgentPause(agent))
    desk.call("c1")
    desk.give(r.HandOver("c1", "ann", 60.0, "sue"))
    desk.give(r.AgentReady("bob"))
    assert desk.state.remaining_wait("c1.v1") is None
    desk.give(r.Enqueue("c2", "c2.v1", "loans"))
    desk.answer("c2.v1.o1")
    assert desk.state.remaining_wait("c1.v1") is None
    desk.pass_time(61)
    assert desk.state.remaining_wait("c1.v1") == pytest.approx(75.0, rel=0.02)


def test_nothing_is_said_to_one_for_whom_nobody_who_is_free_is_right_yet() -> None:
    later = {"loans": MemberFacts(tier=3)}
    desk = Desk(
        [QueueFacts(name="loans", relaxation="tiers", relaxation_options={"wait": 200})],
        [
            AgentFacts(name="ann", endpoint="x", members={"loans": MemberFacts(tier=0)}),
            AgentFacts(name="bob", endpoint="y", members=later),
        ],
    )
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    desk.call("c2")
    assert desk.offers() == [("c1", "ann")]
    assert desk.last(ContactQueued).expected is None
    assert desk.state.remaining_wait("c2.v1") is None


def test_of_two_who_wait_though_somebody_is_free_neither_is_told_and_else_the_first_of_less() -> None:
    facts = QueueFacts(name="loans", wrap_up=0.0, relaxation="tiers", relaxation_options={"wait": 200})
    backup = AgentFacts(name="bob", endpoint="y", members={"loans": MemberFacts(tier=3)})
    desk = Desk([facts], [AgentFacts(name="ann", endpoint="x"), backup])
    served(desk)
    for contact in ("c1", "c2", "c3"):
        desk.call(contact)
    assert [visit.id for visit in desk.state.waiting.of("loans") if visit.waiting] == ["c2.v1", "c3.v1"]
    told = [desk.state.remaining_wait(f"{contact}.v1") for contact in ("c2", "c3")]
    bounds = [desk.state.waits_at_most(f"{contact}.v1") for contact in ("c2", "c3")]
    assert (told, bounds) == ([None, None], [None, None])
    desk.give(r.AgentPause("bob"))
    first, second = (desk.state.remaining_wait(f"{contact}.v1") for contact in ("c2", "c3"))
    assert first == pytest.approx(65.0, rel=0.02)
    assert second == pytest.approx(130.0, rel=0.02)


def coming_free(*waiting: tuple[str, str]) -> Desk:
    """Ann and bob serve two queues, ann alone is in wrap-up; contacts wait in these queues, in this order."""
    desk = Desk([QueueFacts(name="loans", wrap_up=10.0), QueueFacts(name="cards")], ["ann", "bob"])
    desk.give(r.AgentPause("bob"))
    desk.call("c0")
    desk.answer("c0.v1.o1")
    desk.give(r.TalkOver("c0.v1.o1", By.AGENT))
    for contact, queue in waiting:
        desk.pass_time(0.1)
        desk.give(r.Enqueue(contact, f"{contact}.v1", queue, call_back=True))
    return desk


def test_an_agent_of_two_queues_comes_free_for_one_contact() -> None:
    desk = coming_free(("c1", "loans"), ("c2", "cards"))
    by = desk.now + 15.0
    assert turns.near(desk.state, "c1", by)
    assert not turns.near(desk.state, "c2", by), "c1 came earlier"
    assert not turns.near(desk.state, "c1", by, rung=["c2"])
    assert turns.near(desk.state, "c1", by, rung=["c1"])


def test_who_is_rung_behind_a_contact_of_the_same_queue_has_the_agent() -> None:
    desk = coming_free(("c1", "loans"), ("c2", "loans"))
    assert not turns.near(desk.state, "c1", desk.now + 15.0, rung=["c2", "gone"])


def test_nobodys_turn_is_near_where_agents_take_contacts_when_they_like() -> None:
    desk = Desk([QueueFacts(name="loans", strategy="pull")], ["ann", "bob"])
    desk.call("c1")
    assert not turns.near(desk.state, "c1", desk.now + 15.0)

"""What plugins give is made plain, or counts as a failure: the journal can always be read back."""

from __future__ import annotations

import math
from asyncio import new_event_loop
from collections import UserDict
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from router_desk import Desk, built_in, written

from ivrcore.api import Candidate, Choice, Order, Ranked, Relaxed
from ivrcore.journal.local import LocalJournal
from ivrcore.model.events import ContactPlaced, ContactQueued, NeedRelaxed, OfferMade, PluginFailed
from ivrcore.model.events import StrategyRemembered as Remembered
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing import plain, router
from ivrcore.routing.commands import Prioritise, RingAgent
from ivrcore.routing.rulebook import RoutingPlugins
from ivrcore.routing.state import RouterState


class Float(float):
    """As numpy's is: the encoder knows exact types only."""


class Int(int):
    pass


class Str(str):
    """Says of itself something else."""

    __slots__ = ()

    def __str__(self) -> str:
        return self


HALF = "\ud800"


class Key:
    """Gives what it is told as a key, in words, and as memory."""

    name = "odd"

    def __init__(self, key: Any, words: Any = "oddly", memory: Any = None) -> None:
        self.given, self.words, self.memory = key, words, {} if memory is None else memory

    def key(self, candidate: Candidate, options: Any, now: float) -> Any:
        return self.given(candidate) if callable(self.given) else self.given

    def explain(self, *_: Any) -> Any:
        return self.words

    def remember(self, *_: Any) -> Any:
        return self.memory


class Ringing:
    """Answers as it is told."""

    name = "odd"

    def __init__(self, answer: Callable[[Choice], Any]) -> None:
        self.order = answer


class Relaxing:
    name = "odd"

    def __init__(self, answer: Callable[[], Any]) -> None:
        self.answer = answer

    def relax(self, *_: Any) -> Any:
        return self.answer()


class Ordering:
    name = "odd"

    def __init__(self, place: Any, claim: Any = 0.0) -> None:
        self.given, self.claimed = place, claim

    def place(self, visit: Any, options: Any) -> Any:
        return self.given

    def claim(self, *_: Any) -> Any:
        return self.claimed


class Reason:
    name = "odd"

    def __init__(self, reason: Any) -> None:
        self.reason = reason

    def misfit(self, member: Any, asked: Any) -> Any:
        return self.reason if member.agent == "bob" else ""


def odd(**plugins: Any) -> RoutingPlugins:
    """Give the built-in plugins, and odd ones: ``strategies=Key(…)``."""
    return replace(
        built_in(), **{kind: {**getattr(built_in(), kind), "odd": one} for kind, one in plugins.items()}
    )


def desk_of(queue: QueueFacts, plugins: RoutingPlugins) -> Desk:
    return Desk([queue], ["ann", "bob"], plugins=plugins)


def read_back(desk: Desk) -> None:
    """Encode all that happened, read it, fold it."""
    assert [written(written(event)) for event in desk.events] == [written(event) for event in desk.events]
    assert desk.replayed().snapshot() == desk.state.snapshot()


def failures(desk: Desk) -> set[tuple[str, str]]:
    return {(event.plugin, event.hook.removeprefix("ivrcore_")) for event in desk.all(PluginFailed)}


# --- strategies ---


@pytest.mark.parametrize(
    ("key", "kept"),
    [
        (lambda one: (one.load > 0, one.idle_since), (0, 1000.0)),
        ((math.inf,), (plain.FARTHEST,)),
        ((-math.inf, 2), (-plain.FARTHEST, 2)),
        ((Float(1.5), Int(3), Str("x")), (1.5, 3, "x")),
        ((10**20, Fraction(1, 2)), (1e20, 0.5)),
        (Ranked((1,), math.inf), (1,)),
        ([1, 2], (1, 2)),
    ],
)
def test_a_key_is_kept_plain(key: Any, kept: tuple[Any, ...]) -> None:
    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=Key(key)))
    desk.call("c1")
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert [type(part) for part in decided.first[0][2]] == [type(part) for part in kept]
    assert decided.first[0][2] == kept
    assert not failures(desk)
    read_back(desk)


@pytest.mark.parametrize(
    "key", [(math.nan,), (10**400,), (HALF,), (None,), (object(),), ((1,),), 5, Ranked((1,), math.nan)]
)
def test_a_key_that_cannot_be_kept_is_a_failure_and_idle_time_decides(key: Any) -> None:
    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=Key(key)))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    assert failures(desk) == {("odd", "strategies")}
    read_back(desk)


@pytest.mark.parametrize(
    ("words", "kept"),
    [(Str("so"), "odd: so;"), (HALF, "the strategy failed;"), (5, "odd: 5;"), (None, "odd: None;")],
)
def test_words_are_texts(words: Any, kept: str) -> None:
    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=Key((1,), words)))
    desk.call("c1")
    assert kept in desk.last(OfferMade).why
    read_back(desk)


@pytest.mark.parametrize(
    "memory",
    [
        {1: 2},
        {"x": math.nan},
        {"x": math.inf},
        {"x": HALF},
        {HALF: 1},
        {"x": [1]},
        {"x": object()},
        {"x": 10**30},
        [1],
        5,
    ],
)
def test_what_cannot_be_remembered_is_not(memory: Any) -> None:
    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=Key((1,), memory=memory)))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    assert not desk.all(Remembered)
    assert failures(desk) == {("odd", "strategies")}
    read_back(desk)


def test_what_is_remembered_is_plain() -> None:
    given = {Str("a"): Float(1), "b": Int(2), "c": True, "d": None, "e": Str("x"), "f": 1.0}
    desk = desk_of(
        QueueFacts(name="loans", strategy="odd"), odd(strategies=Key((1,), memory=UserDict(given)))
    )
    desk.call("c1")
    kept = desk.last(Remembered).memory
    assert kept == {"a": 1.0, "b": 2, "c": True, "d": None, "e": "x", "f": 1.0}
    assert [type(value) for value in kept.values()] == [float, int, bool, type(None), str, float]
    read_back(desk)


@pytest.mark.parametrize(
    "answer",
    [
        lambda choice: Order((), "none"),
        lambda choice: Order((), "none", again=math.inf),
        lambda choice: Order((), "none", again=math.nan),
        lambda choice: Order(("ann",), HALF),
        lambda choice: Order(("ann",), "x", memory={"x": math.inf}),
        lambda choice: Order(("ann",), "x", again="soon"),
        lambda choice: Order((["ann"],), "x"),
        lambda choice: Order((one for one in ("ghost",)), "x"),  # type: ignore[arg-type]
        lambda choice: None,
        lambda choice: choice.memory.update(x=1),
        lambda choice: choice.options.clear(),
        lambda choice: choice.contact.skills.clear(),
        lambda choice: choice.candidates[0].skills.clear(),
        lambda choice: choice.candidates[0].asked.clear(),
    ],
)
def test_an_order_that_cannot_be_used_is_a_failure_and_idle_time_decides(
    answer: Callable[[Choice], Any],
) -> None:
    queue = QueueFacts(name="loans", strategy="odd", options={"x": 1}, skills={"law": 1})
    ann, bob = (AgentFacts(name=one, endpoint="PJSIP/x", skills={"law": 1}) for one in ("ann", "bob"))
    desk = Desk([queue], [ann, bob], plugins=odd(strategies=Ringing(answer)))
    desk.call("c1", law=1)
    assert desk.offers() == [("c1", "ann")]
    assert failures(desk) == {("odd", "strategies")}
    assert desk.state.memories == {}
    read_back(desk)


@pytest.mark.parametrize(
    "ring",
    [lambda names: (one for one in names), lambda names: iter(names), lambda names: [Str(names[0]), *names]],
)
def test_an_order_may_name_agents_by_whatever_can_be_gone_through(ring: Callable[[list[str]], Any]) -> None:
    strategy = Ringing(lambda choice: Order(ring([one.agent for one in choice.candidates]), "all"))
    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=strategy))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann"), ("c1", "bob")]
    assert not failures(desk)
    read_back(desk)


def test_an_order_may_let_a_contact_wait_for_a_time_or_for_those_who_ring() -> None:
    def answer(choice: Choice) -> Order:
        if not choice.ringing and choice.now < 1005:
            return Order((), "later", again=choice.now + 5)
        return Order((), "enough") if choice.ringing else Order(("bob",), "now", again=choice.now + 3)

    desk = desk_of(QueueFacts(name="loans", strategy="odd"), odd(strategies=Ringing(answer)))
    desk.call("c1")
    desk.pass_time(12)
    assert desk.offers() == [("c1", "bob")]
    assert not failures(desk)
    read_back(desk)


def test_what_a_strategy_does_to_its_settings_stays_with_it() -> None:
    def answer(choice: Choice) -> Order:
        choice.options["rules"].append(1)
        return Order(("ann",), str(len(choice.options["rules"])))

    queue = QueueFacts(name="loans", strategy="odd", options={"rules": []})
    desk = desk_of(queue, odd(strategies=Ringing(answer)))
    desk.call("c1")
    assert queue.options == {"rules": []}
    assert desk.state.queues["loans"].options == {"rules": []}


# --- relaxations and rules ---


@pytest.mark.parametrize(
    "need",
    [
        {"skills": ["english"]},
        {"skills": [1, 2]},
        {"skills": [("english", "b2")]},
        {"skills": {"english": "b2"}},
        {"skills": {"english": math.nan}},
        {"skills": {"english": 1.5}},
        {"skills": "english"},
        {"skills": 5},
        {"tier": 5},
        {"tier": [1]},
        {"tier": ["a", "b"]},
        {"tier": {"least": 1, "most": 2}},
        {"agents": "ann"},
        {"agents": [1]},
        {"agents": {"ann": 1}},
        {1: 2},
        {HALF: 1},
        {"expression": HALF},
        {"expression": object()},
        {"expression": b"english"},
        {"expression": frozenset({1})},
        {"expression": math.inf},
        {"expression": [[[[[[[[[[1]]]]]]]]]]},
    ],
)
def test_a_need_that_cannot_be_used_is_a_failure_and_changes_nothing(need: Any) -> None:
    answer = Relaxing(lambda: Relaxed(need, "oddly"))
    desk = desk_of(QueueFacts(name="loans", relaxation="odd"), odd(relaxations=answer))
    desk.call("c1")
    desk.call("c2")
    assert failures(desk) == {("odd", "relaxations")}
    assert [event.need for event in desk.all(NeedRelaxed)] == [{}, {}]
    assert desk.offers() == [("c1", "ann"), ("c2", "bob")]
    read_back(desk)


@pytest.mark.parametrize(
    ("need", "kept"),
    [
        ({"skills": {"english": 60.0, Str("law"): Int(1)}}, {"skills": (("english", 60), ("law", 1))}),
        ({"skills": [["law", 1]]}, {"skills": (("law", 1),)}),
        ({"skills": {}, "tier": None, "agents": ()}, {}),
        ({"tier": [Int(1), None, 2]}, {"tier": (1, None, 2)}),
        ({"agents": ["ann", Str("bob")]}, {"agents": ("ann", "bob")}),
        ({"moon": {"x": [Float(1.0), {2: 3}]}}, {"moon": (("x", (1.0, (("2", 3),))),)}),
    ],
)
def test_a_need_is_kept_plain(need: Any, kept: Any) -> None:
    answer = Relaxing(lambda: Relaxed(need, Str("so"), until=math.inf))
    desk = desk_of(QueueFacts(name="loans", relaxation="odd"), odd(relaxations=answer))
    desk.call("c1")
    relaxed = desk.last(NeedRelaxed)
    assert (relaxed.need, relaxed.why, relaxed.until) == (kept, "so", None)
    assert ("odd", "relaxations") not in failures(desk)
    read_back(desk)


def test_what_a_relaxation_does_to_the_need_it_is_shown_stays_with_it() -> None:
    class Wild:
        name = "odd"

        def relax(self, visit: Any, need: Any, *_: Any) -> Any:
            need["tier"] = [5, 5]
            raise ValueError("wild")

    queue = QueueFacts(name="loans", relaxation="odd", require={"tier": [1, 3]})
    desk = desk_of(queue, odd(relaxations=Wild()))
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]


@pytest.mark.parametrize("why", [HALF, "x" + HALF])
def test_words_of_a_relaxation_are_texts(why: str) -> None:
    answer = Relaxing(lambda: Relaxed({}, why))
    desk = desk_of(QueueFacts(name="loans", relaxation="odd"), odd(relaxations=answer))
    desk.call("c1")
    assert failures(desk) == {("odd", "relaxations")}
    read_back(desk)


@pytest.mark.parametrize(
    ("reason", "out"), [(Str("moody"), {"moody": 1}), (5, {"5": 1}), (HALF, {}), ([HALF], {"['\\ud800']": 1})]
)
def test_a_reason_is_a_text(reason: Any, out: dict[str, int]) -> None:
    desk = desk_of(QueueFacts(name="loans", require={"odd": 1}), odd(eligibility=Reason(reason)))
    desk.call("c1")
    decided = desk.last(OfferMade).decided
    assert decided is not None
    assert decided.excluded == out
    read_back(desk)


# --- contact orders ---


@pytest.mark.parametrize("place", [math.inf, -math.inf, Float(1000), Int(990), True, 10**300, 0, -1e300])
@pytest.mark.parametrize("claim", [math.inf, -math.inf, Float(2), True, 1e300])
def test_an_order_gives_finite_numbers(place: Any, claim: Any) -> None:
    desk = desk_of(QueueFacts(name="loans", order="odd"), odd(contact_orders=Ordering(place, claim)))
    desk.call("c1")
    desk.call("c2")
    desk.call("c3")
    desk.give(Prioritise("c3", 3, "sue"))
    places = [event.place for event in desk.all(ContactQueued)] + [e.place for e in desk.all(ContactPlaced)]
    assert all(one is not None and math.isfinite(one) for one in places)
    claims = [event.decided.claim for event in desk.all(OfferMade) if event.decided]
    assert len(claims) == 2
    assert all(math.isfinite(one) for one in claims)
    assert not failures(desk)
    read_back(desk)


@pytest.mark.parametrize("value", [math.nan, None, "soon", object(), 10**400])
def test_an_order_that_gives_no_number_goes_by_age(value: Any) -> None:
    desk = desk_of(QueueFacts(name="loans", order="odd"), odd(contact_orders=Ordering(value, value)))
    desk.call("c1")
    assert desk.last(ContactQueued).place == 1000
    assert failures(desk) == {("odd", "contact_orders")}
    read_back(desk)


# --- all together ---


def test_given_odd_values_from_every_plugin_when_the_server_starts_again_then_its_journal_is_read(
    tmp_path: Path,
) -> None:
    queue = QueueFacts(name="loans", strategy="odd", relaxation="odd", order="odd", require={"odd": 1})
    plugins = odd(
        strategies=Key(lambda one: (one.load > 0, -math.inf, Float(one.idle_since)), Str("so"), {"x": True}),
        relaxations=Relaxing(lambda: Relaxed({"skills": {}, "odd": Float(2)}, Str("so"), until=math.inf)),
        contact_orders=Ordering(-math.inf, math.inf),
        eligibility=Reason(Str("moody")),
    )
    desk = desk_of(queue, plugins)
    desk.call("c1")
    assert desk.offers() == [("c1", "ann")]
    loop = new_event_loop()
    journal = LocalJournal(tmp_path / "journal.db", loop)
    journal.append(desk.events)
    journal.close()
    again = LocalJournal(tmp_path / "journal.db", loop)
    state = RouterState()
    for record in again.read():
        router.apply(state, record.event)
    again.close()
    loop.close()
    assert state.snapshot() == desk.state.snapshot()


# --- a fault of our own ---


def test_given_a_fault_of_ours_in_a_step_then_what_has_happened_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given matching breaks, when somebody calls, then the call is on record and the fault is told."""
    desk = Desk(agents=["ann"])

    def broken(*_: Any) -> Any:
        raise LookupError("ours")

    monkeypatch.setattr(router, "Matching", broken)
    with pytest.raises(LookupError):
        desk.call("c1")
    assert [event.contact for event in desk.all(ContactQueued)] == ["c1"]
    assert desk.replayed().snapshot() == desk.state.snapshot()
    monkeypatch.undo()
    desk.call("c2")
    assert [(command.contact, command.agent) for command in desk.ordered(RingAgent)] == [("c1", "ann")]

"""Explanations from a part of a long journal: the same as from the whole, where it says that it agrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore import why
from ivrcore.explaining.model import Explanation, OfferView
from ivrcore.explaining.rebuild import Rebuilding
from ivrcore.explaining.story import NAMES, explain
from ivrcore.explaining.text import as_text
from ivrcore.journal import excerpts
from ivrcore.journal.local import insert
from ivrcore.journal.record import Record
from ivrcore.journal.store import Store
from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.plugin_manager import load_plugins
from ivrcore.routing.state import RouterState
from ivrcore.simulator.chance import Exponential, Fixed
from ivrcore.simulator.people import Person, Shift
from ivrcore.simulator.run import Floor, simulate
from ivrcore.simulator.traffic import Demand, Rate, Several

HOUR, DAY = 3600.0, 86_400.0
PLUGINS = load_plugins().routing()


def week(folder: Path, strategy: str, days: int = 3, *, always: bool = False) -> tuple[Path, list[Event]]:
    """Days of ten hours with three agents, in a journal; ``always``: one of them never logs out."""
    shifts = tuple(Shift(day * DAY + 8 * HOUR, day * DAY + 18 * HOUR) for day in range(days))
    kept = Person(answer=Fixed(3.0), misses=0.05, shifts=shifts)
    stays = Person(answer=Fixed(3.0), misses=0.05)
    agents = tuple(AgentFacts(name=f"a{at}", endpoint=f"PJSIP/a{at}") for at in range(3))
    rates = [
        Rate(day * DAY + hour * HOUR, rate) for day in range(days) for hour, rate in ((9, 0.007), (17, 0.0))
    ]
    demand = Demand("loans", (Rate(0.0, 0.0), *rates), Exponential(180.0), Exponential(300.0))
    people = {agent.name: stays if always and at < 1 else kept for at, agent in enumerate(agents)}
    queue = QueueFacts(name="loans", strategy=strategy, relaxation="preferred", order="service_level")
    floor = Floor((queue,), agents, Several((demand,)), days * DAY, people=people)
    happened: list[Event] = []
    simulate(floor, "1", PLUGINS, watch=happened.extend)
    path = folder / "journal.db"
    records = [Record(seq, event) for seq, event in enumerate(happened, 1)]
    store = Store(path)
    store.commit([insert(records)])
    store.close()
    return path, happened


def contacts(happened: list[Event], count: int = 2) -> list[str]:
    """Some contacts of the last day: early, in the midst, and the last one."""
    names = [one.contact for one in happened if isinstance(one, events.ContactQueued)]
    last = [one for one in names if one in names[len(names) * 2 // 3 :]]
    return [*(last[len(last) * number // count] for number in range(count)), last[-1]]


def offers(found: Explanation) -> list[OfferView]:
    return [one.offer for one in found.decisions if one.offer is not None]


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["longest_idle", "least_occupied", "round_robin", "fewest_contacts"])
def test_a_part_of_the_journal_tells_the_same_as_the_whole(tmp_path: Path, strategy: str) -> None:
    path, happened = week(tmp_path, strategy)
    for contact in contacts(happened):
        part = excerpts.excerpt(path, contact, NAMES)
        assert part is not None
        assert 0 < part.begin < part.end
        assert part.end - part.begin < len(happened) * 0.6
        found = explain(contact, part.events(), PLUGINS, part.standing())
        assert found.agrees
        assert found == explain(contact, happened, PLUGINS)
        assert found == why.explained(contact, path)


@pytest.mark.slow
def test_agents_who_never_log_out_are_taken_as_a_day_of_them_has_it(tmp_path: Path) -> None:
    path, happened = week(tmp_path, "least_occupied", always=True)
    contact = contacts(happened)[1]
    part = excerpts.excerpt(path, contact, NAMES)
    assert part is not None
    assert part.begin > 0
    found, whole = why.explained(contact, path), explain(contact, happened, PLUGINS)
    assert [one.said for one in found.decisions] == [one.said for one in whole.decisions]
    assert found.agrees


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["longest_idle", "fewest_contacts"])
def test_what_came_before_a_part_is_known_from_open_visits_or_said_to_be_unknown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strategy: str
) -> None:
    path, happened = week(tmp_path, strategy, 2, always=True)
    monkeypatch.setattr(excerpts, "LEAST", 60.0)  # so that conversations and waits reach over the beginning
    monkeypatch.setattr(excerpts, "MOST", HOUR)
    reached_over = 0
    for contact in contacts(happened, 5):
        part = excerpts.excerpt(path, contact, NAMES)
        assert part is not None
        standing = list(part.standing())
        reached_over += any(isinstance(one, events.VisitAnswered) for one in standing)
        found, whole = explain(contact, part.events(), PLUGINS, standing), explain(contact, happened, PLUGINS)
        assert [one.said for one in found.decisions] == [one.said for one in whole.decisions]
        for offer, wanted in zip(offers(found), offers(whole), strict=True):
            assert [row.contact for row in offer.others] == [row.contact for row in wanted.others]
            states = {row.agent: (row.reason, row.in_hand) for row in wanted.agents}
            assert {row.agent: (row.reason, row.in_hand) for row in offer.agents} == states
            rows = {row.agent: row for row in wanted.agents}
            for row in offer.agents:
                assert row.idle_since in (None, rows[row.agent].idle_since) or not offer.same
                assert row.contacts_taken in (None, rows[row.agent].contacts_taken)
                assert row.incomplete or row.idle_since == rows[row.agent].idle_since
    assert reached_over >= 2


def test_an_agent_whose_conversation_nothing_is_known_of_is_not_listed_as_free(tmp_path: Path) -> None:
    _, happened = week(tmp_path, "longest_idle", 1)
    (at, talk), *_ = ((at, one) for at, one in enumerate(happened) if isinstance(one, events.VisitAnswered))
    later = next(
        one.contact for one in happened[at:] if isinstance(one, events.OfferMade) and one.agent != talk.agent
    )
    roster = next(one for one in happened if isinstance(one, events.RosterLoaded))
    latest = {one.agent: one for one in happened[: at + 2] if isinstance(one, events.AgentStateChanged)}
    found = explain(later, happened[at + 2 :], PLUGINS, [roster, *latest.values()])
    (row,) = (row for row in offers(found)[0].agents if row.agent == talk.agent)
    assert (row.reason, row.rank, row.in_hand, row.idle_since) == ("talking", 0, None, None)
    assert "talking; tier 1, idle time not known" in as_text(found)
    assert found.agrees


@pytest.mark.slow
def test_where_a_part_does_not_agree_the_whole_journal_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, happened = week(tmp_path, "fewest_contacts", always=True)
    monkeypatch.setattr(excerpts, "MOST", 60.0)
    monkeypatch.setattr(excerpts, "LEAST", 30.0)
    monkeypatch.setattr(why, "TOLD_EVERY", 100)
    contact = contacts(happened)[2]
    part = excerpts.excerpt(path, contact, NAMES)
    assert part is not None
    assert not explain(contact, part.events(), PLUGINS, part.standing()).agrees
    read: list[int] = []
    assert why.explained(contact, path, tell=read.append) == explain(contact, happened, PLUGINS)
    assert read[:2] == [100, 200]


def test_a_contact_of_the_first_day_is_told_from_the_beginning(tmp_path: Path) -> None:
    path, happened = week(tmp_path, "longest_idle", 1)
    assert why.explained("c1", path) == explain("c1", happened, PLUGINS)


def journal_of(folder: Path, happened: list[Event]) -> Path:
    """A journal of these events."""
    store = Store(folder / "journal.db")
    records = [Record(seq, event) for seq, event in enumerate(happened, 1)]
    store.commit([insert(records)])
    store.close()
    return folder / "journal.db"


def at_the_end(path: Path, seq: int) -> RouterState:
    """The state that an excerpt begins with behind a record."""
    rebuilding = Rebuilding(PLUGINS)
    rebuilding.begin(excerpts.Excerpt(path, seq, seq, NAMES).standing())
    return rebuilding.state


@pytest.mark.parametrize(
    ("strategies", "kept"),
    [
        (("round_robin", "round_robin"), {"last": "a0"}),
        (("round_robin", "ordered"), None),
        (("round_robin", "ordered", "round_robin"), None),
    ],
)
def test_what_a_queue_remembered_before_its_strategy_was_changed_is_not_known_to_a_part(
    tmp_path: Path, strategies: tuple[str, ...], kept: dict[str, str] | None
) -> None:
    agents = (AgentFacts(name="a0", endpoint="PJSIP/a0"),)
    queues = [(QueueFacts(name="loans", strategy=strategy),) for strategy in strategies]
    rosters = [events.RosterLoaded(at=float(at), queues=of, agents=agents) for at, of in enumerate(queues)]
    remembered = events.StrategyRemembered(at=0.5, queue="loans", memory={"last": "a0"})
    happened = [rosters[0], remembered, *rosters[1:]]
    path = journal_of(tmp_path, happened)
    assert at_the_end(path, len(happened)).memories.get("loans") == kept


def test_a_part_of_a_journal_whose_clock_was_set_back_begins_with_times_by_the_new_clock(
    tmp_path: Path,
) -> None:
    agents = (AgentFacts(name="a0", endpoint="PJSIP/a0"),)
    roster = events.RosterLoaded(at=0.0, queues=(QueueFacts(name="loans"),), agents=agents)
    happened = [
        roster,
        events.AgentStateChanged(at=9000.0, agent="a0", state=AgentState.READY),
        events.ClockSetBack(at=1000.0, seconds=8500.0),
        events.AgentStateChanged(at=1010.0, agent="a0", state=AgentState.PAUSED),
        events.ClockSetBack(at=900.0, seconds=200.0),
    ]
    state = at_the_end(journal_of(tmp_path, happened), 3)
    assert state.pool.agents["a0"].since == 500.0
    assert at_the_end(tmp_path / "journal.db", 5).pool.agents["a0"].since == 810.0

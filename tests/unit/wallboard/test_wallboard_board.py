"""The board's rows: what changed is what is told, and kept up to date they are what they are made anew."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import RequestRefused
from ivrcore.model import events as e
from ivrcore.model.names import Device
from ivrcore.model.roster import AgentFacts, QueueFacts
from ivrcore.routing import commands as r
from ivrcore.wallboard import board as boards
from ivrcore.wallboard.rows import ContactRow, DayRow, QueueRow, TotalsRow
from tests.unit.wallboard.floors import AGENTS, QUEUES, Floor


def test_at_first_everything_is_told_and_then_nothing() -> None:
    floor = Floor()
    change = floor.board.refresh(floor.now)
    assert list(change["queues"]) == ["loans", "cards", "legal"]
    assert "agents" not in change  # nobody is logged in
    assert floor.board.refresh(floor.now) == {}
    assert floor.board.refresh(floor.now + 3600.0) == {}  # time alone changes nothing


def test_a_caller_who_waits_changes_the_queue_the_totals_and_the_callers_row() -> None:
    floor = Floor()
    floor.arrive("c1", "main")
    floor.board.refresh(floor.now)
    floor.now += 5.0
    floor.route(r.Enqueue("c1", "c1.v1", "loans"))
    change = floor.board.refresh(floor.now)
    assert set(change) == {"queues", "contacts", "totals"}
    assert change["queues"] == {
        "loans": QueueRow(
            waiting=1, oldest=floor.now, expected=None, threshold=20.0, objective=0.8, agents={},
            today=DayRow(entered=1, answered=0, answered_in=0, abandoned=0),
            yesterday=DayRow(entered=0, answered=0, answered_in=0, abandoned=0),
        )
    }  # fmt: skip
    assert change["contacts"] == {
        "c1": ContactRow(
            plan="bank", at="queue", place="loans", arrived=floor.now - 5.0, since=floor.now, agent=""
        )
    }
    assert change["totals"][""].places == {"menu": 0, "queue": 1, "agent": 0}


def test_an_agents_row_comes_with_the_login_and_goes_with_the_logout() -> None:
    floor = Floor()
    floor.board.refresh(floor.now)
    floor.route(r.AgentReady("bob"))
    change = floor.board.refresh(floor.now)
    assert change["agents"]["bob"].display == "Bob"
    ready = [name for name, row in change["queues"].items() if row.agents == {"ready": 1}]
    assert sorted(ready) == ["cards", "loans"]
    floor.route(r.AgentDevice("bob", Device.UNREACHABLE))
    assert floor.board.refresh(floor.now)["agents"]["bob"].state == "unreachable"
    floor.route(r.AgentLogout("bob"))
    assert floor.board.refresh(floor.now)["agents"] == {"bob": None}


def test_where_a_caller_is_in_the_dialplan_and_who_talks_with_it() -> None:
    floor = Floor()
    floor.arrive("c1", "main")
    assert floor.board.refresh(floor.now)["contacts"]["c1"].place == "main"
    floor.record(e.StepStarted(at=floor.now, contact="c1", block="pay", index=2, verb="say"))
    assert floor.board.refresh(floor.now)["contacts"]["c1"].place == "pay/2"
    floor.route(r.AgentReady("ann"))
    floor.route(r.Enqueue("c1", "c1.v1", "loans"))
    assert floor.answer("c1")
    row = floor.board.refresh(floor.now)["contacts"]["c1"]
    assert (row.at, row.agent) == ("agent", "Ann")
    floor.close("c1")
    assert floor.board.refresh(floor.now)["contacts"] == {"c1": None}


def test_a_new_roster_is_told_whole() -> None:
    floor = Floor()
    floor.route(r.AgentReady("ann"))
    floor.board.refresh(floor.now)
    floor.route(r.LoadRoster((QueueFacts(name="tax", objective=0.9), QUEUES[0]), AGENTS[:1]))
    change = floor.board.refresh(floor.now)
    assert change["queues"]["cards"] is None
    assert (change["queues"]["tax"].waiting, change["queues"]["tax"].objective) == (0, 0.9)
    assert floor.board.order == ["tax", "loans"]
    assert list(floor.board.rows["agents"]) == ["ann"]


def test_yesterdays_figures_follow_the_time_of_day() -> None:
    floor = Floor()
    floor.enqueue("c1", "loans")
    floor.close("c1")
    floor.board.refresh(floor.now)
    floor.now += 86_400.0 - 30.0
    floor.board.refresh(floor.now)
    floor.now += 30.0
    change = floor.board.refresh(floor.now)
    assert change["queues"]["loans"].yesterday.abandoned == 1
    assert list(change["queues"]) == ["loans"]
    assert change["totals"][""].arrived_yesterday == 1


def test_of_very_many_the_first_have_rows_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boards, "MOST_CONTACTS", 3)
    monkeypatch.setattr(boards, "MOST_AGENTS", 2)
    floor = Floor()
    for agent in AGENTS:
        floor.route(r.AgentReady(agent.name))
    for n in range(5):
        floor.arrive(f"c{n}", "main")
    floor.board.refresh(floor.now)
    assert list(floor.board.rows["contacts"]) == ["c0", "c1", "c2"]
    assert len(floor.board.rows["agents"]) == 2
    totals = floor.board.rows["totals"][""]
    assert isinstance(totals, TotalsRow)
    assert (totals.more_contacts, totals.more_agents, totals.places["menu"]) == (2, 1, 5)
    floor.close("c1")
    assert floor.board.refresh(floor.now)["contacts"].keys() == {"c1", "c3"}


def test_only_links_that_the_server_uses_since_its_start_are_told() -> None:
    def links() -> object:
        return floor.board.refresh(floor.now)["totals"][""].links  # type: ignore[union-attr]

    floor = Floor()
    floor.record(e.LinkCameUp(at=floor.now, driver="ari", peer="Asterisk", away=0.0))
    assert links() == {"ari": True}
    floor.record(e.ServerStarted(at=floor.now, node="n1", app="n1-a", version="0.1.0"))
    assert links() == {}
    floor.record(e.LinkWentDown(at=floor.now, driver="ari", reason="refused"))
    assert links() == {"ari": False}


STEPS = st.tuples(
    st.sampled_from(
        ["arrive", "enqueue", "answer", "close", "ready", "pause", "logout", "device", "look", "roster"]
    ),
    st.integers(0, 7),
)


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(STEPS, max_size=60))
def test_kept_up_to_date_it_is_what_it_is_made_anew(steps: list[tuple[str, int]]) -> None:
    floor = Floor()
    told: dict[str, dict[str, object]] = {kind: {} for kind in boards.KINDS}
    for n, (what, which) in enumerate(steps):
        floor.now += which * 3.0
        with suppress(RequestRefused):  # of an agent whom the roster has no more
            _do(floor, what, which, n)
        if what == "look":
            _take(told, floor)
    _take(told, floor)
    fresh = floor.new_board()
    fresh.refresh(floor.now)
    assert told == fresh.rows == floor.board.rows
    totals = fresh.rows["totals"][""]
    assert isinstance(totals, TotalsRow)
    assert sum(totals.places.values()) == len(floor.figures.open)
    for name, since in floor.figures.waiting().items():
        row = fresh.rows["queues"].get(name)
        assert row is None or (row.waiting, row.oldest) == (len(since), min(since, default=None))  # type: ignore[union-attr]


def _take(told: dict[str, dict[str, object]], floor: Floor) -> None:
    for kind, rows in floor.board.refresh(floor.now).items():
        for name, row in rows.items():
            if row is None:
                del told[kind][name]
            else:
                told[kind][name] = row


def _do(floor: Floor, what: str, which: int, n: int) -> None:
    agent, queue = AGENTS[which % 3], QUEUES[which % 3].name
    calls = list(floor.figures.open)
    match what:
        case "arrive":
            floor.arrive(f"c{n}", "main")
        case "enqueue":
            floor.enqueue(f"c{n}", queue)
        case "answer" if calls:
            floor.answer(calls[which % len(calls)])
        case "close" if calls:
            floor.close(calls[which % len(calls)])
        case "ready":
            floor.route(r.AgentReady(agent.name))
        case "pause":
            floor.route(r.AgentPause(agent.name, "lunch"))
        case "logout":
            floor.route(r.AgentLogout(agent.name))
        case "device":
            floor.route(r.AgentDevice(agent.name, list(Device)[which % 4]))
        case "roster":
            more = AgentFacts(name="new", endpoint="PJSIP/new", queues=(queue,))
            floor.route(r.LoadRoster(QUEUES, (*AGENTS, more)[: which + 1]))

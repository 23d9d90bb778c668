"""What the ledger makes of Asterisk's events and statuses, and of the time when nobody listened."""

from __future__ import annotations

import math

import pytest

from ivrcore.app_queue.families import METRICS, Shown
from ivrcore.app_queue.figures import State, state_of
from ivrcore.app_queue.fold import MOST_QUEUES
from ivrcore.app_queue.ledger import FORGOTTEN
from ivrcore.model.histogram import Histogram
from tests.unit.app_queue.asterisk_says import (
    Heard,
    abandoned,
    agent,
    block,
    completed,
    connected,
    end,
    entry,
    event,
    joined,
    left,
    member,
    params,
)


def shown(heard: Heard) -> dict[tuple[str, ...], float]:
    """Give every number by name and labels (the watch's own left out)."""
    rows: dict[tuple[str, ...], float] = {}
    for metric in METRICS:
        for labels, value in metric.read(Shown("pbx", heard.ledger, heard.now)):
            number = value.count if isinstance(value, Histogram) else value
            rows[metric.name.removeprefix("ivrcore_app_queue_"), *labels[1:]] = number
    return rows


def test_given_calls_answered_and_abandoned_when_told_then_they_are_counted_as_queue_show_does() -> None:
    heard = Heard()
    heard.status(params(threshold=2), member("QueueMember"))
    heard.hear(joined("1.1"), agent("AgentCalled"), left("1.1"), connected(1))
    heard.hear(joined("2.1"), agent("AgentCalled"), agent("AgentRingNoAnswer", RingTime=2000))
    heard.hear(abandoned("2.1", 5), left("2.1"), completed(1, 30))
    rows = shown(heard)
    assert rows["calls_connected", "support"] == rows["calls_completed", "support"] == 1
    assert rows["calls_completed_in_threshold", "support"] == 1
    assert rows["callers_abandoned", "support"] == 1
    assert rows["callers_abandoned_in_threshold", "support"] == 0
    assert rows["callers_joined", "support"] == rows["callers_left", "support"] == 2
    assert (rows["phones_rung", "support"], rows["phones_unanswered", "support"]) == (2, 1)
    assert rows["wait_seconds", "support", "answered"] == rows["wait_seconds", "support", "abandoned"] == 1
    assert rows["talk_seconds", "support"] == 1
    assert rows["member_calls", "support", "Kim"] == 1


def test_given_a_queue_where_nothing_happened_when_shown_then_every_count_and_state_is_there_at_0() -> None:
    heard = Heard()
    heard.status(params(), member("QueueMember"))
    rows = shown(heard)
    assert {rows["members", "support", state.value] for state in State if state != "ready"} == {0}
    assert rows["members", "support", "ready"] == 1
    for name in ("calls_completed", "callers_abandoned", "callers_waiting", "longest_wait_seconds"):
        assert rows[name, "support"] == 0
    assert rows["unseen", "support", "completed"] == rows["unseen", "support", "abandoned"] == 0
    assert rows["odd", "field"] == 0


def test_given_a_link_that_was_away_when_it_is_back_then_what_asterisk_counted_is_unseen() -> None:
    heard = Heard()
    heard.status(params(completed=4, abandoned=1), times=3)
    heard.hear(completed(1, 30))
    heard.link()
    heard.now += 10
    heard.status(params(completed=8, abandoned=3), times=3)
    rows = shown(heard)
    assert rows["calls_completed", "support"] == 4
    assert rows["unseen", "support", "completed"] == 3
    assert rows["callers_abandoned", "support"] == rows["unseen", "support", "abandoned"] == 2
    assert rows["talk_seconds", "support"] == 1
    assert rows["away_seconds",] == 10.0
    assert rows["link_losses",] == 1


def test_given_no_link_when_shown_then_counts_stand_and_what_is_now_is_not_a_number() -> None:
    heard = Heard()
    heard.status(params(), member("QueueMember"), entry("1.1"))
    heard.hear(completed(0, 5))
    heard.ledger.lost(heard.now)
    rows = shown(heard)
    assert rows["up",] == 0
    assert rows["calls_completed", "support"] == 1
    now = ("callers_waiting", "longest_wait_seconds", "members_logged_in", "members_paused")
    assert all(math.isnan(rows[name, "support"]) for name in now)
    assert math.isnan(rows["members", "support", "ready"])


def test_given_an_asterisk_that_started_anew_when_back_then_counts_go_on_from_where_they_were() -> None:
    heard = Heard()
    heard.ledger.greeted("2026-11-22 10:00:00", heard.now)
    heard.status(params(completed=100), entry("1.1"), times=3)
    heard.hear(completed(0, 5), completed(0, 5))
    heard.link("2026-11-22 11:00:00")
    assert not heard.queue.waiting
    heard.status(params(completed=3), times=3)
    rows = shown(heard)
    assert rows["restarts",] == 1
    assert rows["calls_completed", "support"] == 5
    assert rows["unseen", "support", "completed"] == 3
    assert rows["statistics_resets", "support"] == 0


def test_given_statistics_set_back_when_statuses_agree_then_counts_go_on_and_the_reset_is_counted() -> None:
    heard = Heard()
    heard.status(params(completed=0), times=3)
    heard.hear(*[completed(0, 5)] * 7)
    heard.status(params(completed=7), times=3)
    heard.status(params(completed=0), times=3)
    heard.hear(completed(0, 5))
    heard.status(params(completed=1), times=3)
    rows = shown(heard)
    assert rows["calls_completed", "support"] == 8
    assert rows["unseen", "support", "completed"] == 0
    assert rows["statistics_resets", "support"] == 1


def test_given_statistics_set_back_while_away_when_back_then_at_least_what_followed_counts() -> None:
    heard = Heard()
    heard.status(params(completed=0), times=3)
    heard.hear(*[completed(0, 5)] * 7)
    heard.status(params(completed=7))
    heard.link()
    heard.hear(completed(0, 5))
    heard.status(params(completed=3), times=3)
    assert shown(heard)["calls_completed", "support"] == 10
    assert shown(heard)["unseen", "support", "completed"] == 2


def test_given_a_status_that_overtook_events_when_they_come_then_nothing_counts_twice() -> None:
    heard = Heard()
    heard.status(params(completed=0), times=3)
    heard.hear(joined("1.1"))
    heard.status(params(completed=1), entry("2.1", 4))  # 1.1 left and talked, 2.1 joined: not heard yet
    heard.hear(left("1.1"), completed(0, 5), joined("2.1"))
    heard.status(params(completed=1), entry("2.1", 5), times=3)
    rows = shown(heard)
    assert rows["calls_completed", "support"] == 1
    assert rows["unseen", "support", "completed"] == 0
    assert (rows["callers_joined", "support"], rows["callers_left", "support"]) == (2, 1)
    assert rows["callers_waiting", "support"] == 1


def test_given_what_was_there_before_when_first_looked_at_then_it_belongs_to_nobody() -> None:
    heard = Heard()
    heard.hear(completed(0, 5))
    heard.status(params(completed=500), times=3)
    heard.status(params(completed=501), times=1)
    heard.hear(completed(0, 5))
    heard.status(params(completed=501), times=3)
    rows = shown(heard)
    assert (rows["calls_completed", "support"], rows["unseen", "support", "completed"]) == (2, 0)
    assert rows["statistics_resets", "support"] == 0
    assert rows["reported_completed", "support"] == 501


def test_given_callers_who_wait_when_time_goes_by_then_the_longest_wait_grows() -> None:
    heard = Heard()
    heard.status(params(), entry("1.1", 30))
    heard.hear(joined("2.1"))
    heard.now += 5
    assert shown(heard)["longest_wait_seconds", "support"] == 35
    heard.hear(left("1.1"))
    assert shown(heard)["longest_wait_seconds", "support"] == 5
    assert shown(heard)["callers_waiting", "support"] == 1


@pytest.mark.parametrize(
    ("facts", "state"),
    [
        ({}, State.READY),
        ({"status": 6}, State.RINGING),
        ({"status": 2, "in_call": 1}, State.TALKING),
        ({"status": 2}, State.BUSY),
        ({"status": 5}, State.UNREACHABLE),
        ({"paused": 1}, State.PAUSED),
        ({"paused": 1, "in_call": 1, "status": 2}, State.TALKING),
        ({"last": 995}, State.WRAP_UP),
        ({"last": 900}, State.READY),
    ],
)
def test_given_what_is_told_of_a_member_when_shown_then_it_is_in_one_state(
    facts: dict[str, int], state: State
) -> None:
    heard = Heard()
    heard.status(params())
    heard.hear(member(**facts))
    told = heard.queue.members["PJSIP/agent1"].told
    assert state_of(told, heard.now) is state
    assert shown(heard)["members", "support", state.value] == 1
    assert shown(heard)["member_state", "support", "Kim", state.value] == 1


def test_given_a_member_who_logs_out_and_in_when_counted_anew_then_calls_go_on() -> None:
    heard = Heard()
    heard.status(params(), member("QueueMember", calls=9), times=3)
    heard.hear(completed(0, 5), member("QueueMemberRemoved", calls=10))
    assert shown(heard)["members_logged_in", "support"] == 0
    heard.hear(member("QueueMemberAdded", calls=0), completed(0, 5))
    heard.status(params(), member("QueueMember", calls=1), times=3)
    assert shown(heard)["member_calls", "support", "Kim"] == 2


def test_given_a_queue_that_is_no_more_when_three_statuses_lack_it_then_its_gauges_are_gone() -> None:
    heard = Heard()
    of_sales = member("QueueMember").replace(b"Queue: support", b"Queue: sales")
    heard.status(params(), params("sales"), of_sales)
    heard.status(params(), times=2)
    assert ("callers_waiting", "sales") in shown(heard)
    heard.status(params())
    rows = shown(heard)
    gauges = {metric.name.removeprefix("ivrcore_app_queue_") for metric in METRICS if metric.kind == "gauge"}
    assert not [labels for labels in rows if labels[0] in gauges and "sales" in labels]
    assert rows["calls_completed", "sales"] == 0


def test_given_a_queue_that_comes_back_when_counted_then_no_count_went_back() -> None:
    heard = Heard()
    heard.ledger.greeted("2026-11-22 10:00:00", heard.now)
    heard.status(params(), times=3)
    heard.hear(*[completed(0, 5)] * 7)
    heard.status(params(completed=7), times=3)
    heard.link("2026-11-22 11:00:00")  # a queue of a database is in memory only once it was used
    heard.status(times=3)
    assert shown(heard)["calls_completed", "support"] == 7
    heard.ledger.doubt = False
    heard.hear(completed(0, 5))
    assert heard.ledger.doubt
    heard.status(params(completed=1), times=3)
    rows = shown(heard)
    assert (rows["calls_completed", "support"], rows["callers_waiting", "support"]) == (8, 0)


def test_given_an_absent_queue_when_days_went_by_then_it_is_forgotten() -> None:
    heard = Heard()
    heard.status(params(), params("sales"))
    heard.now += FORGOTTEN - 1
    heard.status(params(), times=4)
    assert "sales" in heard.ledger.figures.queues
    heard.now += 2
    heard.status(params())
    assert list(heard.ledger.figures.queues) == ["support"]


def test_given_absent_queues_when_another_one_is_too_many_then_the_one_absent_longest_is_forgotten() -> None:
    heard = Heard()
    heard.status(*[params(f"q{number}") for number in range(MOST_QUEUES)])
    heard.now += 1
    heard.status(params("q1"), times=3)
    heard.status(params("q1"), params("support"))
    assert "support" in heard.ledger.figures.queues
    assert "q0" not in heard.ledger.figures.queues
    assert len(heard.ledger.figures.queues) == MOST_QUEUES


def test_given_a_queue_that_nobody_told_of_when_an_event_names_it_then_a_status_is_wanted() -> None:
    heard = Heard()
    heard.status(params())
    assert not heard.ledger.doubt
    heard.hear(event("QueueCallerJoin", Uniqueid="9.1", Queue="new", Position=1, Count=1))
    assert heard.ledger.doubt


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (event("QueueCallerJoin", Queue="support"), "field"),
        (event("AgentComplete", Queue="support", Interface="x", MemberName="y", HoldTime="-1"), "field"),
        (event("QueueCallerAbandon", Queue="support", Uniqueid="1", HoldTime="9" * 13), "field"),
        (member(status=9), "field"),
        (event("QueueCallerJoin", Queue="q" * 201, Uniqueid="1"), "field"),
    ],
)
def test_given_an_odd_message_when_heard_then_it_is_counted_and_a_status_is_wanted(
    odd: bytes, why: str
) -> None:
    heard = Heard()
    heard.status(params())
    before = heard.queue
    heard.ledger.asked("q")
    heard.hear(odd)
    assert shown(heard)["odd", why] == 1
    assert heard.ledger.doubt
    assert heard.queue == before
    assert list(heard.ledger.figures.queues) == ["support"]


@pytest.mark.parametrize("odd", [{"status": 9}, {"calls": -1}])
def test_given_a_status_with_an_odd_item_when_heard_then_only_that_item_is_left_out(
    odd: dict[str, int],
) -> None:
    heard = Heard()
    heard.status(params(), params("sales"), member("QueueMember"), entry("1.1"))
    heard.status(params(completed=7), member("QueueMember", **odd), times=3)
    rows = shown(heard)
    assert heard.ledger.up
    assert (rows["odd", "field"], rows["odd", "list"]) == (3, 0)
    assert not heard.ledger.doubt
    assert rows["reported_completed", "support"] == 7
    assert rows["members_logged_in", "support"] == 1  # it may be there still
    assert rows["callers_waiting", "support"] == 0
    assert ("callers_waiting", "sales") not in rows


def test_given_a_list_that_lacks_an_item_when_heard_then_nothing_is_let_go() -> None:
    heard = Heard()
    heard.status(params(), entry("1.1"))
    heard.ledger.asked("q")
    heard.hear(params(completed=7), end(2))
    rows = shown(heard)
    assert (rows["odd", "list"], rows["reported_completed", "support"]) == (1, 7)
    assert rows["callers_waiting", "support"] == 1


def test_given_odd_messages_when_heard_then_the_first_of_each_kind_is_told_and_no_value() -> None:
    heard = Heard()
    heard.status(params(), member("QueueMember", status=9), times=2)
    heard.hear(member(status=9), agent("AgentConnect", HoldTime=-1))
    assert heard.ledger.complaints == [
        "QueueMember: Status is no state of a device",
        "QueueMemberStatus: Status is no state of a device",
        "AgentConnect: HoldTime is no number",
    ]


def test_given_a_name_with_a_space_that_does_not_break_when_told_then_it_is_believed() -> None:
    heard = Heard()
    heard.status(params(), member("QueueMember").replace(b"Kim", "Jean\u00a0Dupont".encode()))
    assert heard.queue.members["PJSIP/agent1"].name == "Jean\u00a0Dupont"
    assert shown(heard)["odd", "field"] == 0


def test_given_a_queue_too_many_when_a_status_tells_of_it_then_the_rest_counts() -> None:
    heard = Heard()
    many = [params(f"q{number}") for number in range(MOST_QUEUES + 1)]
    last = f"q{MOST_QUEUES}"
    heard.status(*many, entry("1.1", queue=last), entry("2.1", queue="q0"))
    rows = shown(heard)
    assert (rows["up",], rows["callers_waiting", "q0"], rows["odd", "too_many"]) == (1, 1, 2)
    assert ("callers_waiting", last) not in rows
    heard.hear(event("QueueCallerJoin", Uniqueid="3.1", Queue=last, Position=1, Count=1))
    assert not heard.ledger.doubt


def test_given_a_callers_name_with_lines_of_its_own_when_heard_then_the_queue_is_not_believed() -> None:
    heard = Heard()
    heard.status(params())
    forged = """Event: QueueCallerAbandon
        CallerIDName: x
        Queue: other
        Uniqueid: 1.1
        Queue: support
        HoldTime: 1"""
    framer = heard._framer
    heard.hear(block(forged))
    heard.ledger.odd(framer.odd)
    assert shown(heard)["odd", "header_twice"] == 1
    assert "other" not in heard.ledger.figures.queues
    assert heard.queue.abandoned.total == 0


def test_given_the_answer_to_another_question_when_heard_then_it_is_no_status() -> None:
    heard = Heard()
    heard.status(params(completed=1))
    heard.ledger.asked("mine")
    heard.hear(params(completed=99), end(1))
    assert heard.queue.told.completed == 1


def test_given_a_conversation_that_asterisk_forgets_to_count_when_settled_then_it_is_no_reset() -> None:
    heard = Heard()
    heard.status(params(completed=0), times=3)
    heard.hear(*[completed(0, 5)] * 3)
    heard.status(params(completed=2), times=3)
    heard.hear(completed(0, 5))
    heard.status(params(completed=3), times=3)
    rows = shown(heard)
    assert rows["calls_completed", "support"] == 4
    assert rows["uncounted", "support"] == 1
    assert rows["statistics_resets", "support"] == rows["unseen", "support", "completed"] == 0

"""The metrics of contacts, queues and agents. See :mod:`ivrcore.metrics.catalogue`."""

from __future__ import annotations

from ivrcore.metrics.each import (
    agent_seconds,
    per_agent,
    per_queue,
    per_queue_and_word,
    queue_agents,
    waits,
)
from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import (
    agents,
    from_figures,
    longest_wait,
    per_pair,
    per_word,
    waiting,
    waiting_past_threshold,
)

Q = ("queue",)

CONTACTS = (
    Metric(
        "ivrcore_contacts_offered",
        "counter",
        (),
        "Contacts whose call rang here.",
        from_figures(lambda f: f.offered),
    ),
    Metric(
        "ivrcore_contacts_closed",
        "counter",
        ("outcome",),
        "Contacts over, by how they ended; offered = closed + in progress.",
        per_word(lambda f: f.closed),
    ),
    Metric(
        "ivrcore_contacts_in_progress",
        "gauge",
        (),
        "Contacts not over yet.",
        from_figures(lambda f: len(f.open)),
    ),
)

QUEUES = (
    Metric(
        "ivrcore_queue_contacts_entered", "counter", Q, "N: visits begun.", per_queue(lambda q: q.entered)
    ),
    Metric(
        "ivrcore_queue_contacts_answered",
        "counter",
        Q,
        "A: visits answered, caller and agent in one bridge.",
        per_queue(lambda q: q.answered),
    ),
    Metric(
        "ivrcore_queue_contacts_answered_in_threshold",
        "counter",
        Q,
        "A_T: of the answered, those who waited no longer than the threshold.",
        per_queue(lambda q: q.answered_in_threshold),
    ),
    Metric(
        "ivrcore_queue_contacts_abandoned",
        "counter",
        Q,
        "B: visits whose caller hung up while waiting.",
        per_queue(lambda q: q.abandoned),
    ),
    Metric(
        "ivrcore_queue_contacts_abandoned_in_threshold",
        "counter",
        Q,
        "B_T: of the abandoned, those within the threshold.",
        per_queue(lambda q: q.abandoned_in_threshold),
    ),
    Metric(
        "ivrcore_queue_contacts_abandoned_short",
        "counter",
        Q,
        "B_s: of the abandoned, those within the queue's time for short abandons.",
        per_queue(lambda q: q.abandoned_short),
    ),
    Metric(
        "ivrcore_queue_contacts_left",
        "counter",
        ("queue", "reason"),
        "X: visits that ended otherwise. N = A + B + X + waiting.",
        per_queue_and_word(lambda q: q.left),
    ),
    Metric(
        "ivrcore_queue_contacts_left_past_threshold",
        "counter",
        Q,
        "Of X, those who had waited longer than the threshold; who was lost with a server is in none.",
        per_queue(lambda q: q.left_past_threshold),
    ),
    Metric(
        "ivrcore_queue_contacts_known",
        "counter",
        Q,
        "Contacts whose caller is known again (`redial`, `last_agent`), counted at their first visit.",
        per_queue(lambda q: q.known),
    ),
    Metric(
        "ivrcore_queue_contacts_repeated",
        "counter",
        Q,
        "Of these, those whose caller had talked with an agent of any queue within seven days before.",
        per_queue(lambda q: q.repeated),
    ),
    Metric(
        "ivrcore_queue_joins_refused",
        "counter",
        ("queue", "reason"),
        "Contacts that the queue's rules did not let in; no visits, so no part of N.",
        per_queue_and_word(lambda q: q.refused),
    ),
    Metric("ivrcore_queue_contacts_waiting", "gauge", Q, "Visits not ended yet.", waiting),
    Metric(
        "ivrcore_queue_contacts_waiting_past_threshold",
        "gauge",
        Q,
        "Of those waiting, those who have waited longer than the threshold.",
        waiting_past_threshold,
    ),
    Metric(
        "ivrcore_queue_longest_wait_seconds",
        "gauge",
        Q,
        "Time since the first of those waiting entered, 0 if nobody waits.",
        longest_wait,
    ),
    Metric(
        "ivrcore_queue_threshold_seconds",
        "gauge",
        Q,
        "Service-level threshold T; also a bucket edge of the queue's waits.",
        per_queue(lambda q: q.threshold),
    ),
    Metric(
        "ivrcore_queue_service_level_objective_ratio",
        "gauge",
        Q,
        "Share of callers to be answered within the threshold, as configured: what alerts measure against.",
        per_queue(lambda q: q.objective),
    ),
    Metric(
        "ivrcore_queue_wait_seconds",
        "histogram",
        ("queue", "outcome"),
        "Wait of ended visits. ASA is sum / count of the answered.",
        waits,
    ),
    Metric(
        "ivrcore_queue_expected_wait_error_seconds",
        "histogram",
        Q,
        "How far the wait of the answered was from what was expected when they came, without its sign.",
        per_queue(lambda q: q.expected_error),
    ),
    Metric(
        "ivrcore_queue_expected_wait_ratio",
        "histogram",
        Q,
        "The same as waited / expected: over 1 where it took longer; where a wait was expected at all.",
        per_queue(lambda q: q.expected_ratio),
    ),
    Metric(
        "ivrcore_queue_talk_seconds", "histogram", Q, "Length of conversations.", per_queue(lambda q: q.talk)
    ),
    Metric(
        "ivrcore_queue_contacts_sent_on",
        "counter",
        Q,
        "Conversations in which the agent's phone sent the caller to somebody else.",
        per_queue(lambda q: q.sent_on),
    ),
    Metric(
        "ivrcore_queue_hold_seconds",
        "histogram",
        Q,
        "Holds from the agents' phones; conversations include them.",
        per_queue(lambda q: q.hold),
    ),
    Metric(
        "ivrcore_queue_wrap_up_seconds",
        "histogram",
        Q,
        "Time in wrap-up after conversations of this queue.",
        per_queue(lambda q: q.wrap_up),
    ),
    Metric("ivrcore_queue_offers_made", "counter", Q, "Offers to an agent.", per_queue(lambda q: q.offers)),
    Metric(
        "ivrcore_queue_offers_picked_up",
        "counter",
        Q,
        "Offers whose phone was picked up and whose agent was asked to press a key.",
        per_queue(lambda q: q.offers_picked_up),
    ),
    Metric(
        "ivrcore_queue_offers_accepted",
        "counter",
        Q,
        "Offers that the agent answered.",
        per_queue(lambda q: q.offers_accepted),
    ),
    Metric(
        "ivrcore_queue_offers_ended",
        "counter",
        ("queue", "how"),
        "Offers over without a conversation.",
        per_queue_and_word(lambda q: q.offers_ended),
    ),
    Metric(
        "ivrcore_queue_agents",
        "gauge",
        ("queue", "state"),
        "Agents who serve the queue, by state; an agent counts in each of his queues. Ready ones who rest "
        "after a missed offer, are in a call that no queue gave, or cannot be reached, are `resting`, "
        "`off_queue`, `unreachable`.",
        queue_agents,
    ),
)

AGENTS = (
    Metric("ivrcore_agents", "gauge", ("state",), "Agents by state, each once.", agents),
    Metric(
        "ivrcore_agent_contacts",
        "counter",
        ("agent",),
        "Contacts that the agent answered.",
        per_agent(lambda a: a.contacts),
    ),
    Metric(
        "ivrcore_agent_codes_used",
        "counter",
        ("code", "answer"),
        "Codes that phones dialled, and what came of it; `no_agent`: by a phone of nobody's.",
        per_pair(lambda f: f.codes_used),
    ),
    Metric(
        "ivrcore_agent_state_seconds",
        "counter",
        ("agent", "state"),
        "Time in each state. Occupancy is (talking + wrap_up) / (talking + wrap_up + ready).",
        agent_seconds,
    ),
)

"""The board of queues: who waits, how well they are served, by every variant of the service level."""

from __future__ import annotations

from ivrcore.dashboards.model import (
    Board,
    Choice,
    Panel,
    Query,
    Row,
    a_minute,
    in_an_hour,
    mean,
    quantile,
    share,
)

_Q = 'queue=~"$queue"'
_N = in_an_hour("ivrcore_queue_contacts_entered_total", "queue", _Q)
_A = in_an_hour("ivrcore_queue_contacts_answered_total", "queue", _Q)
_LEVEL = f"queue:ivrcore_service_level:ratio_1h{{{_Q}}}"


def _each(metric: str) -> Query:
    return Query(f"sum by (queue) ({metric}{{{_Q}}})", "{{queue}}")


def _variant(name: str, formula: str) -> Query:
    return Query(f"queue:ivrcore_service_level_{name}:ratio_1h{{{_Q}}}", f"{{{{queue}}}}: {formula}")


_NOW = Row(
    "Now",
    (
        Panel(
            "Queues",
            "Each queue: who waits, for how long, its threshold, ready agents, and the last hour's figures.",
            (
                Query(f"sum by (queue) (ivrcore_queue_contacts_waiting{{{_Q}}})", "waiting"),
                Query(f"max by (queue) (ivrcore_queue_longest_wait_seconds{{{_Q}}})", "longest wait, s"),
                Query(f"max by (queue) (ivrcore_queue_threshold_seconds{{{_Q}}})", "threshold, s"),
                Query(f'sum by (queue) (ivrcore_queue_agents{{{_Q}, state="ready"}})', "ready agents"),
                Query(_N, "entered, 1 h"),
                Query(_LEVEL, "service level, 1 h"),
                Query(f"queue:ivrcore_service_level_objective:ratio{{{_Q}}}", "objective"),
                Query(f"queue:ivrcore_abandon_rate:ratio_1h{{{_Q}}}", "abandoned, 1 h"),
                Query(f"queue:ivrcore_answer_speed:mean_1h{{{_Q}}}", "ASA, s"),
            ),
            "table",
            width=24,
        ),
        Panel("Waiting", "Callers in the queue.", (_each("ivrcore_queue_contacts_waiting"),), "stacked"),
        Panel(
            "Longest wait",
            "Time since the first of those waiting entered.",
            (Query(f"max by (queue) (ivrcore_queue_longest_wait_seconds{{{_Q}}})", "{{queue}}"),),
            unit="s",
        ),
        Panel(
            "Agents, by state",
            "Agents who serve the chosen queues; one counts in each of his queues.",
            (Query(f"sum by (state) (ivrcore_queue_agents{{{_Q}}})", "{{state}}"),),
            "stacked",
        ),
    ),
)

_SERVED = Row(
    "How callers are served",
    (
        Panel(
            "Visits, a minute",
            "Entered (N), answered (A), abandoned (B) and left otherwise (X); N = A + B + X + waiting.",
            (
                Query(a_minute("ivrcore_queue_contacts_entered_total", "", _Q), "entered"),
                Query(a_minute("ivrcore_queue_contacts_answered_total", "", _Q), "answered"),
                Query(a_minute("ivrcore_queue_contacts_abandoned_total", "", _Q), "abandoned"),
                Query(a_minute("ivrcore_queue_contacts_left_total", "", _Q), "left otherwise"),
            ),
        ),
        Panel(
            "Service level, 1 h",
            "A_T / (A + B): answered within the queue's threshold, of those answered and abandoned.",
            (
                Query(_LEVEL, "{{queue}}"),
                Query(f"queue:ivrcore_service_level_objective:ratio{{{_Q}}}", "{{queue}}: objective"),
            ),
            unit="percentunit",
        ),
        Panel(
            "Service level, other variants, 1 h",
            "A_T / A as app_queue counts it, and (A_T + B_T) / (A + B), its second.",
            (
                Query(f"queue:ivrcore_service_level_of_answered:ratio_1h{{{_Q}}}", "{{queue}}: A_T / A"),
                Query(
                    f"queue:ivrcore_service_level_abandons_positive:ratio_1h{{{_Q}}}",
                    "{{queue}}: (A_T + B_T) / (A + B)",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Service level, flow-outs and short abandons, 1 h",
            "A_T / (A + B - B_s), A_T / (A + B + X), and both at once, as Genesys has them.",
            (
                _variant("without_short_abandons", "A_T / (A + B - B_s)"),
                _variant("with_flow_outs", "A_T / (A + B + X)"),
                _variant("with_flow_outs_without_short_abandons", "A_T / (A + B - B_s + X)"),
            ),
            unit="percentunit",
        ),
        Panel(
            "Service level, by event, 1 h",
            "As Cisco has it: of calls answered, abandoned or past the threshold, whichever came first.",
            (
                _variant("event_abandons_ignored", "abandons within T ignored"),
                _variant("event_abandons_negative", "failures"),
                _variant("event_abandons_positive", "successes"),
            ),
            unit="percentunit",
        ),
        Panel(
            "Burn of the objective, 1 h",
            "(1 - service level) / (1 - objective): over 1 it is missed at last, over 3 somebody is paged.",
            (Query(f"(1 - {_LEVEL}) / (1 - queue:ivrcore_service_level_objective:ratio)", "{{queue}}"),),
        ),
        Panel(
            "Waiting past the threshold",
            "Callers whose service level is missed already.",
            (_each("ivrcore_queue_contacts_waiting_past_threshold"),),
            "stacked",
        ),
        Panel(
            "Solved at the first contact, 1 h",
            "Share of known callers who had not been served within seven days before.",
            (Query(f"queue:ivrcore_first_contact_resolution:ratio_1h{{{_Q}}}", "{{queue}}"),),
            unit="percentunit",
        ),
        Panel(
            "Connected and abandoned, 1 h",
            "A / N and B / N; short abandons, which many centres leave out, as a share of N too.",
            (
                Query(share(_A, _N), "{{queue}}: answered"),
                Query(f"queue:ivrcore_abandon_rate:ratio_1h{{{_Q}}}", "{{queue}}: abandoned"),
                Query(
                    share(in_an_hour("ivrcore_queue_contacts_abandoned_short_total", "queue", _Q), _N),
                    "{{queue}}: short",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Wait of the answered, 1 h",
            "Mean (ASA), median and the wait that 95 of 100 stayed below.",
            (
                Query(f"queue:ivrcore_answer_speed:mean_1h{{{_Q}}}", "{{queue}}: mean"),
                Query(
                    quantile(0.5, "ivrcore_queue_wait_seconds", "queue", f'{_Q}, outcome="answered"'),
                    "{{queue}}: median",
                ),
                Query(
                    quantile(0.95, "ivrcore_queue_wait_seconds", "queue", f'{_Q}, outcome="answered"'),
                    "{{queue}}: p95",
                ),
            ),
            unit="s",
        ),
        Panel(
            "Patience, 1 h",
            "Median wait of those who gave up.",
            (
                Query(
                    quantile(0.5, "ivrcore_queue_wait_seconds", "queue", f'{_Q}, outcome="abandoned"'),
                    "{{queue}}",
                ),
            ),
            unit="s",
        ),
        Panel(
            "Left otherwise, 1 h",
            "By reason: time-out, key, nobody there, moved and so on.",
            (Query(in_an_hour("ivrcore_queue_contacts_left_total", "reason", _Q), "{{reason}}"),),
        ),
        Panel(
            "Not let in, 1 h",
            "Contacts that the queue's rules refused; no visits, so no part of N.",
            (Query(in_an_hour("ivrcore_queue_joins_refused_total", "reason", _Q), "{{reason}}"),),
        ),
        Panel(
            "Call-backs instead of waiting",
            "Open now, and asked for in the last hour.",
            (
                Query(f"sum by (queue) (ivrcore_call_backs_open{{{_Q}}})", "{{queue}}: open"),
                Query(in_an_hour("ivrcore_call_backs_asked_total", "queue", _Q), "{{queue}}: asked, 1 h"),
            ),
        ),
    ),
)

_WORK = Row(
    "Offers and conversations",
    (
        Panel(
            "Offers, a minute",
            "Made, picked up where a key is asked for, and answered.",
            (
                Query(a_minute("ivrcore_queue_offers_made_total", "", _Q), "made"),
                Query(a_minute("ivrcore_queue_offers_picked_up_total", "", _Q), "picked up"),
                Query(a_minute("ivrcore_queue_offers_accepted_total", "", _Q), "accepted"),
            ),
        ),
        Panel(
            "Offers answered, 1 h",
            "Share of offers made that became a conversation, less those that another phone took.",
            (
                Query(
                    share(
                        in_an_hour("ivrcore_queue_offers_accepted_total", "queue", _Q),
                        "("
                        + in_an_hour("ivrcore_queue_offers_made_total", "queue", _Q)
                        + " - "
                        + in_an_hour("ivrcore_queue_offers_ended_total", "queue", f'{_Q}, how="taken"')
                        + ")",
                    ),
                    "{{queue}}",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Offers that came to nothing, 1 h",
            "By how they ended; no_answer and rejected are the agents', unreachable the phones'.",
            (Query(in_an_hour("ivrcore_queue_offers_ended_total", "how", _Q), "{{how}}"),),
        ),
        Panel(
            "Handling time (AHT), 1 h",
            "Mean of talk, hold included, and wrap-up, per answered contact.",
            (
                Query(
                    share(
                        "("
                        + in_an_hour("ivrcore_queue_talk_seconds_sum", "queue", _Q)
                        + " + "
                        + in_an_hour("ivrcore_queue_wrap_up_seconds_sum", "queue", _Q)
                        + ")",
                        _A,
                    ),
                    "{{queue}}",
                ),
            ),
            unit="s",
        ),
        Panel(
            "Talk, hold and wrap-up, 1 h",
            "Mean of each over the chosen queues.",
            (
                Query(mean("ivrcore_queue_talk_seconds", "", _Q), "talk"),
                Query(mean("ivrcore_queue_hold_seconds", "", _Q), "one hold"),
                Query(mean("ivrcore_queue_wrap_up_seconds", "", _Q), "wrap-up"),
            ),
            unit="s",
        ),
        Panel(
            "Sent on by agents, 1 h",
            "Conversations in which the agent's phone gave the caller to somebody else.",
            (Query(in_an_hour("ivrcore_queue_contacts_sent_on_total", "queue", _Q), "{{queue}}"),),
        ),
        Panel(
            "Error of the expected wait, 1 h",
            "Median distance between the wait that callers were told and the one they had.",
            (Query(quantile(0.5, "ivrcore_queue_expected_wait_error_seconds", "queue", _Q), "{{queue}}"),),
            unit="s",
        ),
        Panel(
            "Waited / expected, 1 h",
            "Median; over 1 where it took longer than expected.",
            (Query(quantile(0.5, "ivrcore_queue_expected_wait_ratio", "queue", _Q), "{{queue}}"),),
        ),
    ),
)

QUEUES = Board(
    "queues",
    "ivrcore: queues",
    "Who waits, and how well each queue serves its callers.",
    (_NOW, _SERVED, _WORK),
    (Choice("queue", "ivrcore_queue_threshold_seconds"),),
)

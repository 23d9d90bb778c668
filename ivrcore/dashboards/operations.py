"""The board for who runs the hotline: is it well now, and if not, which other board to open."""

from __future__ import annotations

from ivrcore.dashboards.model import Board, Panel, Query, Row, a_minute, in_an_hour, quantile, share

_ANSWERED = in_an_hour("ivrcore_queue_contacts_answered_total")
_IN_TIME = in_an_hour("ivrcore_queue_contacts_answered_in_threshold_total")
_ABANDONED = in_an_hour("ivrcore_queue_contacts_abandoned_total")
_ENTERED = in_an_hour("ivrcore_queue_contacts_entered_total")


def _number(
    title: str,
    says: str,
    expr: str,
    unit: str = "short",
    amber: float | None = None,
    red: float | None = None,
) -> Panel:
    return Panel(title, says, (Query(expr),), "number", unit, 3, amber, red)


_NOW = Row(
    "Now",
    (
        _number(
            "Contacts", "Callers who are in the hotline at this moment.", "sum(ivrcore_contacts_in_progress)"
        ),
        _number("Waiting", "Callers in all queues.", "sum(ivrcore_queue_contacts_waiting)", amber=5, red=20),
        _number(
            "Longest wait",
            "Of those who wait now, in any queue.",
            "max(ivrcore_queue_longest_wait_seconds)",
            "s",
            60,
            180,
        ),
        _number(
            "Service level, 1 h",
            "A_T / (A + B) over all queues, each by its own threshold.",
            share(_IN_TIME, f"({_ANSWERED} + {_ABANDONED})"),
            "percentunit",
            0.8,
            0.6,
        ),
        _number(
            "Abandoned, 1 h",
            "B / N: of those who entered a queue, who hung up while waiting.",
            share(_ABANDONED, _ENTERED),
            "percentunit",
            0.05,
            0.1,
        ),
        _number(
            "Ready agents",
            "Agents who would be offered a caller at once.",
            'sum(ivrcore_agents{state="ready"})',
            amber=2,
            red=1,
        ),
        _number(
            "Asterisk", "0 while any link to Asterisk is away.", "min(ivrcore_link_up)", amber=1, red=0.5
        ),
        _number(
            "Emergency",
            "Emergency switches that are not open: those callers do not get the normal dialplan.",
            'sum(ivrcore_emergency{action!="open"})',
            red=1,
        ),
    ),
)

_CALLS = Row(
    "Calls",
    (
        Panel(
            "Calls a minute",
            "Contacts that rang here and those that are over; where the lines part, calls pile up.",
            (
                Query(a_minute("ivrcore_contacts_offered_total"), "offered"),
                Query(a_minute("ivrcore_contacts_closed_total"), "closed"),
            ),
        ),
        Panel(
            "How calls end, a minute",
            "By outcome; refused and failed should be none.",
            (Query(a_minute("ivrcore_contacts_closed_total", "outcome"), "{{outcome}}"),),
            "stacked",
        ),
        Panel(
            "Finished in self-service, 1 h",
            "Diversion rate: contacts that needed nobody, of all that were offered.",
            (
                Query(
                    share(
                        in_an_hour("ivrcore_contacts_closed_total", "", 'outcome="self_served"'),
                        in_an_hour("ivrcore_contacts_offered_total"),
                    ),
                    "self-service",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Waiting, by queue",
            "Callers in each queue.",
            (Query("sum by (queue) (ivrcore_queue_contacts_waiting)", "{{queue}}"),),
            "stacked",
        ),
        Panel(
            "Longest wait, by queue",
            "Of those who wait, in each queue.",
            (Query("max by (queue) (ivrcore_queue_longest_wait_seconds)", "{{queue}}"),),
            unit="s",
        ),
        Panel(
            "Agents, by state",
            "Each agent once; unreachable ones are ready but their phones are not.",
            (Query("sum by (state) (ivrcore_agents)", "{{state}}"),),
            "stacked",
        ),
    ),
)

_OUTSIDE = Row(
    "Promises and the outside",
    (
        Panel(
            "Call-backs that are open",
            "Customers who were promised a call, by queue.",
            (Query("sum by (queue) (ivrcore_call_backs_open)", "{{queue}}"),),
            "stacked",
        ),
        Panel(
            "Call-backs over, 1 h",
            "By how they ended: all but talked, hung_up, called_in and replaced were given up.",
            (Query(in_an_hour("ivrcore_call_backs_ended_total", "how"), "{{how}}"),),
        ),
        Panel(
            "Call-backs asked and tried, 1 h",
            "Customers who asked; times their phones were dialled, answered or not; tries postponed.",
            (
                Query(in_an_hour("ivrcore_call_backs_asked_total"), "asked"),
                Query(in_an_hour("ivrcore_call_backs_dialled_total"), "dialled"),
                Query(in_an_hour("ivrcore_call_backs_reached_total"), "reached"),
                Query(in_an_hour("ivrcore_call_backs_missed_total"), "missed"),
                Query(in_an_hour("ivrcore_call_backs_postponed_total"), "postponed"),
            ),
        ),
        Panel(
            "From asking to the end of the talk",
            "Median time of call-backs that came to a conversation, over the last hour.",
            (Query(quantile(0.5, "ivrcore_call_back_seconds"), "median"),),
            unit="s",
        ),
        Panel(
            "Requests of dialplans, a minute",
            "By service and answer: lookups, identification, transfers and so on.",
            (Query(a_minute("ivrcore_service_answered_total", "service, how"), "{{service}} {{how}}"),),
        ),
        Panel(
            "Failed requests, 1 h",
            "Share of each lookup's, queue's or mailbox's requests that failed or timed out.",
            (
                Query(
                    share(
                        in_an_hour(
                            "ivrcore_service_answered_total", "service, name", 'how=~"failed|timed_out"'
                        ),
                        in_an_hour("ivrcore_service_answered_total", "service, name"),
                    ),
                    "{{service}} {{name}}",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Errors of services, 1 h",
            "By service and code; the dialplans went on with what they have for that case.",
            (Query(in_an_hour("ivrcore_service_errors_total", "service, code"), "{{service}}: {{code}}"),),
        ),
        Panel(
            "Transfers that came through, 1 h",
            "Share of outside transfers that were answered.",
            (Query("hotline:ivrcore_transfer_success_rate:ratio_1h", "answered"),),
            unit="percentunit",
        ),
        Panel(
            "Answer times of services, p95",
            "95 of 100 requests of the last hour were answered sooner.",
            (Query(quantile(0.95, "ivrcore_service_seconds", "service"), "{{service}}"),),
            unit="s",
        ),
        Panel(
            "Outside numbers",
            "On the line now, and how many the toll-fraud guard refused in the last hour.",
            (
                Query("sum(ivrcore_outbound_in_progress)", "on the line"),
                Query(in_an_hour("ivrcore_outbound_refused_total", "why"), "refused: {{why}}"),
            ),
        ),
        Panel(
            "Messages",
            "Left by callers, listened to and deleted in the last hour.",
            (
                Query(in_an_hour("ivrcore_messages_recorded_total", "mailbox"), "{{mailbox}} left"),
                Query(in_an_hour("ivrcore_messages_fetched_total", "mailbox"), "{{mailbox}} listened to"),
                Query(in_an_hour("ivrcore_messages_deleted_total", "mailbox"), "{{mailbox}} deleted"),
            ),
        ),
    ),
)

_NOTICES = Row(
    "What callers are told",
    (
        Panel(
            "Announcements heard, 1 h",
            "Times each announcement was played to a contact.",
            (Query(in_an_hour("ivrcore_announcements_heard_total", "announcement"), "{{announcement}}"),),
        ),
        Panel(
            "Calls that met an emergency switch, 1 h",
            "By what it did with them.",
            (Query(in_an_hour("ivrcore_emergency_met_total", "action"), "{{action}}"),),
        ),
        Panel(
            "Alerts",
            "Alerts of ivrcore that are pending or firing.",
            (Query('count by (alertname, alertstate, severity) (ALERTS{alertname=~"Ivrcore.*"})', "number"),),
            "table",
        ),
    ),
)

_LAST = "ivrcore_canary_last_success_time_seconds"
SINCE_SUCCESS = (
    "ivrcore_figures_timestamp_seconds - on (job, instance) group_right () "
    f"({_LAST} > 0 or ({_LAST} == 0) + on (job, instance) group_left () ivrcore_server_start_time_seconds)"
)
"""Of each server by its own clock, as the alert: of two that call the same number, one that fails is seen."""

_CANARY = Row(
    "Canary: calls of its own",
    (
        Panel(
            "Since the last success",
            "Since such a call passed or met a closed hotline; where none did, since the server's start.",
            (Query(SINCE_SUCCESS, "{{instance}}: {{number}} at {{pbx}}"),),
            unit="s",
        ),
        Panel(
            "Results, 1 h",
            "By PBX and what came of them: all but passed and closed is the first stage that did not come.",
            (Query(in_an_hour("ivrcore_canary_calls_total", "pbx, result"), "{{pbx}}: {{result}}"),),
        ),
        Panel(
            "From dialling to each stage, 1 h",
            "Median.",
            (Query(quantile(0.5, "ivrcore_canary_stage_seconds", "stage"), "{{stage}}"),),
            unit="s",
        ),
    ),
)

OPERATIONS = Board(
    "operations",
    "ivrcore: operations",
    "Is the hotline well now, and if not, where to look.",
    (_NOW, _CALLS, _OUTSIDE, _NOTICES, _CANARY),
)

"""The board of queues that Asterisk itself serves and that are watched."""

from __future__ import annotations

from ivrcore.dashboards.model import Board, Choice, Panel, Query, Row, a_minute, in_an_hour, quantile, share

_W = 'asterisk=~"$asterisk", queue=~"$queue"'
_A = 'asterisk=~"$asterisk"'
_BOTH = "asterisk, queue"
_DONE = in_an_hour("ivrcore_app_queue_calls_completed_total", _BOTH, _W)
_GONE = in_an_hour("ivrcore_app_queue_callers_abandoned_total", _BOTH, _W)
_NAME = "{{asterisk}} {{queue}}"


def _now(metric: str) -> Query:
    return Query(f"sum by ({_BOTH}) ({metric}{{{_W}}})", _NAME)


_NOW = Row(
    "Now",
    (
        Panel(
            "Watched",
            "1 while Asterisk's manager interface is connected; what is now is not known without it.",
            (Query(f"min by (asterisk) (ivrcore_app_queue_up{{{_A}}})", "{{asterisk}}"),),
            width=6,
        ),
        Panel("Waiting", "Callers who wait.", (_now("ivrcore_app_queue_callers_waiting"),), width=6),
        Panel(
            "Longest wait",
            "Time since the first of them joined.",
            (_now("ivrcore_app_queue_longest_wait_seconds"),),
            unit="s",
            width=6,
        ),
        Panel(
            "Members, by state",
            "Members of the chosen queues who are logged in.",
            (Query(f"sum by (state) (ivrcore_app_queue_members{{{_W}}})", "{{state}}"),),
            "stacked",
            width=6,
        ),
    ),
)

_SERVED = Row(
    "How callers are served",
    (
        Panel(
            "Callers, a minute",
            "Who joined, was connected, hung up while waiting.",
            (
                Query(a_minute("ivrcore_app_queue_callers_joined_total", "", _W), "joined"),
                Query(a_minute("ivrcore_app_queue_calls_connected_total", "", _W), "connected"),
                Query(a_minute("ivrcore_app_queue_callers_abandoned_total", "", _W), "abandoned"),
            ),
        ),
        Panel(
            "Service level, 1 h",
            "Completed calls that had waited within the threshold, of completed and abandoned ones.",
            (
                Query(
                    share(
                        in_an_hour("ivrcore_app_queue_calls_completed_in_threshold_total", _BOTH, _W),
                        f"({_DONE} + {_GONE})",
                    ),
                    _NAME,
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Abandoned, 1 h",
            "Callers who gave up, of those who joined.",
            (
                Query(
                    share(_GONE, in_an_hour("ivrcore_app_queue_callers_joined_total", _BOTH, _W)),
                    _NAME,
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "Wait of the answered, 1 h",
            "Median and the wait that 95 of 100 stayed below, in Asterisk's whole seconds.",
            (
                Query(
                    quantile(0.5, "ivrcore_app_queue_wait_seconds", _BOTH, f'{_W}, outcome="answered"'),
                    f"{_NAME}: median",
                ),
                Query(
                    quantile(0.95, "ivrcore_app_queue_wait_seconds", _BOTH, f'{_W}, outcome="answered"'),
                    f"{_NAME}: p95",
                ),
            ),
            unit="s",
        ),
        Panel(
            "Length of conversations, 1 h",
            "Median.",
            (Query(quantile(0.5, "ivrcore_app_queue_talk_seconds", _BOTH, _W), _NAME),),
            unit="s",
        ),
        Panel(
            "Phones, 1 h",
            "Members' phones that were rung, and those that rang in vain.",
            (
                Query(in_an_hour("ivrcore_app_queue_phones_rung_total", _BOTH, _W), f"{_NAME}: rung"),
                Query(
                    in_an_hour("ivrcore_app_queue_phones_unanswered_total", _BOTH, _W),
                    f"{_NAME}: unanswered",
                ),
            ),
        ),
    ),
)

_TRUST = Row(
    "How far these figures can be trusted",
    (
        Panel(
            "The link, 1 h",
            "Times it was lost, and restarts of Asterisk.",
            (
                Query(
                    in_an_hour("ivrcore_app_queue_link_losses_total", "asterisk", _A), "{{asterisk}}: lost"
                ),
                Query(
                    in_an_hour("ivrcore_app_queue_restarts_total", "asterisk", _A), "{{asterisk}}: restarts"
                ),
            ),
        ),
        Panel(
            "Unseen and uncounted, 1 h",
            "Calls of which only Asterisk's own counts tell, and calls that these leave out.",
            (
                Query(in_an_hour("ivrcore_app_queue_unseen_total", _BOTH, _W), f"{_NAME}: unseen"),
                Query(in_an_hour("ivrcore_app_queue_uncounted_total", _BOTH, _W), f"{_NAME}: uncounted"),
            ),
        ),
        Panel(
            "Messages not believed, 1 h",
            "By why; the next status tells what they would have told.",
            (Query(in_an_hour("ivrcore_app_queue_odd_total", "asterisk, why", _A), "{{asterisk}} {{why}}"),),
        ),
    ),
)

APP_QUEUES = Board(
    "app-queues",
    "ivrcore: Asterisk's own queues",
    "Queues of app_queue that are watched over the manager interface.",
    (_NOW, _SERVED, _TRUST),
    (Choice("asterisk", "ivrcore_app_queue_up"), Choice("queue", "ivrcore_app_queue_threshold_seconds")),
)

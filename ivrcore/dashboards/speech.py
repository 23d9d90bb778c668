"""The board of speech: what recognisers understand, how fast, whether there is room, who serves."""

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

_E = 'engine=~"$engine"'
_HEARD = "ivrcore_speech_utterances_total"
_SERVER = "engine, language, server"
_SERVED_BY = "{{engine}} {{language}} {{server}}"

_UNDERSTOOD = Row(
    "What is understood, and how fast",
    (
        Panel(
            "Utterances, a minute",
            "By what was made of them: accepted, confirmed with the caller, rejected.",
            (Query(a_minute(_HEARD, "verdict", _E), "{{verdict}}"),),
            "stacked",
        ),
        Panel(
            "Accepted, 1 h",
            "Share of utterances that were accepted as they were heard.",
            (
                Query(
                    share(
                        in_an_hour(_HEARD, "engine", f'{_E}, verdict="accept"'),
                        in_an_hour(_HEARD, "engine", _E),
                    ),
                    "{{engine}}",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "From the end of speech to the decision, 1 h",
            "Mean, and what 95 and 99 of 100 stayed below.",
            (
                Query(mean("ivrcore_speech_decision_seconds", "engine", _E), "{{engine}}: mean"),
                Query(quantile(0.95, "ivrcore_speech_decision_seconds", "engine", _E), "{{engine}}: p95"),
                Query(quantile(0.99, "ivrcore_speech_decision_seconds", "engine", _E), "{{engine}}: p99"),
            ),
            unit="s",
        ),
        Panel(
            "Recognisers in service",
            "0 while one is out; the next of its language, or keys, serve instead.",
            (
                Query(
                    f"min by (engine, language, rank) (ivrcore_recogniser_in_service{{{_E}}})",
                    "{{language}} {{rank}}: {{engine}}",
                ),
            ),
        ),
        Panel(
            "Taken out, 1 h",
            "By fault: it raised, stalled, was late, or its figures could not be true.",
            (
                Query(
                    in_an_hour("ivrcore_recogniser_taken_out_total", "engine, fault", _E),
                    "{{engine}}: {{fault}}",
                ),
            ),
        ),
        Panel(
            "Turns nobody could hear, 1 h",
            "By error code; the menu went on with keys.",
            (Query(in_an_hour("ivrcore_speech_gave_up_total", "engine, code", _E), "{{engine}}: {{code}}"),),
        ),
    ),
)

_ROOM = Row(
    "Room",
    (
        Panel(
            "Callers listened to",
            "Now, and at most at once.",
            (
                Query("sum(ivrcore_speech_streams)", "listened to"),
                Query("sum(ivrcore_speech_streams_limit)", "limit"),
            ),
        ),
        Panel(
            "Cores",
            "That listening would take if all those callers spoke, and the budget for it.",
            (
                Query("sum(ivrcore_speech_cores)", "cores"),
                Query("sum(ivrcore_speech_budget_cores)", "budget"),
                Query("sum(ivrcore_speech_threads)", "threads"),
            ),
        ),
        Panel(
            "Turns that did not listen, 1 h",
            "By language and why: no room, all recognisers out, or still loading.",
            (Query(in_an_hour("ivrcore_speech_refused_total", "language, why"), "{{language}}: {{why}}"),),
        ),
        Panel(
            "Turns that listened, a minute",
            "Turns of menus in which the caller could speak.",
            (Query(a_minute("ivrcore_speech_admitted_total"), "listened"),),
        ),
        Panel(
            "CPU for a second of speech",
            "As measured of each recogniser, smoothed.",
            (
                Query(
                    f"max by (engine, language) (ivrcore_recogniser_cost{{{_E}}})",
                    "{{engine}} {{language}}",
                ),
            ),
            unit="s",
        ),
    ),
)

_SERVERS = Row(
    "Servers that recognisers ask",
    (
        Panel(
            "In service",
            "0 while a server is not asked.",
            (Query(f"min by ({_SERVER}) (ivrcore_speech_server_up)", _SERVED_BY),),
        ),
        Panel(
            "Streams",
            "Utterances of ours that each hears now.",
            (Query(f"sum by ({_SERVER}) (ivrcore_speech_server_streams)", _SERVED_BY),),
        ),
        Panel(
            "Answer time, 1 h",
            "Mean from the end of speech to the server's answer.",
            (
                Query(
                    share(
                        in_an_hour("ivrcore_speech_server_answer_seconds_total", _SERVER),
                        in_an_hour("ivrcore_speech_server_answers_total", _SERVER),
                    ),
                    _SERVED_BY,
                ),
            ),
            unit="s",
        ),
        Panel(
            "Failures and full houses, 1 h",
            "Streams refused, closed or answered late or with nonsense, and those there was no room for.",
            (
                Query(in_an_hour("ivrcore_speech_server_failures_total", _SERVER), f"{_SERVED_BY}: failed"),
                Query(in_an_hour("ivrcore_speech_server_full_total", _SERVER), f"{_SERVED_BY}: full"),
            ),
            width=24,
        ),
    ),
)

_AEAP = Row(
    "For Asterisk's own dialplans (AEAP)",
    (
        Panel(
            "Connections",
            "Of Asterisk's speech applications, how many of them are listened to, and the limit.",
            (
                Query("sum(ivrcore_aeap_connections)", "connections"),
                Query("sum(ivrcore_aeap_listening)", "listened to"),
                Query("sum(ivrcore_aeap_connections_limit)", "limit"),
            ),
        ),
        Panel(
            "Recognitions, a minute",
            "By outcome; left: the dialplan stopped listening.",
            (Query(a_minute("ivrcore_aeap_recognitions_total", "outcome"), "{{outcome}}"),),
            "stacked",
        ),
        Panel(
            "Refused or odd, 1 h",
            "Connections refused or ended by us, by reason, and messages that could not be read.",
            (
                Query(in_an_hour("ivrcore_aeap_refused_total", "reason"), "{{reason}}"),
                Query(in_an_hour("ivrcore_aeap_bad_messages_total"), "bad messages"),
            ),
        ),
    ),
)

_KEPT = Row(
    "Failed turns that are kept",
    (
        Panel(
            "Kept now",
            "Utterances of callers who agreed.",
            (Query("sum(ivrcore_kept_utterances_held)", "utterances"),),
            width=6,
        ),
        Panel("Disk", "What they take.", (Query("sum(ivrcore_kept_bytes)", "bytes"),), unit="bytes", width=6),
        Panel(
            "Oldest",
            "Age of the oldest.",
            (Query("max(ivrcore_kept_oldest_age_seconds)", "age"),),
            unit="s",
            width=6,
        ),
        Panel(
            "Kept, not kept, erased, looked at, 1 h",
            "How many were kept, could not be, were deleted; how often somebody looked.",
            (
                Query(in_an_hour("ivrcore_utterances_kept_total"), "kept"),
                Query(in_an_hour("ivrcore_utterances_not_kept_total"), "not kept"),
                Query(in_an_hour("ivrcore_kept_utterances_erased_total"), "erased"),
                Query(in_an_hour("ivrcore_kept_utterances_accesses_total"), "looked at"),
            ),
            width=6,
        ),
    ),
)

SPEECH = Board(
    "speech",
    "ivrcore: speech",
    "What recognisers understand, how fast, and whether there is room for more callers.",
    (_UNDERSTOOD, _ROOM, _SERVERS, _AEAP, _KEPT),
    (Choice("engine", "ivrcore_speech_decision_seconds_count"),),
)

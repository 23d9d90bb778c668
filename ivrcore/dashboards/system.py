"""The board of the server itself: its links, journal, event loop, process, plugins and configuration."""

from __future__ import annotations

from ivrcore.dashboards.model import Board, Panel, Query, Row, a_minute, in_an_hour, quantile

_LINKS = Row(
    "Links",
    (
        Panel(
            "Links to Asterisk",
            "1 while the link of a driver (ARI, AGI) stands; without it no call is served by it.",
            (Query("min by (driver) (ivrcore_link_up)", "{{driver}}"),),
        ),
        Panel(
            "Links lost, 1 h",
            "How often, by driver.",
            (Query(in_an_hour("ivrcore_link_losses_total", "driver"), "{{driver}}"),),
        ),
        Panel(
            "Time without a link, 1 h",
            "Counted when the link is back.",
            (Query(in_an_hour("ivrcore_link_away_seconds_total", "driver"), "{{driver}}"),),
            unit="s",
        ),
        Panel(
            "Commands that failed, 1 h",
            "Commands to Asterisk that failed for good, by error code.",
            (Query(in_an_hour("ivrcore_commands_failed_total", "command, code"), "{{command}} {{code}}"),),
        ),
        Panel(
            "Watched queues",
            "1 while the manager interface of an Asterisk whose queues are watched is connected.",
            (Query("min by (asterisk) (ivrcore_app_queue_up)", "{{asterisk}}"),),
        ),
        Panel(
            "Orphans ended, 1 h",
            "Channels and bridges in Asterisk that nobody owned.",
            (Query(in_an_hour("ivrcore_orphans_ended_total"), "ended"),),
        ),
    ),
)

_AGI = Row(
    "Calls by FastAGI",
    (
        Panel(
            "Sessions",
            "Open ones, and how many may be open at once.",
            (
                Query("sum(ivrcore_agi_sessions)", "open"),
                Query("sum(ivrcore_agi_sessions_limit)", "limit"),
            ),
        ),
        Panel(
            "Sessions that ended",
            "Per minute, by how: `broken` is what Asterisk said or left unsaid, `fault` one of ours.",
            (Query(a_minute("ivrcore_agi_ended_total", "how"), "{{how}}"),),
        ),
        Panel(
            "Connections turned away, 1 h",
            "By reason; `full` costs calls, the others are set up wrongly or are no business of theirs.",
            (Query(in_an_hour("ivrcore_agi_refused_total", "reason"), "{{reason}}"),),
        ),
    ),
)

_PROCESS = Row(
    "The process",
    (
        Panel(
            "Event-loop lag",
            "Worst delay of a timer in the last 15 s; callers hear it from some 0.2 s on.",
            (Query("max(ivrcore_loop_lag_seconds)", "lag"),),
            unit="s",
        ),
        Panel(
            "Collector of cycles",
            "Share of time that Python's collector holds everything up; generation 2 is a full collection.",
            (
                Query(
                    "max by (generation) (rate(ivrcore_collector_pause_seconds_sum[$__rate_interval]))",
                    "generation {{generation}}",
                ),
            ),
            unit="percentunit",
        ),
        Panel(
            "CPU",
            "Cores that the process uses.",
            (Query('rate(process_cpu_seconds_total{job="ivrcore"}[$__rate_interval])', "{{instance}}"),),
        ),
        Panel(
            "Memory",
            "Resident memory.",
            (Query('process_resident_memory_bytes{job="ivrcore"}', "{{instance}}"),),
            unit="bytes",
        ),
        Panel(
            "Open files",
            "And how many may be open.",
            (
                Query('process_open_fds{job="ivrcore"}', "{{instance}}"),
                Query('process_max_fds{job="ivrcore"}', "{{instance}}: limit"),
            ),
        ),
        Panel(
            "Starts",
            "Time since the server started last.",
            (Query("time() - max(ivrcore_server_start_time_seconds)", "up for"),),
            unit="s",
        ),
        Panel(
            "Release", "Which release runs.", (Query("max by (version) (ivrcore_build_info)", "{{version}}"),)
        ),
    ),
)

_JOURNAL = Row(
    "The journal",
    (
        Panel(
            "Healthy",
            "1 if the last commit reached the store.",
            (Query("min(ivrcore_journal_healthy)", "healthy"),),
        ),
        Panel(
            "Backlog",
            "Rows that are not durable yet; grows while the store fails.",
            (Query("max(ivrcore_journal_backlog_rows)", "rows"),),
        ),
        Panel(
            "Time of a commit, 1 h",
            "Median, and what 99 of 100 stayed below.",
            (
                Query(quantile(0.5, "ivrcore_journal_commit_seconds"), "median"),
                Query(quantile(0.99, "ivrcore_journal_commit_seconds"), "p99"),
            ),
            unit="s",
        ),
        Panel(
            "Last snapshot",
            "How long ago it was made; one is made when there is enough that is new.",
            (Query("time() - min(ivrcore_journal_snapshot_time_seconds > 0)", "ago"),),
            unit="s",
            width=12,
        ),
        Panel(
            "Records since",
            "Those that a start would have to read: seconds for some ten thousand.",
            (Query("max(ivrcore_journal_snapshot_behind_records)", "records"),),
            width=12,
        ),
    ),
)

_HISTORY = Row(
    "The history database",
    (
        Panel(
            "Written",
            "1 if the last write to it went well; nothing where a server keeps none.",
            (Query("min(ivrcore_history_healthy)", "written"),),
            width=12,
        ),
        Panel(
            "Behind",
            "Records of the journal that are not in it yet; grows while it is away.",
            (Query("max(ivrcore_history_behind_records)", "records"),),
            width=12,
        ),
    ),
)

_PARTS = Row(
    "Plugins, configuration, scrapes",
    (
        Panel(
            "Plugins that raised, 1 h",
            "By plugin and hook.",
            (Query(in_an_hour("ivrcore_plugin_failures_total", "plugin, hook"), "{{plugin}} {{hook}}"),),
        ),
        Panel(
            "Configuration",
            "1 while it does not take effect as it is saved; and changes of the last hour.",
            (
                Query("max(ivrcore_config_broken)", "broken"),
                Query(in_an_hour("ivrcore_config_changes_total", "outcome"), "{{outcome}}, 1 h"),
            ),
        ),
        Panel(
            "Scrapes",
            "1 while Prometheus reaches the server, and how long a scrape takes in seconds.",
            (
                Query('up{job="ivrcore"}', "{{instance}}: up"),
                Query('scrape_duration_seconds{job="ivrcore"}', "{{instance}}: seconds"),
            ),
        ),
    ),
)

SYSTEM = Board(
    "system",
    "ivrcore: system",
    "The server itself: links, event loop, journal, plugins.",
    (_LINKS, _AGI, _PROCESS, _JOURNAL, _HISTORY, _PARTS),
)

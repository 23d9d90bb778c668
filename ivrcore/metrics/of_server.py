"""The metrics of the server itself: link, plugins, journal, reactor."""

from __future__ import annotations

from collections.abc import Iterator

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import (
    Row,
    View,
    build,
    from_figures,
    from_journal,
    link_away,
    link_losses,
    links_up,
    one,
    per_pair,
    per_word,
)


def _turned_away(view: View) -> Iterator[Row]:
    for why, count in view.figures.overload.turned_away.items():
        yield (why,), count


def _plugin_failures(view: View) -> Iterator[Row]:
    failed = view.figures.plugins_failed
    for plugin in dict.fromkeys((*failed, *view.known.plugins)):
        counts = failed.get(plugin, {})
        for hook in dict.fromkeys((*counts, *view.known.plugins.get(plugin, ()))):
            yield (plugin, hook), counts.get(hook, 0)


def _pauses(view: View) -> Iterator[Row]:
    for generation, pauses in enumerate(view.pauses):
        yield (str(generation),), pauses


SERVER = (
    Metric("ivrcore_link_up", "gauge", ("driver",), "1 while the link to Asterisk stands.", links_up),
    Metric("ivrcore_link_losses", "counter", ("driver",), "Times the link was lost.", link_losses),
    Metric(
        "ivrcore_link_away_seconds",
        "counter",
        ("driver",),
        "Time without the link, counted when it is back.",
        link_away,
    ),
    Metric(
        "ivrcore_contacts_turned_away",
        "counter",
        ("why",),
        "Callers who were not let in, by reason: a limit of `overload`, or draining.",
        _turned_away,
    ),
    Metric(
        "ivrcore_draining",
        "gauge",
        (),
        "1 while no new calls are taken: `ivrcore drain`.",
        from_figures(lambda f: float(f.overload.draining)),
    ),
    Metric(
        "ivrcore_commands_failed",
        "counter",
        ("command", "code"),
        "Commands to Asterisk that failed for good, by error code.",
        per_pair(lambda f: f.commands_failed),
    ),
    Metric(
        "ivrcore_plugin_failures",
        "counter",
        ("plugin", "hook"),
        "Times a plugin raised; 0 from the start for every hook that a loaded one has.",
        _plugin_failures,
    ),
    Metric(
        "ivrcore_orphans_ended",
        "counter",
        (),
        "Channels and bridges that nobody owned, ended.",
        from_figures(lambda f: f.orphans_ended),
    ),
    Metric(
        "ivrcore_contacts_adopted",
        "counter",
        ("where",),
        "Contacts that a server which died had left, and that went on, by where they were.",
        per_word(lambda f: f.adopted),
    ),
    Metric(
        "ivrcore_server_starts", "counter", (), "Times the server started.", from_figures(lambda f: f.starts)
    ),
    Metric(
        "ivrcore_server_start_time_seconds",
        "gauge",
        (),
        "When it started last, UTC seconds.",
        from_figures(lambda f: f.started_at),
    ),
    Metric(
        "ivrcore_figures_timestamp_seconds",
        "gauge",
        (),
        "The moment of these figures, UTC seconds.",
        one(lambda view: view.now),
    ),
    Metric("ivrcore_build_info", "gauge", ("version",), "Always 1; the label is the release.", build),
    Metric(
        "ivrcore_journal_healthy",
        "gauge",
        (),
        "1 if the last commit reached the store.",
        from_journal(lambda j: float(j.healthy)),
    ),
    Metric(
        "ivrcore_journal_backlog_rows",
        "gauge",
        (),
        "Rows not durable yet; grows while the store fails.",
        from_journal(lambda j: j.backlog),
    ),
    Metric(
        "ivrcore_journal_commit_seconds",
        "histogram",
        (),
        "Time of a commit, since the start.",
        from_journal(lambda j: j.commit_times),
    ),
    Metric(
        "ivrcore_loop_lag_seconds",
        "gauge",
        (),
        "Worst delay of a timer in the last 15 s.",
        one(lambda view: view.loop_lag),
    ),
    Metric(
        "ivrcore_collector_pause_seconds",
        "histogram",
        ("generation",),
        "Time that Python's collector of cycles held everything up, since the start; generation 2 is all.",
        _pauses,
    ),
)

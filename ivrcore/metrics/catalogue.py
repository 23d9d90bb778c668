"""Every metric once: name, kind, labels, meaning, and how it is read from the figures.

Counts, histograms and gauges, never percentages, so that every service-level variant is one line of PromQL.
No label carries a call, caller or channel id. Must not know of HTTP. Run as a program, it writes the table of
docs/metrics.md anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ivrcore.metrics.rows import (
    Row,
    View,
    agent_seconds,
    agents,
    broken_files,
    build,
    choices,
    decision_times,
    dialplan_calls,
    dialplan_versions,
    from_figures,
    from_journal,
    link_away,
    link_losses,
    links_up,
    longest_wait,
    one,
    per_agent,
    per_menu,
    per_pair,
    per_queue,
    per_queue_and_word,
    per_word,
    queue_agents,
    switches,
    waiting,
    waits,
)

MARK = "<!-- made by: python -m ivrcore.metrics.catalogue docs/metrics.md -->"

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """``name`` is without the suffix that the kind adds; ``read`` gives one row per set of labels."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    meaning: str
    read: Callable[[View], Iterable[Row]]

    @property
    def exported(self) -> str:
        """The name that a query uses."""
        return {"counter": f"{self.name}_total", "gauge": self.name, "histogram": f"{self.name}_bucket"}[
            self.kind
        ]


# --- the metrics --------------------------------------------------------------------------------

Q = ("queue",)
M = ("dialplan", "menu")

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
    Metric("ivrcore_queue_contacts_waiting", "gauge", Q, "Visits not ended yet.", waiting),
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
        "ivrcore_queue_wait_seconds",
        "histogram",
        ("queue", "outcome"),
        "Wait of ended visits. ASA is sum / count of the answered.",
        waits,
    ),
    Metric(
        "ivrcore_queue_talk_seconds", "histogram", Q, "Length of conversations.", per_queue(lambda q: q.talk)
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
        "Agents who serve the queue, by state; an agent counts in each of his queues.",
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
        "ivrcore_agent_state_seconds",
        "counter",
        ("agent", "state"),
        "Time in each state. Occupancy is (talking + wrap_up) / (talking + wrap_up + ready).",
        agent_seconds,
    ),
)

CALLERS = (
    Metric(
        "ivrcore_menu_entered", "counter", M, "Callers who came to the menu.", per_menu(lambda m: m.entered)
    ),
    Metric(
        "ivrcore_menu_choices", "counter", (*M, "choice", "by"), "Choices made, by key or speech.", choices
    ),
    Metric(
        "ivrcore_menu_no_input",
        "counter",
        M,
        "Times that nothing was said or pressed in time.",
        per_menu(lambda m: m.no_input),
    ),
    Metric(
        "ivrcore_menu_no_match",
        "counter",
        M,
        "Times that what was said or pressed was no choice.",
        per_menu(lambda m: m.no_match),
    ),
    Metric(
        "ivrcore_menu_gave_up",
        "counter",
        M,
        "Callers for whom the menu took its default.",
        per_menu(lambda m: m.gave_up),
    ),
    Metric(
        "ivrcore_speech_utterances",
        "counter",
        ("engine", "verdict"),
        "Utterances by what was made of them.",
        per_pair(lambda f: {name: engine.heard for name, engine in f.engines.items()}),
    ),
    Metric(
        "ivrcore_speech_decision_seconds",
        "histogram",
        ("engine",),
        "From the end of speech to the decision.",
        decision_times,
    ),
    Metric(
        "ivrcore_speech_gave_up",
        "counter",
        ("engine", "code"),
        "Times a recogniser failed or stalled; the menu went on with keys.",
        per_pair(lambda f: {name: engine.gave_up for name, engine in f.engines.items()}),
    ),
    Metric(
        "ivrcore_prompts_failed",
        "counter",
        (),
        "Prompts that could not be played.",
        from_figures(lambda f: f.prompts_failed),
    ),
)

NOTICES = (
    Metric(
        "ivrcore_announcements",
        "gauge",
        (),
        "Announcements that callers hear now.",
        one(lambda view: view.figures.notices.in_force(view.now)),
    ),
    Metric(
        "ivrcore_announcements_heard",
        "counter",
        ("announcement",),
        "Times an announcement was played to a contact; beyond 100 names, `(others)`.",
        per_word(lambda f: f.notices.heard),
    ),
    Metric(
        "ivrcore_announcement_files_refused",
        "counter",
        (),
        "Files of announcements that were wrong and changed nothing.",
        from_figures(lambda f: f.notices.files_refused),
    ),
    Metric(
        "ivrcore_emergency",
        "gauge",
        ("scope", "action"),
        "1 for how the emergency switch of a called number, or of all, stands; 0 for the other actions.",
        switches,
    ),
    Metric(
        "ivrcore_emergency_met",
        "counter",
        ("action",),
        "Calls that met an emergency switch that was not open.",
        per_word(lambda f: f.notices.met),
    ),
)

DIALPLANS = (
    Metric(
        "ivrcore_dialplan_info",
        "gauge",
        ("dialplan", "version"),
        "Always 1; the version that new calls get.",
        dialplan_versions,
    ),
    Metric(
        "ivrcore_dialplan_calls",
        "gauge",
        ("dialplan", "version"),
        "Contacts in progress by the version that they began with; old versions while they have any.",
        dialplan_calls,
    ),
    Metric(
        "ivrcore_dialplan_published",
        "counter",
        ("dialplan",),
        "Versions that took effect, those rolled back to among them.",
        per_word(lambda f: f.dialplans_published),
    ),
    Metric(
        "ivrcore_dialplan_refused",
        "counter",
        ("dialplan",),
        "Changes that the check refused.",
        per_word(lambda f: f.dialplans_refused),
    ),
    Metric(
        "ivrcore_dialplan_broken",
        "gauge",
        ("file",),
        "1 while the file as it is saved does not take effect; its last good version is served.",
        broken_files,
    ),
)

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
        "Times a plugin raised.",
        per_pair(lambda f: f.plugins_failed),
    ),
    Metric(
        "ivrcore_orphans_ended",
        "counter",
        (),
        "Channels and bridges that nobody owned, ended.",
        from_figures(lambda f: f.orphans_ended),
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
)

METRICS: tuple[Metric, ...] = (*CONTACTS, *QUEUES, *AGENTS, *CALLERS, *NOTICES, *DIALPLANS, *SERVER)
"""All of them, in the order of the documentation."""


def markdown() -> str:
    """Make the table of docs/metrics.md."""
    lines = ["| Metric | Kind | Labels | Meaning |", "| --- | --- | --- | --- |"]
    for metric in METRICS:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(f"| `{metric.exported}` | {metric.kind} | {labels} | {metric.meaning} |")
    return "\n".join(lines) + "\n"


def write_table(path: Path) -> None:
    """Put the table at the end of the documentation page, in place of the old one."""
    text = path.read_text()
    path.write_text(text[: text.index(MARK)] + MARK + "\n" + markdown())


if __name__ == "__main__":
    write_table(Path(sys.argv[1]))

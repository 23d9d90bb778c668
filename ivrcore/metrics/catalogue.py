"""Every metric once, in the order of the documentation.

Counts, histograms and gauges, never percentages, so that every service-level variant is one line of PromQL.
No label carries a call, caller or channel id. Must not know of HTTP. Run as a program, it writes the table of
docs/metrics.md anew.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.metrics.metric import Metric, exported
from ivrcore.metrics.of_aeap import AEAP
from ivrcore.metrics.of_agi import AGI
from ivrcore.metrics.of_callers import CALLERS, DIALPLANS, NOTICES
from ivrcore.metrics.of_canary import CANARY
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.metrics.of_history import HISTORY
from ivrcore.metrics.of_outside import CALL_BACKS, MESSAGES, OUTBOUND, SERVICES
from ivrcore.metrics.of_queues import AGENTS, CONTACTS, QUEUES
from ivrcore.metrics.of_server import SERVER
from ivrcore.metrics.of_snapshots import SNAPSHOTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ivrcore.app_queue.families import AppQueueMetric
    from ivrcore.watch import Family

__all__ = ["METRICS", "Metric", "markdown", "write_table"]

KEPT = "These are there where the server keeps the [history](reports.md#the-database) up to date."
MARK = "<!-- made by: python -m ivrcore.metrics.catalogue docs/metrics.md -->"

METRICS: tuple[Metric, ...] = (
    *CONTACTS,
    *QUEUES,
    *AGENTS,
    *CALLERS,
    *SERVICES,
    *OUTBOUND,
    *CALL_BACKS,
    *MESSAGES,
    *NOTICES,
    *DIALPLANS,
    *AEAP,
    *AGI,
    *CANARY,
    *SERVER,
)
"""All of them."""


def markdown() -> str:
    """Make the tables of docs/metrics.md."""
    from ivrcore.metrics.recording.files import markdown as recording_rules  # a server has no use for these

    history = ["", "## Of the history database", "", KEPT, "", *_table(HISTORY)]
    watched = ["", "## Of a watched app_queue", *_watched()]
    ours = _table((*METRICS, *SNAPSHOTS, *COMPACTION))
    return "\n".join([*ours, *history, *watched, "", *recording_rules(), ""])


def _watched() -> list[str]:
    from ivrcore.app_queue.families import METRICS as APP_QUEUE

    where = "These come from a [watch](app-queue.md) of kind `app_queue`; `asterisk` is the watch's name."
    return ["", where, "", *_table(APP_QUEUE)]


def _table(metrics: Iterable[Metric | AppQueueMetric | Family]) -> list[str]:
    lines = ["| Metric | Kind | Labels | Meaning |", "| --- | --- | --- | --- |"]
    for metric in metrics:
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        lines.append(
            f"| `{exported(metric.name, metric.kind)}` | {metric.kind} | {labels} | {metric.meaning} |"
        )
    return lines


def write_table(path: Path) -> None:
    """Put the table at the end of the documentation page, in place of the old one."""
    text = path.read_text()
    path.write_text(text[: text.index(MARK)] + MARK + "\n" + markdown())


if __name__ == "__main__":
    write_table(Path(sys.argv[1]))

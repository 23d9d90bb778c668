"""Every metric once, in the order of the documentation.

Counts, histograms and gauges, never percentages, so that every service-level variant is one line of PromQL.
No label carries a call, caller or channel id. Must not know of HTTP. Run as a program, it writes the table of
docs/metrics.md anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ivrcore.metrics.metric import Metric
from ivrcore.metrics.of_callers import CALLERS, DIALPLANS, NOTICES
from ivrcore.metrics.of_outside import CALL_BACKS, MESSAGES, OUTBOUND, SERVICES
from ivrcore.metrics.of_queues import AGENTS, CONTACTS, QUEUES
from ivrcore.metrics.of_server import SERVER

__all__ = ["METRICS", "Metric", "markdown", "write_table"]

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
    *SERVER,
)
"""All of them."""


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

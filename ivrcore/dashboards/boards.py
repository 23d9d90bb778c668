"""All dashboards, and the names of metrics and rules that their queries use."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ivrcore.dashboards.agents import AGENTS
from ivrcore.dashboards.app_queues import APP_QUEUES
from ivrcore.dashboards.menus import MENUS
from ivrcore.dashboards.model import Board, Panel, Query
from ivrcore.dashboards.operations import OPERATIONS
from ivrcore.dashboards.queues import QUEUES
from ivrcore.dashboards.speech import SPEECH
from ivrcore.dashboards.system import SYSTEM

BOARDS: tuple[Board, ...] = (OPERATIONS, QUEUES, AGENTS, MENUS, SPEECH, SYSTEM, APP_QUEUES)
"""In the order of the documentation."""


def queries() -> Iterator[tuple[Board, Panel, Query]]:
    """Give every query, with where it stands."""
    for board in BOARDS:
        for panel in board.panels():
            for query in panel.queries:
                yield board, panel, query


def names_in(expr: str) -> set[str]:
    """Name the metrics of ivrcore and the rules (`level:metric:operations`) that a query uses."""
    return set(re.findall(r"\b\w+:ivrcore_\w+:\w+|(?<!:)\bivrcore_\w+", expr))

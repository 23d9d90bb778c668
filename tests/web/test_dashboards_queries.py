"""Every query of every dashboard, asked of a real Prometheus that scrapes a hotline with traffic."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.dashboards.boards import queries
from tests.web.busy_hotline import BusyServer
from tests.web.prometheus_run import running

PATIENCE = 120.0
"""Seconds: two scrapes and two rounds of the rules are enough, on a machine that has time."""


def as_asked(expression: str) -> str:
    """Put in what Grafana puts in where everything is chosen."""
    for name in ("queue", "agent", "dialplan", "engine", "asterisk"):
        expression = expression.replace(f"${name}", ".*")
    return expression.replace("$__rate_interval", "1m")


def without_data(folder: Path, server: str) -> list[str]:
    """Ask each until it has data; give those that never had any."""
    left = {f"{board.name}: {panel.title}: {query.expr}": query.expr for board, panel, query in queries()}
    deadline = time.monotonic() + PATIENCE
    with running(folder, server) as prometheus:
        while left and time.monotonic() < deadline:
            left = {where: expr for where, expr in left.items() if not prometheus.numbers(as_asked(expr))}
            time.sleep(0.5 if left else 0)
    return list(left)


@pytest.mark.slow
@ensureDeferred
async def test_every_query_of_every_dashboard_returns_data(tmp_path: Path) -> None:
    server = BusyServer()
    try:
        left = await deferToThread(without_data, tmp_path, f"127.0.0.1:{server.port}")
    finally:
        server.end()
        await server.server.stop()
    assert left == []

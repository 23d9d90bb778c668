"""What `make monitoring` runs beside the demo: alerts of a real Prometheus reach the Alertmanager."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.monitors import monitors
from tests.web.busy_hotline import BusyServer
from tests.web.served import TOKEN

EXPECTED = "IvrcoreCallBacksGivenUp"


def firing(folder: Path, server: str) -> set[str]:
    """Wait until the Alertmanager knows of the expected alert; give the names of all that it knows of."""
    deadline = time.monotonic() + 120.0
    names: set[str] = set()
    with monitors(folder / "monitoring", server, TOKEN, every="1s") as found:
        while EXPECTED not in names and time.monotonic() < deadline:
            with LOOPBACK.open(f"{found.alertmanager}/api/v2/alerts", timeout=20) as answer:
                names = {alert["labels"]["alertname"] for alert in json.load(answer)}
            time.sleep(0.2)
    return names


@pytest.mark.slow
@ensureDeferred
async def test_alerts_reach_the_alertmanager(tmp_path: Path) -> None:
    server = BusyServer()
    try:
        names = await deferToThread(firing, tmp_path, server.server.url)
    finally:
        server.end()
        await server.server.stop()
    assert EXPECTED in names
    assert (tmp_path / "monitoring/token").stat().st_mode & 0o777 == 0o600

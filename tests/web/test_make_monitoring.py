"""What `make monitoring` runs beside the demo: alerts of a real Prometheus reach the Alertmanager."""

from __future__ import annotations

import json
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.monitors import monitors
from tests.web.busy_hotline import BusyServer
from tests.web.served import TOKEN

EXPECTED = "IvrcoreCallBacksGivenUp"


def exemplars(prometheus: str) -> list[str]:
    """Give the contacts that Prometheus keeps beside contacts that ended."""
    asked = {"query": "ivrcore_contacts_closed_total", "start": time.time() - 3600, "end": time.time() + 60}
    with LOOPBACK.open(f"{prometheus}/api/v1/query_exemplars?{urlencode(asked)}", timeout=20) as answer:
        data = json.load(answer)["data"]
    return [one["labels"]["contact"] for row in data for one in row["exemplars"]]


def firing(folder: Path, server: str) -> tuple[set[str], list[str]]:
    """Wait until the Alertmanager knows of the expected alert; give the names of all that it knows of, and
    the contacts that Prometheus knows of."""
    deadline = time.monotonic() + 120.0
    names: set[str] = set()
    contacts: list[str] = []
    with monitors(folder / "monitoring", server, TOKEN, every="1s") as found:
        while (EXPECTED not in names or not contacts) and time.monotonic() < deadline:
            with LOOPBACK.open(f"{found.alertmanager}/api/v2/alerts", timeout=20) as answer:
                names = {alert["labels"]["alertname"] for alert in json.load(answer)}
            contacts = exemplars(found.prometheus)
            time.sleep(0.2)
    return names, contacts


@pytest.mark.slow
@ensureDeferred
async def test_alerts_reach_the_alertmanager(tmp_path: Path) -> None:
    server = BusyServer()
    try:
        names, contacts = await deferToThread(firing, tmp_path, server.server.url)
    finally:
        server.end()
        await server.server.stop()
    assert EXPECTED in names
    assert contacts
    assert (tmp_path / "monitoring/token").stat().st_mode & 0o777 == 0o600

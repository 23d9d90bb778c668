"""A link that is lost pages by a real Prometheus and Alertmanager, and clears when it is back."""

from __future__ import annotations

import json
import queue
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from ivrcore.lab.cable import Cable
from ivrcore.lab.groups import amtool
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.monitors import MONITORING, TELLS, monitors

PATIENCE = 180.0
PAGED_WITHIN = 60.0
"""Seconds from the cut to the page (issue 7)."""


@contextmanager
def pager() -> Iterator[tuple[str, queue.Queue[tuple[str, str]]]]:
    """A webhook on loopback; of each alert that it is told of, its name and whether it fires."""
    told: queue.Queue[tuple[str, str]] = queue.Queue()

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            for alert in body["alerts"]:
                told.put((alert["labels"]["alertname"], alert["status"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Webhook) as server:
        serving = Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/", told
        finally:
            server.shutdown()
            serving.join()


def wait_for(told: queue.Queue[tuple[str, str]], status: str) -> None:
    """Wait until the link's alert is told of as that."""
    deadline = time.monotonic() + PATIENCE
    while told.get(timeout=PATIENCE) != ("IvrcoreLinkDown", status):
        assert time.monotonic() < deadline


def paging(url: str, config: Path) -> Path:
    """Write monitoring/alertmanager.yml with a pager filled in, and told within a second that all is well."""
    shipped = yaml.safe_load(TELLS.read_text())
    (pager,) = [one for one in shipped["receivers"] if one["name"] == "pager"]
    pager["webhook_configs"] = [{"url": url}]
    critical(shipped)["group_interval"] = "1s"
    config.write_text(yaml.safe_dump(shipped))
    return config


def critical(config: dict[str, Any]) -> dict[str, Any]:
    """The route of the alerts that want somebody now."""
    (route,) = [one for one in config["route"]["routes"] if one["matchers"] == ['severity = "critical"']]
    assert isinstance(route, dict)
    return route


def test_a_lost_link_pages_within_fifty_seconds() -> None:
    """One scrape, one round of the rules, the alert's own patience, and the Alertmanager's."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["global"]
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    (lost,) = [rule for rule in rules if rule["alert"] == "IvrcoreLinkDown"]
    waits = critical(yaml.safe_load(TELLS.read_text()))["group_wait"]
    times = [config["scrape_interval"], config["evaluation_interval"], lost["for"], waits]
    assert sum(int(text.removesuffix("s")) for text in times) <= 50


def ask_amtool(*arguments: str) -> str:
    done = subprocess.run(
        [*amtool().command, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@pytest.mark.slow
def test_amtool_accepts_the_configuration_and_what_is_critical_goes_to_the_pager() -> None:
    assert "SUCCESS" in ask_amtool("check-config", str(TELLS))
    routes = ("config", "routes", "test", f"--config.file={TELLS}")
    assert ask_amtool(*routes, "alertname=IvrcoreLinkDown", "severity=critical").split() == ["pager"]
    assert ask_amtool(*routes, "alertname=IvrcoreLoopLag", "severity=warning").split() == ["desk"]


@pytest.mark.slow
@pytest.mark.asterisk
def test_given_a_link_that_is_cut_then_somebody_is_paged_within_a_minute_and_told_when_it_is_back(
    tmp_path: Path,
) -> None:
    """As shipped, and by the clock; only that all is well is told at once, not a minute later."""
    with ExitStack() as running:
        cable = running.enter_context(Cable())
        lab = running.enter_context(HotlineLab(tmp_path / "hotline", http_port=cable.port))
        cable.lead_to(lab.pbx.http_port)
        lab.serve()
        url, told = running.enter_context(pager())
        tells = paging(url, tmp_path / "alertmanager.yml")
        every = yaml.safe_load((MONITORING / "prometheus.yml").read_text())["global"]["scrape_interval"]
        running.enter_context(monitors(tmp_path / "monitoring", lab.url, lab.token, every=every, tells=tells))
        lab.wait_for("a first scrape", lambda: lab.total("ivrcore_link_up", driver="ari") == 1.0)
        cut = time.monotonic()
        cable.cut()
        wait_for(told, "firing")
        took = time.monotonic() - cut
        assert took <= PAGED_WITHIN
        assert lab.total("ivrcore_link_losses_total", driver="ari") == 1.0
        cable.restore()
        wait_for(told, "resolved")
        assert lab.total("ivrcore_link_up", driver="ari") == 1.0

"""A Prometheus that scrapes one server every second, with the rules of monitoring/."""

from __future__ import annotations

import json
import math
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import quote

import yaml

from ivrcore.lab.groups import prometheus
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.ports import free_port
from tests.web.served import TOKEN

MONITORING = Path(__file__).parents[2] / "monitoring"


class Prometheus:
    """One that runs; ``numbers`` asks it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def numbers(self, expression: str) -> list[float]:
        """Give the values of an instant query that are numbers; none while it is not up."""
        url = f"http://127.0.0.1:{self.port}/api/v1/query?query={quote(expression)}"
        try:
            with LOOPBACK.open(url, timeout=20) as answer:
                rows = json.load(answer)["data"]["result"]
        except (URLError, ConnectionError, TimeoutError):
            return []
        return [value for row in rows if not math.isnan(value := float(row["value"][1]))]

    def exemplars(self, expression: str) -> list[dict[str, Any]]:
        """Give the exemplars of the series in a query, of the last hour; none while it is not up."""
        now = time.time()
        asked = f"query={quote(expression)}&start={now - 3600}&end={now + 60}"
        try:
            url = f"http://127.0.0.1:{self.port}/api/v1/query_exemplars?{asked}"
            with LOOPBACK.open(url, timeout=20) as answer:
                series = json.load(answer)["data"]
        except (URLError, ConnectionError, TimeoutError):
            return []
        return [one | {"of": row["seriesLabels"]} for row in series for one in row["exemplars"]]


@contextmanager
def running(folder: Path, server: str, *options: str) -> Iterator[Prometheus]:
    """Run one over the server at ``host:port`` until the end of the block; ``options`` are its own."""
    port = free_port()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *prometheus().command,
                f"--config.file={_config(folder, server)}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
                *options,
            ],
            stdout=log,
            stderr=log,
        )
    try:
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(30)


def _config(folder: Path, server: str) -> Path:
    """Make the configuration of monitoring/ over into one for a test."""
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
    (folder / "token").write_text(TOKEN)
    config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    for name in config["rule_files"]:
        # rules of long windows are worked out seldom; a test does not wait for it
        seldom = (MONITORING / name).read_text()
        (folder / name).write_text(re.sub(r"^    interval: \w+\n", "", seldom, flags=re.MULTILINE))
    config.pop("alerting", None)
    (scraped,) = [one for one in config["scrape_configs"] if one["job_name"] == "ivrcore"]
    scraped["static_configs"] = [{"targets": [server]}]
    scraped["authorization"]["credentials_file"] = str(folder / "token")
    config["scrape_configs"] = [scraped]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    return folder / "prometheus.yml"

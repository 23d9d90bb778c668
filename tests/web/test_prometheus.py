"""A real Prometheus scrapes the server; promtool accepts the metrics and the rules of monitoring/."""

import json
import re
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

import yaml
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.lab.groups import prometheus
from ivrcore.metrics.catalogue import METRICS
from ivrcore.model.names import CallBackEnd, Service, Told
from tests.web.served import TOKEN, Served

MONITORING = Path(__file__).parents[2] / "monitoring"


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def site_of(folder: Path, server: str) -> Path:
    """monitoring/ as it is, pointed at the test's server."""
    (folder / "token").write_text(TOKEN)
    for rules in ("rules.yml", "alerts.yml"):
        (folder / rules).write_text((MONITORING / rules).read_text())
    sample = (MONITORING / "prometheus.yml").read_text()
    config = sample.replace("127.0.0.1:8080", server).replace("15s", "1s")
    assert config.count(server) == 1
    (folder / "prometheus.yml").write_text(config)
    return folder / "prometheus.yml"


def query(port: int, expression: str) -> dict[str, float]:
    """The value by queue, waiting until there is one."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urlopen(
                f"http://127.0.0.1:{port}/api/v1/query?query={quote(expression)}", timeout=5
            ) as answer:
                rows = json.load(answer)["data"]["result"]
        except OSError:
            rows = []
        if rows:
            return {row["metric"].get("queue", ""): float(row["value"][1]) for row in rows}
        assert time.monotonic() < deadline, f"Prometheus knows nothing of {expression}"
        time.sleep(0.2)


def scrape(folder: Path, server: str) -> list[dict[str, float]]:
    config, port, started = site_of(folder, server), free_port(), prometheus()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                *started.command,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        return [
            query(port, 'up{job="ivrcore"} == 1'),
            query(port, "ivrcore_queue_contacts_waiting"),
            query(port, 'ivrcore_queue_wait_seconds_bucket{le="30.0",outcome="answered"}'),
        ]
    finally:
        process.terminate()
        process.wait(20)


@ensureDeferred
async def test_a_real_prometheus_reads_the_figures(served: Served, tmp_path: Path) -> None:
    served.hotline.busy_morning()
    _, waiting, within = await deferToThread(scrape, tmp_path, f"127.0.0.1:{served.port}")
    assert waiting == {"loans": 2, "cards": 0, "<b>legal & co</b>": 0}
    assert within == {"loans": 1, "cards": 1, "<b>legal & co</b>": 0}


def promtool(*arguments: str, given: bytes = b"") -> str:
    done = subprocess.run(
        [*prometheus("promtool").command, *arguments],
        input=given,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return (done.stdout + done.stderr).decode()


@ensureDeferred
async def test_promtool_has_nothing_to_say_about_names_and_help(served: Served) -> None:
    served.hotline.busy_morning()
    body, _ = served.hotline.exposition().render("")
    assert promtool("check", "metrics", given=body) == ""


def test_promtool_accepts_the_configuration_and_the_rules(tmp_path: Path) -> None:
    assert "SUCCESS" in promtool("check", "config", str(site_of(tmp_path, "127.0.0.1:1")))


def test_alerts_fire_when_somebody_should_look_and_only_then() -> None:
    assert "SUCCESS" in promtool("test", "rules", str(MONITORING / "alerts_test.yml"))


def test_every_metric_that_a_rule_names_is_exported() -> None:
    """An alert on a metric that is no more would never fire, and nobody would know."""
    exported = {metric.exported.removesuffix("_bucket") for metric in METRICS}
    for rules in ("rules.yml", "alerts.yml"):
        tree = yaml.safe_load((MONITORING / rules).read_text())
        text = " ".join(rule["expr"] for group in tree["groups"] for rule in group["rules"])
        named = set(re.findall(r"\bivrcore_\w+", text))
        assert named
        assert {re.sub(r"_(sum|count)$", "", name) for name in named} <= exported


def test_every_word_that_an_alert_names_is_counted() -> None:
    text = (MONITORING / "alerts.yml").read_text()
    for label, words in re.findall(r'(\w+)[=!]~"([\w|]+)"', text):
        known = {"how": {*Told, *CallBackEnd}, "service": set(Service)}[label]
        assert set(words.split("|")) <= {str(word) for word in known}

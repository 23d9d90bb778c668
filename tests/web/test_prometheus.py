"""A real Prometheus scrapes the server; promtool accepts the metrics and the rules of monitoring/."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from ivrcore.app_queue.families import METRICS as APP_QUEUE
from ivrcore.lab.groups import prometheus
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.ports import free_port
from ivrcore.metrics import metric as names
from ivrcore.metrics.catalogue import METRICS
from ivrcore.metrics.of_compaction import COMPACTION
from ivrcore.metrics.of_history import HISTORY
from ivrcore.metrics.of_snapshots import SNAPSHOTS
from ivrcore.metrics.recording.files import rule_file
from ivrcore.model.names import CallBackEnd, Service, Told
from tests.web.served import TOKEN, Served

MONITORING = Path(__file__).parents[2] / "monitoring"
DOCS = MONITORING.parent / "docs"


def site_of(folder: Path, server: str) -> Path:
    """monitoring/ as it is, pointed at the test's server."""
    (folder / "token").write_text(TOKEN)
    for rules in ("rules.yml", "alerts.yml"):
        (folder / rules).write_text((MONITORING / rules).read_text())
    sample = (MONITORING / "prometheus.yml").read_text()
    config = sample.replace("127.0.0.1:8080", server).replace("scrape_interval: 15s", "scrape_interval: 1s")
    assert config.count(server) == 1
    (folder / "prometheus.yml").write_text(config)
    return folder / "prometheus.yml"


def query(port: int, expression: str) -> dict[str, float]:
    """The value by queue, waiting until there is one."""
    deadline = time.monotonic() + 60
    while True:
        try:
            with LOOPBACK.open(
                f"http://127.0.0.1:{port}/api/v1/query?query={quote(expression)}", timeout=20
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


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in MONITORING.glob("*_test.yml")))
def test_rules_and_alerts_tell_what_they_should_and_only_then(name: str) -> None:
    assert "SUCCESS" in promtool("test", "rules", str(MONITORING / name))


def in_files(pattern: str) -> list[dict[str, Any]]:
    """The rules, or the tests, of the files that match."""
    trees = [yaml.safe_load(path.read_text()) for path in sorted(MONITORING.glob(pattern))]
    return [one for tree in trees for group in tree.get("groups", ()) for one in group["rules"]] + [
        one for tree in trees for one in tree.get("tests", ())
    ]


def test_every_recording_rule_is_tried() -> None:
    recorded = [rule["record"] for rule in in_files("rules.yml")]
    assert len(recorded) == len(set(recorded)) > 300
    tried = {
        sample["labels"].partition("{")[0]
        for test in in_files("*_test.yml")
        for query in test.get("promql_expr_test", ())
        for sample in query["exp_samples"]
    }
    assert set(recorded) == tried


def test_every_alert_is_tried_to_fire_and_not_to() -> None:
    fires, quiet = set(), set()
    for test in in_files("*_test.yml"):
        for tried in test.get("alert_rule_test", ()):
            (fires if tried.get("exp_alerts") else quiet).add(tried["alertname"])
    alerts = {rule["alert"] for rule in in_files("alerts.yml")}
    assert len(alerts) == len(in_files("alerts.yml"))
    assert alerts == fires
    assert alerts == quiet


def test_every_alert_says_how_grave_it_is_and_what_to_do() -> None:
    text = (DOCS / "runbooks.md").read_text()
    told = dict(re.findall(r"^### (\w+)\n(.+?)(?=^##|\Z)", text, re.MULTILINE | re.DOTALL))
    alerts = in_files("alerts.yml")
    assert set(told) == {rule["alert"] for rule in alerts}
    for rule in alerts:
        notes = rule["annotations"]
        assert set(notes) == {"summary", "description", "runbook"}
        assert notes["runbook"] == f"docs/runbooks.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert re.findall(r"^- \*\*(\w+)\*\*", told[rule["alert"]], re.MULTILINE) == ["Means", "Look", "Do"]


def test_the_rule_file_is_that_of_the_measures() -> None:
    written = (MONITORING / "rules.yml").read_text()
    assert written == rule_file(), "run: python -m ivrcore.metrics.recording.files monitoring/rules.yml"


def test_every_metric_and_recorded_measure_that_a_rule_names_is_there() -> None:
    """An alert on a metric that is no more would never fire, and nobody would know."""
    exported = {metric.exported.removesuffix("_bucket") for metric in METRICS}
    watched = (*APP_QUEUE, *SNAPSHOTS, *COMPACTION, *HISTORY)
    exported |= {names.exported(metric.name, metric.kind).removesuffix("_bucket") for metric in watched}
    recorded = {rule["record"] for rule in in_files("rules.yml")}
    page = (DOCS / "runbooks.md").read_text()
    for text in (" ".join(rule["expr"] for rule in in_files("[ar]*s.yml")), page):
        raw = set(re.findall(r"(?<![:\w])ivrcore_\w+", text))
        assert raw
        assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in raw} <= exported
        assert set(re.findall(r"\w+:ivrcore_\w+:\w+", text)) <= recorded


def test_every_word_that_an_alert_names_is_counted() -> None:
    text = (MONITORING / "alerts.yml").read_text()
    for label, words in re.findall(r'(\w+)[=!]~"([\w|]+)"', text):
        known = {"how": {*Told, *CallBackEnd}, "service": set(Service)}[label]
        assert set(words.split("|")) <= {str(word) for word in known}

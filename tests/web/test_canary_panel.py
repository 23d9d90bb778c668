"""The panel that tells since when no canary got through: each server for itself, as promtool works it out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from ivrcore.dashboards.operations import SINCE_SUCCESS
from ivrcore.lab.groups import prometheus


def series(name: str, instance: str, values: str, **more: str) -> dict[str, str]:
    labels = ", ".join(
        f'{key}="{value}"' for key, value in {"job": "ivrcore", "instance": instance, **more}.items()
    )
    return {"series": f"{name}{{{labels}}}", "values": values}


@pytest.mark.slow
def test_of_two_servers_that_call_one_number_the_one_that_fails_is_seen(tmp_path: Path) -> None:
    last, number = "ivrcore_canary_last_success_time_seconds", {"number": "5000"}
    given = [
        *(series("ivrcore_figures_timestamp_seconds", one, "10000+60x20") for one in ("a", "b", "new")),
        *(series("ivrcore_server_start_time_seconds", one, "9400x20") for one in ("a", "b", "new")),
        series(last, "a", "9990+60x20", **number),
        series(last, "b", "9700x20", **number),
        series(last, "new", "0x20", **number),
    ]
    shown = {"a": 10, "b": 900, "new": 1200}
    expected = [
        {"labels": f'{{job="ivrcore", instance="{one}", number="5000"}}', "value": value}
        for one, value in shown.items()
    ]
    asked = {"expr": SINCE_SUCCESS, "eval_time": "10m", "exp_samples": expected}
    test = {"interval": "1m", "input_series": given, "promql_expr_test": [asked]}
    file = tmp_path / "panel_test.yml"
    file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [test]}))
    command = [*prometheus("promtool").command, "test", "rules", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

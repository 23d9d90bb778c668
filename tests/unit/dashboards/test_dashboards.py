"""The dashboards: as committed they are what the code makes, and they ask for nothing that does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from grafana_foundation_sdk.models.dashboard import Dashboard

from ivrcore.app_queue.families import METRICS as APP_QUEUE
from ivrcore.dashboards.boards import BOARDS, names_in, queries
from ivrcore.dashboards.grafana import as_json
from ivrcore.dashboards.model import Board
from ivrcore.dashboards.page import markdown
from ivrcore.metrics.catalogue import METRICS
from ivrcore.metrics.of_history import HISTORY
from ivrcore.metrics.of_snapshots import SNAPSHOTS

ROOT = Path(__file__).parents[3]
MONITORING = ROOT / "monitoring"
RENEW = "run: python -m ivrcore.dashboards monitoring/dashboards docs/dashboards.md"


def labels() -> dict[str, set[str]]:
    """Name -> labels, of every series that is exported."""
    known: dict[str, set[str]] = {}
    for metric in (*METRICS, *APP_QUEUE, *SNAPSHOTS, *HISTORY):
        if metric.kind == "histogram":
            known |= {f"{metric.name}_{end}": {*metric.labels} for end in ("sum", "count")}
            known[f"{metric.name}_bucket"] = {*metric.labels, "le"}
        else:
            known[f"{metric.name}_total" if metric.kind == "counter" else metric.name] = {*metric.labels}
    return known


def rules() -> set[str]:
    tree = yaml.safe_load((MONITORING / "rules.yml").read_text())
    return {rule["record"] for group in tree["groups"] for rule in group["rules"] if "record" in rule}


def level_of(rule: str) -> str:
    """The label that a recorded rule is by, which its name begins with."""
    return rule.partition(":")[0]


def test_every_query_names_metrics_and_rules_that_exist() -> None:
    known = {*labels(), *rules()}
    for board, panel, query in queries():
        assert names_in(query.expr) <= known, f"{board.name}: {panel.title}"
    assert len([*queries()]) > 150


def test_every_label_of_a_query_is_one_of_its_metric() -> None:
    """A matcher of a label that a metric does not have matches nothing; a group by it is one group."""
    known = labels()
    for board, panel, query in queries():
        of_these = {label for name in names_in(query.expr) for label in known.get(name, {level_of(name)})}
        if "ALERTS" in query.expr or not names_in(query.expr):
            continue
        asked = {word for group in re.findall(r"by \(([\w, ]+)\)", query.expr) for word in group.split(", ")}
        asked |= set(re.findall(r"(\w+)(?:=~|!=|=)\"", query.expr))
        asked |= set(re.findall(r"{{(\w+)}}", query.legend))
        if " by (" not in query.expr:
            asked -= {"instance"}  # every series that is scraped has it, until something is added up
        assert asked <= of_these, f"{board.name}: {panel.title}"


def test_every_choice_on_top_of_a_board_has_values_and_is_used() -> None:
    for board in BOARDS:
        for choice in board.choices:
            assert choice.label in labels()[choice.metric], board.name
            assert any(f"${choice.label}" in query.expr for of, _, query in queries() if of is board)
        chosen = {f"${choice.label}" for choice in board.choices} | {"$__rate_interval"}
        used = {
            name for of, _, query in queries() if of is board for name in re.findall(r"\$\w+", query.expr)
        }
        assert used <= chosen, board.name


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_the_json_is_what_the_code_makes(board: Board) -> None:
    written = (MONITORING / "dashboards" / f"{board.name}.json").read_text()
    assert written == as_json(board), RENEW


def test_no_other_json_is_left() -> None:
    assert {path.stem for path in (MONITORING / "dashboards").iterdir()} == {board.name for board in BOARDS}


def test_the_page_says_what_each_panel_says() -> None:
    assert markdown() in (ROOT / "docs/dashboards.md").read_text(), RENEW


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.name)
def test_grafana_s_own_types_read_every_board_back_with_every_query_in_it(board: Board) -> None:
    text = as_json(board)
    read = Dashboard.from_json(json.loads(text))
    assert read.uid == f"ivrcore-{board.name}"
    shown = [target["expr"] for panel in _panels(json.loads(text)) for target in panel["targets"]]
    assert shown == [query.expr for of, _, query in queries() if of is board]
    for panel in _panels(json.loads(text)):
        assert panel["description"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}


def _panels(board: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = board["panels"]
    return [panel for panel in rows if panel["type"] != "row"]


def test_panels_do_not_lie_on_each_other() -> None:
    for board in BOARDS:
        taken: set[tuple[int, int]] = set()
        for panel in json.loads(as_json(board))["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert at["x"] + at["w"] <= 24
            assert not cells & taken, f"{board.name}: {panel['title']}"
            taken |= cells


def test_grafana_is_told_where_dashboards_and_prometheus_are() -> None:
    boards = yaml.safe_load((MONITORING / "grafana/dashboards/ivrcore.yml").read_text())
    sources = yaml.safe_load((MONITORING / "grafana/datasources/ivrcore.yml").read_text())
    asked = {boards["providers"][0]["options"]["path"], sources["datasources"][0]["url"]}
    page = (ROOT / "docs/dashboards.md").read_text()
    assert {f"${name}" for name in re.findall(r"export (IVRCORE_\w+)=", page)} == asked

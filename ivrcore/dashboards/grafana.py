"""A dashboard as Grafana reads it, by Grafana's own SDK."""

from __future__ import annotations

import json

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as kinds
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from ivrcore.dashboards.model import Board, Choice, Panel, Query

TAG = "ivrcore"
SOURCE = kinds.DataSourceRef(type_val="prometheus", uid="${datasource}")
HEIGHTS = {"lines": 8, "stacked": 8, "number": 4, "bars": 8, "table": 9}

AnyPanel = timeseries.Panel | stat.Panel | bargauge.Panel | table.Panel


def uid_of(board: Board) -> str:
    """Give what stands in the board's address."""
    return f"{TAG}-{board.name}"


def as_json(board: Board) -> str:
    """Write one board as Grafana imports it."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(uid_of(board))
        .description(board.says)
        .tags([TAG])
        .refresh("15s")
        .time("now-6h", "now")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(_to_the_others())
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
    )
    for choice in board.choices:
        made.with_variable(_variable(choice))
    for row in board.rows:
        made.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            made.with_panel(_panel(panel))
    return json.dumps(made.build(), cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _to_the_others() -> dashboard.DashboardLink:
    others = dashboard.DashboardLink("ivrcore").type(models.DashboardLinkType.DASHBOARDS)
    return others.tags([TAG]).as_dropdown(True).include_vars(True).keep_time(True)


def _variable(choice: Choice) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(choice.label)
        .datasource(SOURCE)
        .query(f"label_values({choice.metric}, {choice.label})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .multi(True)
        .include_all(True)
        .all_value(".*")
        .current(models.VariableOption(selected=True, text="All", value="$__all"))
    )


def _panel(panel: Panel) -> AnyPanel:
    made = _of_kind(panel)
    made.title(panel.title).description(panel.says).datasource(SOURCE).unit(panel.unit)
    made.span(panel.width).height(HEIGHTS[panel.kind])
    if panel.red is not None:
        made.thresholds(_thresholds(panel.amber, panel.red))
    for n, query in enumerate(panel.queries):
        made.with_target(_target(panel, query, chr(ord("A") + n)))
    return made


def _of_kind(panel: Panel) -> AnyPanel:
    if panel.kind == "number":
        return stat.Panel().graph_mode(kinds.BigValueGraphMode.AREA).reduce_options(_last()).no_value("–")
    if panel.kind == "bars":
        bars = bargauge.Panel().orientation(kinds.VizOrientation.HORIZONTAL).min(0)
        return bars.display_mode(kinds.BarGaugeDisplayMode.BASIC).reduce_options(_last())
    if panel.kind == "table":
        return _columns(panel)
    lines = timeseries.Panel().min(0).line_width(1).fill_opacity(8).show_points(kinds.VisibilityMode.NEVER)
    if panel.kind == "stacked":
        stacking = common.StackingConfig().mode(kinds.StackingMode.NORMAL)
        lines.stacking(stacking).fill_opacity(50).line_width(0)
    return lines


def _columns(panel: Panel) -> table.Panel:
    """Make a table with one row per set of labels and one column per query."""
    names = {f"Value #{chr(ord('A') + n)}": query.legend for n, query in enumerate(panel.queries)}
    merge = models.DataTransformerConfig(id_val="merge", options={})
    tidy = models.DataTransformerConfig(
        id_val="organize", options={"excludeByName": {"Time": True}, "renameByName": names}
    )
    return table.Panel().with_transformation(merge).with_transformation(tidy)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"]).values(False)


def _target(panel: Panel, query: Query, ref: str) -> prometheus.Dataquery:
    made = prometheus.Dataquery().datasource(SOURCE).expr(query.expr).ref_id(ref)
    if panel.kind in ("table", "bars"):
        made.instant()
    else:
        made.range()
    if panel.kind == "table":
        return made.format(PromQueryFormat.TABLE)
    return made.legend_format(query.legend or "__auto")


def _thresholds(amber: float | None, red: float) -> dashboard.ThresholdsConfig:
    """Colour a number: green, from ``amber`` on amber, from ``red`` on red, or downwards the same."""
    steps: list[tuple[float | None, str]] = [(None, "green"), (amber, "orange"), (red, "red")]
    if amber is None:
        steps = [(None, "green"), (red, "red")]
    elif red < amber:
        steps = [(None, "red"), (red, "orange"), (amber, "green")]
    made = [models.Threshold(value=at, color=color) for at, color in steps]
    return dashboard.ThresholdsConfig().mode(models.ThresholdsMode.ABSOLUTE).steps(made)

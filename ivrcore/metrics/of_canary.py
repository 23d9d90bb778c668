"""The metrics of the canary: calls of our own that try the hotline, and are no contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ivrcore.metrics.canary_figures import CanaryFigures
from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import Row, View
from ivrcore.model.pbx import apart


def _labels(name: str) -> tuple[str, str]:
    pbx, number = apart(name)
    return number, pbx


def _results(view: View) -> Iterator[Row]:
    for number, canary in view.figures.canary.items():
        for result, count in canary.results.items():
            yield (*_labels(number), result), count


def _stages(view: View) -> Iterator[Row]:
    for number, canary in view.figures.canary.items():
        for stage, took in canary.took.items():
            yield (*_labels(number), stage), took


def _now(value: Callable[[CanaryFigures], float]) -> Callable[[View], Iterator[Row]]:
    """Read something of those that called since the start: a number that is called no more alerts nobody."""

    def read(view: View) -> Iterator[Row]:
        for number, canary in view.figures.canary.items():
            if canary.seen >= view.figures.started_at:
                yield _labels(number), value(canary)

    return read


CANARY = (
    Metric(
        "ivrcore_canary_calls",
        "counter",
        ("number", "pbx", "result"),
        "Calls of our own to the hotline at a PBX: passed, closed (by its dialplan), or what did not come.",
        _results,
    ),
    Metric(
        "ivrcore_canary_stage_seconds",
        "histogram",
        ("number", "pbx", "stage"),
        "From dialling to each stage that such a call came to.",
        _stages,
    ),
    Metric(
        "ivrcore_canary_last_success_time_seconds",
        "gauge",
        ("number", "pbx"),
        "When the last of them was over that passed or met a closed hotline, UTC seconds; 0: none ever.",
        _now(lambda canary: canary.succeeded),
    ),
    Metric(
        "ivrcore_canary_interval_seconds",
        "gauge",
        ("number", "pbx"),
        "How often such a call is made.",
        _now(lambda canary: canary.every),
    ),
)

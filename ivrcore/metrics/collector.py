"""The figures as Prometheus reads them, rendered on the reactor's thread from the live state.

Every scrape makes fresh families; nothing is counted here, so the exposition cannot disagree with the fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from ivrcore.metrics.catalogue import METRICS, Metric
from ivrcore.metrics.figures import Figures
from ivrcore.metrics.rows import JournalHealth, View
from ivrcore.model.histogram import Histogram


class FiguresCollector(Collector):
    """Gives the families of :data:`METRICS`. ``now`` gives UTC seconds, ``lag`` the loop's lag in seconds."""

    def __init__(
        self,
        figures: Figures,
        now: Callable[[], float],
        journal: JournalHealth | None = None,
        lag: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._figures = figures
        self._now = now
        self._journal = journal
        self._lag = lag

    def collect(self) -> Iterator[Family]:
        """Read every metric at one moment."""
        view = View(self._figures, self._now(), self._figures.waiting(), self._journal, self._lag())
        for metric in METRICS:
            yield _family(metric, view)


def _family(metric: Metric, view: View) -> Family:
    if metric.kind == "histogram":
        histograms = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for labels, value in metric.read(view):
            assert isinstance(value, Histogram)
            histograms.add_metric(labels, value.cumulative(), value.total)
        return histograms
    family = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    plain = family(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in metric.read(view):
        assert not isinstance(value, Histogram)
        plain.add_metric(labels, value)
    return plain


class Exposition:
    """The registry of one server: the figures and the process (CPU, memory, open files)."""

    def __init__(self, collector: FiguresCollector) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(collector)
        ProcessCollector(registry=self.registry)

    def render(self, accept: str) -> tuple[bytes, str]:
        """Give the body and its content type: text, or OpenMetrics where ``accept`` asks for it."""
        encode, content_type = choose_encoder(accept)
        return encode(self.registry), content_type

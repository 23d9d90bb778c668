"""The figures as Prometheus reads them, rendered on the reactor's thread in small pieces.

Every scrape makes fresh families from a copy of the figures; nothing is counted here, so the exposition
cannot disagree with the fold. In one piece, 15,000 series would hold up every call for 140 ms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

import msgspec
from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector

from ivrcore.metrics.catalogue import METRICS, Metric
from ivrcore.metrics.figures import Figures, load
from ivrcore.metrics.rows import JournalHealth, Row, SpeechNow, View
from ivrcore.model.histogram import Histogram
from ivrcore.watch import Family as WatchFamily

PIECE = 200
"""Samples per piece at most: 2 ms."""

END = b"# EOF\n"
"""OpenMetrics ends with this line, and so would every piece of it."""

Encode = Callable[[Collector], bytes]


class FiguresCollector(Collector):
    """Gives the families of :data:`METRICS`. ``now`` gives UTC seconds, ``lag`` the loop's lag in seconds.

    ``broken`` tells which files of dialplans do not take effect, ``speech`` how recognition is going.
    """

    def __init__(
        self,
        figures: Figures,
        now: Callable[[], float],
        journal: JournalHealth | None = None,
        lag: Callable[[], float] = lambda: 0.0,
        broken: Callable[[], Mapping[str, bool]] = dict,
        speech: Callable[[], SpeechNow] = SpeechNow,
    ) -> None:
        self._figures = figures
        self._now = now
        self._journal = journal
        self._lag = lag
        self._broken = broken
        self._speech = speech

    def view(self) -> View:
        """Freeze what there is at this moment, but for who was served: no metric tells of that."""
        # `served` may be 100,000 callers, and no metric reads it
        figures = load(msgspec.structs.replace(self._figures, served={}).dump())
        return View(
            figures,
            self._now(),
            figures.waiting(),
            self._journal,
            self._lag(),
            self._broken(),
            self._speech(),
        )

    def collect(self) -> Iterator[Family]:
        """Give every family, whole."""
        view = self.view()
        for metric in METRICS:
            yield _family(metric, list(metric.read(view)))


def _family(metric: Metric | WatchFamily, rows: Sequence[Row]) -> Family:
    if metric.kind == "histogram":
        histograms = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for labels, value in rows:
            assert isinstance(value, Histogram)
            histograms.add_metric(labels, value.cumulative(), value.total)
        return histograms
    family = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    plain = family(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in rows:
        assert not isinstance(value, Histogram)
        plain.add_metric(labels, value)
    return plain


class _Given(Collector):
    """Families that are there already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


class Exposition:
    """What one server exposes: its figures, those of its watches, and its process (CPU, memory, files)."""

    def __init__(
        self, collector: FiguresCollector, watched: Callable[[], Iterable[WatchFamily]] = tuple
    ) -> None:
        self._collector = collector
        self._watched = watched
        self._process = ProcessCollector(registry=None)

    def pieces(self, accept: str) -> tuple[str, Iterator[bytes]]:
        """Give the content type and the body: text, or OpenMetrics where ``accept`` asks for it."""
        encode, content_type = choose_encoder(accept)
        return content_type, self._body(encode, self._collector.view(), "openmetrics" in content_type)

    def _body(self, encode: Encode, view: View, openmetrics: bool) -> Iterator[bytes]:
        for metric in METRICS:
            yield from _in_pieces(encode, metric, metric.read(view))
        for family in self._watched():
            yield from _in_pieces(encode, family, family.rows)
        yield encode(_Given(self._process.collect())).removesuffix(END)
        if openmetrics:
            yield END

    def render(self, accept: str) -> tuple[bytes, str]:
        """Give the whole body and its content type."""
        content_type, pieces = self.pieces(accept)
        return b"".join(pieces), content_type


def _in_pieces(encode: Encode, metric: Metric | WatchFamily, rows: Iterable[Row]) -> Iterator[bytes]:
    left = iter(rows)
    at_once = PIECE // 20 if metric.kind == "histogram" else PIECE
    chunk = list(islice(left, at_once))
    yield encode(_Given([_family(metric, chunk)])).removesuffix(END)
    while chunk := list(islice(left, at_once)):
        text = encode(_Given([_family(metric, chunk)])).removesuffix(END)
        # The family is introduced already.
        yield b"".join(line for line in text.splitlines(keepends=True) if not line.startswith(b"#"))

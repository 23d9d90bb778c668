"""The figures as Prometheus reads them, rendered on the reactor's thread in small pieces.

Every scrape is of one moment: it freezes the figures, and what happens while it is rendered is not in it.
Nothing is counted here, so the exposition cannot disagree with the fold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from prometheus_client import ProcessCollector
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as TheirExemplar

from ivrcore.metrics.blocks import Block, Blocks, exemplars_of, reads
from ivrcore.metrics.catalogue import METRICS, Metric
from ivrcore.metrics.each import Members, Of, counting, everyone, queue_agents, rows_of
from ivrcore.metrics.figures import Exemplars, Figures
from ivrcore.metrics.rows import AgiNow, JournalHealth, Known, Row, SpeechNow, View
from ivrcore.metrics.shared import copied
from ivrcore.metrics.text import OPENMETRICS, Writer, negotiated
from ivrcore.model.histogram import Exemplar, Histogram
from ivrcore.watch import Family as WatchFamily
from ivrcore.watch import FamilyKind

ROWS = 1_000
"""Rows that are rendered without a pause, histograms counted as twenty: a millisecond."""
PIECE = 64 * 1024
"""Characters that are sent at once, or a little more."""

END = "# EOF\n"
"""OpenMetrics ends with this line."""


class FiguresCollector(Collector):
    """Gives the families of :data:`METRICS`. ``now`` gives UTC seconds, ``lag`` the loop's lag in seconds.

    ``broken`` tells which files of dialplans do not take effect, ``speech`` how recognition is going,
    ``agi`` the FastAGI server, ``known`` what is configured and loaded, ``pauses`` those of collections.
    """

    def __init__(
        self,
        figures: Figures,
        now: Callable[[], float],
        journal: JournalHealth | None = None,
        lag: Callable[[], float] = lambda: 0.0,
        broken: Callable[[], Mapping[str, bool]] = dict,
        speech: Callable[[], SpeechNow] = SpeechNow,
        agi: Callable[[], AgiNow | None] = lambda: None,
        known: Callable[[], Known] = Known,
        pauses: Sequence[Histogram] = (),
    ) -> None:
        self._figures = figures
        self._now = now
        self._journal = journal
        self._lag = lag
        self._broken = broken
        self._speech = speech
        self._agi = agi
        self._known = known
        self._pauses = pauses

    def view(self) -> View:
        """Freeze queues, agents and menus as they are at this moment; what else a metric reads is live."""
        return View(
            self._figures.freeze(),
            self._now(),
            self._figures.waiting(),
            self._journal,
            self._lag(),
            self._broken(),
            self._speech(),
            self._agi(),
            self._known(),
            self._pauses,
        )

    def collect(self) -> Iterator[Family]:
        """Give every family, whole and made anew."""
        view = self.view()
        for metric in METRICS:
            of = reads(metric)
            known = dict(view.figures.exemplars)
            for one in everyone(view.figures, of).values() if of is not None else ():
                known.update(exemplars_of(one))
            yield family_of(metric, list(metric.read(view)), known)


def family_of(
    metric: Metric | WatchFamily, rows: Sequence[Row], exemplars: Exemplars | None = None
) -> Family:
    """Make a family of prometheus_client."""
    if metric.kind == "histogram":
        histograms = HistogramMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for labels, value in rows:
            assert isinstance(value, Histogram)
            shown = {bucket: _theirs(one) for bucket, one in value.exemplars.items()}
            buckets = [
                (*bucket, shown[n]) if n in shown else bucket for n, bucket in enumerate(value.cumulative())
            ]
            histograms.add_metric(labels, buckets, value.total)
        return histograms
    if metric.kind == "counter":
        counters = CounterMetricFamily(metric.name, metric.meaning, labels=metric.labels)
        for labels, value in rows:
            assert not isinstance(value, Histogram)
            one = (exemplars or {}).get((metric.name, labels))
            counters.add_metric(labels, value, exemplar=None if one is None else _theirs(one))
        return counters
    gauges = GaugeMetricFamily(metric.name, metric.meaning, labels=metric.labels)
    for labels, value in rows:
        assert not isinstance(value, Histogram)
        gauges.add_metric(labels, value)
    return gauges


def _theirs(one: Exemplar) -> TheirExemplar:
    return TheirExemplar({"contact": one.contact}, one.value, one.at)


@dataclass(frozen=True, slots=True)
class Scrape:
    """What one scrape shows: ``rows`` are those of metrics that are not read from frozen figures."""

    view: View
    rows: dict[str, list[Row]]


class Exposition:
    """What one server exposes: its figures, those of its watches, and its process (CPU, memory, files)."""

    def __init__(
        self, collector: FiguresCollector, watched: Callable[[], Iterable[WatchFamily]] = tuple
    ) -> None:
        self._collector = collector
        self._watched = watched
        self._process = ProcessCollector(registry=None)
        self._texts: dict[bool, Texts] = {}

    def pieces(self, accept: str) -> tuple[str, Iterator[bytes]]:
        """Give the content type and the body: text, or OpenMetrics where ``accept`` asks for it.

        The figures are those of the moment of the call, however late the pieces are taken.
        """
        content_type = negotiated(accept)
        openmetrics = content_type == OPENMETRICS
        texts = self._texts.get(openmetrics)
        if texts is None:
            texts = self._texts[openmetrics] = Texts(openmetrics=openmetrics)
        return content_type, _in_pieces(self._body(texts, self._scrape()))

    def _scrape(self) -> Scrape:
        view = self._collector.view()
        small = [one for one in METRICS if reads(one) is None and one.read is not queue_agents]
        return Scrape(view, {one.name: [_kept(row) for row in one.read(view)] for one in small})

    def _body(self, texts: Texts, scrape: Scrape) -> Iterator[str]:
        yield from texts.figures(scrape)
        yield from texts.families(self._watched())
        yield from texts.families(map(_as_watched, self._process.collect()))
        if texts.openmetrics:
            yield END

    def render(self, accept: str) -> tuple[bytes, str]:
        """Give the whole body and its content type."""
        content_type, pieces = self.pieces(accept)
        return b"".join(pieces), content_type


class Texts:
    """What is written in one format, and kept for the next scrape."""

    def __init__(self, *, openmetrics: bool) -> None:
        self.openmetrics = openmetrics
        kinds: tuple[Of, ...] = ("queue", "agent", "menu")
        self._blocks = {of: Blocks(of, METRICS, openmetrics=openmetrics) for of in kinds}
        self._writers = {metric.name: Writer(metric, openmetrics=openmetrics) for metric in METRICS}

    def figures(self, scrape: Scrape) -> Iterator[str]:
        """Write all of :data:`METRICS`, in steps; an empty text is a pause."""
        blocks: dict[Of, list[Block]] = {}
        for metric in METRICS:
            writer = self._writers[metric.name]
            yield writer.head
            of = reads(metric)
            if of is not None:
                if of not in blocks:
                    blocks[of] = []
                    for _ in self._blocks[of].renew(scrape.view.figures, blocks[of]):
                        yield ""
                yield from self._blocks[of].texts(metric, blocks[of], scrape.view.now)
            elif metric.read is queue_agents:
                members: Members = {}
                for _ in counting(scrape.view.figures, members):
                    yield ""
                yield from _rows(writer, rows_of(members))
            else:
                yield from _rows(writer, scrape.rows[metric.name], scrape.view.figures.exemplars)

    def families(self, families: Iterable[WatchFamily]) -> Iterator[str]:
        """Write what watches show, in steps."""
        for family in families:
            writer = Writer(family, openmetrics=self.openmetrics)
            yield writer.head
            yield from _rows(writer, family.rows)


def _kept(row: Row) -> Row:
    labels, value = row
    return (labels, copied(value)) if isinstance(value, Histogram) else row


def _as_watched(family: Family) -> WatchFamily:
    """Take over a family of the process: counters and gauges without labels."""
    kind: FamilyKind = "counter" if family.type == "counter" else "gauge"
    rows = tuple((tuple(sample.labels.values()), sample.value) for sample in family.samples)
    return WatchFamily(family.name, kind, (), family.documentation, rows)


def _rows(writer: Writer, rows: Iterable[Row], exemplars: Exemplars | None = None) -> Iterator[str]:
    left = iter(rows)
    while some := list(islice(left, ROWS)):
        at_once = ROWS // 20 if isinstance(some[0][1], Histogram) else ROWS
        for first in range(0, len(some), at_once):
            yield "".join(writer.lines(some[first : first + at_once], exemplars))


def _in_pieces(texts: Iterator[str]) -> Iterator[bytes]:
    """Put small texts together, and pause where they do."""
    waiting: list[str] = []
    size = 0
    for text in texts:
        waiting.append(text)
        size += len(text)
        if not text or size >= PIECE:
            yield "".join(waiting).encode()
            waiting.clear()
            size = 0
    yield "".join(waiting).encode()

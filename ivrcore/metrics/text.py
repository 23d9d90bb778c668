"""Rows as Prometheus reads them: its text format 0.0.4, and OpenMetrics 1.0. Pure.

prometheus_client's own writing costs 10 µs a line; this writes the same bytes (tests compare the two) at a
tenth of that. Names of metrics and labels are ours and need no escaping; labels' values may be anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import inf, isnan
from operator import itemgetter

from ivrcore.metrics.figures import Exemplars
from ivrcore.metrics.metric import Metric
from ivrcore.metrics.rows import Row
from ivrcore.model.histogram import Exemplar, Histogram
from ivrcore.watch import Family as WatchFamily

TEXT = "text/plain; version=0.0.4; charset=utf-8"
NEWER_TEXT = "text/plain; version=1.0.0; charset=utf-8; escaping=underscores"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
FORMATS = {
    ("text/plain", "1.0.0"): NEWER_TEXT,
    ("text/plain", "0.0.4"): TEXT,
    ("application/openmetrics-text", "1.0.0"): OPENMETRICS,
}


def negotiated(accept: str) -> str:
    """Give the content type that a scraper likes best of ours (header `Accept`); text 0.0.4 for any other."""
    best, liked = TEXT, 0.0
    for wanted in accept.split(","):
        kind, *parameters = (part.strip() for part in wanted.lower().split(";"))
        given = dict(parameter.partition("=")[::2] for parameter in parameters)
        default = "1.0.0" if kind == "application/openmetrics-text" else "0.0.4"
        ours = FORMATS.get((kind, given.get("version", default)))
        weight = _weight(given.get("q", "1"))
        if ours is not None and weight > liked:
            best, liked = ours, weight
    return best


def _weight(text: str) -> float:
    try:
        weight = float(text)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def number(value: float) -> str:
    """Write a value as prometheus_client does: Go's way from a million on."""
    if -1_000_000 < value < 1_000_000:
        return f"{value}.0" if type(value) is int else repr(float(value))
    value = float(value)
    if value in (inf, -inf):
        return "+Inf" if value > 0 else "-Inf"
    if isnan(value):
        return "NaN"
    text = repr(value)
    dot = text.find(".")
    if value > 0 and dot > 6:
        mantissa = f"{text[0]}.{text[1:dot]}{text[dot + 1 :]}".rstrip("0.")
        return f"{mantissa}e+{dot - 1:02d}"
    return text


@lru_cache(16_384)
def escaped(value: str) -> str:
    """Write a label's value."""
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


class Writer:
    """Writes one metric in one of the formats."""

    def __init__(self, metric: Metric | WatchFamily, *, openmetrics: bool) -> None:
        counter, histogram = metric.kind == "counter", metric.kind == "histogram"
        self._name, self._openmetrics = metric.name, openmetrics
        self._exemplified = counter and openmetrics
        self._sample = f"{metric.name}_total" if counter else metric.name
        told = metric.name if openmetrics else self._sample
        help_ = metric.meaning.replace("\\", r"\\").replace("\n", r"\n")
        if openmetrics:
            help_ = help_.replace('"', r"\"")
        self.head = f"# HELP {told} {help_}\n# TYPE {told} {metric.kind}\n"
        """What introduces the metric's lines."""
        labels = sorted((label, place) for place, label in enumerate(metric.labels))
        order = [place for _, place in labels]
        self._sorted: Callable[[tuple[str, ...]], tuple[str, ...]] = (
            tuple if order == sorted(order) else itemgetter(*order)
        )
        pairs = [f'{label}="%s"' for label, _ in labels]
        self._around = f"{self._sample}{{{','.join(pairs)}}} " if pairs else f"{self._sample} "
        if histogram:
            before = "".join(f'{label}="%s",' for label, _ in labels if label < "le")
            after = "".join(f',{label}="%s"' for label, _ in labels if label > "le")
            self._before = before.count("%s")
            self._start, self._close = f'{self._sample}_bucket{{{before}le="', f'"{after}}} '
            self._count = self._around.replace(self._sample, f"{self._sample}_count", 1)
            self._sum = self._around.replace(self._sample, f"{self._sample}_sum", 1)

    def lines(self, rows: Iterable[Row], exemplars: Exemplars | None = None) -> list[str]:
        """Write rows, each one as a string; that of a histogram has several lines.

        ``exemplars`` are those of counters; histograms bring theirs. Only OpenMetrics shows them.
        """
        if exemplars and self._exemplified:
            noted = [(labels, value, exemplars.get((self._name, labels))) for labels, value in rows]
            return [f"{self.around(labels)}{number(v)}{_shown(one)}\n" for labels, v, one in noted]  # type: ignore[arg-type]
        return [
            self._histogram(labels, value)
            if isinstance(value, Histogram)
            else f"{self.around(labels)}{number(value)}\n"
            for labels, value in rows
        ]

    def around(self, labels: tuple[str, ...]) -> str:
        """Write a row up to its value."""
        return self._around % self._safe(labels)

    def _safe(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(escaped, self._sorted(labels)))

    def _histogram(self, labels: tuple[str, ...], histogram: Histogram) -> str:
        safe = self._safe(labels)
        start, close = self._start % safe[: self._before], self._close % safe[self._before :]
        exemplars: Mapping[int, Exemplar] = histogram.exemplars if self._openmetrics else {}
        lines, running = [], 0
        for bucket, (edge, count) in enumerate(zip((*histogram.edges, inf), histogram.counts, strict=True)):
            running += count
            shown = _shown(exemplars[bucket]) if bucket in exemplars else ""
            le = "+Inf" if edge == inf else str(float(edge))
            lines.append(f"{start}{le}{close}{number(running)}{shown}\n")
        lines.append(f"{self._count % safe}{number(running)}\n")
        lines.append(f"{self._sum % safe}{number(histogram.total)}\n")
        return "".join(lines)


def _shown(exemplar: Exemplar | None) -> str:
    if exemplar is None:
        return ""
    return f' # {{contact="{escaped(exemplar.contact)}"}} {number(exemplar.value)} {exemplar.at}'

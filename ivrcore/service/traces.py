"""Sends a trace of every contact to an OpenTelemetry collector (OTLP over HTTP), while the server runs.

Spans are made from the journal's events on the reactor's thread; the SDK's own thread sends them in batches.
A collector that is away costs spans, never calls: the queue is bounded, the oldest are dropped.
"""

from __future__ import annotations

import logging
import threading
from importlib.metadata import version
from typing import TYPE_CHECKING

from ivrcore.history.spans import Span, Spans

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext

    from ivrcore.config import TracesConfig
    from ivrcore.journal.record import Record

QUEUE = 20_000
"""Spans that wait to be sent, at most."""
EVERY = 2_000.0
"""Milliseconds between batches."""
TIMEOUT = 3.0
"""Seconds that one sending may take."""
NANO = 1_000_000_000

log = logging.getLogger("ivrcore.traces")


class LiveTraces:
    """Made when the server starts; raises ImportError where the packages are not there."""

    def __init__(self, config: TracesConfig, node: str) -> None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        headers = {"Authorization": f"Bearer {config.token}"} if config.token else None
        exporter = OTLPSpanExporter(endpoint=config.endpoint, headers=headers, timeout=TIMEOUT)
        self._processor = BatchSpanProcessor(exporter, max_queue_size=QUEUE, schedule_delay_millis=EVERY)
        self._resource = Resource.create(
            {"service.name": "ivrcore", "service.version": version("ivrcore"), "service.instance.id": node}
        )
        self._spans = Spans()

    def observe(self, record: Record) -> None:
        """Take in one record; hand over the spans that ended with it."""
        for span in self._spans.observe(record):
            self._processor.on_end(self._made(span))

    def stop(self) -> None:
        """Send what waits (blocks, `TIMEOUT` at most); what takes longer goes on until the process ends.

        On a thread of its own, since the SDK's flush heeds no time-out: it tries every batch for `TIMEOUT`.
        """
        ending = threading.Thread(target=self._processor.shutdown, name="ivrcore traces end", daemon=True)
        ending.start()
        ending.join(TIMEOUT)

    def _made(self, span: Span) -> ReadableSpan:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.trace import Status, StatusCode

        return ReadableSpan(
            span.name,
            context=_context(span.trace_id, span.span_id),
            parent=None if span.parent_id is None else _context(span.trace_id, span.parent_id),
            resource=self._resource,
            attributes=span.attributes,
            status=Status(StatusCode.ERROR, span.error) if span.error else Status(),
            start_time=int(span.begin * NANO),
            end_time=int(span.end * NANO),
        )


def _context(trace: int, span: int) -> SpanContext:
    from opentelemetry.trace import SpanContext, TraceFlags

    return SpanContext(trace, span, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

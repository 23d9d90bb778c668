"""A speech worker's figures, for Prometheus. Must not know of sockets or engines."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


class Figures:
    """What a worker counts; names begin with ``ivrcore_speech_worker_``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        prefix = "ivrcore_speech_worker"
        ProcessCollector(registry=self.registry)
        self.ready = Gauge(f"{prefix}_ready", "1 once streams are taken.", registry=self.registry)
        self.streams = Gauge(f"{prefix}_streams", "Open streams.", registry=self.registry)
        self.limit = Gauge(f"{prefix}_streams_limit", "Streams that are taken.", registry=self.registry)
        self.taken = Counter(f"{prefix}_streams_taken", "Streams taken.", registry=self.registry)
        self.refused = Counter(
            f"{prefix}_refused",
            "Streams refused or ended: full, token, loading, stopping, message, idle.",
            ["reason"],
            registry=self.registry,
        )
        self.failures = Counter(
            f"{prefix}_engine_failures",
            "Streams ended since the engine raised, was slow, or kept a thread (stuck).",
            ["kind"],
            registry=self.registry,
        )
        self.audio = Counter(f"{prefix}_audio_seconds", "Audio taken.", registry=self.registry)
        self.recognised = Counter(
            f"{prefix}_recognised_seconds", "Audio that the gate let through.", registry=self.registry
        )
        self.utterances = Counter(f"{prefix}_utterances", "Utterances recognised.", registry=self.registry)
        self.answering = Histogram(
            f"{prefix}_answer_seconds",
            "From a message that ended an utterance to its result.",
            buckets=_SECONDS,
            registry=self.registry,
        )

    def text(self) -> str:
        """Give all of them as Prometheus reads them."""
        return generate_latest(self.registry).decode()

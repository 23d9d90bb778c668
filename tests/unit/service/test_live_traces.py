"""Traces reach a real receiver of OTLP over HTTP; one that is away costs nothing but spans."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from ivrcore.config import CONFIG_FILE, TracesConfig, load_config, read_site
from ivrcore.history.spans import Spans
from ivrcore.journal.record import Record
from ivrcore.service import traces
from ivrcore.service.traces import LiveTraces
from tests.unit.metrics import metrics_stories as stories

RECORDS = [Record(seq, event) for seq, event in enumerate(stories.a_day(), 1)]


class Receiver(ThreadingHTTPServer):
    """Takes what a collector takes, and keeps it."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.answers = threading.Event()
        self.answers.set()
        self.requests: list[tuple[str, str, ExportTraceServiceRequest]] = []
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1/traces"

    def spans(self) -> list[Any]:
        return [
            span
            for _, _, request in self.requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]

    def end(self) -> None:
        self.shutdown()
        self.thread.join()
        self.server_close()


class Post(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        self.server.answers.wait(120.0)
        request = ExportTraceServiceRequest.FromString(body)
        self.server.requests.append((self.path, self.headers.get("Authorization", ""), request))
        answer = ExportTraceServiceResponse().SerializeToString()
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.answers.set()
    made.end()


def test_given_a_collector_then_it_gets_every_span_in_one_trace_per_contact(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "TIMEOUT", 30.0)
    live = LiveTraces(TracesConfig(receiver.endpoint, "open sesame"), "hotline-a")
    for record in RECORDS:
        live.observe(record)
    live.stop()
    fold = Spans()
    wanted = [span for record in RECORDS for span in fold.observe(record)]
    found = {(span.trace_id, span.span_id): span for span in receiver.spans()}
    assert len(receiver.spans()) == len(wanted)
    for span in wanted:
        sent = found[span.trace_id.to_bytes(16, "big"), span.span_id.to_bytes(8, "big")]
        parent = b"" if span.parent_id is None else span.parent_id.to_bytes(8, "big")
        assert (sent.name, sent.parent_span_id) == (span.name, parent)
        assert sent.start_time_unix_nano == pytest.approx(span.begin * 1e9)
        assert sent.end_time_unix_nano == pytest.approx(span.end * 1e9)
        assert (sent.status.code, sent.status.message) == (2 if span.error else 0, span.error)
        assert {one.key for one in sent.attributes} == set(span.attributes)
    path, token, request = receiver.requests[0]
    assert (path, token) == ("/v1/traces", "Bearer open sesame")
    resource = {one.key: one.value.string_value for one in request.resource_spans[0].resource.attributes}
    assert (resource["service.name"], resource["service.instance.id"]) == ("ivrcore", "hotline-a")


@pytest.mark.slow
def test_given_a_collector_that_is_away_then_calls_and_the_stop_do_not_wait(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(traces, "TIMEOUT", 0.5)
    monkeypatch.setattr(traces, "QUEUE", 512)
    live = LiveTraces(TracesConfig("http://127.0.0.1:1/v1/traces"), "hotline-a")
    begun = time.monotonic()
    for _ in range(100):
        for record in RECORDS:
            live.observe(record)
    live.stop()
    assert time.monotonic() - begun < 60.0


@pytest.mark.slow
def test_given_a_collector_that_never_answers_then_the_stop_waits_once_and_not_for_every_batch(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.answers.clear()
    monkeypatch.setattr(traces, "TIMEOUT", 60.0)
    live = LiveTraces(TracesConfig(receiver.endpoint), "hotline-a")
    fold, sent = Spans(), 0
    while sent < 3 * 512:
        for record in RECORDS:
            live.observe(record)
            sent += len(fold.observe(record))
    monkeypatch.setattr(traces, "TIMEOUT", 0.05)
    begun = time.monotonic()
    live.stop()
    assert time.monotonic() - begun < 30.0, "each of the batches may take a minute"
    receiver.answers.set()
    until = time.monotonic() + 60.0
    while len(receiver.spans()) < sent:
        assert time.monotonic() < until, "what waits goes on being sent"
        time.sleep(0.01)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    return tmp_path


BASE = "asterisk: {password_env: A}\nweb: {token_env: A}\njournal: {key_env: K}\n"
ENV = {"A": "opensesamewouldyou", "K": "ab" * 32}


def test_given_a_section_then_it_is_read(folder: Path) -> None:
    (folder / CONFIG_FILE).write_text(
        BASE + "traces: {endpoint: 'https://otel.example/v1/traces', token_env: A}\n"
    )
    found = load_config(folder, ENV).traces
    assert found == TracesConfig("https://otel.example/v1/traces", "opensesamewouldyou")
    assert "opensesame" not in repr(found)
    (folder / CONFIG_FILE).write_text(BASE)
    assert load_config(folder, ENV).traces is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("traces: {endpoint: 'ftp://x/'}\n", "CFG105"),
        ("traces: {endpoint: 'http://10.0.0.1:4318/v1/traces'}\n", "CFG104"),
        ("traces: {endpont: x, allow_remote: no}\n", "YML101"),
        ("traces: {token_file: nowhere}\n", "CFG101"),
    ],
)
def test_given_something_wrong_then_its_line_is_named(folder: Path, text: str, problem: str) -> None:
    (folder / CONFIG_FILE).write_text(BASE + text)
    (said,) = read_site(folder, ENV).problems
    assert (said.code, said.location.line) == (problem, 4)


def test_given_no_packages_then_check_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivrcore.config.traces.NEEDED", "nothing.of_that.name")
    (folder / CONFIG_FILE).write_text(BASE + "traces: {allow_remote: no}\n")
    (said,) = read_site(folder, ENV).problems
    assert "ivrcore[traces]" in said.hint

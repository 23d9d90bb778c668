"""Ids: Prometheus gets those of contacts as exemplars, and none as a label of any family."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from pytest_twisted import ensureDeferred
from twisted.internet.threads import deferToThread

from tests.web.busy_hotline import BusyHotline, BusyServer
from tests.web.prometheus_run import running

OPENMETRICS = "application/openmetrics-text; version=1.0.0"
ASKED = (
    'ivrcore_queue_wait_seconds_bucket{outcome="answered"}',
    'ivrcore_queue_wait_seconds_bucket{outcome="abandoned"}',
    "ivrcore_queue_talk_seconds_bucket",
    "ivrcore_speech_decision_seconds_bucket",
    "ivrcore_menu_no_match_total",
)
PATIENCE = 60.0


def found(folder: Path, server: str) -> dict[str, list[dict[str, object]]]:
    """Ask for each until there is one."""
    told: dict[str, list[dict[str, object]]] = {}
    deadline = time.monotonic() + PATIENCE
    with running(folder, server, "--enable-feature=exemplar-storage") as prometheus:
        while len(told) < len(ASKED) and time.monotonic() < deadline:
            asked = {query: prometheus.exemplars(query) for query in ASKED}
            told = {query: exemplars for query, exemplars in asked.items() if exemplars}
            time.sleep(0.2)
    return told


@ensureDeferred
async def test_a_real_prometheus_keeps_the_contacts_ids_as_exemplars(tmp_path: Path) -> None:
    server = BusyServer()
    try:
        told = await deferToThread(found, tmp_path, f"127.0.0.1:{server.port}")
    finally:
        server.end()
        await server.server.stop()
    assert set(told) == set(ASKED)
    known = {
        record.event.contact for record in server.hotline.journal.read() if hasattr(record.event, "contact")
    }
    for exemplars in told.values():
        assert {one["labels"]["contact"] for one in exemplars} <= known  # type: ignore[index]
        assert not any("contact" in one["of"] for one in exemplars)  # type: ignore[operator]


IDS = ("contact", "leg", "channel", "visit", "offer", "request", "outbound", "playback", "message", "bridge")
"""Fields of events that are ids."""


@ensureDeferred
async def test_no_label_of_any_family_carries_an_id() -> None:
    hotline = BusyHotline()
    for _ in range(3):
        hotline.tick()
    ids = {
        str(value)
        for record in hotline.journal.read()
        for name, value in msgspec.structs.asdict(record.event).items()
        if name in IDS and value not in ("", None, "one", "two")  # what chance fills in is no id
    }
    families = list(parse_openmetrics(hotline.exposition().render(OPENMETRICS)[0].decode()))
    prefixes = {family.name.split("_")[1] for family in families}
    assert {"queue", "canary", "aeap", "plugin", "history", "app"} <= prefixes
    labels = {
        (label, value) for family in families for one in family.samples for label, value in one.labels.items()
    }
    assert not {label for label, _ in labels} & {*IDS, "call", "caller", "subject", "uniqueid"}
    assert ids
    assert not {value for _, value in labels} & ids
    shown = {one.exemplar.labels["contact"] for family in families for one in family.samples if one.exemplar}
    assert shown <= ids
    assert len(shown) > 3

"""The benchmark's AGI part: its callers speak the wire, its servers say the commands, its table judges."""

from __future__ import annotations

from collections import Counter
from contextlib import closing

import pytest

from ivrcore.lab import bench_agi
from ivrcore.lab.apart import apart
from ivrcore.lab.bench_agi import Found
from ivrcore.lab.bench_agi_servers import BARE, OURS, Server
from ivrcore.lab.bench_agi_whole import WHOLE, WholeServer
from ivrcore.model import events
from ivrcore.model.names import Outcome


@pytest.mark.slow
@pytest.mark.parametrize("name", [OURS, BARE])
def test_every_server_serves_the_benchmarks_callers(name: str) -> None:
    server = Server(name)
    try:
        before = bench_agi.used(server.pid)
        assert apart(bench_agi.call, server.port, 20) > 0
        assert bench_agi.used(server.pid) > before
        assert apart(bench_agi.hold, server.port, server.pid, 40) > 0
    finally:
        server.close()


@pytest.mark.slow
def test_the_whole_server_serves_the_benchmarks_callers_through_session_and_journal() -> None:
    with closing(WholeServer()) as server:
        assert apart(bench_agi.call, server.port, 20) > 0
        written = server.stop()
    pressed = Counter(one.contact for one in written if isinstance(one, events.KeyPressed))
    closed = [one for one in written if isinstance(one, events.ContactClosed)]
    assert len(closed) == 20
    assert all(one.outcome is Outcome.SELF_SERVED and pressed[one.contact] == 2 for one in closed)


@pytest.mark.parametrize(
    ("share", "size", "whole", "kept"),
    [
        (0.9, 8.0, 501.0, 5),
        (0.8, 8.0, 501.0, 4),
        (0.8, 30.0, 501.0, 2),
        (0.8, 30.0, 499.0, 1),
        (0.8, 30.0, 400.0, 0),
    ],
)
def test_the_table_says_what_is_kept(share: float, size: float, whole: float, kept: int) -> None:
    found = {
        WHOLE: Found([whole], [whole / 2], size),
        OURS: Found([share * 1000, share * 2000], [500.0], size),
        BARE: Found([1000.0, 2000.0], [600.0], 12.0),
    }
    table = bench_agi._table(found, 2000)
    assert sum(note.endswith(": kept.") for note in table.notes) == kept
    assert [row[0] for row in table.rows] == [WHOLE, OURS, BARE]

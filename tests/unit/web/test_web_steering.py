"""Supervisors' addresses: move, prioritise, withdraw, hand over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import pytest_twisted
from pytest_twisted import ensureDeferred
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread

from ivrcore.errors import RequestRefused
from ivrcore.model.event import Event
from ivrcore.model.events import ContactPlaced, ContactQueued, NeedRelaxed, VisitLeft
from ivrcore.model.names import LeftQueue
from ivrcore.web.client import ApiClient
from tests.web.served import TOKEN, Served


@pytest.fixture
def site() -> Iterator[Served]:
    """A server with two contacts that wait for loans."""
    served = Served()
    for contact in ("c1", "c2"):
        served.hotline.enqueue(contact, "loans")
    yield served
    pytest_twisted.blockon(Deferred.fromCoroutine(served.server.stop()))


async def steer(site: Served, contact: str, what: str, **body: object) -> dict[str, object]:
    client = ApiClient(f"http://127.0.0.1:{site.port}", TOKEN)
    return await deferToThread(client.steer, contact, what, body)


def last(site: Served) -> Event:
    return [record.event for record in site.hotline.journal.read()][-1]


@ensureDeferred
async def test_a_contact_is_moved_by_somebody(site: Served) -> None:
    shown = await steer(site, "c1", "move", queue="cards", author="sue")
    assert (shown["queue"], shown["place"]) == ("cards", "queue")
    queued = last(site)
    assert isinstance(queued, ContactQueued)
    assert queued.through == ("loans",)


@ensureDeferred
async def test_a_contact_is_prioritised_and_handed_over(site: Served) -> None:
    site.hotline.set_agent("ann", "ready", "")
    site.hotline.set_agent("ann", "pause", "")
    await steer(site, "c2", "prioritise", priority=9, author="sue")
    placed = last(site)
    assert isinstance(placed, ContactPlaced)
    assert (placed.priority, placed.by) == (9, "admin (sue)")
    await steer(site, "c2", "hand-over", agent="ann", seconds=30, author="sue")
    relaxed = last(site)
    assert isinstance(relaxed, NeedRelaxed)
    assert (relaxed.by, relaxed.need) == ("admin (sue)", {"agents": ("ann",)})


@ensureDeferred
async def test_a_contact_is_sent_back_for_a_reason(site: Served) -> None:
    await steer(site, "c1", "withdraw", author="sue")
    await steer(site, "c2", "withdraw", outcome="nobody_there", author="sue")
    left = [r.event for r in site.hotline.journal.read() if isinstance(r.event, VisitLeft)]
    assert [(one.why, one.by) for one in left] == [
        (LeftQueue.WITHDRAWN, "admin (sue)"),
        (LeftQueue.NOBODY_THERE, "admin (sue)"),
    ]


@ensureDeferred
@pytest.mark.parametrize(
    ("contact", "what", "body", "status", "message"),
    [
        ("c9", "move", {"queue": "cards"}, 404, "waits in no queue"),
        ("c1", "move", {"queue": "carts"}, 404, "there is no queue"),
        ("c1", "move", {"queue": "loans"}, 409, "waits in loans already"),
        ("c1", "move", {}, 400, "queue"),
        ("c1", "promote", {}, 404, "nothing that can be done"),
        ("c1", "withdraw", {"outcome": "moved"}, 400, "nobody is sent back"),
        ("c1", "hand-over", {"agent": "ann"}, 409, "logged out"),
        ("c1", "hand-over", {"agent": "hana kim"}, 409, "does not serve"),
        ("c1", "prioritise", {"priority": 1, "author": "a\nb"}, 400, "author"),
    ],
)
async def test_what_cannot_be_is_refused(
    site: Served, contact: str, what: str, body: dict[str, object], status: int, message: str
) -> None:
    before = len(list(site.hotline.journal.read()))
    with pytest.raises(RequestRefused, match=message) as refused:
        await steer(site, contact, what, **{"author": "sue", **body})
    assert refused.value.status == status
    assert len(list(site.hotline.journal.read())) == before

"""Who is greeted late after a loss of the link, and who is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ivrcore.telephony.ari import wire
from ivrcore.telephony.ari.reconcile import YOUNG_SECONDS, Snapshot, made_at, missed_arrivals

LOST = 1_800_000_000.0
NOW = LOST + 10


def channel(**changes: Any) -> wire.Channel:
    """A caller who came 3 s after the loss."""
    values: dict[str, Any] = {
        "id": "u1",
        "state": "Ring",
        "creationtime": written(LOST + 3),
        "dialplan": wire.Place(app_name="Stasis", app_data="hotline-a,inbound,5000"),
        **changes,
    }
    return wire.Channel(**values)


def written(at: float) -> str:
    """Write a time as Asterisk does."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def missed(one: wire.Channel, *, ours: bool = True, known: bool = False, now: float = NOW) -> list[list[str]]:
    """Give the arguments of those who were missed."""
    snapshot = Snapshot({one.id: one}, {}, frozenset([one.id] if ours else []), frozenset())
    return [arguments for _, arguments in missed_arrivals(snapshot, lambda _: known, LOST, now)]


def test_given_a_caller_who_came_during_the_loss_then_missed() -> None:
    assert missed(channel()) == [["inbound", "5000"]]


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "Up"},
        {"creationtime": written(LOST - 1)},
        {"creationtime": ""},
        {"dialplan": wire.Place(app_name="Stasis", app_data="hotline-a,dialled,c1.v1.o1.l")},
        {"dialplan": wire.Place(app_name="Stasis", app_data="")},
    ],
)
def test_given_anybody_else_then_not_missed(changes: dict[str, Any]) -> None:
    assert missed(channel(**changes)) == []


def test_given_a_known_or_foreign_channel_then_not_missed() -> None:
    assert missed(channel(), known=True) == []
    assert missed(channel(), ours=False) == []


def test_given_a_caller_who_waited_for_long_then_not_greeted_any_more() -> None:
    assert missed(channel(), now=LOST + 3 + YOUNG_SECONDS + 1) == []


def test_the_time_is_read_with_its_zone() -> None:
    assert made_at(channel(creationtime="2026-11-21T23:30:00.500+0900")) == pytest.approx(
        datetime(2026, 11, 21, 14, 30, 0, 500_000, UTC).timestamp()
    )

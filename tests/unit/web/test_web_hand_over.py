"""``/api/v1/hand-over``: who answers, who is to take over, and what is refused."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest

from ivrcore.errors import RequestRefused
from ivrcore.web.handover import HandOverEndpoint, HandOverView


class Old:
    """A process that hands over, and notes what it is told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def start(self) -> None:
        self.told.append("start")

    def give(self, pid: int, to_version: str, claim: str) -> None:
        self.told.append((pid, to_version, claim))

    def view(self) -> HandOverView:
        return HandOverView(pid=7, version="1.0", to=8 if self.told else None)


class Asked:
    """As much of a request as is looked at."""

    def __init__(self, body: object = None) -> None:
        self.content = BytesIO(b"" if body is None else json.dumps(body).encode())


def endpoint(old: Old) -> Any:
    gate: Any = None
    return HandOverEndpoint(old, gate)


def test_it_tells_who_answers_and_who_is_to_take_over() -> None:
    old = Old()
    shown = json.loads(endpoint(old).on_get(Asked()).body)
    assert shown == {"hand_over": {"pid": 7, "version": "1.0", "to": None, "failed": ""}}
    reply = endpoint(old).on_post(Asked())
    assert (reply.status, json.loads(reply.body)["hand_over"]["to"]) == (202, 8)
    assert old.told == ["start"]


def test_a_process_asks_for_the_calls_by_its_number() -> None:
    old = Old()
    endpoint(old).on_put(Asked({"pid": 8, "version": "2.0" * 40, "claim": "c"}))
    assert old.told == [(8, ("2.0" * 40)[:64], "c")]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pid": 0, "version": "1", "claim": "c"},
        {"pid": "8", "version": "1", "claim": "c"},
        {"pid": 8, "version": "1"},
        {"pid": 8, "version": "1", "claim": "c", "x": 1},
    ],
)
def test_who_does_not_say_so_gets_nothing(body: dict[str, object]) -> None:
    old = Old()
    with pytest.raises(RequestRefused) as refused:
        endpoint(old).on_put(Asked(body))
    assert refused.value.status == 400
    assert old.told == []

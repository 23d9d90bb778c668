"""When calls can be served, by which links stand."""

from __future__ import annotations

import pytest

from ivrcore.web.view import Health


def health(**links: bool) -> Health:
    named = {name.replace("_", ":"): up for name, up in links.items()}
    return Health(
        journal=True,
        links=named,
        link_reasons=dict.fromkeys(named, "gone"),
        dialplans=1,
        version="1",
        started=0.0,
    )


@pytest.mark.parametrize(
    ("links", "away", "degraded"),
    [
        ({"ari": True, "ari_busan": True}, [], []),
        ({"ari": True, "ari_busan": False}, [], ["ari:busan"]),
        ({"ari": False, "ari_busan": True}, [], ["ari"]),
        ({"ari": False, "ari_busan": False}, ["ari", "ari:busan"], []),
        ({"ari": False}, ["ari"], []),
        ({"ari": False, "agi": True}, ["ari"], []),
        ({"ari": False, "ari_busan": True, "agi": False}, ["agi"], ["ari"]),
    ],
)
def test_one_of_several_pbxs_is_enough(links: dict[str, bool], away: list[str], degraded: list[str]) -> None:
    one = health(**links)
    assert one.reasons() == [f"the link to Asterisk ({name}) is down: gone" for name in away]
    assert one.degraded() == [f"the link to Asterisk ({name}) is down: gone" for name in degraded]

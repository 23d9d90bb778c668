"""How an Asterisk is dealt with, by what it reports."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from ivrcore.telephony.ari import requests
from ivrcore.telephony.ari.abilities import Abilities, AudioWay, RequestWay, abilities

BOTH = ("chan_websocket", "chan_rtp")
NEW = Abilities(RequestWay.SOCKET, AudioWay.WEBSOCKET, cause_codes=True)


@pytest.mark.parametrize(
    ("version", "socket"),
    [
        ("16.28.0~dfsg-0+deb11u4", False),
        ("18.26.4", False),
        ("certified/18.9-cert11", False),
        ("20.14.9", False),
        ("20.15.0", True),
        ("certified-20.7-cert5", False),
        ("21.9.1", False),
        ("21.10.0", True),
        ("22.4.9", False),
        ("22.5.0", True),
        ("22.10.1+dfsg", True),
        ("23.0.0", True),
        ("GIT-master-abc", True),
    ],
)
def test_which_asterisk_takes_requests_over_the_socket(version: str, socket: bool) -> None:
    assert abilities(version, BOTH).requests is (RequestWay.SOCKET if socket else RequestWay.HTTP)


@pytest.mark.parametrize(
    ("version", "modules", "audio"),
    [
        ("22.10.1", BOTH, AudioWay.WEBSOCKET),
        ("22.10.1", ("chan_rtp",), AudioWay.RTP),
        ("22.10.1", (), None),
        ("16.28.0~dfsg", ("chan_rtp",), AudioWay.RTP),
        ("16.6.0", ("chan_rtp",), AudioWay.RTP),
        ("16.5.1", ("chan_rtp",), None),
        ("13.38.3", ("chan_rtp",), None),
    ],
)
def test_how_a_callers_audio_comes(version: str, modules: Collection[str], audio: AudioWay | None) -> None:
    assert abilities(version, modules).audio is audio


def test_a_setting_forces_a_way_but_not_what_is_not_there() -> None:
    assert abilities("22.10.1", BOTH) == NEW
    forced = abilities("22.10.1", BOTH, requests=RequestWay.HTTP, audio=AudioWay.RTP)
    assert (forced.requests, forced.audio) == (RequestWay.HTTP, AudioWay.RTP)
    assert abilities("16.28.0", ("chan_rtp",), audio=AudioWay.WEBSOCKET).audio is None


@pytest.mark.parametrize(
    ("cause", "name"), [(16, "normal"), (17, "busy"), (21, "rejected"), (27, "failure"), (41, "failure")]
)
def test_an_old_one_is_told_causes_by_name(cause: int, name: str) -> None:
    assert not abilities("16.28.0", ()).cause_codes
    assert abilities("18.0.0", ()).cause_codes
    assert requests.hang_up("c", cause, by_name=True).query == {"reason": name}
    assert requests.hang_up("c", cause).query == {"reason_code": str(cause)}

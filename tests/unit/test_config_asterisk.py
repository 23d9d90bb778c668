"""How the link to Asterisk is configured: forced ways, ports and addresses for audio."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.task import Clock

from ivrcore.config import CONFIG_FILE, Config, load_config
from ivrcore.config.model import AudioWay, RequestWay
from ivrcore.errors import ProblemsFound
from ivrcore.service.link import make_ari
from ivrcore.telephony.ari.abilities import AudioWay as Audio
from ivrcore.telephony.ari.abilities import RequestWay as Requests
from ivrcore.telephony.ari.config import AriConfig


def load(folder: Path, asterisk: str) -> Config:
    for name in ("secrets", "config", "dialplans"):
        (folder / name).mkdir(exist_ok=True)
    for name, text in (("ari", "swordfish"), ("key", "0123456789abcdef" * 4)):
        (folder / "secrets" / name).write_text(text)
        (folder / "secrets" / name).chmod(0o600)
    (folder / CONFIG_FILE).write_text(
        f"asterisk: {{password_file: secrets/ari{asterisk}}}\n"
        "web: {token_env: TOKEN}\njournal: {key_file: secrets/key}\n"
    )
    return load_config(folder, env={"TOKEN": "open sesame, would you"})


def linked(folder: Path, asterisk: str) -> AriConfig:
    """Give what the driver is told."""

    class Told:
        def link_down(self, driver: str, reason: str) -> None:
            raise AssertionError(driver, reason)

        def orphan(self, what: str, name: str, action: str) -> None:
            raise AssertionError(what)

    switch = make_ari(
        load(folder, asterisk),
        Clock(),
        lambda: 0.0,
        Told(),  # type: ignore[arg-type]  # nothing is told: the switch is not started
        lambda away, peer: None,
    )
    return switch.server.config


def test_unless_forced_asterisk_itself_decides(tmp_path: Path) -> None:
    asterisk = load(tmp_path, "").asterisk
    assert (asterisk.requests, asterisk.audio) == (RequestWay.AUTO, AudioWay.AUTO)
    link = linked(tmp_path, "")
    assert (link.requests, link.audio, link.rtp_address) == (None, None, "")
    assert link.rtp_ports == range(24_000, 25_000)


def test_forced_ways_and_ports_reach_the_driver(tmp_path: Path) -> None:
    link = linked(tmp_path, ", requests: http, audio: rtp, rtp_ports: 30000-30099, rtp_address: 127.0.0.2")
    assert (link.requests, link.audio) == (Requests.HTTP, Audio.RTP)
    assert (link.rtp_ports, link.rtp_address) == (range(30_000, 30_100), "127.0.0.2")


@pytest.mark.parametrize(
    ("asterisk", "audio"),
    [
        (", url: 'https://pbx.example'", Audio.WEBSOCKET),
        (", url: 'https://pbx.example', allow_remote: yes", None),
        (", url: 'https://pbx.example', allow_remote: yes, audio: rtp", Audio.RTP),
        (", url: 'http://localhost:8088'", None),
    ],
)
def test_voices_do_not_cross_a_network_in_the_clear_unasked(
    tmp_path: Path, asterisk: str, audio: Audio | None
) -> None:
    assert linked(tmp_path, asterisk).audio is audio


@pytest.mark.parametrize(
    ("asterisk", "code"),
    [
        (", audio: carrier-pigeon", "YML104"),
        (", requests: rtp", "YML104"),
        (", rtp_ports: 30000", "YML104"),
        (", rtp_ports: 30001-30000", "YML104"),
        (", rtp_ports: 80-90", "YML104"),
        (", rtp_address: here", "CFG105"),
        (", rtp_address: 192.0.2.1", "CFG104"),
        (", url: 'https://pbx.example', audio: rtp", "CFG104"),
    ],
)
def test_what_cannot_be_is_told_at_its_place(tmp_path: Path, asterisk: str, code: str) -> None:
    with pytest.raises(ProblemsFound) as told:
        load(tmp_path, asterisk)
    (problem,) = told.value.problems
    assert f"error {code}" in problem

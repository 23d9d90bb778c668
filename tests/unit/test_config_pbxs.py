"""Several Asterisks of one hotline: how they are configured, and what is told of mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, FallbackAction
from ivrcore.config.load import Reading, read_site
from ivrcore.config.model import RequestWay
from ivrcore.telephony.asterisk_files import asterisk_files, stale_files, write_asterisk_files

BUSAN = """
    busan:
      url: http://127.0.0.1:8089
      password_file: secrets/busan
      requests: http
      inbound: 2000
      fallback: {action: busy}
"""
AGENTS = """
agents:
  ann: {endpoint: PJSIP/101, skills: {cards: 1}}
  bea: {endpoint: PJSIP/101, skills: {cards: 1}, pbx: busan}
"""
ALL_HERE = """
agents:
  ann: {endpoint: PJSIP/101, skills: {cards: 1}}
  bea: {endpoint: PJSIP/102, skills: {cards: 1}, pbx: main}
"""


def read(folder: Path, pbxs: str = BUSAN, agents: str = AGENTS, more: str = "") -> Reading:
    for name in ("secrets", "config", "dialplans"):
        (folder / name).mkdir(exist_ok=True)
    for name, text in (("ari", "swordfish"), ("busan", "haddock"), ("key", "0123456789abcdef" * 4)):
        (folder / "secrets" / name).write_text(text)
        (folder / "secrets" / name).chmod(0o600)
    (folder / CONFIG_FILE).write_text(
        "asterisk:\n  password_file: secrets/ari\n  user: hotline\n"
        f"{more}  pbxs:{pbxs}"
        "web: {token_env: TOKEN}\njournal: {key_file: secrets/key}\n"
        f"queues: {{cards: {{skills: {{cards: 1}}}}}}\n{agents}"
    )
    return read_site(folder, env={"TOKEN": "open sesame, would you"})


def told(reading: Reading) -> list[tuple[str, int]]:
    """Give what was found wrong: the rule's code, and the line."""
    return [(problem.rule.code, problem.location.line) for problem in reading.problems]


def test_another_pbx_is_like_the_first_where_it_says_nothing_else(tmp_path: Path) -> None:
    reading = read(tmp_path)
    assert told(reading) == []
    assert reading.config is not None
    asterisk = reading.config.asterisk
    busan = asterisk.pbxs["busan"]
    assert (busan.url, busan.user, busan.password) == ("http://127.0.0.1:8089", "hotline", "haddock")
    assert (busan.requests, busan.inbound, busan.longest_call) == (RequestWay.HTTP, ("2000",), 14_400.0)
    assert (busan.fallback.action, asterisk.fallback.action) == (
        FallbackAction.BUSY,
        FallbackAction.CONGESTION,
    )
    assert "haddock" not in repr(asterisk)


def test_agents_phones_are_at_the_first_unless_said(tmp_path: Path) -> None:
    reading = read(tmp_path, more="  trunks: {busan: 'PJSIP/{phone}@to-busan'}\n")
    assert told(reading) == []
    assert reading.config is not None
    ann, bea = reading.config.agents
    assert (ann.pbx, ann.trunks, bea.pbx) == ("main", {}, "busan")
    assert bea.trunks == {"main": "PJSIP/101@to-busan"}
    assert [bea.dialled_from(pbx) for pbx in ("main", "busan")] == ["PJSIP/101@to-busan", "PJSIP/101"]
    assert (ann.reach, bea.reach) == (frozenset({"main"}), frozenset({"main", "busan"}))


def test_a_site_with_one_asterisk_stays_as_it_is(tmp_path: Path) -> None:
    reading = read(tmp_path, pbxs=" {}\n", agents="agents: {ann: {endpoint: PJSIP/101, skills: {cards: 1}}}")
    assert told(reading) == []
    assert reading.config is not None
    assert list(reading.config.asterisk.every) == ["main"]
    assert not any("/" in name for name in asterisk_files(reading.config))


@pytest.mark.parametrize(
    ("pbxs", "agents", "more", "problem"),
    [
        (BUSAN, AGENTS.replace("busan", "bussan"), "", ("CFG231", 17)),
        (BUSAN, AGENTS, "  trunks: {pusan: 'PJSIP/{phone}@b'}\n", ("CFG231", 4)),
        (BUSAN + "      trunks: {busan: 'PJSIP/{phone}@b'}\n", AGENTS, "", ("CFG231", 11)),
        (BUSAN.replace("8089", "8088"), AGENTS, "", ("CFG232", 5)),
        (
            BUSAN,
            ALL_HERE,
            "",
            ("CFG233", 1),
        ),
        (
            BUSAN.replace("busan:", "main:"),
            ALL_HERE,
            "",
            ("CFG106", 5),
        ),
        (BUSAN.replace("busan:", "bu~san:"), AGENTS.replace("busan", "bu~san"), "", ("CFG106", 5)),
        (BUSAN.replace("      url: http://127.0.0.1:8089\n", ""), AGENTS, "", ("YML102", 6)),
        (BUSAN.replace("      password_file: secrets/busan\n", ""), AGENTS, "", ("CFG101", 6)),
        (BUSAN, AGENTS, "  trunks: {busan: PJSIP/101@b}\n", ("YML104", 4)),
        (BUSAN, AGENTS, "  trunks: {busan: 'PJSIP/{phone},30'}\n", ("CFG107", 4)),
        (BUSAN, AGENTS.replace("pbx: busan", "pbx: main"), "", ("CFG206", 17)),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_mistakes_are_told_with_their_place(
    tmp_path: Path, pbxs: str, agents: str, more: str, problem: tuple[str, int]
) -> None:
    assert problem in told(read(tmp_path, pbxs, agents, more))


def test_each_pbx_gets_files_of_its_own(tmp_path: Path) -> None:
    config = read(tmp_path).config
    assert config is not None
    folder = tmp_path / "asterisk"
    write_asterisk_files(config, folder)
    assert "password = haddock" in (folder / "busan/ari_ivrcore.conf").read_text()
    assert "password = swordfish" in (folder / "ari_ivrcore.conf").read_text()
    assert "bindport = 8089" in (folder / "busan/http_ivrcore.conf").read_text()
    assert "exten => 2000,1" in (folder / "busan/extensions_ivrcore.conf").read_text()
    assert (folder / "busan/ari_ivrcore.conf").stat().st_mode & 0o777 == 0o600
    assert stale_files(config, folder) == []

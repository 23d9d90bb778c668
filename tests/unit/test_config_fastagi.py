"""The section `fastagi`: what is read, and what is wrong with it told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.check import check_site
from ivrcore.config import CONFIG_FILE, Config, load_config, read_site
from ivrcore.config.plans import handed_over

SECRET = "0123456789abcdef-AGI"
BASE = "asterisk: {password_env: ARI}\nweb: {token_env: TOKEN}\njournal: {key_env: KEY}\n"
ENV = {"ARI": "swordfish", "TOKEN": "open sesame, would you", "KEY": "0f" * 32, "AGI": SECRET}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / CONFIG_FILE).write_text(text)
    return load_config(folder, ENV)


def told(folder: Path, text: str) -> list[str]:
    (folder / CONFIG_FILE).write_text(text)
    problems = read_site(folder, ENV).problems
    return [f"{one.location.line}:{one.location.column} {one.code} {one.message}" for one in problems]


def test_without_it_nothing_listens(folder: Path) -> None:
    assert load(folder, BASE).fastagi is None


def test_the_least_is_a_secret_on_this_machine_for_no_number(folder: Path) -> None:
    read = load(folder, BASE + "fastagi: {secret_env: AGI}\n").fastagi
    assert read is not None
    assert (read.secret, read.host, read.port, read.numbers) == (SECRET, "127.0.0.1", 4573, ())
    assert read.allow == ("127.0.0.0/8", "::1/128")
    assert SECRET not in repr(read)


def test_all_of_it(folder: Path) -> None:
    for name in ("agi.pem", "agi.key"):
        (folder / name).write_text("")
    read = load(
        folder,
        BASE
        + "fastagi:\n  secret_env: AGI\n  host: 10.0.0.2\n  port: 4574\n  allow: [10.0.0.5, 10.1.0.0/24]\n"
        "  certificate: agi.pem\n  certificate_key: agi.key\n  sessions: 50\n"
        '  numbers: [welcome, "02-123 (45)"]\n  longest_wait: 1m\n  away: 10s\n',
    ).fastagi
    assert read is not None
    assert read.allow == ("10.0.0.5/32", "10.1.0.0/24")
    assert (read.certificate, read.key) == (folder / "agi.pem", folder / "agi.key")
    assert (read.sessions, read.longest_wait, read.away) == (50, 60.0, 10.0)
    assert read.numbers[0] == "welcome"
    assert " " not in read.numbers[1]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("port: 4573", "4:10 CFG101"),
        ("secret_env: TOKEN", "4:10 CFG103"),
        ("secret_env: AGI, host: 0.0.0.0", "4:34 CFG104"),
        ("secret_env: AGI, host: asterisk.example", "4:34 CFG105"),
        ("secret_env: AGI, allow: [10.0.0.300]", "4:36 CFG105"),
        ("secret_env: AGI, certificate: nowhere.pem, certificate_key: nowhere.pem", "4:41 CFG003"),
        ("secret_env: AGI, numbrs: [welcome]", "4:28 YML101"),
    ],
)
def test_what_is_wrong(folder: Path, lines: str, expected: str) -> None:
    problems = told(folder, BASE + f"fastagi: {{{lines}}}\n")
    assert any(one.startswith(expected) for one in problems), problems


def test_a_certificate_without_its_key(folder: Path) -> None:
    (folder / "agi.pem").write_text("")
    (problem,) = told(folder, BASE + "fastagi: {secret_env: AGI, certificate: agi.pem}\n")
    assert "certificate_key" in problem


def test_a_site_without_ari_needs_no_password_but_another_way_for_calls_to_come(folder: Path) -> None:
    alone = BASE.replace("{password_env: ARI}", "{ari: no}")
    assert not load(folder, alone + "fastagi: {secret_env: AGI}\n").asterisk.ari
    (problem,) = told(folder, alone)
    assert "no call comes" in problem


PLAN = """\
name: bank
language: en
numbers:
  welcome: hello
blocks:
  hello: [{say: Hello.}]
"""


def test_check_looks_at_what_the_numbers_lead_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ENV.items():
        monkeypatch.setenv(name, value)
    (folder / "dialplans/bank.yaml").write_text(PLAN)
    (folder / CONFIG_FILE).write_text(BASE + "fastagi: {secret_env: AGI, numbers: [welcme, welcome]}\n")
    problems = [str(one).splitlines() for one in check_site(folder)]
    (unknown,) = [lines for lines in problems if "CFG309" in lines[0]]
    assert unknown[0].endswith("ivrcore.yaml:4:38: warning CFG309: the number 'welcme' is in no dialplan")
    assert "did you mean 'welcome'?" in unknown[1]
    records = PLAN.replace("{say: Hello.}", "{record: complaints}")
    (folder / "dialplans/bank.yaml").write_text(records)
    assert any("bank.yaml:6:12: error DP220" in str(one) for one in check_site(folder))
    (folder / "dialplans/bank.yaml").write_text(PLAN)
    (folder / CONFIG_FILE).write_text(BASE + "fastagi: {secret_env: AGI, numbers: [sales]}\n")
    (far,) = [str(one) for one in check_site(folder) if "CFG309" in str(one)]
    assert far.endswith("a dialplan's 'numbers' may have names: sales: BLOCK")


def test_callers_are_heard_where_the_site_has_aeap(folder: Path) -> None:
    agi = "fastagi: {secret_env: AGI, numbers: [welcome]}\n"
    for more, heard in (("", False), ("aeap: {token_env: AGI}\n", True)):
        over = handed_over(load(folder, BASE + agi + more))
        assert over is not None
        assert ("audio" in over.capabilities) is heard


def test_a_queue_that_rings_several_phones_is_known_by_every_queue_that_overflows_into_it(
    folder: Path,
) -> None:
    queues = "queues:\n  all: {strategy: ring_all}\n  one: {overflow: [{to: all, after: 20s}]}\n  other: {}\n"
    over = handed_over(load(folder, BASE + "fastagi: {secret_env: AGI, numbers: [welcome]}\n" + queues))
    assert over is not None
    assert over.ring_several == {"all": "ring_all", "one": "ring_all"}

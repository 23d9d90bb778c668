"""The section `canary`: what is read, and what is wrong with it told at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.check import check_site
from ivrcore.config import CONFIG_FILE, CanaryConfig, load_config, read_site
from ivrcore.config.canary import INBOUND
from ivrcore.samples import init_site
from ivrcore.telephony import asterisk_files

BASE = "asterisk: {password_env: ARI}\nweb: {token_env: TOKEN}\njournal: {key_env: KEY}\n"
ENV = {"ARI": "swordfish", "TOKEN": "open sesame, would you", "KEY": "0f" * 32, "AGI": "0123456789abcdef-AGI"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    return tmp_path


def read(folder: Path, text: str) -> CanaryConfig | None:
    (folder / CONFIG_FILE).write_text(text)
    return load_config(folder, ENV).canary


def told(folder: Path, text: str) -> list[str]:
    (folder / CONFIG_FILE).write_text(text)
    return [f"{one.location.line} {one.code} {one.message}" for one in read_site(folder, ENV).problems]


def test_without_it_no_calls_are_made(folder: Path) -> None:
    assert read(folder, BASE) is None


def test_a_number_is_enough(folder: Path) -> None:
    found = read(folder, BASE + 'canary: {number: "02 123 (45)"}\n')
    assert found == CanaryConfig("0212345")
    assert (found.every, found.longest, found.context) == (60.0, 48.0, asterisk_files.INBOUND)
    assert INBOUND == asterisk_files.INBOUND


TWO = "asterisk: {password_env: ARI, pbxs: {busan: {url: 'http://127.0.0.1:8089', password_env: ARI}}}\n"


def test_each_of_several_pbxs_is_called_unless_some_are_named(folder: Path) -> None:
    base = TWO + BASE.partition("\n")[2]
    (first, both, named) = (
        read(folder, base + f'canary: {{number: "5000"{more}}}\n')
        for more in ("", ", pbxs: [busan, main]", ", pbxs: busan")
    )
    assert first is not None is not both
    assert named is not None
    assert (first.pbxs, both.pbxs, named.pbxs) == (("main", "busan"), ("busan", "main"), ("busan",))
    (said,) = told(folder, base + 'canary: {number: "5000", pbxs: [main, bussan]}\n')
    assert "there is no PBX 'bussan'" in said


def test_all_of_it(folder: Path) -> None:
    given = 'canary: {number: "5000", every: 5m, keys: "1#", within: 8s, context: trunk, always_open: yes}\n'
    assert read(folder, BASE + given) == CanaryConfig("5000", 300.0, "1#", 8.0, "trunk", True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{}", "'number' is missing"),
        ('{number: "5000@default/n"}', "'number' cannot be"),
        ('{number: "5000", keys: "1a"}', "'keys' cannot be"),
        ('{number: "5000", context: "a,b"}', "'context' cannot be"),
        ('{number: "5000", every: 10s, within: 9s}', "'within' is longer than a call may last"),
        ('{number: "5000", every: 1s}', "'every'"),
        ('{number: "5000", key: "1"}', "'key'"),
    ],
)
def test_what_is_wrong_is_told(folder: Path, given: str, said: str) -> None:
    assert [one for one in told(folder, BASE + f"canary: {given}\n") if one.startswith("4 ") and said in one]


def test_a_site_without_ari_cannot_call(folder: Path) -> None:
    text = (
        "asterisk: {ari: no}\nweb: {token_env: TOKEN}\njournal: {key_env: KEY}\n"
        'fastagi: {secret_env: AGI}\ncanary: {number: "5000"}\n'
    )
    assert [one for one in told(folder, text) if "calls are made by ARI" in one]


def test_a_number_that_no_dialplan_has_is_told_by_the_check(tmp_path: Path) -> None:
    init_site(tmp_path)
    file = tmp_path / CONFIG_FILE
    before = file.read_text()
    for number, codes in (("no such", 1), ("5000", 0)):
        file.write_text(before + f'\ncanary: {{number: "{number.replace(" ", "")}"}}\n')
        found = [one for one in check_site(tmp_path) if one.code == "CFG310"]
        assert len(found) == codes, number

"""The section ``history:``."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, load_config, read_site

BASE = """\
asterisk: {password_env: TOKEN}
web: {token_env: TOKEN}
journal: {key_env: KEY}
"""
ENV = {
    "TOKEN": "opensesamewouldyou",
    "KEY": "0123456789abcdef" * 4,
    "DB": "postgresql://me:s3cret@db/history",
    "SAFE": "postgresql://me:s3cret@db/history?sslmode=verify-full",
    "OURS": "postgresql://me:s3cret@db/history?sslmode=verify-full&sslrootcert=/etc/ssl/ours.pem",
    "VAIN": "postgresql://me:s3cret@db/history?sslmode=require&sslrootcert=/etc/ssl/ours.pem",
    "MODE": "postgresql://me:s3cret@db/history?sslmode=no",
    "MORE": "postgresql://me:s3cret@db/history?sslmode=require&pool=3",
    "FILE": "sqlite:////var/h.db?timeout=x",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans"):
        (tmp_path / name).mkdir()
    return tmp_path


def told(folder: Path, text: str) -> list[str]:
    (folder / CONFIG_FILE).write_text(BASE + text)
    return [f"{p.location.line} {p.code} {p.message}" for p in read_site(folder, ENV).problems]


def test_given_no_section_then_reports_make_a_file_and_nothing_runs(folder: Path) -> None:
    assert told(folder, "") == []
    history = load_config(folder, ENV).history
    assert (history.url, history.live, history.zone.key) == (
        f"sqlite:///{folder}/var/history.db",
        False,
        "UTC",
    )


def test_given_a_section_then_its_keys_are_there_and_the_password_is_not_shown(folder: Path) -> None:
    assert told(folder, "history: {url_env: DB, keep: 30d, zone: Asia/Seoul}\n") == []
    history = load_config(folder, ENV).history
    assert history.url == ENV["DB"]
    assert (history.keep, history.zone.key, history.live) == (30 * 86_400, "Asia/Seoul", True)
    assert "s3cret" not in repr(history)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("history: {zone: Asia/Soul}\n", "4 DP"),
        ("history: {keep: 1h}\n", "4 YML104"),
        ("history: {url_env: TOKEN}\n", "4 CFG105"),
        (
            "history: {url_env: MODE}\n",
            "4 CFG105 'history': the URL of the history database has 'sslmode=",
        ),
        ("history: {url_env: MORE}\n", "4 CFG105 'history': the URL of the history database has 'pool'"),
        ("history: {url_env: FILE}\n", "4 CFG105 'history': the URL of the history database has 'timeout'"),
        ("history: {url_env: VAIN}\n", "4 CFG105 'history': sslrootcert is of no use"),
        ("history: {url_file: nowhere}\n", "4 CFG101"),
        ("history: {path: h.db, url_env: DB}\n", "4 YML104 'history': 'path' and a URL"),
        ("history: {file: x}\n", "4 YML101"),
    ],
)
def test_given_something_wrong_then_its_line_is_named(folder: Path, text: str, problem: str) -> None:
    (said,) = told(folder, text)
    assert said.startswith(problem)


@pytest.mark.parametrize("url", ["SAFE", "OURS"])
def test_given_a_demand_for_tls_then_it_is_known(folder: Path, url: str) -> None:
    assert told(folder, f"history: {{url_env: {url}}}\n") == []


def test_given_no_package_for_postgresql_then_check_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivrcore.config.history.NEEDED", "nothing_of_that_name")
    (folder / CONFIG_FILE).write_text(BASE + "history: {url_env: DB}\n")
    (said,) = read_site(folder, ENV).problems
    assert "ivrcore[postgresql]" in said.hint
    assert told(folder, "history: {path: h.db}\n") == []

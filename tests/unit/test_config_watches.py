"""The section ``watches:``."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.app_queue.options import KEYS
from ivrcore.config import CONFIG_FILE, load_config, read_site

BASE = """\
asterisk: {password_file: secrets/ari}
web: {token_env: TOKEN}
journal: {key_file: secrets/key}
"""
ENV = {"TOKEN": "open sesame, would you"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans", "secrets"):
        (tmp_path / name).mkdir()
    for name, text in (("ari", "swordfish"), ("key", "0123456789abcdef" * 4), ("manager", "s3")):
        (tmp_path / "secrets" / name).write_text(text + "\n")
        (tmp_path / "secrets" / name).chmod(0o600)
    return tmp_path


def told(folder: Path, text: str) -> list[str]:
    (folder / CONFIG_FILE).write_text(BASE + "watches:\n" + text)
    return [f"{p.location.line} {p.code} {p.message}" for p in read_site(folder, ENV).problems]


def test_given_a_watch_of_an_app_queue_when_read_then_its_keys_and_secret_are_there(folder: Path) -> None:
    assert told(folder, "  pbx: {kind: app_queue, secret_file: secrets/manager, every: 30s}\n") == []
    (watch,) = load_config(folder, ENV).watches
    assert (watch.name, watch.kind, watch.options["secret"]) == ("pbx", "app_queue", "s3")
    assert "s3" not in repr(watch)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("  pbx: {kind: app_queue}\n", "5 CFG230 watch pbx: the manager user's secret is not given"),
        ("  pbx: {kind: app_quue, secret_file: secrets/manager}\n", "5 CFG230 no plugin knows"),
        (
            "  pbx:\n    kind: app_queue\n    secret_file: secrets/manager\n    host: 10.1.1.1\n",
            "8 CFG230 watch pbx: 'host' is another machine",
        ),
        (
            "  pbx:\n    kind: app_queue\n    secret_file: secrets/manager\n    prot: 5038\n",
            "8 CFG230 watch pbx: 'prot' is no key",
        ),
    ],
)
def test_given_a_watch_that_cannot_be_made_when_checked_then_its_line_is_named(
    folder: Path, text: str, problem: str
) -> None:
    (said,) = told(folder, text)
    assert said.startswith(problem)


def test_given_a_secret_that_others_may_read_when_checked_then_it_is_told(folder: Path) -> None:
    (folder / "secrets/manager").chmod(0o644)
    (said,) = told(folder, "  pbx: {kind: app_queue, secret_file: secrets/manager}\n")
    assert said.startswith("5 CFG102")


def test_given_the_page_for_such_sites_when_read_then_every_key_is_there() -> None:
    page = (Path(__file__).parents[2] / "docs/app-queue.md").read_text()
    keys = [
        f"`{key}_file`, `{key}_env`" if key == "secret" else f"`{key}`" for key in KEYS if key != "folder"
    ]
    assert [key for key in keys if f"| {key} |" not in page] == []

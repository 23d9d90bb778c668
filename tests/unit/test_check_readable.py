"""Prompts that Asterisk's own user could not read (CFG303), and how a new site keeps what is private so."""

import os
from pathlib import Path

import pytest

from ivrcore.check import check_site, closed_to_others
from ivrcore.samples import init_site
from ivrcore.session.prompts import _write


@pytest.fixture
def site(tmp_path: Path) -> Path:
    before = os.umask(0o077)
    init_site(tmp_path / "site")
    _write(tmp_path / "site/var/cache/prompts/0123", 8000, b"\0\0")
    os.umask(before)
    (tmp_path / "site").chmod(0o755)
    return tmp_path / "site"


def test_given_a_new_site_then_others_reach_the_prompts_and_nothing_private(site: Path) -> None:
    assert closed_to_others(site / "var/cache", site) is None
    assert (site / "var").stat().st_mode & 0o777 == 0o711
    assert (site / "secrets").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("name", "mode"),
    [(".", 0o700), ("var", 0o700), ("var/cache/prompts", 0o750), ("var/cache/prompts/0123", 0o640)],
)
def test_given_something_closed_on_the_way_then_it_is_named(site: Path, name: str, mode: int) -> None:
    (site / name).chmod(mode)
    assert closed_to_others(site / "var/cache", site) == site / name
    [problem] = [problem for problem in check_site(site) if problem.code == "CFG303"]
    assert "chmod o+r" in problem.hint


def test_given_no_prompt_yet_then_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o700)
    assert closed_to_others(tmp_path / "empty") is None
    assert closed_to_others(tmp_path / "not there") is None

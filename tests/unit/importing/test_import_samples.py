"""Whole sources as people have them: each becomes a dialplan without errors, and says what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.dialplan.check import Site, load_plan
from ivrcore.importing.run import import_files
from ivrcore.plugin_manager import load_plugins
from tests.unit.importing.imports import SAMPLES, read

SITE = Site(verbs=load_plugins().verbs())
LISTED = {
    "shop.conf": ["IMP104"],
    "office.conf": ["IMP103", "IMP104"],
    "bank.conf": ["IMP101", "IMP101", "IMP104", "IMP109"],
    "hotline.vxml": ["IMP107"],
    "pin.vxml": ["IMP107", "IMP107"],
    "office.vxml": ["IMP103"],
}


@pytest.mark.parametrize("name", LISTED)
def test_a_sample_becomes_a_sound_dialplan(name: str) -> None:
    result = read(SAMPLES / name, zone="Asia/Seoul")
    plan, problems = load_plan(result.text, "new.yaml", SITE)
    assert [str(problem) for problem in problems.errors] == []
    assert plan is not None


@pytest.mark.parametrize(("name", "codes"), LISTED.items())
def test_what_a_sample_has_that_is_not_translated(name: str, codes: list[str]) -> None:
    result = read(SAMPLES / name, zone="Asia/Seoul")
    assert sorted(problem.code for problem in result.problems.errors) == codes
    for problem in result.problems.errors:
        assert f"({problem.code})" in result.text


@pytest.mark.parametrize("name", LISTED)
def test_every_line_of_a_sample_is_named(name: str) -> None:
    result = read(SAMPLES / name)
    for number, line in enumerate((SAMPLES / name).read_text(encoding="utf-8").splitlines(), 1):
        says = line.strip() and not line.strip().startswith("</")
        if says and not (name.endswith(".vxml") and line.strip().startswith("<?xml")):
            assert any(number in lines for lines in named(result.text, name)), f"{name}:{number} {line}"


def named(text: str, name: str) -> list[list[int]]:
    """Give the line numbers of every comment that names a file."""
    found = [
        comment.partition(f"{name}:")[2].split()[0] for comment in text.splitlines() if f"{name}:" in comment
    ]
    return [[int(number) for number in one.split(",")] for one in found]


def test_the_shop_is_as_a_person_would_write_it() -> None:
    plan = read(SAMPLES / "shop.conf", name="shop").plan
    menu = plan["menus"]["shop.menu"]
    assert menu["prompt"] == {"play": ["shop-welcome", "shop-menu"]}
    assert {name: choice["keys"] for name, choice in menu["choices"].items()} == {
        "key-1": "1",
        "orders": "2",
        "key-0": "0",
    }
    assert menu["no_input"] == []
    assert menu["no_match"] == [{"play": ["shop-invalid", "shop-welcome", "shop-menu"]}] * 2
    assert menu["otherwise"] == [{"play": "shop-goodbye"}, "hang_up"]
    assert "shop.invalid" not in plan["blocks"]


def test_the_office_is_open_by_day() -> None:
    plan = read(SAMPLES / "office.conf").plan
    (step,) = plan["blocks"]["from-trunk.5000.times"]
    assert [way["if"] for way in step["branch"]] == [
        "contains(time.date, '-12-') and ends_with(time.date, '-25')",
        "hours.mon_fri_0900_1800 == 'open'",
    ]
    assert plan["hours"]["mon_fri_0900_1800"] == {"open": {"mon-fri": "09:00-18:00"}}


def test_the_bank_has_its_branches_numbers_from_the_included_file() -> None:
    plan = read(SAMPLES / "bank.conf").plan
    assert plan["numbers"]["15880101"]["start"].startswith("from-trunk")
    assert plan["numbers"]["15880999"] == {"answer": "busy"}
    assert plan["languages"] == ["en", "ko"]


def test_several_files_become_one_dialplan(tmp_path: Path) -> None:
    imported = import_files([SAMPLES / "shop.conf", SAMPLES / "hotline.vxml"])
    assert imported.text is not None
    plan, problems = load_plan(imported.text, "new.yaml", SITE)
    assert plan is not None, list(problems)
    assert set(plan.numbers) == {"0", "00"}

"""Asterisk's configuration syntax, patterns, times: what real files have, with the lines that it is on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.importing.extensions.dialplan import fits, written_out
from ivrcore.importing.extensions.reader import without_comment
from ivrcore.importing.extensions.times import read_times
from tests.unit.importing.imports import conf


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("a ; b", "a "),
        (r"a \; b", "a ; b"),
        ("a ;-- b --; c", "a  c"),
        (";--- not a block", ""),
    ],
)
def test_comments_are_cut_off(raw: str, code: str) -> None:
    assert without_comment(raw, in_comment=False) == (code, False)


def test_a_block_comment_goes_over_lines() -> None:
    assert without_comment("a ;-- b", in_comment=False) == ("a ", True)
    assert without_comment("b --; c", in_comment=True) == (" c", False)


@pytest.mark.parametrize(
    ("pattern", "number", "holds"),
    [
        ("100", "100", True),
        ("_1XX", "199", True),
        ("_1XX", "1990", False),
        ("_NZX", "210", True),
        ("_NZX", "110", False),
        ("_[1-36]00", "600", True),
        ("_[1-36]00", "400", False),
        ("_9.", "91", True),
        ("_9.", "9", False),
        ("_9!", "9", True),
        ("_555-1XX", "555123", True),
    ],
)
def test_a_pattern_answers_as_in_asterisk(pattern: str, number: str, holds: bool) -> None:
    assert fits(pattern, number) is holds


def test_few_numbers_of_a_pattern_are_written_out() -> None:
    assert written_out("_5[0-2]") == ["50", "51", "52"]
    assert written_out("_5XX") is None
    assert written_out("_5.") is None


@pytest.mark.parametrize(
    ("text", "opened", "dates"),
    [
        ("9:00-17:00,mon-fri,*,*", {"mon-fri": "09:00-17:00"}, ""),
        ("8:00-16:59,*,*,*", {"daily": "08:00-17:00"}, ""),
        ("*,sat&sun,*,*", {"sat-sun": "00:00-24:00"}, ""),
        ("*,fri-mon,*,*", {"mon": "00:00-24:00", "fri-sun": "00:00-24:00"}, ""),
        ("22:00-6:00,*,*,*", {"daily": ["00:00-06:00", "22:00-24:00"]}, ""),
        ("9:00-12:00&13:00-17:00,mon,*,*", {"mon": ["09:00-12:00", "13:00-17:00"]}, ""),
        (
            "*,*,1-2,jan",
            None,
            "contains(time.date, '-01-') and (ends_with(time.date, '-01') or ends_with(time.date, '-02'))",
        ),
        ("*|*|*|*", None, ""),
    ],
)
def test_times_are_hours_and_dates(text: str, opened: object, dates: str) -> None:
    read = read_times(text)
    assert (read.open, read.dates) == (opened, dates)


def test_included_files_keep_their_own_lines(tmp_path: Path) -> None:
    (tmp_path / "more.conf").write_text("; first\n[more]\nexten => 1,1,AGI(x)\n")
    result = conf(
        tmp_path,
        '[a]\ninclude => more\nexten => s,1,Background(x)\n same => n,WaitExten(1)\n#include "more.conf"\n',
    )
    (problem,) = result.problems.errors
    assert (Path(problem.location.file).name, problem.location.line) == ("more.conf", 3)


@pytest.mark.parametrize("name", ["/etc/passwd", "../outside.conf", "nothere.conf", "sub/../../outside.conf"])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.conf").write_text("[secret]\nexten => 1,1,Answer()\n")
    folder = tmp_path / "inside"
    folder.mkdir()
    result = conf(folder, f"[a]\nexten => s,1,Hangup()\n#include {name}\n")
    assert [problem.code for problem in result.problems.errors] == ["IMP003"]
    assert "secret" not in result.text


def test_a_file_that_includes_itself_is_told(tmp_path: Path) -> None:
    result = conf(tmp_path, "[a]\nexten => s,1,Hangup()\n#include extensions.conf\n")
    assert [problem.code for problem in result.problems.errors] == ["IMP003"]


def test_templates_are_taken_over(tmp_path: Path) -> None:
    result = conf(
        tmp_path,
        "[t](!)\nexten => 1,1,Queue(q)\n[a](t)\nexten => s,1,Background(x)\n same => n,WaitExten(1)\n",
    )
    (menu,) = result.plan["menus"].values()
    assert menu["choices"]["q"]["go"] == [{"queue": "q"}, "hang_up"]


@pytest.mark.slow
def test_thousands_of_lines_of_one_extension_are_no_trouble(tmp_path: Path) -> None:
    lines = ["[a]", "exten => 1,1,Hangup()", "exten => s,1,Answer()"]
    lines += [
        " same => n,Background(x)",
        " same => n,WaitExten(1)",
        " same => n,Dial(PJSIP/0212345678@t)",
    ] * 400
    result = conf(tmp_path, "\n".join(lines))
    assert len(result.plan["menus"]) == 400
    assert not [problem for problem in result.problems if problem.code == "IMP901"]

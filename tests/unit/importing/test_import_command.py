"""`ivrcore import`: what it prints, what it writes, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ivrcore import cli
from tests.unit.importing.imports import SAMPLES

SOUND = "[line]\nexten => s,1,Answer()\n same => n,Queue(general)\n same => n,Hangup()\n"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(["import", *map(str, arguments)])
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, out, err


def test_all_translated_is_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "extensions.conf", tmp_path / "new.yaml"
    source.write_text(SOUND)
    code, out, _ = run(capsys, source, "-o", output, "--name", "line")
    assert (code, "0 not translated, 1 to look at" in out) == (0, True)
    assert "name: line\n" in output.read_text()


def test_something_listed_is_1_and_the_dialplan_is_written_still(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "new.yaml"
    code, out, _ = run(capsys, SAMPLES / "shop.conf", "-o", output)
    assert code == 1
    assert "shop.conf:35:1: error IMP104" in out
    assert output.is_file()


@pytest.mark.parametrize("text", [None, "<vxml", '<!DOCTYPE a [<!ENTITY b "c">]><vxml/>'])
def test_what_cannot_be_read_is_2(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, output = tmp_path / "page.vxml", tmp_path / "new.yaml"
    if text is not None:
        source.write_text(text)
    code, _, err = run(capsys, source, "-o", output)
    assert (code, output.exists()) == (2, False)
    assert "page.vxml:1" in err


def test_a_file_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "new.yaml"
    output.write_text("mine")
    assert run(capsys, SAMPLES / "shop.conf", "-o", output)[0] == 2
    assert output.read_text() == "mine"
    assert run(capsys, SAMPLES / "shop.conf", "-o", output, "--force")[0] == 1
    assert output.read_text() != "mine"


def test_programs_get_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "new.yaml"
    _, out, _ = run(capsys, SAMPLES / "shop.conf", "-o", output, "--format", "json")
    told = json.loads(out)
    assert told["written"] == str(output)
    assert {
        "file": str(SAMPLES / "shop.conf"),
        "line": 35,
        "code": "IMP104",
        "severity": "error",
    }.items() <= next(one.items() for one in told["listed"] if one["severity"] == "error")
    assert told["check"] == []


def test_the_check_is_made_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, output = tmp_path / "extensions.conf", tmp_path / "new.yaml"
    source.write_text("[line]\nexten => s,1,Goto(s,1)\n")
    code, out, _ = run(capsys, source, "-o", output)
    assert code == 1
    assert f"`ivrcore check {output}` says:" in out
    assert "DP210" in out

"""``ivrcore graph``: which dialplan, which format, whose ways; errors that help."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_twisted import ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred

from ivrcore.cli import main
from ivrcore.journal.local import LocalJournal
from tests.scenarios.floor import START, Floor
from tests.scenarios.test_ways_of_callers import PLAN, gone, to_the_menu

BASE = "2027-01-15T08:00"
"""When `START` is."""
DAY = ("--until", "2027-01-16")


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("IVRCORE_SITE", raising=False)
    folder = tmp_path / "site"
    with pytest.raises(SystemExit):
        main(["init", str(folder)])
    for file in (folder / "dialplans").glob("*.yaml"):
        file.unlink()
    (folder / "dialplans" / "ways.yaml").write_text(PLAN, encoding="utf-8")
    capsys.readouterr()
    return folder


class Run:
    """Runs the command in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: object) -> tuple[object, str, str]:
        with pytest.raises(SystemExit) as done:
            main(["graph", *(str(argument) for argument in arguments)])
        told = self.capsys.readouterr()
        return done.value.code, told.out, told.err

    def json(self, *arguments: object) -> dict[str, Any]:
        code, out, err = self(*arguments, "--format", "json")
        assert code == 0, err
        value: dict[str, Any] = json.loads(out)
        return value


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def journal(site: Path) -> Iterator[LocalJournal]:
    """The site's journal, open for writing all the while."""
    made = LocalJournal(site / "var" / "journal.db", reactor._asyncioEventloop)  # type: ignore[attr-defined]
    yield made
    made.close()


def test_formats_by_option_and_by_ending(site: Path, run: Run, tmp_path: Path) -> None:
    file = site / "dialplans" / "ways.yaml"
    assert run(file, "--format", "dot")[1].startswith('digraph "ways" {')
    assert run("ways", "--site", site, "--format", "mermaid")[1].startswith("flowchart TB\n")
    for ending, begins in ((".mmd", "flowchart"), (".gv", "digraph"), (".json", "{")):
        output = tmp_path / f"out{ending}"
        assert run("--site", site, "-o", output)[0] == 0
        assert output.read_text(encoding="utf-8").startswith(begins)


def test_only_what_is_near(site: Path, run: Run) -> None:
    shown = run.json("ways", "--site", site, "--from", "cards", "--depth", 1)
    assert {node["id"] for node in shown["nodes"]} >= {"menu:cards", "menu:main", "block:cards/lost"}
    assert "number:5000" not in {node["id"] for node in shown["nodes"]}


def test_what_is_not_there_is_told_with_a_hint(site: Path, run: Run, tmp_path: Path) -> None:
    code, _, err = run("wais", "--site", site)
    assert (code, "did you mean" in err) == (2, True)
    code, _, err = run("ways", "--site", site, "--version", "123")
    assert (code, "ivrcore dialplan log ways" in err) == (2, True)
    code, _, err = run("ways", "--traffic", site)
    assert (code, "no journal" in err) == (2, True)
    broken = tmp_path / "broken.yaml"
    broken.write_text(PLAN.replace("goto: main", "goto: mane"), encoding="utf-8")
    code, _, err = run(broken)
    assert (code, "broken.yaml:" in err) == (2, True)
    code, _, err = run("ways", "--site", site, "--from", "mane")
    assert (code, "mane" in err) == (2, True)


@pytest.mark.slow
@ensureDeferred
async def test_given_a_journal_that_is_being_written_then_its_callers_are_on_the_edges(
    site: Path, run: Run, journal: LocalJournal
) -> None:
    floor = Floor(PLAN)
    for _ in range(4):
        leg = to_the_menu(floor)
        floor.press(leg, "1")
        gone(floor, leg)
        floor.wait(56)
    version = floor.plan.version
    done: Deferred[None] = Deferred()
    journal.append(floor.journal.events, lambda: done.callback(None))
    await done.addTimeout(10, reactor)
    shown = run.json("ways", "--traffic", site, *DAY)
    assert shown["traffic"]["contacts"] == 4
    assert shown["traffic"]["since"] == START
    chosen = next(edge for edge in shown["edges"] if edge["to"] == "menu:cards")
    assert (chosen["count"], chosen["share"]) == (4, 1.0)
    later = run.json("ways", "--traffic", site, "--since", f"{BASE}:30", "--until", "2027-01-15T08:02:30")
    assert later["traffic"]["contacts"] == 2
    assert {node["figures"]["came"] for node in later["nodes"] if node["id"] == "menu:cards"} == {2}
    changed = site / "dialplans" / "ways.yaml"
    changed.write_text(PLAN + "# changed\n", encoding="utf-8")
    code, out, err = run("ways", "--traffic", site, "--format", "dot", *DAY)
    assert (code, f"there are of {version}: --version all shows them" in err) == (0, True)
    assert "0 contacts" in out
    every = run.json("ways", "--traffic", site, "--version", "all", *DAY)
    assert (every["traffic"]["versions"], every["traffic"]["contacts"]) == ([version], 4)

"""``ivrcore supervisor``: the file of who may use the emergency switch by phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ivrcore.cli_supervisors import supervisor
from ivrcore.pins import pin_matches
from ivrcore.samples import init_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    init_site(folder)
    return folder


def run(site: Path, *arguments: str, pin: str = "") -> str:
    given = f"{pin}\n{pin}\n" if pin else None
    result = CliRunner().invoke(supervisor, [*arguments, "--site", str(site)], input=given)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert pin == "" or pin not in result.output
    return result.output


def test_supervisors_are_added_listed_and_removed(site: Path) -> None:
    assert "kim is a supervisor" in run(site, "add", "kim", pin="482915")
    assert run(site, "list") == "kim\n"
    name, _, kept = (site / "secrets/supervisors").read_text().strip().partition(":")
    assert (name, pin_matches("482915", kept)) == ("kim", True)
    run(site, "remove", "kim")
    assert run(site, "list") == ""


def test_a_hash_for_a_table_is_printed() -> None:
    result = CliRunner().invoke(supervisor, ["hash"], input="1234\n1234\n")
    assert pin_matches("1234", result.output.splitlines()[-1])

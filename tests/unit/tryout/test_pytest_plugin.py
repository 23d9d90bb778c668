"""The pytest plugin: call tests as items, in a pytest of its own; nothing where nobody asks for it."""

import sys
from configparser import ConfigParser
from pathlib import Path
from subprocess import run

import pytest

from tests.unit.tryout.trial_tools import BANK

TESTS = """
number: "1"
tests:
  - name: a good one
    call: [{press: 1}, {queue: general}]
  - name: a bad one
    call:
      - press: 1
      - queue: vip
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "dialplans/tests").mkdir(parents=True)
    (tmp_path / "dialplans/bank.yaml").write_text(BANK, encoding="utf-8")
    (tmp_path / "dialplans/tests/bank.yaml").write_text(TESTS)
    (tmp_path / "dialplans/tests/coverage.yaml").write_text("least: 100\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nivrcore_dialplans = dialplans\n")
    return tmp_path


def pytest_of(site: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:twisted", *arguments]
    done = run(command, cwd=site, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, done.stdout + done.stderr


def test_given_the_package_when_installed_then_pytest_finds_the_plugin() -> None:
    setup = ConfigParser()
    setup.read(Path(__file__).parents[3] / "setup.cfg")
    assert setup["options.entry_points"]["pytest11"].strip() == "ivrcore = ivrcore.pytest_plugin"


@pytest.mark.slow
def test_given_call_tests_when_pytest_runs_then_they_are_items_with_readable_failures(site: Path) -> None:
    code, told = pytest_of(site, "-v", "dialplans")
    assert code == 1
    assert "1 failed, 1 passed" in told
    assert "bank.yaml::a good one PASSED" in told
    assert "bank.yaml:9:9: error CT301: test 'a bad one': expected to wait in queue 'vip'" in told
    assert "hears [en]: Welcome." in told
    assert "Traceback" not in told
    assert "CallTestFailed" not in told.replace("FAILED", "")


@pytest.mark.slow
def test_given_files_with_mistakes_when_pytest_runs_then_they_fail_with_their_places(site: Path) -> None:
    (site / "dialplans/tests/wrong.yaml").write_text("tests: [{name: x, number: '1', call: [nonsense]}]")
    (site / "dialplans/tests/lost.yaml").write_text("tests: [{name: x, number: '99', call: [hang_up]}]")
    code, told = pytest_of(site, "dialplans", "-k", "files or x")
    assert code == 1
    assert "error CT101" in told
    assert "error CT201" in told
    assert "2 failed" in told


@pytest.mark.slow
def test_given_no_option_when_pytest_runs_then_nothing_is_collected_or_imported(site: Path) -> None:
    (site / "pytest.ini").unlink()
    (site / "test_nothing.py").write_text(
        "import sys\n\ndef test_nothing():\n"
        "    heavy = [name for name in sys.modules if name.startswith('ivrcore.')]\n"
        "    assert heavy == ['ivrcore.pytest_plugin']\n"
    )
    code, told = pytest_of(site)
    assert code == 0, told
    assert "1 passed" in told

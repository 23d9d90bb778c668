"""`ivrcore test`: what is found and run, every form of the report, and the exit codes."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from ivrcore.cli_tryout import test_command as command
from tests.unit.tryout.trial_tools import BANK

TWO = next(line for line in BANK.splitlines() if line.strip().startswith("two:"))
GOOD = """
tests:
  - name: good one
    number: "1"
    call: [{press: 1}, {queue: general}]
"""
BAD = """
number: "1"
tests:
  - name: bad one
    call:
      - press: 1
      - queue: vip
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "dialplans/tests").mkdir(parents=True)
    (tmp_path / "dialplans/bank.yaml").write_text(BANK, encoding="utf-8")
    (tmp_path / "dialplans/tests/good.yaml").write_text(GOOD)
    return tmp_path


def ran(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(one) for one in arguments])


def test_given_good_tests_when_run_then_all_is_told_and_the_code_is_0(site: Path) -> None:
    result = ran(site, "-v")
    assert result.exit_code == 0
    assert "1 of 1 passed" in result.output
    assert "passed  good one" in result.output
    assert "missed: choice two" in result.output
    assert "1 passed, 0 failed" in result.output


def test_given_a_failing_test_when_run_then_the_conversation_is_told_and_the_code_is_1(site: Path) -> None:
    (site / "dialplans/tests/bad.yaml").write_text(BAD)
    result = ran(site)
    assert result.exit_code == 1
    assert "bad.yaml:7:9: error CT301: test 'bad one': expected to wait in queue 'vip'" in result.output
    assert "hears [en]: Welcome." in result.output
    assert "1 passed, 1 failed" in result.output


def test_given_single_files_when_run_then_only_they_count(site: Path) -> None:
    (site / "dialplans/tests/bad.yaml").write_text(BAD)
    assert ran(site / "dialplans/tests/good.yaml").exit_code == 0
    assert ran(site / "dialplans/tests/bad.yaml").exit_code == 1
    assert "1 passed, 1 failed" in ran(site / "dialplans/bank.yaml").output
    assert ran(site, "-k", "good").exit_code == 0
    assert ran(site / "dialplans/tests").exit_code == 1
    assert type(ran(site / "nothing").exception).__name__ == "ConfigError"


def test_given_another_dialplan_when_one_is_run_then_its_tests_are_left_out(site: Path) -> None:
    other = BANK.replace("name: bank", "name: other").replace('"1":', '"11":').replace('"2":', '"12":')
    for number in "3456":
        other = other.replace(f'"{number}": {{', f'"1{number}": {{')
    (site / "dialplans/other.yaml").write_text(other)
    result = ran(site / "dialplans/other.yaml")
    assert "0 passed, 0 failed" in result.output
    assert result.exit_code == 0


def test_given_a_bound_when_less_is_covered_then_the_code_is_1(site: Path) -> None:
    result = ran(site, "--min-coverage", "90")
    assert result.exit_code == 1
    assert "CT304" in result.output
    (site / "dialplans/tests/coverage.yaml").write_text("least: 80\n")
    assert ran(site).exit_code == 1
    assert ran(site, "--min-coverage", "0").exit_code == 0
    assert ran(site, "-k", "good").exit_code == 0


def test_given_a_wrong_bound_when_run_then_it_is_located(site: Path) -> None:
    (site / "dialplans/tests/coverage.yaml").write_text("least: 800\n")
    result = ran(site)
    assert "coverage.yaml:1:8: error YML104" in result.output
    assert result.exit_code == 1


def test_given_broken_files_when_run_then_their_errors_are_told_and_the_rest_runs(site: Path) -> None:
    (site / "dialplans/broken.yaml").write_text("name: broken\nnumbers: {'9': nowhere}\n")
    (site / "dialplans/tests/broken.yaml").write_text("tests: [{name: x, number: '1', call: [nonsense]}]")
    result = ran(site)
    assert "error DP201" in result.output
    assert "error CT101" in result.output
    assert "1 passed" in result.output
    assert result.exit_code == 1


def test_given_json_when_reported_then_editors_find_what_they_need(site: Path) -> None:
    (site / "dialplans/tests/bad.yaml").write_text(BAD)
    values = json.loads(ran(site, "--format", "json").output)
    bad = values["tests"][0]
    assert (bad["name"], bad["passed"], bad["line"]) == ("bad one", False, 7)
    assert bad["file"].endswith("bad.yaml")
    assert bad["dialplan_line"] > 1
    assert bad["conversation"]
    main = next(group for group in values["coverage"]["menus"] if group["menu"] == "main")
    assert (main["covered"], main["total"]) == (1, 5)
    assert {"what": "choice two", "line": 1 + BANK.splitlines().index(TWO)} in main["missed"]
    assert not values["passed"]


def test_given_junit_when_reported_then_it_is_xml_with_the_failures(site: Path) -> None:
    (site / "dialplans/tests/bad.yaml").write_text(BAD)
    suite = ElementTree.fromstring(ran(site, "--format", "junit", "--min-coverage", "99").output)
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "hears [en]: Welcome." in (failure.text or "")


def test_given_github_when_reported_then_failures_are_annotations(site: Path) -> None:
    (site / "dialplans/tests/bad.yaml").write_text(BAD)
    first = ran(site, "--format", "github").output.splitlines()[0]
    assert first.startswith("::error file=")
    assert ",line=7,col=9,title=CT301::test 'bad one': expected" in first


def test_given_the_samples_when_run_then_they_pass_and_cover_everything() -> None:
    result = ran(Path(__file__).parents[3] / "dialplans")
    assert result.exit_code == 0, result.output
    assert "(100.0 %)" in result.output

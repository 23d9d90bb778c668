"""Call tests as real calls: `ivrcore test --live` on the sample hotline and the real Asterisk."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.lab.live_tests import LiveReport, run_live, why_not
from ivrcore.tryout.suite import Collected

pytestmark = pytest.mark.asterisk

HOTLINE = Path(__file__).parents[2] / "dialplans/hotline.yaml"

TESTS = """
number: "5000"
tests:
  - name: keys and an agent
    call:
      - hears: [Welcome to Example Bank, Say cards]
      - press: 1
      - menu: cards
      - press: 2
        interrupting: yes
      - queue: cards
      - agent_answers
      - talk_ends
      - hears: Thank you for calling
      - ends: queued
  - name: speech
    call:
      - say: loans
      - queue: loans
      - hang_up
      - ends: queued
  - name: silence
    call:
      - silence
      - hears: I did not hear you
      - press: 3
      - hears: from nine to five
      - menu: main
      - hang_up
      - ends: self_served
  - name: busy
    number: "5009"
    call: [{ends: refused, cause: busy}]
  - name: not the right words
    call:
      - say: hello
      - queue: loans
  - name: at another time
    at: 2026-12-24 10:00
    call: [{press: 1}, {menu: cards}]
  - name: half heard
    call: [{say: loans, confidence: 0.8}, {hears: Did you say}]
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> LiveReport:
    """The tests above, run once on one hotline."""
    folder = tmp_path_factory.mktemp("live") / "dialplans"
    (folder / "tests").mkdir(parents=True)
    (folder / "hotline.yaml").write_text(HOTLINE.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "tests/hotline.yaml").write_text(TESTS)
    found = Collected.of([folder])
    return run_live(found.tests, found.plans, found.problems, lambda _: None)


@pytest.mark.parametrize("name", ["keys and an agent", "speech", "silence", "busy"])
def test_given_a_call_test_when_played_live_then_the_real_call_goes_as_the_trial(
    done: LiveReport, name: str
) -> None:
    result = next(one for one in done.report.results if one.test.name == name)
    assert result.passed, "\n".join([str(result.problem), *result.conversation])


def test_given_what_only_a_trial_can_when_run_live_then_it_is_told_as_not_run(done: LiveReport) -> None:
    assert {test.name: why.partition(":")[0] for test, why in done.left_out} == {
        "at another time": "it sets the time",
        "half heard": "it sets a confidence",
        "not the right words": "it fails without a phone",
    }


def test_given_real_calls_when_over_then_their_choices_are_covered(done: LiveReport) -> None:
    missed = {item.what for group in done.report.coverage.groups() for item in group.missed}
    assert not {"choice cards", "choice loans", "choice hours", "choice other"} & missed
    assert "choice lost" in missed


def test_given_the_samples_when_asked_then_most_of_them_can_be_real_calls() -> None:
    found = Collected.of([HOTLINE])
    by_number = {number: plan for plan in found.plans for number in plan.numbers}
    can = [test.name for test in found.tests if not why_not(test, by_number[test.number])]
    assert len(can) >= 8

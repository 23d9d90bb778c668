"""A dialplan of 5,000 menus is checked while its author looks on."""

from __future__ import annotations

import time

import pytest

from ivrcore.config.plans import read_plan
from ivrcore.dialplan.check import Site
from ivrcore.lab.bench_check import LIMIT, MENUS
from ivrcore.lab.large_plan import QUEUES, large_plan

LOOSER = 5
"""How much slower than on a quiet machine a test may be: others share it."""


@pytest.fixture(scope="module")
def text() -> str:
    return large_plan(MENUS)


def checked(text: str) -> tuple[float, int]:
    began = time.process_time()
    _, problems = read_plan(text, "large.yaml", Site(queues=QUEUES, skills=(), recordings=()))
    return time.process_time() - began, len(problems)


@pytest.mark.slow
def test_a_large_dialplan_is_checked_in_seconds(text: str) -> None:
    assert 80_000 < text.count("\n") < 90_000
    taken, found = checked(text)
    assert found == 0
    assert taken < LOOSER * LIMIT


@pytest.mark.slow
def test_mistakes_everywhere_take_no_longer(text: str) -> None:
    wrong = text.replace("- menu: m", "- menu: n").replace("queue: general", "queue: genral")
    wrong = wrong.replace("department]", "department, other, other]").replace("tier ==", "teir ==")
    taken, found = checked(wrong)
    assert found > 10_000
    assert taken < 2 * LOOSER * LIMIT

"""``wallboard:`` of a configuration: levels for all queues and for one, and what is wrong with them."""

import pytest

from ivrcore.config.wallboard import Levels, WallboardConfig, read_wallboard
from ivrcore.fields import Fields
from ivrcore.problems import Problems
from ivrcore.yamltree import parse_yaml


def read(text: str) -> tuple[WallboardConfig, list[str]]:
    problems = Problems()
    node = parse_yaml(text, "ivrcore.yaml", problems)
    assert node is not None
    found = read_wallboard(Fields(node, problems, "configuration"), {"loans", "cards"})
    return found, [str(problem) for problem in problems.errors]


def test_without_the_section_the_defaults_hold() -> None:
    config, problems = read("node: n1\n")
    assert problems == []
    assert config.of("loans") == Levels()
    assert config.zone.key == "UTC"


def test_a_queue_has_its_own_levels_beside_those_for_all() -> None:
    config, problems = read(
        "wallboard:\n"
        "  time_zone: Asia/Seoul\n"
        "  service_level_warning: 0.9\n"
        "  queues:\n"
        "    cards: {waiting_warning: 10, waiting_critical: 20, longest_wait_critical: 2m}\n"
    )
    assert problems == []
    assert config.zone.key == "Asia/Seoul"
    assert config.of("loans") == Levels(service_level_warning=0.9)
    assert config.of("cards") == Levels(
        service_level_warning=0.9, waiting_warning=10, waiting_critical=20, longest_wait_critical=120.0
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "{service_level_warning: 0.5, service_level_critical: 0.6}",
            "'service_level_critical' comes before 'service_level_warning'",
        ),
        ("{waiting_warning: 9, waiting_critical: 3}", "'waiting_critical' comes before 'waiting_warning'"),
        ("abandoned_warning: 5", "must be from 0 to 1"),
        ("time_zone: Seoul", "there is no time zone"),
        ("queues: {loan: {waiting_warning: 1}}", "there is no queue 'loan'"),
        ("queues: {loans: {waiting: 1}}", "waiting"),
        ("colour: red", "colour"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    _, problems = read(f"wallboard:\n  {text}\n" if not text.startswith("{") else f"wallboard: {text}\n")
    assert len(problems) == 1
    assert told in problems[0]

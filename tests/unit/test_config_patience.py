"""What a queue's configuration says of joining, leaving and moving on."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.config import CONFIG_FILE, Config, load_config, read_site
from ivrcore.dialplan.commands import Recorded, Spoken
from ivrcore.journal.record import Record
from ivrcore.metrics.collector import FiguresCollector
from ivrcore.metrics.fold import fold
from ivrcore.model.events import RosterLoaded
from ivrcore.model.roster import OverflowFacts
from ivrcore.session.waiting import queue_prompts

SITE = """\
asterisk: {password_env: SECRET}
web: {token_env: TOKEN}
journal: {key_env: KEY}
"""
ENV = {"SECRET": "swordfish", "TOKEN": "open sesame, would you", "KEY": "0123456789abcdef" * 4}
AGENTS = "agents: {ann: {endpoint: PJSIP/a}}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "dialplans", "plugins"):
        (tmp_path / name).mkdir()
    return tmp_path


def load(folder: Path, text: str) -> Config:
    (folder / CONFIG_FILE).write_text(SITE + text + AGENTS)
    return load_config(folder, ENV)


def told(folder: Path, text: str) -> list[str]:
    """Give each problem of the queues, of which the first is on line 5."""
    (folder / CONFIG_FILE).write_text(f"{SITE}queues:\n{text}{AGENTS}")
    problems = read_site(folder, ENV, lambda dialplans, verbs: None).problems
    return [f"{p.location.line} {p.code} {p.message}" for p in problems if p.code != "CFG209"]


def test_everything_is_read(folder: Path) -> None:
    config = load(
        folder,
        """\
queues:
  loans:
    join: {empty: no, waiting: 20, expected: 10m}
    leave_empty: yes
    redial: 5m
    last_agent: 2d
    overflow:
      - {after: 60s, to: cards}
      - {expected: 5m, to: cards}
      - {after: 30s, expected: 2m, to: cards}
  cards: {}
""",
    )
    loans, cards = config.queues
    assert (loans.join_empty, loans.join_waiting, loans.join_expected, loans.leave_empty) == (
        False,
        20,
        600.0,
        True,
    )
    assert (loans.redial, cards.redial) == (300.0, 0.0)
    assert loans.last_agent == 2 * 86_400.0
    assert loans.overflow == (
        OverflowFacts(to="cards", after=60.0),
        OverflowFacts(to="cards", expected=300.0),
        OverflowFacts(to="cards", after=30.0, expected=120.0),
    )
    assert (cards.join_empty, cards.join_waiting, cards.leave_empty, cards.overflow) == (
        True,
        None,
        False,
        (),
    )


def test_limits_are_told_as_people_say_them(folder: Path) -> None:
    said = told(folder, "  loans: {redial: 2h, ring_time: 500ms, last_agent: 31d}\n")
    assert [line.partition(" must be ")[2] for line in said] == [
        "from 0 s to 1 h, not 2 h",
        "from 1 s to 10 min, not 0.5 s",
        "from 0 s to 30 days, not 31 days",
    ]


def test_what_waiting_callers_are_told(folder: Path) -> None:
    config = load(
        folder,
        """\
queues:
  loans:
    expected_wait: {en: "Less than {minutes} minutes.", ko: "{minutes}분"}
    comfort: [One., {en: Two., ko: 둘}, {play: three}]
""",
    )
    voice = config.queue_voices["loans"]
    assert voice.speaks
    assert voice.waits(150.0, "en") == (Spoken("Less than 3 minutes.", "en"),)
    assert voice.waits(180.0, "ko") == (Spoken("3분", "ko"),)
    assert voice.waits(1801.0, "en") == voice.waits(None, "en") == ()
    assert [voice.comforted(turn, "ko") for turn in range(4)] == [
        (Spoken("One.", "en"),),
        (Spoken("둘", "ko"),),
        (Recorded("three"),),
        (Spoken("One.", "en"),),
    ]
    assert (Spoken("Less than 30 minutes.", "en"),) in queue_prompts(voice)


def test_a_text_without_its_number_is_refused(folder: Path) -> None:
    problems = told(folder, "  loans: {expected_wait: Soon.}\n")
    assert any("where the number goes: {minutes}" in problem for problem in problems)


def test_rules_that_lead_nowhere_are_shown_at_their_place(folder: Path) -> None:
    text = """\
  loans:
    overflow:
      - {after: 60s, to: loans}
      - {after: 60s, to: card}
      - {to: cards}
  cards: {join: {wating: 3}}
"""
    assert told(folder, text) == [
        "7 CFG219 queue 'loans' overflows to itself",
        "8 CFG219 queue 'loans' overflows to 'card': there is no such queue",
        "9 YML104 queue 'loans', overflow: 'overflow' does not say when",
        "10 YML101 queue 'cards', join: unknown key 'wating'",
    ]


def test_a_circle_is_told_once(folder: Path) -> None:
    text = """\
  a: {overflow: {after: 60s, to: b}}
  b: {overflow: {after: 60s, to: c}}
  c: {overflow: [{after: 60s, to: a}, {after: 5m, to: d}]}
  d: {}
"""
    assert told(folder, text) == ["5 CFG218 queues overflow in a circle: a → b → c → a"]


def test_the_objective_of_a_queue_is_a_share_and_goes_to_the_metrics(folder: Path) -> None:
    config = load(folder, "queues: {gold: {objective: 0.95}, cards: {}}\n")
    assert [queue.objective for queue in config.queues] == [0.95, 0.8]
    figures = fold([Record(1, RosterLoaded(at=1.0, queues=tuple(config.queues), agents=()))])
    families = {one.name: one for one in FiguresCollector(figures, lambda: 2.0).collect()}
    samples = families["ivrcore_queue_service_level_objective_ratio"].samples
    assert {one.labels["queue"]: one.value for one in samples} == {"gold": 0.95, "cards": 0.8}


@pytest.mark.parametrize("written", ["95", "1", "0"])
def test_an_objective_that_none_could_keep_or_miss_is_refused(folder: Path, written: str) -> None:
    (problem,) = told(folder, f"  gold: {{objective: {written}}}\n")
    assert "objective" in problem

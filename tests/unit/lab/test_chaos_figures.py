"""What `make chaos` finds wrong, and its table, from figures alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivrcore.lab import chaos_table
from ivrcore.lab.accounts import ROWS, Accounts
from ivrcore.lab.chaos import KINDS, keep, kept
from ivrcore.lab.chaos_audit import back, counters
from ivrcore.lab.chaos_crashes import Crash
from ivrcore.lab.chaos_cuts import Cut, Loss
from ivrcore.lab.chaos_end import unequal
from ivrcore.lab.chaos_kills import Kill
from ivrcore.lab.hotline import Samples

JOURNAL = dict.fromkeys(ROWS, 0) | {
    "offered": 9, "self_served": 2, "left_in_menu": 1, "queued": 6, "visits": 6, "answered": 4,
    "abandoned": 2, "offers": 7, "picked_up": 4, "taken": 8,
}  # fmt: skip
METRICS = ("offered", "self_served", "left_in_menu", "queued", "answered", "abandoned", "left", "offers")


def told(**journal: int) -> Accounts:
    """Give what everyone tells: two more callers came while no server was there, one phone was not rung."""
    return Accounts(
        callers={"offered": 11, "refused": 0, "taken": 9},
        agents={"offers": 6, "picked_up": 5},
        asterisk={"offered": 11, "channels": 0, "bridges": 0},
        journal=JOURNAL | journal,
        metrics={row: (JOURNAL | journal)[row] for row in METRICS},
    )


def test_given_what_may_be_missed_while_nobody_looks_then_it_adds_up() -> None:
    assert unequal(told(), 2) == []


@pytest.mark.parametrize(
    ("journal", "turned_away", "words"),
    [
        ({}, 1, "callers tell of 11 calls"),
        ({"left_in_menu": 0}, 2, "9 contacts came, and 8 ended"),
        ({"abandoned": 1}, 2, "6 visits began, and 5 ended"),
        ({"offers": 5}, 2, "6 phones rang for 5 offers"),
        ({"picked_up": 6}, 2, "6 answers of 5 phones"),
        ({"failed": 1, "left_in_menu": 0}, 2, "1 calls failed"),
    ],
)
def test_given_something_lost_then_it_is_said(journal: dict[str, int], turned_away: int, words: str) -> None:
    assert any(words in one for one in unequal(told(**journal), turned_away))


def test_given_figures_then_only_counters_count_and_none_may_fall() -> None:
    queue = (("queue", "cards"),)
    before: Samples = {
        ("ivrcore_queue_offers_made_total", queue): 5,
        ("ivrcore_queue_contacts_waiting", queue): 4,
        ("process_cpu_seconds_total", ()): 9,
    }
    assert list(counters(before)) == [("ivrcore_queue_offers_made_total", queue)]
    assert back(before, before) == []
    assert back(before, {}) == ["ivrcore_queue_offers_made_total fell from 5 to 0"]


def test_given_points_then_the_table_has_each_target_once_and_the_sum(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    points = [
        Kill(seed, f"T{seed % 2}", live=30 + seed, adopted={"queue": seed}, ready=float(seed), began=seed)
        for seed in (1, 2, 3)
    ]
    rounds = tmp_path / "rounds"
    assert kept(rounds, Kill) == []
    keep(rounds, points[:1])
    keep(rounds, points[1:])
    assert kept(rounds, Kill) == points
    made = chaos_table.of_kills(points, "on a machine")
    assert made.title == "3 kills, seeds 1–3"
    assert [row[:3] for row in made.rows] == [["T0", "1", "32"], ["T1", "2", "31"], ["**all**", "3", "31"]]
    assert [row[4] for row in made.rows] == ["2", "4", "6"]
    page = tmp_path / "page.md"
    page.write_text("Before\n\n<!-- kills -->\nold\n<!-- end kills -->\n\nafter\n")
    monkeypatch.setattr(chaos_table, "PAGE", page)
    chaos_table.write(made, "kills")
    assert "old" not in page.read_text()
    assert page.read_text().startswith("Before\n\n<!-- kills -->\n### 3 kills, seeds 1–3")
    assert page.read_text().endswith("<!-- end kills -->\n\nafter\n")


def test_given_losses_of_the_link_then_the_table_counts_those_that_were_noticed(tmp_path: Path) -> None:
    points = [
        Cut(1, "T", Loss.FROZEN, 1.0, live=36, went_on=30, ended=6),
        Cut(3, "T", Loss.FROZEN, 10.0, live=31, went_on=29, ended=2, noticed=3.5, back=0.4),
        Cut(4, "T", Loss.CUT, 0.3, live=34, went_on=34, noticed=0.01, back=0.2, wrong=["it is wrong"]),
    ]
    keep(tmp_path / "rounds", points)
    assert kept(tmp_path / "rounds", Cut) == points
    made = KINDS["cuts"].table(points, "on a machine")
    assert made.title == "3 losses of the link, seeds 1–4 without 2"
    assert made.rows == [
        ["cut", "1", "34", "34", "0", "1", "0.0", "0.0", "0.2", "0.2", "1"],
        ["frozen", "2", "31", "59", "8", "1", "3.5", "3.5", "0.4", "0.4", "0"],
        ["**all**", "3", "31", "93", "8", "2", "0.0", "3.5", "0.2", "0.4", "1"],
    ]
    assert KINDS["cuts"].table(points[:1], "").rows[0][5:7] == ["0", "–"]


def test_given_crashes_then_the_table_has_each_target_once_and_the_sum() -> None:
    points = [Crash(n, f"T{n}", 2.0 * n, 30 + n, n, 30 + n, 0.1 * n, 0.2 * n) for n in (1, 2)]
    made = KINDS["crashes"].table(points, "on a machine")
    assert made.title == "2 crashes of Asterisk, seeds 1–2"
    assert made.rows == [
        ["T1", "1", "31", "1", "31", "0.1", "0.1", "0.2", "0.2", "0"],
        ["T2", "1", "32", "2", "32", "0.2", "0.2", "0.4", "0.4", "0"],
        ["**all**", "2", "31", "3", "63", "0.1", "0.2", "0.2", "0.4", "0"],
    ]

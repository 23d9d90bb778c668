"""The benchmark's arithmetic and tables."""

import pytest

from ivrcore.lab.bench import MARK, PAGE, Run, partly, whole
from ivrcore.lab.bench_calls import Ramp, row
from ivrcore.lab.bench_figures import (
    OVER,
    Table,
    markdown,
    milliseconds,
    percentile,
    plain,
    replaced,
    slope,
    spread,
    times,
)
from ivrcore.lab.bench_lab import Cpu, agents, bare_queues
from ivrcore.lab.bench_speech import silence_after
from ivrcore.lab.bench_storm import until_tone
from ivrcore.lab.load import LoadResult

TABLE = Table("Speech", ("measured", "p50"), [["decision", "12.0"], ["stop", OVER]], ["a note", "another"])


def test_percentiles_are_values_that_occurred() -> None:
    values = [float(one) for one in range(1, 101)]
    assert [percentile(values, share) for share in (0, 0.5, 0.95, 1)] == [1, 50, 95, 100]
    assert percentile([7.0], 0.95) == 7
    found = spread([3.0, 1.0, 2.0])
    assert (found.count, found.p50, found.p95, found.most) == (3, 2, 3, 3)
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 0.5)


def test_a_slope_fits_best() -> None:
    assert slope([(0, 10), (50, 60), (100, 110)]) == pytest.approx(1)
    assert slope([(0, 0), (1, 2), (2, 1)]) == pytest.approx(0.5)
    with pytest.raises(ValueError, match="two"):
        slope([(1, 1), (1, 2)])


def test_a_limit_is_held_against_the_95th_percentile() -> None:
    assert times("stop", [0.1, 0.12], 0.15) == ["stop", "2", "100", "120", "120", "150", "kept"]
    assert times("stop", [0.1, 0.16], 0.15)[-1] == OVER
    assert times("stop", [0.1])[-2:] == ["–", ""]
    assert times("stop", [], 0.15)[1:3] == ["0", "–"]


def test_a_tone_that_came_sooner_than_a_recording_tells_is_no_figure() -> None:
    assert until_tone([0.0, 0.0002, 0.02]) == "< 60"
    assert until_tone([0.0, 0.1234, 0.1234]) == "123"
    assert until_tone([0.08] * 3) == "80.0"


def test_milliseconds_have_a_place_where_it_tells() -> None:
    assert [milliseconds(one) for one in (0.00012, 0.0994, 0.1, 1.2345)] == ["0.1", "99.4", "100", "1234"]


def test_tables_for_terminal_and_documentation() -> None:
    assert plain(TABLE).splitlines() == [
        "Speech",
        "  measured   p50",
        "  --------  ----",
        "  decision  12.0",
        "  stop      over",
        "  (a note)",
        "  (another)",
    ]
    assert markdown(TABLE).splitlines() == [
        "### Speech",
        "",
        "| measured | p50 |",
        "| --- | ---: |",
        "| decision | 12.0 |",
        "| stop | **over** |",
        "",
        "- a note",
        "- another",
    ]


def test_only_the_marked_part_of_a_page_is_replaced() -> None:
    page = "before\n<!-- figures -->\nold\n<!-- end figures -->\nafter\n"
    assert replaced(page, "figures", "new") == (
        "before\n<!-- figures -->\nnew\n<!-- end figures -->\nafter\n"
    )
    assert "new" in replaced(PAGE.read_text(encoding="utf-8"), MARK, "new")
    with pytest.raises(ValueError, match="figures"):
        replaced("nothing marked", "figures", "new")


def ramp(rate: int = 10, *, ok: int = 50, seconds: float = 5.5, answer: float = 0.01) -> Ramp:
    return Ramp(rate, LoadResult(50, ok, 50 - ok, seconds, answer), Cpu(0.25, 0.5, 5.0))


def test_a_rate_is_clean_when_no_call_failed_and_none_was_late() -> None:
    assert ramp().clean
    assert not ramp(ok=49).clean
    assert not ramp(seconds=9).clean
    assert not ramp(answer=0.3).clean
    assert "1 calls failed" in ramp(ok=49).why_not


def test_a_rate_is_written_with_its_cost_per_call() -> None:
    assert row("server", ramp()) == ["server", "10", "50", "0", "10.0", "10.0", "5.0", "10", "5"]
    assert row("server", ramp(), [ramp()])[0] == "server, highest clean rate"


def test_silence_is_found_after_a_moment_and_gaps_of_one_packet_are_none() -> None:
    ear = [0.2] * 30 + [0.0] * 2 + [0.2] * 20 + [0.0] * 20
    assert silence_after(ear, 0.25) == pytest.approx(0.27)
    assert silence_after([0.2] * 100, 0.0) is None


def test_both_sides_have_the_same_agents_in_the_compared_queue() -> None:
    ours = [line.split(":")[0] for line in agents().splitlines() if "queues: [talk]" in line]
    assert ours == [f"agent{number}" for number in range(1, 13)]
    assert all(f"member => PJSIP/{name}\n" in bare_queues() for name in ours)


def test_a_run_of_one_part_replaces_its_own_table_only() -> None:
    page = f"before\n<!-- {MARK} -->\n\nold\n\n<!-- end {MARK} -->\nafter\n"
    everything = Run(quick=False, only="")
    other = Table("Menu", ("measured", "p50"), [["menu", "1.0"]])
    everything.tables += [TABLE, other]
    page = whole(page, everything, 0.5)
    assert "old" not in page
    again = Run(quick=False, only="speech")
    again.tables.append(Table("Speech", ("measured", "p50"), [["decision", "9.0"]]))
    told = partly(page, again, 0.4)
    assert markdown(other) in told
    assert "| decision | 9.0 |" in told
    assert "12.0" not in told
    assert "load average 0.4" in told
    assert told.index("### Speech") < told.index("### Menu")
    assert told.startswith(page[: page.index("### Speech")])
    assert told.endswith(page[page.index("### Menu") :])
    again.tables[:] = [Table("New", ("measured", "p50"), [["new", "3.0"]])]
    assert partly(told, again, 0.4).index("### Menu") < partly(told, again, 0.4).index("### New")

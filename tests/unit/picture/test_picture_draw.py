"""What a plan looks like: which nodes there are, and what leads where and why."""

from __future__ import annotations

import sys
import time

import pytest

from ivrcore.collecting import uncollected
from ivrcore.errors import DrawingFailed, RequestRefused
from ivrcore.picture.counts import Counts
from ivrcore.picture.dot import dot
from ivrcore.picture.draw import draw
from ivrcore.picture.model import Kind, Lead
from ivrcore.picture.moment import moment
from ivrcore.picture.near import near
from ivrcore.picture.overlay import overlay
from ivrcore.picture.shown import shown
from ivrcore.picture.svg import Program, rendered, svg
from tests.unit.picture.plans import FULL, SMALL, read

MANY = 5_000


def ways(text: str) -> set[tuple[str, str, str]]:
    return {(edge.source, " ".join(edge.label), edge.target) for edge in draw(read(text)).edges}


def test_given_a_choice_that_only_leads_somewhere_then_it_is_an_edge_to_there() -> None:
    assert ways(SMALL) == {
        ("number:5000", "", "block:welcome"),
        ("block:welcome", "", "menu:main"),
        ("menu:main", "[1] cards “card”", "block:main/cards"),
        ("menu:main", "[9] again", "block:welcome"),
        ("menu:main", "otherwise", "block:main/otherwise"),
    }


def test_given_every_kind_of_step_then_what_comes_after_a_list_of_steps_is_drawn() -> None:
    found = ways(FULL)
    assert {
        ("block:welcome/1", "yes", "block:welcome/1.then"),
        ("block:welcome/1", "no", "block:welcome/1.else"),
        ("block:welcome/1.then", "", "block:welcome/2"),
        ("block:welcome/2", "do", "menu:account/0"),
        ("block:welcome/2", "", "menu:welcome/3"),
        ("menu:welcome/3", "[1] yes", "block:shut"),
        ("menu:welcome/3", "otherwise", "block:welcome/4"),
        ("block:welcome/4", "time.hour < 9", "block:welcome/4.case1"),
        ("block:welcome/4", "time.hour > 17", "block:shut"),
        ("block:welcome/4", "else", "block:welcome/5"),
        ("block:welcome/4.case1/0.failed", "", "block:welcome/5"),
        ("block:welcome/5", "failed", "block:welcome/5.failed"),
        ("menu:account/0", "entered", "block:account/1"),
        ("menu:main", "[2] [3] b", "missing:nowhere"),
        ("universals", "agent", "block:agent"),
    } <= found
    kinds = {node.id: node.kind for node in draw(read(FULL)).nodes}
    assert kinds["block:welcome/5"] is Kind.TRANSFER
    assert kinds["block:welcome/5.failed"] is Kind.CALL_BACK
    assert kinds["block:welcome/4.case1"] is Kind.RECORD
    assert kinds["menu:account/0"] is Kind.DIGITS
    assert kinds["menu:welcome/3"] is Kind.CONFIRM


def test_every_node_leads_to_its_line() -> None:
    lines = FULL.splitlines()
    for node in draw(read(FULL)).nodes:
        assert node.kind is Kind.END or lines[node.line - 1].strip(), node
    main = draw(read(FULL)).node("main")
    assert main is not None
    assert lines[main.line - 1] == "  main:"


def test_given_steps_that_lead_nowhere_then_the_end_is_drawn_once_for_each() -> None:
    text = SMALL.replace("go: [{queue: cards}]", "go: [{if: time.hour < 9, then: [{say: Early.}]}]")
    found = ways(text)
    assert ("block:main/cards", "no", "end:main/cards/0") in found
    node = draw(read(text)).node("end:main/cards/0")
    assert node is not None
    assert (node.kind, node.name) == (Kind.END, "end")


def test_given_blocks_that_go_round_in_circles_then_they_are_drawn_all_the_same() -> None:
    text = SMALL.replace("- menu: main", "- goto: other").replace(
        "menus:", "  other: [{goto: other}]\nmenus:"
    )
    assert ("block:other", "", "block:other") in ways(text)


def test_given_numbers_that_are_refused_then_nothing_comes_after_them() -> None:
    picture = draw(read(SMALL))
    node = picture.node("5009")
    assert node is not None
    assert node.rows == ("busy",)
    assert all(edge.source != "number:5009" for edge in picture.edges)


def test_near_a_menu_only_what_is_as_far_as_asked() -> None:
    picture = draw(read(FULL))
    one = near(picture, "main", 1)
    assert {node.id for node in one.nodes} == {"menu:main", "block:agent", "missing:nowhere", "block:shut"}
    assert {edge.lead for edge in one.edges} == {Lead.CHOICE, Lead.OTHERWISE, Lead.GO}
    whole = near(picture, "welcome", 50)
    assert len(whole.nodes) == len(picture.nodes) - 1
    assert "more ways on" in dot(near(picture, "block:welcome/5", 1))
    with pytest.raises(RequestRefused, match="maim"):
        near(picture, "maim")


def test_counts_are_shares_of_those_who_came() -> None:
    counts = Counts(
        8,
        0.0,
        60.0,
        {
            ("menu", "main"): 10,
            ("choice", "main", "cards"): 4,
            ("asked", "main"): 20,
            ("no_match", "main"): 5,
        },
    )
    picture = overlay(draw(read(SMALL)), counts, ["v1"])
    edge = next(edge for edge in picture.edges if edge.target == "block:main/cards")
    assert (edge.count, edge.share) == (4, 0.4)
    main = picture.node("main")
    assert main is not None
    assert main.figures is not None
    assert (main.figures.came, main.figures.missed) == (10, 0.25)
    text = dot(picture)
    assert "4 · 40 %" in text
    assert "!! 25 % not understood or silent (5)" in text
    assert "8 contacts that arrived 1970-01-01 00:00 to 1970-01-01 00:01 UTC" in text
    assert shown(picture)["traffic"] == {
        "contacts": 8,
        "since": 0.0,
        "until": 60.0,
        "versions": ("v1",),
        "emergency": 0,
    }


def test_moments_are_durations_or_dates() -> None:
    assert moment("24h", 100_000.0) == 13_600.0
    assert moment("1970-01-02", 0.0) == 86_400.0
    assert moment("1970-01-01T09:00+09:00", 0.0) == 0.0
    with pytest.raises(RequestRefused, match="yesterday"):
        moment("yesterday", 0.0)


def large() -> str:
    menus = [
        f"  m{at}:\n    prompt: Menu {at}?\n    choices:\n"
        f"      a: {{say: [alpha], keys: '1', go: [{{menu: m{(at + 1) % MANY}}}]}}\n"
        f"      b: {{keys: '2', go: [{{say: Well.}}, {{queue: q}}]}}\n    otherwise: [{{hang_up: }}]\n"
        for at in range(MANY)
    ]
    return f"name: large\nlanguage: en\nnumbers: {{'1': {{start: m0}}}}\nmenus:\n{''.join(menus)}"


@pytest.mark.slow
def test_given_5000_menus_then_their_text_is_written_quickly_but_no_svg() -> None:
    plan = read(large())
    took = []
    for _ in range(3):
        with uncollected():
            begun = time.process_time()
            picture = draw(plan)
            text = dot(picture)
            took.append(time.process_time() - begun)
    assert len(picture.nodes) == 3 * MANY + 1
    assert text.count("\n") > 6 * MANY
    assert min(took) < 2.0  # 0.6 on a processor of one's own
    with pytest.raises(DrawingFailed) as refused:
        svg(picture)
    assert "--from MENU --depth 2" in refused.value.hint
    assert len(near(picture, "m7", 2).nodes) == 8


def test_given_a_program_that_fails_or_hangs_then_it_says_so() -> None:
    with pytest.raises(DrawingFailed, match="cannot be started"):
        rendered("digraph {}", "svg", Program(("/nowhere/dot",)))
    with pytest.raises(DrawingFailed, match="exit code 1"):
        rendered("digraph {}", "svg", Program(("false",)))
    with pytest.raises(DrawingFailed, match=r"longer than 0\.2 s"):
        rendered("digraph {}", "svg", Program((sys.executable, "-c", "import time; time.sleep(60)")), 0.2)


def test_given_no_graphviz_then_the_hint_tells_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(DrawingFailed) as refused:
        svg(draw(read(SMALL)))
    assert "apt install graphviz" in refused.value.hint

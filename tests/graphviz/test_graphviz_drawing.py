"""What Graphviz itself makes of our text: it takes whatever people write, and nodes lead to their lines."""

from __future__ import annotations

import os
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrcore.cli import main
from ivrcore.picture.counts import Counts
from ivrcore.picture.dot import dot
from ivrcore.picture.draw import draw
from ivrcore.picture.model import Edge, Kind, Lead, Node, Picture
from ivrcore.picture.overlay import overlay
from ivrcore.picture.svg import Program, rendered, svg
from tests.unit.picture.plans import FULL, SMALL, read

SVG = "{http://www.w3.org/2000/svg}"
EXAMPLE = Path(__file__).parents[2] / "docs" / "graph.svg"
LINK = "{http://www.w3.org/1999/xlink}href"
texts = st.text(max_size=40)
awkward = st.text(alphabet='"\\<>&;{}|[]()#`\n\t\r\x00\x7f\x85\ud7ff\ufffe​‮é카', max_size=20)


def groups(text: str, kind: str) -> dict[str, ElementTree.Element]:
    """The SVG's nodes or edges, by title."""
    found = ElementTree.fromstring(text).iter(f"{SVG}g")
    return {one.findtext(f"{SVG}title", ""): one for one in found if kind in one.get("class", "").split()}


def test_every_node_is_drawn_and_leads_to_its_line(program: Program) -> None:
    picture = draw(read(FULL))
    nodes = groups(svg(picture, program), "node")
    assert set(nodes) == {node.id for node in picture.nodes}
    for node in picture.nodes:
        link = nodes[node.id].find(f".//{SVG}a")
        assert node.line == 0 or link is not None
        assert link is None or link.get(LINK) == f"#line-{node.line}"
        assert nodes[node.id].get("id") == node.id


@settings(
    max_examples=60,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(texts, awkward), min_size=1, max_size=12, unique=True))
def test_whatever_names_and_labels_there_are_graphviz_takes_them(
    program: Program, written: list[tuple[str, str]]
) -> None:
    nodes = tuple(
        Node(f"menu:{at}:{name}", list(Kind)[at % len(Kind)], name, at + 1, (row, name))
        for at, (name, row) in enumerate(written)
    )
    edges = tuple(
        Edge(node.id, nodes[0].id, list(Lead)[at % len(Lead)], (node.name, node.rows[0]), node.rows[0])
        for at, node in enumerate(nodes)
    )
    picture = overlay(Picture(written[0][0], written[0][1], nodes, edges), Counts(3, 0.0, 60.0))
    drawn = svg(picture, program)
    assert len(groups(drawn, "node")) == len(nodes)
    assert drawn.count('class="edge') == len(edges)


def test_given_a_row_of_signs_then_it_is_shown_as_written(program: Program) -> None:
    row = 'a < b && c > "d" \\N {x|y} &amp; \\'
    picture = Picture("p", "v", (Node("n", Kind.BLOCK, "", 1, (row,)),), (Edge("n", "n", Lead.GO, (row,)),))
    root = ElementTree.fromstring(svg(picture, program))
    found = [(text.text or "").replace("\N{WORD JOINER}", "").strip() for text in root.iter(f"{SVG}text")]
    assert found.count(row) == 2


def test_dot_itself_has_no_word_of_warning(program: Program) -> None:
    assert rendered(dot(draw(read(SMALL))), "plain", program).startswith(b"graph 1 ")


def test_the_command_draws_a_file_by_the_output_s_ending(tmp_path: Path, program: Program) -> None:
    plan, output = tmp_path / "small.yaml", tmp_path / "small.svg"
    plan.write_text(SMALL, encoding="utf-8")
    with pytest.raises(SystemExit) as done:
        main(["graph", str(plan), "-o", str(output)])
    assert done.value.code == 0
    assert "menu:main" in groups(output.read_text(encoding="utf-8"), "node")


def test_the_example_of_the_documentation_is_current(program: Program) -> None:
    """Run with IVRCORE_WRITE_EXAMPLE set to write it anew; the places of things are Graphviz's own matter."""
    committed = EXAMPLE.read_text(encoding="utf-8")
    drawn = svg(example(), program)
    if os.environ.get("IVRCORE_WRITE_EXAMPLE"):
        EXAMPLE.write_text(drawn, encoding="utf-8")
        return
    assert shown(drawn) == shown(committed), "IVRCORE_WRITE_EXAMPLE=1 writes it anew"


def example() -> Picture:
    """The sample hotline with the ways of some made-up callers."""
    file = Path(__file__).parents[2] / "dialplans" / "hotline.yaml"
    plan = read(file.read_text(encoding="utf-8"))
    ways: dict[tuple[str, ...], int] = {
        ("number", "5000"): 400,
        ("number", "5001"): 80,
        ("step", "welcome/0"): 400,
        ("step", "welcome/1"): 380,
        ("hung_up", "welcome/0"): 20,
        ("menu", "main"): 500,
        ("asked", "main"): 640,
        ("no_input", "main"): 60,
        ("no_match", "main"): 80,
        ("choice", "main", "cards"): 200,
        ("choice", "main", "loans"): 90,
        ("choice", "main", "hours"): 40,
        ("choice", "main", "agent"): 100,
        ("gave_up", "main"): 40,
        ("hung_up", "main"): 30,
        ("step", "main/loans/0"): 90,
        ("answered", "main/loans/0"): 86,
        ("abandoned", "main/loans/0"): 4,
        ("hung_up", "main/loans/0"): 4,
        ("step", "main/hours/0"): 40,
        ("step", "main/hours/1"): 40,
        ("step", "sorry/0"): 40,
        ("step", "sorry/1"): 40,
        ("step", "agent/0"): 140,
        ("answered", "agent/1"): 98,
        ("abandoned", "agent/1"): 42,
        ("hung_up", "agent/1"): 42,
        ("menu", "cards"): 200,
        ("asked", "cards"): 210,
        ("no_match", "cards"): 6,
        ("choice", "cards", "lost"): 60,
        ("choice", "cards", "other"): 138,
        ("gave_up", "cards"): 2,
        ("step", "cards/lost/0"): 60,
        ("answered", "cards/lost/0"): 60,
        ("step", "cards/other/0"): 138,
        ("answered", "cards/other/0"): 130,
        ("abandoned", "cards/other/0"): 8,
        ("hung_up", "cards/other/0"): 8,
        ("step", "cards/otherwise/0"): 2,
        ("answered", "cards/otherwise/0"): 2,
    }
    return overlay(draw(plan), Counts(480, 1_795_305_600.0, 1_795_392_000.0, ways), [plan.version])


def shown(text: str) -> list[str | None]:
    """Every text of an SVG."""
    return [one.text for one in ElementTree.fromstring(text).iter(f"{SVG}text")]

"""A picture as DOT and Mermaid: small ones in full, and whatever people write in labels."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.picture.dot import dot
from ivrcore.picture.draw import draw
from ivrcore.picture.mermaid import escaped, identifier, mermaid
from ivrcore.picture.model import Edge, Kind, Lead, Node, Picture
from tests.unit.picture.plans import SMALL, read

HERE = Path(__file__).parent
texts = st.text(max_size=30)
quickly = settings(max_examples=150, deadline=None, database=None, derandomize=True)


def labelled(*texts: str) -> Picture:
    """A picture of two nodes and an edge whose names, rows and labels are these texts."""
    name, row, label = texts
    nodes = (
        Node(f"menu:{name}", Kind.MENU, name, 3, (row,)),
        Node(f"block:{row}", Kind.BLOCK, row, 4, (name,)),
    )
    return Picture(name, row, nodes, (Edge(nodes[0].id, nodes[1].id, Lead.CHOICE, (label, row), label, 5),))


def test_dot_of_a_small_dialplan() -> None:
    assert dot(draw(read(SMALL))) == (HERE / "small.dot").read_text(encoding="utf-8")


def test_mermaid_of_a_small_dialplan() -> None:
    assert mermaid(draw(read(SMALL))) == (HERE / "small.mmd").read_text(encoding="utf-8")


@pytest.mark.slow
@quickly
@given(texts, texts, texts)
def test_any_text_stays_within_its_quotes_in_dot(name: str, row: str, label: str) -> None:
    lines = dot(labelled(name, row, label)).splitlines()
    assert len(lines) == 8
    quoted = r'"(?:[^"\\]|\\.)*"'
    bare = [re.sub(quoted, "Q", line) for line in lines]
    assert bare[0] == "digraph Q {"
    assert bare[-2].startswith("Q -> Q [id=Q, class=Q, label=Q")
    assert bare[-1] == "}"
    for line in bare[4:6]:
        label_text = line.partition("label=<")[2].partition(">, URL=Q")[0]
        assert label_text or ", label=Q, URL=Q" in line, line
        bare_text = re.sub(r"<(/?B|/?I|BR(?: ALIGN=Q)?/|FONT[^<>]*|/FONT)>", "", label_text)
        assert not set("<>") & set(bare_text), line
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;)", bare_text), line


@pytest.mark.slow
@quickly
@given(texts, texts, texts)
def test_any_text_stays_within_its_quotes_in_mermaid(name: str, row: str, label: str) -> None:
    lines = mermaid(labelled(name, row, label)).splitlines()
    text = r'"(?:[^"#<>`\[\]{}|;&\\]|#\d+;|<br/>|[\[\]])*"'
    assert lines[0] == "flowchart TB"
    assert re.fullmatch(rf"  [a-zA-Z0-9_]+\({text}\)", lines[1]), lines[1]
    assert re.fullmatch(rf"  [a-zA-Z0-9_]+\[{text}\]", lines[2]), lines[2]
    assert re.fullmatch(rf"  [a-zA-Z0-9_]+ -->\|{text}\| [a-zA-Z0-9_]+", lines[3]), lines[3]
    assert all(re.match(r"  (classDef|class|click) ", line) for line in lines[4:])


@quickly
@given(texts, texts)
def test_other_names_have_other_ids_in_mermaid(first: str, second: str) -> None:
    assert (identifier(first) == identifier(second)) == (first == second)
    assert not set(escaped(first)) & set('"<>|`&\\\n')

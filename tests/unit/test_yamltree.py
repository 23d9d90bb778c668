"""Any text becomes a tree whose nodes know their place, or located problems."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.location import Location
from ivrcore.problems import Problems
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode, parse_yaml

LAUGHS = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "\n".join(
    f"{name}: &{name} [{','.join(['*' + before] * 10)}]"
    for before, name in zip("abcdef", "bcdefg", strict=True)
)


def parse(text: str) -> tuple[Node | None, list[str]]:
    problems = Problems()
    tree = parse_yaml(text, "x.yaml", problems)
    return tree, [str(problem) for problem in problems]


def test_places_and_values_are_kept_as_written() -> None:
    tree, said = parse("one: 0800\ntwo:\n  - no\n  - '~'\n  - 1:30\n  -\n")
    assert said == []
    assert isinstance(tree, MapNode)
    one, two = tree.entries
    assert one.value == ScalarNode(Location("x.yaml", 1, 6), "0800")
    assert two.location == Location("x.yaml", 2, 1)
    assert isinstance(two.value, ListNode)
    assert [item.text for item in two.value.items if isinstance(item, ScalarNode)] == ["no", "~", "1:30", ""]
    assert [item.is_null for item in two.value.items if isinstance(item, ScalarNode)] == [
        False,
        False,
        False,
        True,
    ]


def test_an_alias_stands_for_its_anchor() -> None:
    tree, said = parse("a: &x {k: v}\nb: *x\n")
    assert said == []
    assert isinstance(tree, MapNode)
    assert tree.entries[0].value == tree.entries[1].value


@pytest.mark.parametrize(
    ("text", "where", "code", "words"),
    [
        ("a: b: c", "1:5", "YML001", "needs quotes"),
        ("a:\n\t- b", "2:1", "YML001", "does not allow tabs"),
        ("a: [1,\n 2", "3:1", "YML001", "begun on line 1"),
        ("k: %", "1:4", "YML001", "needs quotes"),
        ("'abc", "1:5", "YML001", "never closed"),
        ("a: é\x07", "1:5", "YML001", "control characters"),
        ("a: \x00", "1:4", "YML001", "does not allow"),
        ("b: 1\na: \ud800", "2:4", "YML001", "does not allow"),
        ("", "1:1", "YML002", "nothing in this file"),
        ("# only this\n", "1:1", "YML002", "nothing in this file"),
        ("---\na: 1\n---\nb: 2", "3:1", "YML003", "one document"),
        ("a: 1\na: 2\n", "2:1", "YML004", "the first is on line 1"),
        ("? [x]\n: 1", "1:3", "YML005", "plain text"),
        ("~: 1", "1:1", "YML005", "plain text"),
        ("a: *y", "1:4", "YML006", "refers to nothing"),
        ("a: &x [*x]", "1:8", "YML006", "inside what it refers to"),
        ("[" * 100_000, "1:61", "YML007", "60 deep"),
        (LAUGHS, "5:29", "YML007", "too much"),
        ("a: !!python/object:os.system x", "1:4", "YML008", "is not known"),
    ],
)
def test_what_cannot_be_read_is_reported_with_its_place(text: str, where: str, code: str, words: str) -> None:
    _, said = parse(text)
    assert len(said) == 1
    assert said[0].startswith(f"x.yaml:{where}: error {code}: ")
    assert words in said[0]


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"#%\t\n ,?~\r\x85\u2028\ufeff", max_size=60))
def test_any_text_is_a_tree_or_problems(text: str) -> None:
    tree, said = parse(text)
    assert tree is not None or said


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.binary(max_size=40))
def test_any_bytes_read_as_text_are_a_tree_or_problems(data: bytes) -> None:
    tree, said = parse(data.decode(errors="surrogateescape"))
    assert tree is not None or said

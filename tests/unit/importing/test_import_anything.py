"""Whatever the source: a dialplan or located errors, never a traceback; and no line of it is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.importing.draft import Draft, Menu, Steps, step
from ivrcore.importing.emit import emit
from ivrcore.importing.extensions.applications import APPLICATIONS
from ivrcore.importing.run import import_files
from ivrcore.importing.scalar import comment, folded, scalar
from ivrcore.problems import Problems
from ivrcore.yamltree import MapNode, ScalarNode, parse_yaml

pytestmark = pytest.mark.slow

FAST = settings(max_examples=150, deadline=None, database=None, derandomize=True)

NAMES = st.sampled_from(
    ["s", "1", "2", "12", "*", "i", "t", "h", "e", "_X.", "_5XXX", "_[1-3]", "600", "5000"]
)
LABELS = st.sampled_from(["", "", "", "again", "end"])
ARGUMENTS = st.sampled_from(
    [
        "",
        "s,1",
        "again",
        "two,s,1",
        "one,5000,1",
        "sound&other",
        "3",
        '$["${X}" = "1"]?s,1:again',
        "9:00-17:00,mon-fri,*,*?two,s,1",
        "X=5",
        "X=$[${X} + 1]",
        "X,sound,4,,2,5",
        "${X}",
        "cards,t,,,30",
        "PJSIP/0212345678@trunk,20",
        "$[",
        "${",
        "a?b?c:d:e",
        "((",
    ]
)
KNOWN = [row.name for row in APPLICATIONS.values()]
CALLED = st.sampled_from([*KNOWN, "Background", "WaitExten", "Dial", "AGI", "Macro", "Nonsense"])
LINES = st.one_of(
    st.builds("exten => {},1,{}({})".format, NAMES, CALLED, ARGUMENTS),
    st.builds("same => n,{}({})".format, CALLED, ARGUMENTS),
    st.builds("same => n({}),{}({})".format, LABELS, CALLED, ARGUMENTS),
    st.sampled_from(
        [
            "; a remark",
            ";-- begun",
            "done --;",
            "[one]",
            "[two](!)",
            "[three](two)",
            "[globals]",
            "[general]",
            "include => two",
            "include => two,9:00-17:00,mon-fri,*,*",
            "include => nowhere",
            "switch => IAX2/x",
            "X=1",
            "",
            "#include other.conf",
            "nonsense",
            "exten => 1,hint,SIP/1",
            "exten => 5/12,1,Answer()",
        ]
    ),
)


def imported(text: str) -> tuple[str, Problems]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "extensions.conf"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        result = import_files([path])
    return result.text or "", result.problems


@FAST
@given(st.lists(LINES, max_size=25))
def test_every_line_is_translated_or_listed(lines: list[str]) -> None:
    text, problems = imported("\n".join(["[one]", *lines]))
    assert [str(problem) for problem in problems if problem.code == "IMP901"] == []
    tree = parse_yaml(text, "new.yaml", problems := Problems())
    assert isinstance(tree, MapNode)
    assert list(problems) == []


@FAST
@given(st.text(max_size=300))
def test_any_text_is_a_dialplan_or_errors(text: str) -> None:
    written, problems = imported(text)
    assert written or problems.errors
    assert parse_yaml(written, "new.yaml", Problems()) is not None


@FAST
@given(st.text(alphabet="[]=>,;#(){}$&\"'\\:|?!n1s_X.\n exten", max_size=200))
def test_text_like_a_dialplan_is_one_or_errors(text: str) -> None:
    written, problems = imported(f"[a]\nexten => s,1,NoOp()\n{text}")
    assert [str(problem) for problem in problems if problem.code == "IMP901"] == []
    assert parse_yaml(written, "new.yaml", Problems()) is not None


def read_back(written: str) -> object:
    tree = parse_yaml(f"key: {written}   # remark\n", "new.yaml", problems := Problems())
    assert list(problems) == []
    assert isinstance(tree, MapNode)
    assert isinstance(tree.entries[0].value, ScalarNode)
    return tree.entries[0].value.text


@FAST
@given(st.text())
def test_a_text_reads_back_as_it_was(text: str) -> None:
    sound = text.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    if max(text, default="") < "\ud800" or max(text, default="") > "\udfff":
        assert read_back(scalar(text)) == text.translate(dict.fromkeys(range(55296, 57344), "�"))
    assert yaml.safe_load(f"- {scalar(text)}") == [sound] or any("\ud800" <= c <= "\udfff" for c in text)


@FAST
@given(
    st.lists(
        st.text(alphabet="abc#:-'\"{}[],&*!|>%@`é한 ", min_size=1, max_size=12), min_size=12, max_size=40
    )
)
def test_a_folded_text_reads_back_as_it_was(words: list[str]) -> None:
    text = " ".join(words)
    lines = folded(text)
    if lines is not None:
        assert yaml.safe_load("key: >-\n" + "".join(f"  {line}\n" for line in lines)) == {"key": text}


@FAST
@given(st.text())
def test_a_comment_stays_one(text: str) -> None:
    assert yaml.safe_load(f"# {comment(text)}\na: b   # {comment(text)}\n") == {"a": "b"}


@FAST
@given(
    st.lists(st.one_of(st.text(max_size=120), st.integers(), st.booleans()), min_size=1, max_size=6),
    st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=4),
)
def test_a_draft_reads_back_as_it_was(values: list[str | int | bool], texts: list[str]) -> None:
    texts = [text.encode("utf-8", "replace").decode() for text in texts]
    values = [one.encode("utf-8", "replace").decode() if isinstance(one, str) else one for one in values]
    draft = Draft("any")
    draft.menus["m"] = Menu(
        "m", list(texts), silence=Steps([step("set", dict(zip(texts, values, strict=False)))])
    )
    plan = yaml.safe_load(emit(draft))
    prompt = plan["menus"]["m"]["prompt"]
    assert prompt == (texts[0] if len(texts) == 1 else texts)
    assert plan["menus"]["m"]["otherwise"] == [{"set": dict(zip(texts, values, strict=False))}]

"""Typed reading reports everything at once and goes on with defaults."""

import pytest

from ivrcore.errors import CoreMisuse, ProblemsFound
from ivrcore.fields import Fields
from ivrcore.model.names import Owner
from ivrcore.problems import Problems, did_you_mean
from ivrcore.yamltree import parse_yaml


def fields(text: str) -> tuple[Fields, Problems]:
    problems = Problems()
    tree = parse_yaml(text, "x.yaml", problems)
    assert tree is not None
    return Fields(tree, problems, "thing"), problems


def test_good_values() -> None:
    read, problems = fields("a: 5s\nb: off\nc: 3\nd: 0.5\ne: nobody\nf: 0800\ng: [x, y]\nh: z\n")
    assert read.seconds("a", 1.0) == 5.0
    assert read.boolean("b", True) is False
    assert read.integer("c", 0, least=0, most=9) == 3
    assert read.number("d", 0.0, least=0, most=1) == 0.5
    assert read.one_of("e", Owner.SESSION) is Owner.NOBODY
    assert read.text("f") == "0800"
    assert [item.text for item in read.texts("g") + read.texts("h")] == ["x", "y", "z"]
    assert read.text("absent", "default") == "default"
    read.finish()
    assert len(problems) == 0


def test_every_mistake_is_reported_at_its_place_and_defaults_come_back() -> None:
    read, problems = fields(
        "a: 5\nb: perhaps\nc: 12\nd: [1]\ne: nobdy\nf: {}\nquue: 1\ng: [x, [y]]\nh: 1.5\n"
    )
    assert read.seconds("a", 1.0) == 1.0
    assert read.boolean("b", True) is True
    assert read.integer("c", 4, least=0, most=9) == 4
    assert read.number("d", 0.25, least=0, most=1) == 0.25
    assert read.one_of("e", Owner.SESSION) is Owner.SESSION
    assert read.text("f") == ""
    assert [item.text for item in read.texts("g")] == ["x"]
    assert read.integer("h", 2, least=0, most=9) == 2
    assert read.text("queue", required=True) == ""
    read.finish()
    said = [str(problem) for problem in problems]
    assert [(line.split(": ")[0], line.split(" ")[2]) for line in said] == [
        ("x.yaml:1:1", "YML102:"),
        ("x.yaml:1:4", "YML103:"),
        ("x.yaml:2:4", "YML103:"),
        ("x.yaml:3:4", "YML104:"),
        ("x.yaml:4:4", "YML103:"),
        ("x.yaml:5:4", "YML104:"),
        ("x.yaml:6:4", "YML103:"),
        ("x.yaml:7:1", "YML101:"),
        ("x.yaml:8:8", "YML103:"),
        ("x.yaml:9:4", "YML103:"),
    ]
    assert "hint: did you mean 'nobody'?" in said[5]
    assert "hint: did you mean 'queue'?" in said[7]
    with pytest.raises(ProblemsFound, match="YML101"):
        problems.raise_errors()


def test_what_is_no_mapping_has_no_fields() -> None:
    read, problems = fields("[1, 2]")
    assert read.text("a") == ""
    assert [problem.code for problem in problems] == ["YML103"]


def test_reading_an_undeclared_key_is_our_bug() -> None:
    read, _ = fields("a: 1")
    read.text("a")
    with pytest.raises(CoreMisuse, match="not declared"):
        read.finish(known=["b"])


def test_hints() -> None:
    assert did_you_mean("quee", ["queue", "say"]) == "did you mean 'queue'?"
    assert did_you_mean("zzz", ["b", "a"]) == "known: a, b"
    assert did_you_mean("zzz", []) == ""


def test_what_is_no_mapping_is_told_once_and_not_what_it_lacks() -> None:
    problems = Problems()
    tree = parse_yaml("PJSIP/ann", "x.yaml", problems)
    assert tree is not None
    assert Fields(tree, problems, "agent").text("endpoint", required=True) == ""
    assert [str(one) for one in problems] == [
        "x.yaml:1:1: error YML103: agent: a mapping (key: value) is wanted here, not 'PJSIP/ann'"
    ]

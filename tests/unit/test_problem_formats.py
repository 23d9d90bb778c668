"""Problems as text, JSON and annotations for GitHub."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.location import Location
from ivrcore.problem_formats import JSON_SCHEMA, Format, formatted
from ivrcore.problems import Problems, Rule, Severity

BAD = Rule("DP201", "a block or menu that does not exist is named")
ODD = Rule("DP301", "no number leads to a block or menu", Severity.WARNING)


@pytest.fixture
def found() -> Problems:
    problems = Problems()
    problems.report(ODD, Location("b, c:d.yaml", 9, 2), "100% odd\r", "look\nagain")
    problems.report(BAD, Location("a.yaml", 3, 14), "there is no block 'x'")
    return problems


def test_text_has_places_hints_and_counts(found: Problems) -> None:
    assert formatted(found, Format.TEXT) == (
        "a.yaml:3:14: error DP201: there is no block 'x'\n"
        "b, c:d.yaml:9:2: warning DP301: 100% odd\r\n    hint: look\nagain\n"
        "1 error, 1 warning"
    )


def test_github_s_annotations_are_escaped(found: Problems) -> None:
    assert formatted(found, Format.GITHUB).split("\n") == [
        "::error file=a.yaml,line=3,col=14,title=DP201::there is no block 'x'",
        "::warning file=b%2C c%3Ad.yaml,line=9,col=2,title=DP301::100%25 odd%0D%0Ahint: look%0Aagain",
    ]


def test_json_is_of_its_schema(found: Problems) -> None:
    jsonschema.Draft202012Validator.check_schema(dict(JSON_SCHEMA))
    shown = json.loads(formatted(found, Format.JSON))
    jsonschema.validate(shown, JSON_SCHEMA)
    assert [problem["code"] for problem in shown] == ["DP201", "DP301"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([{**shown[0], "severity": "fatal"}], JSON_SCHEMA)


@pytest.mark.parametrize(
    ("form", "shown"), [("text", "0 errors, 0 warnings"), ("json", "[]"), ("github", "")]
)
def test_nothing_found(form: str, shown: str) -> None:
    assert formatted(Problems(), Format(form)) == shown


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_an_annotation_is_one_line_whatever_is_in_it(file: str, message: str, hint: str) -> None:
    problems = Problems()
    problems.report(BAD, Location(file, 1), message, hint)
    shown = formatted(problems, Format.GITHUB)
    match = re.fullmatch(r"::error file=([^:,\r\n]*),line=1,col=1,title=DP201::([^\r\n]*)", shown)
    assert match is not None
    told = match[2].replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%")
    assert told == (f"{message}\nhint: {hint}" if hint else message)


def test_the_same_problem_counts_once() -> None:
    problems = Problems()
    for _ in range(3):
        problems.report(BAD, Location("a.yaml", 1), "twice")
    assert len(problems) == 1

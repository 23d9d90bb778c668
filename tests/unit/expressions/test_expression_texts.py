"""Texts with slots, and values as a dialplan writes them."""

import pytest
from expression_scope import HERE, Names

from ivrcore.expressions.check import unknown_names
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Saying, Template, parse_template, parse_value, render, value_of
from ivrcore.expressions.values import Result, Value, written
from ivrcore.problems import Problems


def template(text: str, *, keep: tuple[str, ...] = ()) -> Template:
    problems = Problems()
    read = parse_template(text, HERE, problems, keep=keep)
    assert [str(problem) for problem in problems] == []
    return read


def say(value: Value, kind: Saying, argument: str) -> str:
    return f"<{kind} {argument} {written(value)}>"


def rendered(text: str, values: dict[str, Value]) -> Result:
    return render(template(text), Names(values), say)


def test_slots_are_said_in_their_way() -> None:
    given = rendered(
        "You have {count + 1} messages, {balance:amount KRW}, until { due : date }.",
        {"count": 2, "balance": 500, "due": "2026-11-22"},
    )
    assert given.value == "You have <text  3> messages, <amount KRW 500>, until <date  2026-11-22>."


def test_braces_are_doubled() -> None:
    assert template("a {{b}} c }}{{").plain == "a {b} c }{"
    assert rendered("{{{a}}}", {"a": 1}).value == "{<text  1>}"


def test_a_slot_ends_neither_in_a_text_nor_in_brackets() -> None:
    assert rendered("{name or 'x}:y'}", {}).value == "<text  x}:y>"
    assert rendered("{['a', 'b']}", {}).value == "<text  a, b>"


def test_the_names_of_all_slots_are_told() -> None:
    read = template("{a} {b + a:number} {queue.general.waiting:duration}")
    assert read.names == ("a", "b", "queue.general.waiting")
    assert read.plain is None
    assert [slot.kind for slot in read.slots] == [Saying.TEXT, Saying.NUMBER, Saying.DURATION]
    assert [(place.name, place.location.column) for place in unknown_names(read, ["a"])] == [
        ("b", HERE.column + 5),
        ("queue.general.waiting", HERE.column + 20),
    ]


def test_kept_names_stay_as_they_are() -> None:
    read = template("Did you say {choice}? {tier}", keep=("choice",))
    assert read.names == ("tier",)
    assert read.parts[0] == "Did you say {choice}? "
    assert template("Did you say {choice}?", keep=("choice",)).plain == "Did you say {choice}?"


def test_secrets_and_facts_of_the_slots_are_told() -> None:
    values: dict[str, Value] = {"pin": "1", "queue.a.waiting": 3}
    given = rendered("{pin} {queue.a.waiting}", values)
    assert (given.secret, given.facts) == (True, {"queue.a.waiting": 3})
    assert not rendered("{queue.a.waiting}", values).secret


def test_a_text_is_cut() -> None:
    assert len(str(rendered("{a} {a}", {"a": "x" * 3999}).value)) == 4000


@pytest.mark.parametrize(
    ("text", "code", "offset", "hint"),
    [
        ("You {", "DP120", 5, "{{"),
        ("You {}", "DP120", 5, "{{"),
        ("You {count", "DP127", 4, "{{"),
        ("You } there", "DP127", 4, "}}"),
        ("{count:}", "DP128", 6, "known: amount"),
        ("{count:amuont KRW}", "DP128", 6, "did you mean 'amount'?"),
        ("{count:amount}", "DP128", 6, "amount KRW"),
        ("{count:amount won}", "DP128", 6, "amount KRW"),
        ("{count:number KRW}", "DP128", 6, "write number alone"),
        ("{count = 1} and {tier}", "DP121", 7, "=="),
        ("{count +}", "DP121", 8, "missing"),
        ("{'abc}", "DP122", 1, ""),
        ("{(a}", "DP123", 1, "add )"),
    ],
)
def test_a_mistake_in_a_text(text: str, code: str, offset: int, hint: str) -> None:
    problems = Problems()
    parse_template(text, HERE, problems)
    (problem,) = problems
    assert (problem.code, problem.location.column - HERE.column) == (code, offset)
    assert hint in problem.hint


def test_what_follows_a_mistake_is_still_read() -> None:
    problems = Problems()
    read = parse_template("{a = 1} {b} {c:x}", HERE, problems)
    assert [problem.code for problem in problems] == ["DP121", "DP128"]
    assert read.names == ("b",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-3", -3),
        ("0", 0),
        ("2.50", 2.5),
        ("0800", "0800"),
        ("+82", "+82"),
        ("true", True),
        ("false", False),
        ("none", None),
        ("yes", "yes"),
        ("gold", "gold"),
        ("{tries + 1}", 3),
        ("{ tries }", 2),
        ("{tries:text}", "<text  2>"),
        ("{tries:digits}", "<digits  2>"),
        ("{tries}{tries}", "<text  2><text  2>"),
        ("no {tries}", "no <text  2>"),
        ("9999999999999999999", "9999999999999999999"),
        ("1e5", "1e5"),
    ],
)
def test_an_unquoted_value(text: str, value: Value) -> None:
    problems = Problems()
    read = parse_value(text, HERE, problems, plain=True)
    assert read is not None
    given = value_of(read, Names({"tries": 2}), say).value
    assert (given, type(given)) == (value, type(value))


@pytest.mark.parametrize(("text", "value"), [("3", "3"), ("true", "true"), ("{tries}", 2), ("", "")])
def test_a_quoted_value(text: str, value: Value) -> None:
    problems = Problems()
    read = parse_value(text, HERE, problems, plain=False)
    assert read is not None
    assert value_of(read, Names({"tries": 2}), say).value == value


def test_a_wrong_value_is_none_and_reported() -> None:
    problems = Problems()
    assert parse_value("{tries +}", HERE, problems, plain=True) is None
    assert [problem.code for problem in problems] == ["DP121"]


def test_an_expression_alone_has_its_places() -> None:
    problems = Problems()
    read = parse_value("{tries + 1}", HERE, problems, plain=False)
    assert isinstance(read, Expression)
    assert [place.location.column for place in read.places] == [HERE.column + 2]

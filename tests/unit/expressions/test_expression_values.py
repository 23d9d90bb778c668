"""What expressions give: a table of the language, and what is told beside the value."""

from pathlib import Path

import pytest
from expression_scope import Names, parsed, result

from ivrcore.expressions.check import unknown_names
from ivrcore.expressions.evaluate import evaluate
from ivrcore.expressions.functions import FUNCTIONS
from ivrcore.expressions.values import Known, Result, Value

VALUES: dict[str, Value] = {
    "tries": 2,
    "tier": "gold",
    "rate": 0.5,
    "empty": None,
    "tags": ("vip", "old"),
    "이름": "민수",
    "call.caller": "+8210",
    "pin": "8210",
    "queue.general.waiting": 4,
    "queue.credit-cards.waiting": 7,
    "hours.branch-office": "open",
    "time.hour": 13,
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # constants, names
        ("3", 3),
        ("0.25", 0.25),
        ("-7", -7),
        ("--7", 7),
        ("'a b'", "a b"),
        ('"it\'s"', "it's"),
        ("true", True),
        ("false", False),
        ("none", None),
        ("[]", ()),
        ("[1, 'a', [true],]", (1, "a", (True,))),
        ("tries", 2),
        ("이름", "민수"),
        ("nobody", None),
        ("queue.credit-cards.waiting", 7),
        ("queue.general.waiting-1", 3),
        ("hours.branch-office == 'open'", True),
        # sums
        ("1 + 2 * 3 - 4", 3),
        ("(1 + 2) * 3", 9),
        ("10 - 2 - 3", 5),
        ("-tries * 3", -6),
        ("6 / 2", 3),
        ("7 / 2", 3.5),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("1 / 0", None),
        ("1 % 0", None),
        ("1.5 / 0.0", None),
        ("'a' + 'b'", "ab"),
        ("'a' + 1", None),
        ("true + 1", None),
        ("-'a'", None),
        ("-true", None),
        ("none + 1", None),
        ("'a' * 3", None),
        ("[1] + [2]", (1, 2)),
        ("1000000000 * 1000000000", 10**18),
        ("1000000000 * 1000000001", None),
        # comparisons
        ("tries == 2", True),
        ("tries == 2.0", True),
        ("tries != 3", True),
        ("tries == '2'", False),
        ("tries != '2'", True),
        ("true == 1", False),
        ("empty == none", True),
        ("tier == none", False),
        ("tier != none", True),
        ("[1, 'a'] == [1, 'a']", True),
        ("[true] == [1]", False),
        ("tries < 3", True),
        ("tries <= 2", True),
        ("tries > 2", False),
        ("tries >= 2.5", False),
        ("'a' < 'b'", True),
        ("'2026-11-22' >= '2026-11-03'", True),
        ("'a' < 1", None),
        ("true < 1", None),
        ("none < 1", None),
        ("[1] < [2]", None),
        ("tier in ['gold', 'silver']", True),
        ("1 in [true]", False),
        ("'ol' in tier", True),
        ("tier not in ['gold']", False),
        ("'x' not in tags", True),
        ("1 in 'a1'", None),
        ("'a' in none", None),
        ("'a' not in none", None),
        # logic: the operand that decides
        ("true and tier", "gold"),
        ("empty and tier", None),
        ("empty or 'guest'", "guest"),
        ("tier or 'guest'", "gold"),
        ("0 or '' or [] or none or false", False),
        ("not empty", True),
        ("not tier", False),
        ("not 1 == 2", True),
        ("not not 1", True),
        ("false and true or true", True),
        ("true or false and false", True),
        ("tries == 2 and not tier == 'x' or nobody", True),
        ("1 == 1 and 2 < 3 and 'a' in ['a']", True),
        # functions
        ("length('abc')", 3),
        ("length([1, 2])", 2),
        ("length(5)", None),
        ("number('12')", 12),
        ("number(' -0.50 ')", -0.5),
        ("number(3)", 3),
        ("number('1e5')", None),
        ("number('٣')", None),
        ("number(true)", None),
        ("number('9999999999999999999')", None),
        ("text(2.50)", "2.5"),
        ("text(1 / 3)", "0.3333333333"),
        ("text(0.1 + 0.2)", "0.3"),
        ("text(-0.00000000001)", "0"),
        ("text(none)", ""),
        ("text(true)", "true"),
        ("text([1, 'a', none])", "1, a, "),
        ("lower('ABC Ü')", "abc ü"),
        ("lower(1)", None),
        ("starts_with('+8210', '+82')", True),
        ("starts_with(1, '1')", None),
        ("ends_with('abc', 'bc')", True),
        ("ends_with('abc', none)", None),
        ("contains('abc', 'b')", True),
        ("contains(tags, 'vip')", True),
        ("contains(5, 5)", None),
        ("first('abc')", "a"),
        ("first('abc', 2)", "ab"),
        ("first('abc', 9)", "abc"),
        ("first('')", None),
        ("first([])", None),
        ("first(tags)", "vip"),
        ("first('abc', -1)", None),
        ("first('abc', 1.5)", None),
        ("first('abc', true)", None),
        ("last('abc')", "c"),
        ("last('12345678', 4)", "5678"),
        ("last('abc', 0)", ""),
        ("last('abc', 9)", "abc"),
        ("last(tags, 1)", ("old",)),
        ("round(2.5)", 3),
        ("round(-2.5)", -3),
        ("round(1.005, 2)", 1.01),
        ("round(7, 2)", 7),
        ("round(1.5, 0)", 2),
        ("round(1.5, -1)", None),
        ("round(1.5, 10)", None),
        ("round('1.5')", None),
        ("min(3, 1, 2)", 1),
        ("max([3, 1.5])", 3),
        ("min('b', 'a')", "a"),
        ("min(1, 'a')", None),
        ("max(1, none)", None),
        ("max([])", None),
        ("min(true, false)", None),
        ("min([[1]])", None),
    ],
)
def test_the_language(text: str, value: Value) -> None:
    given = result(text, VALUES)
    assert given.value == value
    assert type(given.value) is type(value)


def test_every_function_is_in_the_table_of_this_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in FUNCTIONS if f'"{name}(' not in source] == []


def test_names_are_told_once_each_in_their_order() -> None:
    expression = parsed("tier == 'x' and tries < max(tries, queue.general.waiting)")
    assert expression.names == ("tier", "tries", "queue.general.waiting")
    assert expression.text == "tier == 'x' and tries < max(tries, queue.general.waiting)"


def test_live_figures_that_were_read_are_told() -> None:
    given = result("tier == 'gold' and queue.general.waiting < 5 or time.hour > 3", VALUES)
    assert given == Result(True, False, {"queue.general.waiting": 4})


def test_what_is_not_needed_is_not_read() -> None:
    scope = Names(VALUES)
    assert evaluate(parsed("tier == 'gold' or call.caller == '1'"), scope).secret is False
    assert scope.asked == ["tier"]


@pytest.mark.parametrize(
    "text", ["call.caller", "last(call.caller, 2)", "call.caller == '1' or true", "length(pin) > 3", "[pin]"]
)
def test_what_is_made_from_a_secret_is_a_secret(text: str) -> None:
    given = result(text, VALUES)
    assert given.secret
    assert given.facts == {}
    assert "8210" not in repr(given)


def test_the_repr_of_a_secret_is_without_it() -> None:
    assert "1234" not in repr(Known("1234", secret=True))
    assert "1234" in repr(Known("1234"))
    assert "1234" in repr(Result("1234"))


def test_unknown_names_are_told_with_their_place() -> None:
    (place,) = unknown_names(parsed("tier == 'x' and trys < 3"), {"tier", "tries"})
    assert (place.name, place.location.column) == ("trys", 9 + 16)


def test_texts_and_lists_that_get_too_long_are_none() -> None:
    values: dict[str, Value] = {"a": "x" * 3000, "l": tuple(range(3000))}
    assert result("a + a", values).value is None
    assert result("l + l", values).value is None
    assert result("[a, a]", values).value is None
    assert result("length(a + 'y')", values).value == 3001
    deep: Value = ()
    for _ in range(12):
        deep = (deep,)
    assert result("a", {"a": deep}).value is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**19, "x" * 4001])
def test_values_from_outside_that_are_out_of_bounds_are_none(value: Value) -> None:
    assert result("a", {"a": value}).value is None

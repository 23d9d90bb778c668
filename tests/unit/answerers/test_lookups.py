"""Lookups and identifications: answers made flat, tries limited, supervisors judged by their PIN."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred, succeed

from ivrcore.answerers.lookups import ByCaller, Counted, Lookups, Tries
from ivrcore.answerers.supervisors import Supervisors, read_supervisors, remove, set_pin
from ivrcore.config import IdentifyConfig
from ivrcore.dialplan.commands import DoAsk
from ivrcore.errors import ConfigError, LookupFailed, ServiceMissing
from ivrcore.lookup import DEEPEST, LONGEST_TEXT, MOST_FIELDS, flattened
from ivrcore.model.names import Service, Told, TriesLimit
from ivrcore.pins import is_pin_hash, pin_hash, pin_matches
from ivrcore.tollguard import Rules

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=30,
)


class Fixed:
    """Gives one answer, or raises it."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[Any] = []

    def ask(self, values: Any, timeout: float) -> Any:
        self.asked.append(dict(values))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self) -> None:
        pass


class Answers:
    """Keeps what was answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[Any, ...]] = []

    def __call__(self, how: Told, values: Any = None, code: str = "") -> None:
        self.answers.append((how, values, code))


def asked(service: Service = Service.LOOKUP, name: str = "crm", **values: str) -> DoAsk:
    return DoAsk("c1.s1", service, name, values, 2.0)


def ask(lookups: Lookups, what: DoAsk) -> list[tuple[Any, ...]]:
    told = Answers()
    lookups.ask(what, Calls("c1"), told)  # type: ignore[arg-type]
    return told.answers


def test_an_answer_is_made_flat() -> None:
    crm = Fixed({"tier": "gold", "account": {"balance": 12.5, "open": True}, "cards": [{"kind": "debit"}]})
    assert ask(Lookups({"crm": crm}), asked(number="1")) == [
        (
            Told.DONE,
            {"tier": "gold", "account.balance": 12.5, "account.open": True, "cards.0.kind": "debit"},
            "",
        )
    ]
    assert crm.asked == [{"number": "1"}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, (Told.REFUSED, None, "")),
        (3, (Told.DONE, {"value": 3}, "")),
        (LookupFailed("away"), (Told.FAILED, None, "IVR701")),
        (ZeroDivisionError("0101234"), (Told.FAILED, None, "IVR701")),
        ({"a": "x" * (LONGEST_TEXT + 1)}, (Told.FAILED, None, "IVR701")),
        ({str(n): n for n in range(MOST_FIELDS + 1)}, (Told.FAILED, None, "IVR701")),
    ],
)
def test_answers_of_every_kind(answer: Any, expected: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(Lookups({"crm": Fixed(answer)}), asked(number="0101234")) == [expected]
    assert "0101234" not in caplog.text


def test_an_answer_that_is_too_deep_has_failed() -> None:
    deep: Any = 1
    for _ in range(DEEPEST + 1):
        deep = {"a": deep}
    with pytest.raises(LookupFailed):
        flattened(deep)


@pytest.mark.slow
@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(JSON)
def test_any_json_becomes_scalars_or_is_refused(answer: Any) -> None:
    try:
        found = flattened(answer)
    except LookupFailed:
        return
    assert len(found) <= MOST_FIELDS
    assert all(value is None or isinstance(value, bool | int | float | str) for value in found.values())


def test_a_lookup_that_nobody_waits_for_is_cancelled() -> None:
    cancelled: list[bool] = []
    lookups = Lookups({"crm": Fixed(Deferred(lambda _: cancelled.append(True)))})
    assert ask(lookups, asked()) == []
    lookups.stop("c1.s1")
    lookups.stop("c1.s1")
    assert cancelled == [True]


def test_a_name_that_is_not_configured_is_told() -> None:
    with pytest.raises(ServiceMissing):
        ask(Lookups({}), asked())


def test_wrong_pins_are_limited_over_all_calls_and_forgotten_in_time() -> None:
    now = [0.0]
    tries = Tries(3, 60.0, lambda: now[0])
    crm = Fixed(None)
    lookups = Lookups({"crm": crm}, lambda name, who: (tries, who))
    wrong = asked(Service.IDENTIFY, who="7", pin="1111")
    for _ in range(5):
        assert ask(lookups, wrong)[0][0] is Told.REFUSED
    assert len(crm.asked) == 3
    crm.answer = {"tier": "gold"}
    assert ask(lookups, wrong)[0][0] is Told.REFUSED
    assert ask(lookups, asked(Service.IDENTIFY, who="8", pin="2222"))[0][0] is Told.DONE
    now[0] = 61.0
    for _ in range(5):
        assert ask(lookups, wrong)[0][0] is Told.DONE


def test_many_guesses_at_once_are_not_more_than_one_after_another() -> None:
    tries = Tries(3, 60.0, lambda: 0.0)
    waiting = [Deferred() for _ in range(10)]  # type: ignore[var-annotated]
    lookups = Lookups({"crm": Fixed(None)}, lambda name, who: (tries, who))
    told = Answers()
    for n, answer in enumerate(waiting):
        lookups._lookups["crm"].answer = answer  # type: ignore[attr-defined]
        lookups.ask(
            DoAsk(f"c{n}.s1", Service.IDENTIFY, "crm", {"who": "7", "pin": "1"}, 1.0), Calls("c1"), told
        )  # type: ignore[arg-type]
    assert [how for how, *_ in told.answers] == [Told.REFUSED] * 7
    for answer in waiting:
        answer.callback(None)
    assert len(told.answers) == 10


class Calls:
    """A call that keeps what is journalled."""

    def __init__(self, contact: str, caller_number: str = "") -> None:
        self.contact = contact
        self.arrival = SimpleNamespace(caller_number=caller_number)
        self.events: list[Any] = []

    def record(self, happened: Any) -> None:
        self.events += happened


def guess(lookups: Lookups, call: Calls, who: int) -> Told:
    told = Answers()
    lookups.ask(asked(Service.IDENTIFY, who=str(who), pin="271828"), call, told)  # type: ignore[arg-type]
    [(how, *_)] = told.answers
    return how


@pytest.mark.parametrize(("per_call", "per_caller"), [(3, 100), (100, 3)])
def test_one_pin_tried_for_many_customers_is_limited_by_call_and_by_the_number_that_calls(
    per_call: int, per_caller: int
) -> None:
    now = [0.0]
    each, by_call, by_caller = (Tries(most, 60.0, lambda: now[0]) for most in (5, per_call, per_caller))
    crm = Fixed(None)
    lookups = Lookups(
        {"crm": crm},
        lambda name, who: (each, who),
        lambda call: [
            Counted(by_call, call.contact, TriesLimit.CALL),
            Counted(by_caller, "+8221", TriesLimit.CALLER),
        ],
        lambda: now[0],
    )
    call = Calls("c1")
    assert [guess(lookups, call, who) for who in range(5)] == [Told.REFUSED] * 5
    assert len(crm.asked) == 3, "the others were not even looked at"
    limit = TriesLimit.CALL if per_call == 3 else TriesLimit.CALLER
    assert [(one.contact, one.name, one.limit) for one in call.events] == [("c1", "crm", limit)] * 2
    assert "271828" not in repr(call.events)
    crm.answer = {"tier": "gold"}
    other = guess(lookups, Calls("c2"), 7)
    assert other is (Told.DONE if limit is TriesLimit.CALL else Told.REFUSED)
    now[0] = 61.0
    assert [guess(lookups, call, 9) for _ in range(9)] == [Told.DONE] * 9, "a right PIN is no try"


def from_numbers(limits: IdentifyConfig, *numbers: str) -> list[TriesLimit]:
    """Wrong PINs, each for another customer and in another call from these numbers: what refused which."""
    rules = Rules(country="82")
    everybody = Tries(100, 60.0, lambda: 0.0)
    by_caller = ByCaller(limits, rules.number, lambda: 0.0)
    lookups = Lookups({"crm": Fixed(None)}, lambda name, who: (everybody, who), by_caller)
    limited = []
    for count, number in enumerate(numbers):
        call = Calls(f"c{count}", number)
        guess(lookups, call, count)
        limited += [one.limit for one in call.events]
    return limited


@pytest.mark.parametrize("hidden", ["", "anonymous", "Anonymous", "unavailable", "private"])
def test_callers_who_hide_their_number_are_not_one_caller_and_have_a_limit_of_all(hidden: str) -> None:
    limits = IdentifyConfig(per_call=9, per_caller=2, per_hidden=4)
    tried = [hidden, hidden, hidden, "anonymous"]
    assert from_numbers(limits, *tried) == []
    assert from_numbers(limits, *tried, hidden, "+82212345678") == [TriesLimit.HIDDEN]


def test_one_number_written_in_many_ways_is_one_caller() -> None:
    limits = IdentifyConfig(per_call=9, per_caller=2, per_hidden=4)
    written = ["+82212345678", "0212345678", "0082212345678", "+82 2 1234 5678", "+82212345679"]
    assert from_numbers(limits, *written) == [TriesLimit.CALLER] * 2


def test_a_try_that_one_limit_refuses_is_not_counted_by_the_others() -> None:
    each, by_call = Tries(1, 60.0, lambda: 0.0), Tries(2, 60.0, lambda: 0.0)
    crm = Fixed(None)
    lookups = Lookups(
        {"crm": crm},
        lambda name, who: (by_call, who),
        lambda call: [Counted(each, call.contact, TriesLimit.CALL)],
    )
    call = Calls("c1")
    for _ in range(4):
        guess(lookups, call, 7)
    assert len(crm.asked) == 1
    guess(lookups, Calls("c2"), 7)
    assert len(crm.asked) == 2


@pytest.fixture
def people(tmp_path: Path) -> Path:
    path = tmp_path / "secrets/supervisors"
    set_pin(path, "kim", "482915")
    set_pin(path, "lee", "771203")
    return path


def test_a_supervisor_is_known_by_the_pin_alone_or_with_the_name(people: Path) -> None:
    lookup = Supervisors(people, lambda work: succeed(work()))
    answers = [
        lookup.ask({"who": who, "pin": pin}, 2.0).result
        for who, pin in (("02123", "771203"), ("kim", "482915"), ("kim", "771203"), ("", "000000"))
    ]
    assert answers == [{"name": "lee"}, {"name": "kim"}, None, None]


def test_the_file_is_closed_and_keeps_no_pin(people: Path) -> None:
    assert people.stat().st_mode & 0o777 == 0o600
    assert "482915" not in people.read_text()
    remove(people, "kim")
    assert list(read_supervisors(people)) == ["lee"]
    with pytest.raises(ConfigError):
        remove(people, "kim")


@pytest.mark.parametrize(
    ("name", "pin"),
    [("a:b", "482915"), ("park", "12345"), ("park", "111111"), ("park", "12a456"), ("park", "482915")],
)
def test_names_and_pins_that_cannot_be(people: Path, name: str, pin: str) -> None:
    with pytest.raises(ConfigError):
        set_pin(people, name, pin)


@pytest.mark.parametrize(
    "spoil", [lambda path: path.chmod(0o640), lambda path: path.write_text("kim:1234\n")]
)
def test_a_file_that_others_read_or_that_is_broken_lets_nobody_in(people: Path, spoil: Any) -> None:
    spoil(people)
    with pytest.raises(ConfigError):
        read_supervisors(people)
    lookup = Supervisors(people, lambda work: succeed(work()))
    with pytest.raises(LookupFailed):
        lookup.ask({"who": "", "pin": "482915"}, 2.0)


def test_hashes_differ_for_the_same_pin() -> None:
    one, other = pin_hash("482915"), pin_hash("482915")
    assert one != other
    assert pin_matches("482915", one)
    assert not pin_matches("482916", other)
    assert is_pin_hash(one)
    assert not is_pin_hash("scrypt$x$y")
    with pytest.raises(ValueError):
        pin_matches("1", "plain$AA==$AA==")

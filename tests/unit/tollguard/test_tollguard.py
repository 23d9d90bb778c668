"""The toll-fraud guard: one form for every way of writing a number, rules, and limits that always hold."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ivrcore.model import events
from ivrcore.model.event import Event, decode, encode
from ivrcore.model.names import OutboundRefusal, Service, Told
from ivrcore.tollguard import Allowed, Asked, GuardState, Refused, Rules, apply, canonical, decide
from ivrcore.tollguard.guard import HOUR

SITE = Rules(
    allowed=("+82", "+44", "15"),
    denied=("+8260", "+8270"),
    trunk="PJSIP/{number}@trunk",
    caller_ids={"main": "+8215880000"},
    caller_id="main",
    country="82",
    international=("00", "001"),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+82 2 1234-5678", "+82212345678"),
        ("0082212345678", "+82212345678"),
        ("001 82 2 1234 5678", "+82212345678"),
        ("02-1234-5678", "+82212345678"),
        ("+82 (0)2 1234 5678", "+82212345678"),
        ("060.700.1234", "+82607001234"),
        ("15880000", "15880000"),
        ("\u00a0+44\u201320 7946 0000", "+442079460000"),
        ("", None),
        ("+", None),
        ("1", None),
        ("+0123456", None),
        ("00", None),
        ("++82212345678", None),
        ("82+212345678", None),
        ("+82 0060 700 1234", None),
        ("0082 00 60 700 1234", None),
        ("+82 (0)060 700 1234", None),
        ("+82212345678;ext=1", None),
        ("+82212345678@evil", None),
        ("*98765", None),
        ("1234w", None),
        ("٠٢١٢٣٤٥٦٧", None),
        ("１５８８００００", None),
        ("+8221234567890123", None),
        ("+82212345678\r\nX: y", None),
    ],
)
def test_one_form(text: str, expected: str | None) -> None:
    assert canonical(text, country="82", international=("00", "001")) == expected


def test_an_area_code_that_begins_like_a_trunk_prefix_stays() -> None:
    assert canonical("+7 800 555 35 35", country="7", national="8") == "+78005553535"
    assert canonical("8 800 555 35 35", country="7", national="8") == "+78005553535"
    assert canonical("06 1 234 5678", country="36", national="06") == "+3612345678"
    assert canonical("+36 06 1 234 5678", country="36", national="06") == "+3612345678"


def test_without_a_country_numbers_stay_as_dialled() -> None:
    assert canonical("02-1234") == "021234"
    assert canonical("0044 20") == "+4420"


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.text(alphabet="0123456789+ -()./x*#٠\n;@", max_size=24))
def test_the_form_is_digits_and_is_its_own_form(text: str) -> None:
    number = SITE.number(text)
    if number is not None:
        assert set(number.removeprefix("+")) <= set("0123456789")
        assert SITE.number(number) == number


@pytest.mark.parametrize(
    ("number", "why", "prefix"),
    [
        ("060-700-1234", OutboundRefusal.DENIED, "+8260"),
        ("+82 (0) 60 700 1234", OutboundRefusal.DENIED, "+8260"),
        ("001 82 60 700 1234", OutboundRefusal.DENIED, "+8260"),
        ("607001234", OutboundRefusal.DENIED, "+8260"),
        ("+1 900 123 4567", OutboundRefusal.NOT_ALLOWED, ""),
        ("119", OutboundRefusal.NOT_ALLOWED, ""),
        ("hotline", OutboundRefusal.NO_NUMBER, ""),
    ],
)
def test_numbers_that_may_not_be_dialled(number: str, why: OutboundRefusal, prefix: str) -> None:
    assert decide(GuardState(), SITE, Asked(number), 0.0) == Refused(why, prefix)


def test_what_may_be_dialled_goes_by_the_trunk_and_shows_the_sites_number() -> None:
    verdict = decide(GuardState(), SITE, Asked("02 1234 5678"), 0.0)
    assert verdict == Allowed("+82212345678", "PJSIP/+82212345678@trunk", "+8215880000", "+82")
    assert "1234" not in repr(verdict)
    assert decide(GuardState(), SITE, Asked("02 1234 5678", caller_id="other"), 0.0) == Refused(
        OutboundRefusal.CALLER_ID, "+82"
    )
    assert decide(GuardState(), Rules(), Asked("02 1234 5678"), 0.0) == Refused(OutboundRefusal.OFF)


@pytest.mark.parametrize("number", ["15880000", "+82 1588 0000", "0082 1588 0000", "0 1588 0000"])
def test_a_short_number_that_is_denied_is_denied_from_abroad_too(number: str) -> None:
    rules = Rules(allowed=("+82", "15"), denied=("1588",), trunk="PJSIP/{number}", country="82")
    assert decide(GuardState(), rules, Asked(number), 0.0) == Refused(OutboundRefusal.DENIED, "1588")


@settings(max_examples=200, deadline=None, database=None, derandomize=True)
@given(
    st.sampled_from(["060", "70", "+8260", "0082 60", "1588", "112"]),
    st.text("0123456789", min_size=4, max_size=7),
    st.sampled_from(["{}", "0{}", "+82{}", "+82 0{}", "0082{}", "0082 (0){}", "00-82-{}"]),
)
def test_no_way_of_writing_a_denied_number_gets_round_it(prefix: str, rest: str, way: str) -> None:
    """The digits behind the country and the area's zero are what the carrier dials."""
    forms = Rules(country="82")
    denied = forms.number(prefix + "5" * 8)
    assert denied is not None
    rules = Rules(allowed=("+", *"0123456789"), denied=(denied[:-8],), trunk="PJSIP/{number}", country="82")
    area = denied[:-8].removeprefix("+82")
    verdict = decide(GuardState(), rules, Asked(way.format(area + rest)), 0.0)
    assert isinstance(verdict, Refused)
    assert verdict.why in (OutboundRefusal.DENIED, OutboundRefusal.NO_NUMBER)


def test_a_limit_of_an_hour_says_until_when_it_is_reached() -> None:
    rules, state = Rules(allowed=("+44",), trunk="t", per_hour=2, at_once=9), GuardState()
    for at in (100.0, 200.0, 300.0):
        apply(state, allowed_at(at, f"c{at}"))
    refused = decide(state, rules, Asked("+4420123", "x"), 400.0)
    assert refused == Refused(OutboundRefusal.PER_HOUR, "+44", 200.0 + HOUR)
    assert isinstance(decide(state, rules, Asked("+4420123", "x"), 200.0 + HOUR), Allowed)


def test_what_is_unlimited_counts_for_no_limit_and_is_open_all_the_same() -> None:
    rules, state = Rules(allowed=("+44",), trunk="t", per_hour=1, at_once=1), GuardState()
    apply(state, allowed_at(100.0, "c1", unlimited=True))
    assert list(state.open) == ["c1"]
    assert isinstance(decide(state, rules, Asked("+4420123", "x"), 101.0), Allowed)
    apply(state, allowed_at(101.0, "c2"))
    refused = decide(state, rules, Asked("+4420123", "x"), 102.0)
    assert refused == Refused(OutboundRefusal.AT_ONCE, "+44")
    for name in ("c1", "c2"):
        apply(state, events.OutboundEnded(at=103.0, contact=name, outbound=name, how=Told.DONE))
    assert (state.open, state.unlimited) == ({}, set())


def allowed_at(at: float, name: str, *, unlimited: bool = False) -> Event:
    return events.OutboundAllowed(
        at=at,
        contact=name,
        outbound=name,
        service=Service.TRANSFER,
        prefix="+44",
        caller=name,
        unlimited=unlimited,
    )


class Limits(RuleBasedStateMachine):
    """Callers ask, calls end, time passes, the server restarts: the limits hold in every window."""

    RULES = Rules(
        allowed=("+",),
        trunk="PJSIP/{number}",
        at_once=2,
        per_hour=7,
        per_caller=2,
        per_number=3,
        per_hour_anonymous=3,
    )

    def __init__(self) -> None:
        super().__init__()
        self.now = 1000.0
        self.state = GuardState()
        self.journal: list[Event] = []
        self.open: list[str] = []
        self.count = 0

    def happened(self, event: Event) -> None:
        self.journal.append(event)
        apply(self.state, event)

    @rule(caller=st.sampled_from("abcdXYZ"), called=st.sampled_from("mno"))
    def ask(self, caller: str, called: str) -> None:
        anonymous = caller in "XYZ"
        asked = Asked("+4420123", caller, called=called, anonymous=anonymous)
        verdict = decide(self.state, self.RULES, asked, self.now)
        self.count += 1
        name = f"c{self.count}.s1"
        recent = [
            one
            for one in self.journal
            if isinstance(one, events.OutboundAllowed) and one.at > self.now - HOUR
        ]
        full = (
            len(self.open) >= 2
            or len(recent) >= 7
            or sum(one.caller == caller for one in recent) >= 2
            or sum(one.called == called for one in recent) >= 3
            or (anonymous and sum(one.anonymous for one in recent) >= 3)
        )
        assert isinstance(verdict, Refused) is full
        if isinstance(verdict, Allowed):
            self.open.append(name)
            self.happened(
                events.OutboundAllowed(
                    at=self.now,
                    contact=name,
                    outbound=name,
                    service=Service.TRANSFER,
                    prefix=verdict.prefix,
                    caller=caller,
                    called=called,
                    anonymous=anonymous,
                )
            )

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 5))
    def end(self, which: int) -> None:
        name = self.open.pop(which % len(self.open))
        self.happened(events.OutboundEnded(at=self.now, contact=name, outbound=name, how=Told.DONE))

    @rule(seconds=st.sampled_from([0.0, 1.0, 300.0, 1800.0, 3599.0, 3600.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def restart(self) -> None:
        self.state = GuardState()
        for event in self.journal:
            apply(self.state, decode(type(event).__name__, 1, encode(event)))

    @invariant()
    def limits_hold(self) -> None:
        allowed = [one for one in self.journal if isinstance(one, events.OutboundAllowed)]
        assert len(self.open) == len(self.state.open) <= 2
        for last in allowed:
            window = [one for one in allowed if last.at - HOUR < one.at <= last.at]
            assert len(window) <= 7
            assert max(Counter(one.caller for one in window).values()) <= 2
            assert max(Counter(one.called for one in window).values()) <= 3
            assert sum(one.anonymous for one in window) <= 3
        assert len(self.state.recent) <= 7 or not allowed


Limits.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None, database=None, derandomize=True
)
TestLimits = pytest.mark.slow(Limits.TestCase)

"""What dialplans ask of routing: read from texts, and answered by harmless ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.errors import RequestRefused
from ivrcore.model.names import OfferEnd
from ivrcore.routing.asked import (
    OutcomeTold,
    Result,
    RouteAsked,
    read_outcome,
    read_route,
    read_taken,
    variables,
)

WORDS = st.text(max_size=40)


def test_all_that_may_be_asked() -> None:
    query = {
        "group": "cards",
        "priority": "-5",
        "skills": "cards:2+english",
        "prefer": "ann bob",
        "wait": "2m",
    }
    assert read_route(query, 60.0) == RouteAsked(
        "cards", -5, {"cards": 2, "english": 1}, ("ann", "bob"), 60.0
    )
    assert read_route({"group": "cards", "wait": "1.5"}, 60.0).wait == 1.5
    assert read_route({"contact": "c-1"}, 60.0) == RouteAsked("", contact="c-1")
    assert read_taken({"contact": "c-1", "channel": "PJSIP/ann-1"}) == ("c-1", "PJSIP/ann-1")


@pytest.mark.parametrize(
    ("status", "how", "talked"),
    [
        ("ANSWER", None, True),
        ("", None, False),
        ("BUSY", OfferEnd.REJECTED, False),
        ("noanswer", OfferEnd.NO_ANSWER, False),
        ("CHANUNAVAIL", OfferEnd.UNREACHABLE, False),
        ("CANCEL", OfferEnd.CALLER_LEFT, False),
        ("CONGESTION", OfferEnd.FAILED, False),
        ("INVALIDARGS", OfferEnd.FAILED, False),
    ],
)
def test_what_asterisk_says_of_a_dial(status: str, how: OfferEnd | None, talked: bool) -> None:
    assert read_outcome({"contact": "c-1", "status": status}) == OutcomeTold("c-1", how, talked)
    assert read_outcome({"contact": "c-1", "status": status, "gone": "1"}).gone


@given(st.dictionaries(st.sampled_from(["group", "priority", "skills", "prefer", "wait", "contact"]), WORDS))
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
def test_whatever_is_asked_it_is_read_or_refused_in_harmless_words(query: dict[str, str]) -> None:
    try:
        asked = read_route(query, 60.0)
    except RequestRefused as error:
        text = variables(Result.REFUSED, reason=error.message)["IVRCORE_REASON"]
        assert text.isprintable()
        assert not set(text) & set("$\"'`\\,;&|()[]{}<>\n\r")
    else:
        assert 0 <= asked.wait <= 60.0
        assert len(asked.skills) <= 20


@given(WORDS)
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
def test_a_variable_is_one_line_of_text_that_asterisk_does_not_evaluate(value: str) -> None:
    text = variables(Result.AGENT, agent=value)["IVRCORE_AGENT"]
    assert not set(text) & set("$\"'`\\,;&|()[]{}<>\n\r\0")

"""Any bytes on the manager's wire, and any order of events and statuses."""

from __future__ import annotations

import itertools
from contextlib import suppress

import pytest
from asterisk.manager import ManagerMsg
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrcore.app_queue.families import METRICS, Shown
from ivrcore.app_queue.frames import LONGEST_LINE, Framer
from ivrcore.app_queue.ledger import Ledger
from ivrcore.app_queue.messages import EVENTS, OddMessage, read_message
from ivrcore.app_queue.tally import Tally
from ivrcore.app_queue.wire import _lines_for_pyst2
from ivrcore.errors import WireError
from tests.unit.app_queue.asterisk_says import GREETING, Heard, completed, joined, left, member, params

SOME = settings(max_examples=150, deadline=None, database=None, derandomize=True)

names = st.sampled_from(["support", "", "x" * 300, "\x00", "sales", "상담"])
numbers = st.sampled_from(["0", "1", "7", "-1", "9" * 30, "", "x", "٣"])
headers = st.one_of(
    st.tuples(st.sampled_from(["Queue", "Uniqueid", "Interface", "MemberName", "Name", "Location"]), names),
    st.tuples(
        st.sampled_from(["HoldTime", "TalkTime", "Status", "Paused", "CallsTaken", "LastCall", "ListItems"]),
        numbers,
    ),
    st.tuples(st.just("ActionID"), st.sampled_from(["q", "other"])),
)
likely = st.builds(
    lambda event, rest, eol: (
        "".join(f"{key}: {value}{eol}" for key, value in [("Event", event), *rest]) + eol
    ).encode(),
    st.sampled_from([*EVENTS, "Nothing"]),
    st.lists(headers, max_size=12),
    st.sampled_from(["\r\n", "\n"]),
)
pieces = st.lists(st.one_of(likely, st.binary(max_size=80)), max_size=12)


def fed(stream: bytes, cuts: list[int]) -> tuple[Ledger, Framer]:
    ledger, framer = Ledger(), Framer()
    ledger.opened(0.0)
    ledger.asked("q")
    edges = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    for start, end in itertools.pairwise(edges):
        for frame in framer.feed(stream[start:end]):
            ledger.heard(frame, 1.0)
    return ledger, framer


@pytest.mark.slow
@SOME
@given(pieces, st.lists(st.integers(0, 10_000), max_size=6))
def test_given_any_bytes_when_heard_then_nothing_raises_and_how_they_are_cut_changes_nothing(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = GREETING + b"".join(parts)
    ledger, framer = fed(stream, cuts)
    whole, at_once = fed(stream, [])
    assert ledger.figures == whole.figures
    assert framer.odd == at_once.odd
    for metric in METRICS:
        assert isinstance(metric.family(Shown("pbx", ledger, 2.0)).rows, tuple)


@pytest.mark.slow
@SOME
@given(pieces)
def test_given_any_bytes_when_passed_on_then_pyst2_reads_the_same_event_or_answer(parts: list[bytes]) -> None:
    framer = Framer()
    for frame in framer.feed(GREETING + b"".join(parts)):
        *lines, last = _lines_for_pyst2(dict(frame)) or [b""]
        for line in lines:
            assert line.endswith(b"\r\n")
            assert b"status will follow" not in line
            assert b": " in line
        if lines:
            assert last == b"\r\n"
            read = ManagerMsg([line.decode() for line in lines])
            assert {key: value.strip() for key, value in frame.items() if key != "Message"} == read.headers
            assert read.data == ""


@SOME
@given(st.binary(max_size=60).filter(lambda data: not data.startswith(b"Asterisk Call Manager/")))
def test_given_another_greeting_when_read_then_it_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        list(Framer().feed(data + b"\n"))
    with pytest.raises(WireError):
        list(Framer().feed(data.replace(b"\n", b"") + b"x" * (LONGEST_LINE + 1)))


def test_given_a_line_without_end_when_read_then_it_is_not_kept() -> None:
    framer = Framer()
    list(framer.feed(GREETING))
    for _ in range(100):
        list(framer.feed(b"x" * LONGEST_LINE))
    assert len(framer._rest) <= 2 * LONGEST_LINE
    assert list(framer.feed(b"\r\nEvent: y\r\n\r\nEvent: z\r\n\r\n")) == [{"Event": "z"}]
    assert framer.odd == {"line_too_long": 1}


steps = st.lists(
    st.sampled_from(["completes", "away completes", "reset", "status", "cut", "join", "leave", "told"]),
    max_size=40,
)


@pytest.mark.slow
@SOME
@given(steps)
def test_given_any_course_of_events_when_counted_then_no_count_goes_back(course: list[str]) -> None:
    heard, asterisk, shown = Heard(), 0, 0
    for step in course:
        if step in ("completes", "away completes"):
            asterisk += 1
            if step == "completes":
                heard.hear(completed(0, 3))
        elif step == "reset":
            asterisk = 0
        elif step == "cut":
            heard.link()
        elif step in ("join", "leave"):
            heard.hear(joined("1.1") if step == "join" else left("1.1"))
        elif step == "told":
            heard.hear(member(calls=asterisk))
        else:
            heard.status(params(completed=asterisk))
        queue = heard.ledger.figures.queues.get("support")
        total = queue.completed.total if queue else 0
        assert total >= shown
        shown = total
        if queue is not None:
            assert queue.joined == queue.left + len(queue.waiting)


@SOME
@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_given_no_reset_when_settled_then_the_total_is_all_since_the_first_look(
    before: int, seen: int, away: int
) -> None:
    tally = Tally()
    tally.opened()
    for _ in range(3):
        tally.told(before)
    for _ in range(seen):
        tally.event()
    tally.opened()
    for _ in range(3):
        tally.told(before + seen + away)
    assert (tally.total, tally.unseen, tally.resets) == (seen + away, away, 0)


CHANNEL = "Channel:x\r\nChannelState:6\r\nChannelStateDesc:x\r\n"
BEGUN = "\r\n\r\nEvent:AgentDump\r\nPrivilege:agent,all"
SHORTEST = f"{BEGUN}\r\n{CHANNEL.strip()}"
"""The shortest beginning of an event; what stands behind the number would complete it."""


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("0212345678", ["AgentCalled"]),
        (SHORTEST, ["AgentDump"]),
        (SHORTEST[:79], []),
        (BEGUN, []),
        (SHORTEST.replace("\r", ""), ["AgentCalled"]),
        ("\r\n\r\nEvent:QueueMemberRemoved\r\nPrivilege:agent,all", []),
    ],
    ids=["a number", "an event", "as Asterisk cuts it", "no channel", "no line ends", "a member gone"],
)
def test_given_a_callers_number_with_an_event_in_it_when_read_then_there_is_no_room_for_it(
    number: str, found: list[str]
) -> None:
    head = f"Event: AgentCalled\r\nPrivilege: agent,all\r\n{CHANNEL}CallerIDNum: {number}\r\n"
    tail = "Queue: a\r\nUniqueid: 1.1\r\nInterface: PJSIP/ann\r\nMemberName: Ann\r\n\r\n"
    understood = []
    for frame in Framer().feed(GREETING + (head + tail).encode()):
        with suppress(OddMessage):
            if read_message(frame) is not None:
                understood.append(frame["Event"])
    assert understood == found

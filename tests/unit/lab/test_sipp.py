"""What is written for SIPp, and what is read from it."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from ivrcore.lab import sip_message, sipp_scenarios
from ivrcore.lab.sipp_log import LogReader
from ivrcore.lab.sipp_scenarios import AgentPhone, Answers, Ignores, Key, Pause, Rejects, Speech

SCENARIOS = {
    "agents": sipp_scenarios.agents(
        [
            AgentPhone("agent1", 4000, [Ignores(), Rejects(after=1), Answers(0.0, 2.0)]),
            AgentPhone("agent2", 4002, [Answers()]),
            AgentPhone("agent3", 4004, [Answers(talk=2.0, hold=(1.0, 3.0)), Answers(hold=(0.5, 1.0))], True),
        ]
    ),
    "register": sipp_scenarios.register(5070),
    "caller": sipp_scenarios.caller([Pause(1), Speech(Path("/a.ul"), 2), Key("#")]),
    "silent caller": sipp_scenarios.caller([]),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenarios_are_well_formed_and_jump_only_to_labels_they_have(name: str) -> None:
    root = ElementTree.fromstring(SCENARIOS[name])
    labels = [label.get("id") for label in root.iter("label")]
    assert len(labels) == len(set(labels))
    for element in root.iter():
        for attribute in ("next", "ontimeout"):
            assert element.get(attribute) is None or element.get(attribute) in labels


def entry(way: str, text: str, second: float, zone: str = "Z") -> str:
    """One message as SIPp logs it."""
    line = f"{'-' * 47} 2026-01-02T03:04:{second:09.6f}{zone}"
    return f"{line}\nUDP message {way} [{len(text)}] bytes:\n\n{text}\n"


def message(start: str, method: str, body: str = "") -> str:
    headers = [("From", "<sip:4711@b>"), ("Call-ID", "7"), ("CSeq", f"1 {method}")]
    return sip_message.build(start, headers, body, "application/sdp").decode()


INVITE = entry("received", message("INVITE sip:agent1@h SIP/2.0", "INVITE", sip_message.offer(4000)), 1)
RINGING = entry("sent", message("SIP/2.0 180 Ringing", "INVITE"), 1.1)
ANSWER = entry("sent", message("SIP/2.0 200 OK", "INVITE", sip_message.offer(4002)), 2)
BYE = entry("received", message("BYE sip:agent1@h SIP/2.0", "BYE"), 5.5)


def test_a_calls_story_is_read_from_the_log() -> None:
    reader = LogReader()
    happened = reader.feed(INVITE + RINGING + ANSWER + ANSWER + BYE)
    assert [what for what, _ in happened] == ["invited", "answered", "ended"]
    (call,) = reader.calls.values()
    assert call.agent == "agent1"
    assert call.answered_at - call.invited_at == pytest.approx(1)
    assert call.ended_at - call.answered_at == pytest.approx(3.5)
    assert call.ended_by == "far"
    assert call.invite.media == ("127.0.0.1", 4000)


def own_invite(number: int, way: str, start: str, media: str, second: float) -> str:
    """A phone's re-INVITE, or the answer to it."""
    text = message(start, "INVITE", sip_message.offer(4002).replace("sendrecv", media))
    return entry(way, text.replace("CSeq: 1 ", f"CSeq: {number} "), second)


def test_a_hold_is_told_once_the_far_side_agreed() -> None:
    ask, agree = "INVITE sip:asterisk@h SIP/2.0", "SIP/2.0 200 OK"
    reader = LogReader()
    reader.feed(INVITE + ANSWER + own_invite(2, "sent", ask, "sendonly", 3))
    hold = own_invite(2, "received", agree, "recvonly", 3.1)
    assert [what for what, _ in reader.feed(hold + hold)] == ["held"]
    (call,) = reader.calls.values()
    assert call.changed_at - call.answered_at == pytest.approx(1.1)
    back = own_invite(3, "sent", ask, "sendrecv", 5) + own_invite(3, "received", agree, "sendrecv", 5.2)
    assert [what for what, _ in reader.feed(back + BYE)] == ["resumed", "ended"]


def test_the_log_may_come_in_any_pieces() -> None:
    whole, reader = INVITE + RINGING + ANSWER + BYE, LogReader()
    happened = [what for at in range(len(whole)) for what, _ in reader.feed(whole[at : at + 1])]
    assert happened == ["invited", "answered", "ended"]


@pytest.mark.parametrize(("status", "by"), [(486, "refused"), (487, "cancelled")])
def test_refused_and_cancelled_calls_end_without_an_answer(status: int, by: str) -> None:
    reader = LogReader()
    reader.feed(INVITE + entry("sent", message(f"SIP/2.0 {status} No", "INVITE"), 3))
    (call,) = reader.calls.values()
    assert (call.ended_by, call.answered_at) == (by, 0)


def test_a_phone_cancelled_as_it_begins_to_answer_is_down() -> None:
    reader = LogReader()
    cancelled = message("SIP/2.0 200 OK", "CANCEL")
    reader.feed(INVITE + entry("received", message("CANCEL sip:agent1@h SIP/2.0", "CANCEL"), 3))
    assert [what for what, _ in reader.feed(entry("sent", cancelled, 3.1), last=True)] == ["ended"]
    (call,) = reader.calls.values()
    assert (call.ended_by, call.answered_at) == ("cancelled", 0)


def test_a_cancel_that_crossed_the_answer_ends_nothing() -> None:
    reader = LogReader()
    reader.feed(INVITE + ANSWER + entry("sent", message("SIP/2.0 200 OK", "CANCEL"), 3), last=True)
    (call,) = reader.calls.values()
    assert (call.ended_by, call.ended_at) == ("", 0)


def test_a_bye_of_our_own_and_local_times() -> None:
    reader = LogReader()
    reader.feed(INVITE.replace("000Z", "000") + ANSWER.replace("000Z", "000"))
    reader.feed(entry("sent", message("BYE sip:x SIP/2.0", "BYE"), 9, zone=""))
    (call,) = reader.calls.values()
    assert call.ended_by == "agent"
    assert call.ended_at - call.answered_at == pytest.approx(7)


def test_messages_of_unknown_calls_are_left_out() -> None:
    assert LogReader().feed(BYE + RINGING) == []

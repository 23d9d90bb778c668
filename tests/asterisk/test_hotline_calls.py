"""Whole calls on the real Asterisk: SIP callers, the server as a process of its own, SIPp agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ivrcore.lab import hearing
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, HangUp, Ignores, Keys, Rejects, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import By, LeftQueue, OfferEnd, Outcome
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    PLAN,
    check,
    figures_equal_fold,
    happened,
    hears,
    opened,
    reports_agree,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Starts a hotline; `hotline(agents={...}, **parts)`; checked and ended when the test is over."""
    with opened(tmp_path / "lab") as hotlines:

        def start(plan: str = PLAN, ready: tuple[str, ...] = (), **parts: str) -> HotlineLab:
            return hotlines.start(site(**parts), plan)

        yield start


def test_given_a_key_when_pressed_then_both_hear_each_other(hotline: Start, tmp_path: Path) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent3": Answers(0.3)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("cho")
    call = lab.phones.call(
        "5000",
        [Wait(0.5), Keys("2"), Wait(2.0), Say(tone(tmp_path, CALLER_HERTZ)), Wait(0.5), HangUp()],
        caller_id="0212345678",
        caller_name="Kim",
    )
    heard = call.result().heard
    (talk,) = lab.phones.agents["agent3"].calls
    lab.wait_for("the agent's phone is down", lambda: talk.ended_at is not None)
    assert hears(heard, AGENT_HERTZ)
    assert hears(talk.heard, CALLER_HERTZ)
    assert not hears(heard, CALLER_HERTZ)
    assert "0212345678" in talk.invite.text
    assert "loans: Kim" in talk.invite.text
    assert talk.invite.get("x-queue") == "loans"
    assert talk.invite.get("x-called-number") == "5000"
    (answered,) = happened(lab, events.VisitAnswered)
    assert (answered.agent, answered.queue) == ("cho", "loans")


def test_given_two_ready_agents_when_calls_come_then_the_longest_idle_rings_first(hotline: Start) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent1": Answers(0.2, talk=0.5), "agent2": Answers(0.2, talk=0.5)})
    lab.ready("bob")
    lab.ready("ann")
    for _ in range(3):
        lab.phones.call("5001", [Stay()]).result()
        lab.wait_for(
            "wrap-up over", lambda: all(one["state"] == "ready" for one in agents(lab, "ann", "bob"))
        )
    assert [one.agent for one in happened(lab, events.OfferMade)] == ["bob", "ann", "bob"]


def agents(lab: HotlineLab, *names: str) -> list[dict[str, str]]:
    """Ask the API for agents."""
    from ivrcore.web.client import ApiClient

    return [one for one in ApiClient(lab.url, lab.token).agents() if one["name"] in names]


def test_given_silence_three_times_when_in_a_menu_then_the_default_queue(hotline: Start) -> None:
    lab = hotline()
    call = lab.phones.call("5000", [Stay()])
    lab.wait_for("queued", lambda: happened(lab, events.ContactQueued))
    call.hang_up()
    call.result()
    assert [one.count for one in happened(lab, events.NoInput)] == [1, 2, 3]
    assert len(happened(lab, events.MenuGaveUp)) == 1
    lab.wait_for("closed", lambda: happened(lab, events.VisitAbandoned))
    (left,) = happened(lab, events.VisitAbandoned)
    assert left.queue == "loans"


def test_given_self_service_when_served_then_the_server_hangs_up(hotline: Start) -> None:
    lab = hotline()
    result = lab.phones.call("5000", [Wait(0.3), Keys("3"), Stay(10)]).result()
    assert result.ended_by == "far"
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert closed.outcome is Outcome.SELF_SERVED


@pytest.mark.parametrize(("number", "status"), [("5003", 486), ("5004", 503), ("5999", 404)])
def test_given_an_answer_policy_when_called_then_the_trunk_gets_its_cause(
    hotline: Start, number: str, status: int
) -> None:
    lab = hotline()
    result = lab.phones.call(number, [Stay()]).result()
    assert (result.status, result.answered_at) == (status, None)


def test_given_early_media_when_waiting_then_heard_but_not_answered(hotline: Start) -> None:
    lab = hotline()
    call = lab.phones.call("5001")
    lab.wait_for("queued", lambda: happened(lab, events.ContactQueued))
    lab.phones.wait(lambda: call.happened("ringing"), 60, "early media")
    assert not call.happened("answered")
    lab.phones.add_agents({"agent1": Answers(0.2, talk=0.5)})
    lab.ready("ann")
    result = call.result()
    assert result.answered_at is not None
    assert result.packets > 25


# --- bad luck -----------------------------------------------------------------------------------


def test_given_ringing_when_the_caller_hangs_up_then_nothing_is_left(hotline: Start) -> None:
    lab = hotline()
    call = lab.phones.call("5002")
    call.wait_for("ringing")
    call.hang_up()
    assert call.result().answered_at is None
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert closed.outcome is Outcome.LEFT_IN_MENU


@pytest.mark.parametrize("seconds", [0.0, 0.4])
def test_given_a_menu_when_the_caller_hangs_up_then_nothing_is_left(hotline: Start, seconds: float) -> None:
    lab = hotline()
    lab.phones.call("5000", [Wait(seconds), HangUp()]).result()
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert closed.outcome is Outcome.LEFT_IN_MENU


def test_given_a_queue_when_the_caller_hangs_up_then_abandoned(hotline: Start) -> None:
    lab = hotline()
    lab.phones.call("5000", [Wait(0.3), Keys("1"), Wait(1.0), HangUp()]).result()
    lab.wait_for("abandoned", lambda: happened(lab, events.VisitAbandoned))
    (left,) = happened(lab, events.VisitAbandoned)
    assert 0.5 < left.waited < 3


def test_given_a_ringing_agent_when_the_caller_hangs_up_then_the_phone_stops(hotline: Start) -> None:
    lab = hotline()
    phone = lab.phones.add_agents({"agent3": Ignores()})[0]
    lab.ready("cho")
    call = lab.phones.call("5000", [Wait(0.3), Keys("2"), Stay(20)])
    lab.wait_for("ringing", lambda: phone.live)
    call.hang_up()
    call.result()
    lab.wait_for("the phone is quiet", lambda: not phone.live)
    assert phone.calls[0].ended_by == "cancelled"
    (ended,) = happened(lab, events.OfferEnded)
    assert ended.how is OfferEnd.CALLER_LEFT


def test_given_an_agent_who_answers_when_the_caller_leaves_at_that_moment_then_no_phone_is_left_talking(
    hotline: Start,
) -> None:
    lab = hotline(queues=WHISPERED)
    phone = lab.phones.add_agents({"agent3": Answers(0.3)})[0]
    lab.ready("cho")
    call = lab.phones.call("5000", [Wait(0.3), Keys("2"), Stay(20)])
    lab.wait_for("the agent answers", lambda: phone.answered)
    call.hang_up()
    call.result()
    lab.wait_for("the phone is down", lambda: not phone.live)
    assert happened(lab, events.VisitAbandoned)
    assert not happened(lab, events.VisitAnswered)


WHISPERED = """\
cards: {skills: {cards: 1}}
loans: {skills: {loans: 1}, whisper: Somebody who asks for a loan is waiting for you., wrap_up: 0s}
"""


def test_given_a_whisper_when_the_agent_answers_then_only_the_agent_hears_it(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline(queues=WHISPERED)
    phone = lab.phones.add_agents({"agent3": Answers(0.2)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)[0]
    lab.ready("cho")
    call = lab.phones.call("5000", [Wait(0.3), Keys("2"), Stay(30)])
    lab.wait_for("talking", lambda: happened(lab, events.VisitAnswered))
    call.do(Wait(1.0), HangUp())
    call.hang_up()
    call.result()
    lab.wait_for("down", lambda: not phone.live)
    (whisper,) = [one for one in happened(lab, events.PromptStarted) if one.name.startswith("whisper")]
    (ended,) = [one for one in happened(lab, events.PromptEnded) if one.playback == whisper.playback]
    (answered,) = happened(lab, events.VisitAnswered)
    assert whisper.at < ended.at <= answered.at
    assert ended.at - whisper.at > 0.8


@pytest.mark.parametrize(
    ("behaviour", "how"),
    [(Ignores(), OfferEnd.NO_ANSWER), (Rejects(486), OfferEnd.REJECTED), (Rejects(603), OfferEnd.REJECTED)],
)
def test_given_an_agent_who_does_not_take_it_when_offered_then_the_next_does(
    hotline: Start, behaviour: Ignores | Rejects, how: OfferEnd
) -> None:
    lab = hotline(
        queues="cards: {skills: {cards: 1}, ring_time: 2s, wrap_up: 0s}\nloans: {skills: {loans: 1}}"
    )
    lab.phones.add_agents({"agent1": behaviour, "agent2": Answers(0.2, talk=0.5)})
    lab.ready("ann")
    lab.ready("bob")
    result = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(40)]).result()
    assert result.ended_by == "far", [record.event for record in lab.records()]
    (missed,) = happened(lab, events.OfferEnded)
    assert (missed.agent, missed.how) == ("ann", how)
    (answered,) = happened(lab, events.VisitAnswered)
    assert answered.agent == "bob"


def test_given_an_agent_who_hangs_up_when_talking_then_the_dialplan_goes_on(hotline: Start) -> None:
    lab = hotline()
    lab.phones.add_agents({"agent1": Answers(0.2, talk=1.0)})
    lab.ready("ann")
    result = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(20)]).result()
    assert result.ended_by == "far"
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.AGENT
    prompts = [one.name for one in happened(lab, events.PromptStarted)]
    assert prompts[-1].startswith("main/cards"), "Goodbye is said after the conversation"


def test_given_a_wait_that_is_too_long_when_over_then_the_dialplan_goes_on(hotline: Start) -> None:
    lab = hotline(queues="cards: {skills: {cards: 1}, max_wait: 1s}\nloans: {skills: {loans: 1}}")
    result = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(20)]).result()
    assert result.ended_by == "far"
    (left,) = happened(lab, events.VisitLeft)
    assert left.why is LeftQueue.TIMED_OUT


def test_given_music_and_position_when_waiting_then_both_are_heard(hotline: Start) -> None:
    queues = "cards: {skills: {cards: 1}, position: 'You are number {position}.', announce_first: 1s}\n"
    lab = hotline(queues=queues + "loans: {skills: {loans: 1}}")
    call = lab.phones.call("5000", [Wait(0.3), Keys("1"), Stay(30)])
    lab.wait_for(
        "position told",
        lambda: (
            {one.playback for one in happened(lab, events.PromptEnded)}
            & {one.playback for one in happened(lab, events.PromptStarted) if one.name == "position"}
        ),
    )
    call.do(Wait(1.0))
    call.hang_up()
    heard = call.result().heard
    from ivrcore.lab import audio
    from ivrcore.lab.pbx_files import MUSIC

    samples = audio.read_wav(heard)
    assert all(hearing.contains_tone(samples, hertz, 0.3, 0.01) for hertz in MUSIC)


def test_given_fifty_mixed_calls_then_metrics_and_reports_equal_the_journal(
    hotline: Start,
) -> None:
    queues = "cards: {skills: {cards: 1}, wrap_up: 0s}\nloans: {skills: {loans: 1}, wrap_up: 0s}"
    lab = hotline(queues=queues, history="{zone: Asia/Seoul}")
    phones = lab.phones.add_agents(
        {
            "agent1": [Answers(0.1, talk=0.3), Rejects(486), Answers(0.2, talk=0.2)],
            "agent2": Answers(0.1, talk=0.3),
            "agent3": Answers(0.2, talk=0.2),
        }
    )
    lab.ready("ann", "bob", "cho")
    scripts = [
        [Wait(0.2), Keys("3"), Stay(30)],
        [Wait(0.2), Keys("1"), Stay(60)],
        [Wait(0.2), Keys("2"), Stay(60)],
        [Wait(0.3), HangUp()],
        [Wait(0.2), Keys("1"), Wait(0.1), HangUp()],
    ]
    calls = [lab.phones.call("5000", scripts[n % len(scripts)], deadline=100) for n in range(50)]
    results = [call.result(120) for call in calls]
    assert {result.status for result in results} == {200}
    check(lab)
    assert len(happened(lab, events.ContactArrived)) == 50
    assert figures_equal_fold(lab) > 100
    lab.wait_for("the history is up to date", lambda: lab.total("ivrcore_history_behind_records") == 0)
    assert lab.total("ivrcore_history_healthy") == 1
    reports_agree(lab)
    answered = len(happened(lab, events.VisitAnswered))
    assert sum(phone.answered for phone in phones) >= answered
    assert lab.total("ivrcore_queue_contacts_answered_total") == answered

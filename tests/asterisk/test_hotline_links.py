"""A whole hotline when something goes away: Asterisk, the link to it, the server itself, the disk."""

from __future__ import annotations

import json
import re
import resource
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ivrcore.lab import audio, hearing
from ivrcore.lab.cable import Cable
from ivrcore.lab.held_up import waited_to_run
from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.pbx_files import MUSIC
from ivrcore.lab.phones import Answers, HangUp, Ignores, Keys, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import By, ChosenBy, OfferEnd, Outcome, PromptEnd
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    PLAN,
    check,
    happened,
    site,
    tone,
    unclosed,
)

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]

LOSS = 5.0
"""Seconds for which the link is away, as the requirement has it."""
BACK = 20.0
"""Seconds within which the link stands again: the longest pause between two tries, the looking over, and what
a busy machine needs."""

TALKERS = """\
cards: {skills: {cards: 1}, ring_time: 15s, wrap_up: 0s, retry_after: 1s}
loans: {skills: {loans: 1}, ring_time: 15s, wrap_up: 0s, retry_after: 1s}
"""
TO_CARDS = [Wait(0.3), Keys("1"), Stay(50)]
TO_LOANS = [Wait(0.3), Keys("2"), Stay(50)]


@pytest.fixture
def cable() -> Iterator[Cable]:
    """The link between server and Asterisk."""
    with Cable() as one:
        yield one


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Makes hotlines, served unless told otherwise; checked and ended when the test is over."""
    labs: list[HotlineLab] = []

    def make(
        *,
        served: bool = True,
        cable: Cable | None = None,
        registering: bool = True,
        plan: str = PLAN,
        **parts: str,
    ) -> HotlineLab:
        lab = HotlineLab(
            tmp_path / f"lab{len(labs)}",
            config=site(**parts),
            dialplans={"bank.yaml": plan},
            registering=registering,
            http_port=cable.port if cable else None,
        )
        labs.append(lab)
        if cable:
            cable.lead_to(lab.pbx.http_port)
        if served:
            lab.start().serve()
        return lab

    yield make
    try:
        for lab in labs:
            if lab.pbx.pid is not None:
                check(lab)
    finally:
        for lab in labs:
            lab.close()


# --- looking ------------------------------------------------------------------------------------


def readiness(lab: HotlineLab) -> dict[str, Any]:
    """Ask /readyz, whatever its status."""
    try:
        with LOOPBACK.open(f"{lab.url}/readyz", timeout=20) as answer:
            return dict(json.load(answer))
    except urllib.error.HTTPError as refused:
        with refused:
            return dict(json.load(refused))


def status_page(lab: HotlineLab) -> str:
    """Log in and give the status page's text without its tags."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    form = urllib.parse.urlencode({"token": lab.token}).encode()
    browser.open(f"{lab.url}/login", form, timeout=20).close()
    with browser.open(f"{lab.url}/", timeout=20) as page:
        return re.sub(r"<[^>]*>", "", page.read().decode())


def linked(lab: HotlineLab) -> bool:
    """Whether the server says that the link stands."""
    return bool(readiness(lab)["links"]["ari"])


def said(lab: HotlineLab, words: str) -> list[str]:
    """Give the lines of the server's log that hold these words."""
    return [line for line in (lab.folder / "server.log").read_text().splitlines() if words in line]


def states(lab: HotlineLab) -> dict[str, str]:
    """Give every agent's state by name."""
    return {one["name"]: one["state"] for one in ApiClient(lab.url, lab.token).agents()}


def sounded(wav: Path | None, began: float, hertz: float, first: float, last: float) -> bool:
    """Whether a tone sounds in every second between two times of a recording that began at ``began``."""
    assert wav is not None, "nothing was recorded"
    samples = audio.read_wav(wav)
    edges = [int((at - began) * audio.RATE) for at in seconds(first, last)]
    assert edges[-1] <= len(samples), "the recording ends too early"
    return all(hearing.contains_tone(samples[a:b], hertz, 0.6, 0.01) for a, b in pairwise(edges))


def seconds(first: float, last: float) -> list[float]:
    """Give the times from first to last in steps of a second."""
    return [first + step for step in range(int(last - first) + 1)]


def lose(lab: HotlineLab, cable: Cable, meanwhile: Callable[[], object]) -> tuple[float, float]:
    """Cut the link for `LOSS` seconds, then wait until it is back; give when it was away."""
    cable.cut()
    began = time.monotonic()
    meanwhile()
    time.sleep(max(0.0, began + LOSS - time.monotonic()))  # the length of the loss is what is tested
    ended = time.monotonic()
    cable.restore()
    lab.wait_for("the link is back", lambda: linked(lab))
    return began, ended


def assert_away_once(lab: HotlineLab) -> None:
    """One loss of about `LOSS` seconds is in the journal."""
    assert len(happened(lab, events.LinkWentDown)) == 1
    first, again = happened(lab, events.LinkCameUp)
    assert first.away == 0
    assert LOSS - 1 < again.away < LOSS + BACK


def assert_adds_up(lab: HotlineLab) -> None:
    """Everybody who entered a queue was answered, gave up, left or waits (N = A + B + X + waiting)."""
    for queue in ("cards", "loans"):
        ends = ("answered", "abandoned", "left")
        gone = sum(lab.total(f"ivrcore_queue_contacts_{end}_total", queue=queue) for end in ends)
        waiting = lab.total("ivrcore_queue_contacts_waiting", queue=queue)
        assert lab.total("ivrcore_queue_contacts_entered_total", queue=queue) == gone + waiting


# --- starting -----------------------------------------------------------------------------------


def test_given_no_asterisk_when_the_server_starts_then_it_is_ready_once_there_is_one(hotline: Start) -> None:
    lab = hotline(served=False)
    lab.serve(ready=False)
    lab.wait_for("it answers", lambda: lab.probe("healthz") == 200)
    lab.wait_for("it has tried", lambda: said(lab, "not connected to"))
    lab.wait_for("prompts are made", lambda: len(readiness(lab)["reasons"]) == 1)
    assert lab.probe("readyz") == 503
    assert readiness(lab)["reasons"] == ["the link to Asterisk (ari) is down: no connection (IVR301)"]
    assert "Asterisk (ari) away" in status_page(lab)
    tries = len(said(lab, "not connected to"))
    lab.start()
    lab.wait_for("ready by itself", lambda: lab.probe("readyz") == 200)
    assert tries == len(said(lab, "not connected to")) == 1
    assert "Asterisk (ari) connected" in status_page(lab)
    result = lab.phones.call("5000", [Wait(0.3), Keys("3"), Stay(10)]).result()
    assert result.ended_by == "far"
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    (closed,) = happened(lab, events.ContactClosed)
    assert closed.outcome is Outcome.SELF_SERVED


def test_given_a_wrong_password_when_the_server_starts_then_it_says_so_and_stays(hotline: Start) -> None:
    lab = hotline(served=False)
    (lab.site / "secrets/ari.password").write_text("not-the-password")
    lab.start().serve(ready=False)
    lab.wait_for("it is refused", lambda: lab.probe("healthz") == 200 and said(lab, "IVR305"))
    lab.wait_for(
        "the reason is named",
        lambda: (
            readiness(lab)["reasons"]
            == ["the link to Asterisk (ari) is down: Asterisk refuses the user or the password (IVR305)"]
        ),
    )
    assert said(lab, "hint: compare the password with ari.conf's")
    assert not said(lab, "not-the-password")
    assert len(said(lab, "not connected to")) == 1
    lab.wait_for("it is written", lambda: happened(lab, events.LinkWentDown))
    assert len(happened(lab, events.LinkWentDown)) == 1
    assert lab.probe("healthz") == 200


def refused(lab: HotlineLab) -> tuple[int, str]:
    """Try to serve a site that cannot be served; give the exit code and what was said."""
    command = [sys.executable, "-m", "ivrcore", "serve", str(lab.site)]
    tried = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert "Traceback" not in tried.stderr
    return tried.returncode, tried.stderr


def test_given_a_site_that_is_served_when_served_again_then_refused_and_the_first_goes_on(
    hotline: Start,
) -> None:
    lab = hotline()
    code, words = refused(lab)
    assert code == 2
    assert "IVR500" in words
    assert "in use" in words
    assert linked(lab)
    assert not happened(lab, events.LinkWentDown)


def test_given_a_web_port_that_is_taken_when_served_then_refused_and_no_link_is_made(hotline: Start) -> None:
    lab = hotline(served=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", lab.web_port))
        other.listen()
        code, words = refused(lab)
    assert code == 2
    assert f"cannot listen on 127.0.0.1:{lab.web_port}" in words
    assert "hint:" in words
    assert "not connected" not in words


def test_given_broken_dialplans_when_served_then_every_error_is_said(hotline: Start) -> None:
    lab = hotline(served=False)
    (lab.site / "dialplans/bank.yaml").write_text(PLAN.replace("queue: loans", "queue: lones"))
    (lab.site / "dialplans/other.yaml").write_text("name: other\nnumbers: {}\nbloks: {}\n")
    code, words = refused(lab)
    assert code == 2
    assert words.count("lones") >= 2
    assert "bank.yaml:" in words
    assert "other.yaml:" in words


def test_given_a_secret_that_is_not_there_when_served_then_it_is_named(hotline: Start) -> None:
    lab = hotline(served=False)
    (lab.site / "secrets/ari.password").unlink()
    code, words = refused(lab)
    assert code == 2
    assert "ari.password" in words


# --- the link -----------------------------------------------------------------------------------


def test_given_callers_without_an_agent_when_the_link_is_lost_then_all_go_on_after_it(
    hotline: Start, cable: Cable, tmp_path: Path
) -> None:
    patient = PLAN.replace("timeout: 1s", "timeout: 40s")
    lab = hotline(cable=cable, queues=TALKERS, plan=patient)
    phone = lab.phones.add_agents({"agent3": Answers(2.5)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)[0]
    lab.ready("cho")
    waiting = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))
    ringing = lab.phones.call("5000", TO_LOANS)
    lab.wait_for("ringing", lambda: phone.live)
    in_menu = lab.phones.call("5000")
    lab.wait_for("in the menu", lambda: len(happened(lab, events.MenuEntered)) == 3)
    began, ended = lose(lab, cable, lambda: fall_back(lab))
    lab.wait_for("talking", lambda: happened(lab, events.VisitAnswered))
    in_menu.do(Keys("1"))
    lab.wait_for("a key works", lambda: len(happened(lab, events.ContactQueued)) == 3)
    assert happened(lab, events.ChoiceMade)[-1].by is ChosenBy.KEY
    assert happened(lab, events.ContactQueued)[-1].queue == "cards"
    assert not happened(lab, events.NoInput)
    in_menu.hang_up()
    ringing.hang_up()
    waiting.hang_up()
    heard = waiting.result()
    assert all(sounded(heard.heard, heard.heard_from, hertz, began, ended) for hertz in MUSIC)
    assert {call.result().ended_by for call in (in_menu, ringing, waiting)} == {"caller"}
    lab.wait_for("all is over", lambda: not unclosed(lab))  # the cable goes before the hotline does
    assert_away_once(lab)
    assert PromptEnd.FINISHED in {one.how for one in happened(lab, events.PromptEnded) if one.inferred}
    assert not happened(lab, events.OrphanEnded)
    assert not happened(lab, events.CommandFailed)


def fall_back(lab: HotlineLab) -> None:
    """Call while the link is cut: Asterisk's fallback takes the caller."""
    call = lab.phones.call("5000", [Stay(20)])
    call.wait_for("answered")
    lab.wait_for("fallback", lambda: "ivrcore-fallback" in {one.context for one in lab.pbx.channels()})
    call.hang_up()
    call.result()


def test_given_conversations_when_the_link_is_lost_then_they_go_on_and_their_ends_are_found(
    hotline: Start, cable: Cable, tmp_path: Path
) -> None:
    agents = "".join(
        f"{name}: {{endpoint: PJSIP/agent{n}, skills: {{{skill}: 1}}}}\n"
        for n, (name, skill) in enumerate([("ann", "cards"), ("bob", "cards"), ("cho", "loans")], 1)
    )
    lab = hotline(cable=cable, queues=TALKERS, agents=agents)
    lab.phones.add_agents(
        {"agent1": Answers(0.2, talk=5.5), "agent2": Answers(0.2), "agent3": Answers(0.2)},
        say=tone(tmp_path, AGENT_HERTZ),
        repeat=True,
    )
    lab.ready("ann")
    leaving_agent = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("ann rings", lambda: happened(lab, events.OfferMade))
    lab.ready("bob", "cho")
    leaving_caller = lab.phones.call("5000", TO_CARDS)
    staying = lab.phones.call("5000", [*TO_LOANS[:2], *say_on(tone(tmp_path, CALLER_HERTZ, 60.0))])
    lab.wait_for("all talk", lambda: len(happened(lab, events.VisitAnswered)) == 3)
    lab.wait_for("all are joined", lambda: [one.channels for one in lab.pbx.bridges()] == [2, 2, 2])
    began, ended = lose(lab, cable, leaving_caller.hang_up)
    lab.wait_for("both ends are found", lambda: len(happened(lab, events.TalkEnded)) == 2)
    ends = {one.agent: one.by for one in happened(lab, events.TalkEnded)}
    assert ends == {"ann": By.AGENT, "bob": By.CALLER}
    assert leaving_agent.result().ended_by == "far", "goodbye is said, then hung up"
    assert len([one for one in happened(lab, events.LegEnded) if one.since is not None]) == 2
    staying.hang_up()
    heard = staying.result()
    (talk,) = lab.phones.agents["agent3"].calls
    lab.wait_for("the agent's phone is down", lambda: talk.ended_at is not None)
    assert talk.answered_at is not None
    assert sounded(heard.heard, heard.heard_from, AGENT_HERTZ, began, ended)
    assert sounded(talk.heard, talk.answered_at, CALLER_HERTZ, began, ended)
    lab.wait_for("all are ready", lambda: set(states(lab).values()) == {"ready"})
    assert_away_once(lab)
    assert_adds_up(lab)


def say_on(wav: Path) -> list[Any]:
    """Say a wav from now on."""
    return [Say(wav, wait=False), Stay(50)]


def test_given_a_silent_loss_when_callers_come_then_they_are_greeted_after_it(
    hotline: Start, cable: Cable
) -> None:
    lab = hotline(cable=cable, queues=TALKERS)
    lab.phones.add_agents({"agent3": Answers(0.2, talk=0.5)})
    lab.ready("cho")
    old = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("waiting", lambda: happened(lab, events.ContactQueued))
    cable.hold()
    new = lab.phones.call("5000", TO_LOANS)
    gone = lab.phones.call("5000", [Stay(30)], deadline=4.0)
    lab.wait_for("they wait", lambda: len(lab.pbx.channels()) >= 3)
    lab.wait_for("the loss is noticed", lambda: not linked(lab))
    assert gone.result().answered_at is None
    cable.restore()
    lab.wait_for("the link is back", lambda: linked(lab))
    assert new.result().ended_by == "far"
    old.hang_up()
    old.result()
    (answered,) = happened(lab, events.VisitAnswered)
    assert answered.queue == "loans"
    assert len(happened(lab, events.ContactArrived)) == 2
    assert not happened(lab, events.OrphanEnded)
    assert_adds_up(lab)


# --- the server ---------------------------------------------------------------------------------


def busy_hotline(hotline: Start, tmp_path: Path) -> tuple[HotlineLab, dict[str, Any]]:
    """One caller in the menu, one waiting, one whose agent rings, one who talks; their calls by that."""
    lab = hotline(queues=TALKERS)
    lab.phones.add_agents(
        {"agent3": Answers(0.2), "agent1": Ignores()}, say=tone(tmp_path, AGENT_HERTZ), repeat=True
    )
    lab.ready("cho", "ann")
    talking = lab.phones.call("5000", [*TO_LOANS[:2], *say_on(tone(tmp_path, CALLER_HERTZ, 60.0))])
    lab.wait_for("talking", lambda: happened(lab, events.VisitAnswered))
    ringing = lab.phones.call("5000", TO_CARDS)
    waiting = lab.phones.call("5000", TO_LOANS)
    lab.wait_for("ringing", lambda: lab.phones.agents["agent1"].live)
    lab.wait_for("waiting", lambda: len(happened(lab, events.ContactQueued)) == 3)
    in_menu = lab.phones.call("5000", [Stay(50)])
    lab.wait_for("in the menu", lambda: len(happened(lab, events.MenuEntered)) == 4)
    return lab, {"talking": talking, "ringing": ringing, "waiting": waiting, "menu": in_menu}


def assert_all_closed(lab: HotlineLab) -> None:
    """What the server knew no more of is closed as inferred, once."""
    closed = happened(lab, events.ContactClosed)
    assert [one.inferred for one in closed] == [True] * 4
    assert not unclosed(lab)
    left = {one.queue for one in happened(lab, events.VisitLeft)}
    assert left == {"cards", "loans"}
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.UNKNOWN


def assert_heard_fallback(lab: HotlineLab, calls: dict[str, Any]) -> None:
    """The three who did not talk heard Asterisk's own words and were hung up."""
    busy = audio.read_wav(lab.pbx.folder / "data/sounds/en/tt-allbusy.wav")
    for name in ("menu", "waiting", "ringing"):
        result = calls[name].result()
        assert result.ended_by == "far", name
        assert hearing.heard(busy, audio.read_wav(result.heard)).score > 0.6, name


AFTERWARDS = {"ann": "ready", "bob": "logged_out", "cho": "off_queue"}
"""The agents once their server came back; cho's phone is in the conversation that went on without it."""


def assert_talked_on(lab: HotlineLab, call: Any, since: float) -> None:
    """The pair heard each other on after ``since``; the caller's end is the agent's."""
    until = time.monotonic()
    call.hang_up()
    result = call.result()
    phone = lab.phones.agents["agent3"]
    lab.wait_for("the agent's phone is down", lambda: not phone.live)
    (talk,) = phone.calls
    assert talk.answered_at is not None
    assert sounded(result.heard, result.heard_from, AGENT_HERTZ, since, until)
    assert sounded(talk.heard, talk.answered_at, CALLER_HERTZ, since, until)


def test_given_calls_when_the_server_is_stopped_then_nobody_is_left_in_silence(
    hotline: Start, tmp_path: Path
) -> None:
    lab, calls = busy_hotline(hotline, tmp_path)
    told = time.monotonic()
    assert lab.signal_server(signal.SIGTERM) == 0
    assert time.monotonic() - told < 20
    assert isinstance(list(lab.records())[-1].event, events.ServerStopped)
    assert_all_closed(lab)
    assert_heard_fallback(lab, calls)
    lab.wait_for("the phone is quiet", lambda: not lab.phones.agents["agent1"].live)
    lab.serve()
    lab.wait_for("the pair is no queue's any more", lambda: states(lab) == AFTERWARDS)
    assert_adds_up(lab)
    lab.wait_for("the pair is found", lambda: happened(lab, events.OrphanEnded))
    assert [one.action for one in happened(lab, events.OrphanEnded)] == ["left in peace"]
    assert_talked_on(lab, calls["talking"], told)


def test_given_a_disk_that_is_full_when_calls_come_then_they_go_on_and_it_is_told_once(
    hotline: Start,
) -> None:
    lab = hotline(queues=TALKERS)
    lab.phones.add_agents({"agent3": Answers(0.2, talk=0.5)})
    lab.ready("cho")
    free = resource.prlimit(lab.pid, resource.RLIMIT_FSIZE, (12_000, resource.RLIM_INFINITY))
    for _ in range(2):
        assert lab.phones.call("5000", TO_LOANS).result().ended_by == "far"
    assert (lab.probe("healthz"), lab.probe("readyz")) == (200, 503)
    assert lab.total("ivrcore_journal_healthy") == 0
    assert len(said(lab, "the journal cannot be written")) == 1
    resource.prlimit(lab.pid, resource.RLIMIT_FSIZE, free)
    lab.wait_for("written again", lambda: lab.probe("readyz") == 200)
    assert len(happened(lab, events.VisitAnswered)) == 2
    assert len(said(lab, "the journal cannot be written")) == 1
    assert len(said(lab, "the journal is written again")) == 1


# --- Asterisk -----------------------------------------------------------------------------------


def test_given_calls_when_asterisk_crashes_then_all_is_closed_and_the_next_call_works(
    hotline: Start,
) -> None:
    lab = hotline(queues=TALKERS, registering=False)  # a crash may cost registrations that are not saved yet
    lab.phones.add_agents({"agent3": [Answers(0.2), Answers(0.2, talk=0.5)], "agent1": Ignores()})
    lab.ready("cho", "ann")
    talking = lab.phones.call("5000", TO_LOANS, deadline=8)
    ringing = lab.phones.call("5000", TO_CARDS, deadline=8)
    lab.wait_for("talking", lambda: happened(lab, events.VisitAnswered))
    lab.wait_for("ringing", lambda: lab.phones.agents["agent1"].live)
    lab.pbx.kill()
    lab.wait_for("noticed", lambda: not linked(lab))
    lab.pbx.start()
    lab.wait_for("the link is back", lambda: linked(lab))
    lab.wait_for("closed", lambda: not unclosed(lab))
    assert {one.inferred for one in happened(lab, events.ContactClosed)} == {True}
    lab.wait_for("agents are free", lambda: states(lab)["cho"] == states(lab)["ann"] == "ready")
    assert_adds_up(lab)
    assert lab.phones.call("5000", TO_LOANS).result().ended_by == "far"
    assert [one.agent for one in happened(lab, events.VisitAnswered)] == ["cho", "cho"]
    talking.result()
    ringing.result()


# --- late and many ------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [-0.04, -0.02, 0.0])
def test_given_an_agent_who_answers_as_the_offer_ends_then_the_next_one_gets_the_caller(
    hotline: Start, late: float
) -> None:
    queues = "cards: {skills: {cards: 1}, ring_time: 2s, wrap_up: 0s, retry_after: 30s}\n"
    lab = hotline(queues=queues + "loans: {skills: {loans: 1}}")
    first, second = lab.phones.add_agents(
        {"agent1": Answers(2.0 + late, talk=0.5), "agent2": Answers(0.2, talk=0.5)}
    )
    lab.ready("ann")
    call = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("ann rings", lambda: first.live)
    lab.ready("bob")
    assert call.result().ended_by == "far"
    lab.wait_for("phones are down", lambda: not first.live and not second.live)
    (answered,) = happened(lab, events.VisitAnswered)
    missed = happened(lab, events.OfferEnded)
    if answered.agent == "bob":
        # Asterisk tells that a phone is up, and may still give it up in the same moment, as the time is over.
        assert [one.agent for one in missed] == ["ann"]
        assert missed[0].how in (OfferEnd.NO_ANSWER, OfferEnd.AGENT_HUNG_UP)
    else:
        assert missed == []
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    assert happened(lab, events.ContactClosed)[0].outcome is Outcome.QUEUED
    assert set(states(lab).values()) <= {"ready", "resting", "logged_out"}


def test_given_twenty_calls_at_once_then_the_loop_is_not_blocked(hotline: Start) -> None:
    lab = hotline(queues=TALKERS)
    lab.phones.add_agents({f"agent{n}": Answers(0.1, talk=1.0) for n in (1, 2, 3)})
    lab.ready("ann", "bob", "cho")
    scripts = [
        [Wait(0.3), Keys("1"), Wait(6.0), HangUp()],
        [Wait(0.3), Keys("2"), Wait(6.0), HangUp()],
        [Wait(0.3), Keys("3"), Stay(20)],
        [Wait(4.0), HangUp()],
    ]
    calls = [lab.phones.call("5000", scripts[n % len(scripts)]) for n in range(20)]
    lab.wait_for("all at once", lambda: lab.total("ivrcore_contacts_in_progress") >= 15)
    lag = 0.0
    queued = waited_to_run(lab.pid)
    while not all(call.happened("done") for call in calls):
        lag = max(lag, lab.total("ivrcore_loop_lag_seconds"))
        time.sleep(0.1)
    held_up = waited_to_run(lab.pid) - queued
    for call in calls:
        call.result()
    assert 0 < lag < 0.1 + held_up  # 14 ms were measured with both cores busy

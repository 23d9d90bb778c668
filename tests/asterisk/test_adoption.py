"""The server is killed under calls in every state and started again: nobody learns of it."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ivrcore.lab.hotline import HotlineLab
from ivrcore.lab.phones import Answers, Ignores, Keys, Say, Stay, Wait
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, By, Outcome
from ivrcore.service.watching import EVERY
from ivrcore.web.client import ApiClient
from tests.asterisk.hotlines import (
    AGENT_HERTZ,
    CALLER_HERTZ,
    PLAN,
    check,
    figures_equal_fold,
    happened,
    site,
    tone,
)

pytestmark = pytest.mark.asterisk

Start = Callable[..., HotlineLab]

QUEUES = """\
cards: {skills: {cards: 1}, ring_time: 20s, wrap_up: 0s, retry_after: 1s}
loans: {skills: {loans: 1}, ring_time: 20s, wrap_up: 8s, retry_after: 1s}
"""
TO_CARDS = [Wait(0.3), Keys("1"), Stay(60)]
TO_LOANS = [Wait(0.3), Keys("2"), Stay(60)]


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Start]:
    """Makes hotlines; checked and ended when the test is over."""
    labs: list[HotlineLab] = []

    def make(**parts: str) -> HotlineLab:
        lab = HotlineLab(
            tmp_path / f"lab{len(labs)}",
            config=site(**{"queues": QUEUES, **parts}),
            dialplans={"bank.yaml": PLAN.replace("timeout: 1s", "timeout: 20s")},
            registering=True,
        )
        labs.append(lab)
        lab.start().serve()
        return lab

    yield make
    try:
        for lab in labs:
            check(lab)
            figures_equal_fold(lab)
    finally:
        for lab in labs:
            lab.close()


def states(lab: HotlineLab) -> dict[str, str]:
    """Give every agent's state by name."""
    return {one["name"]: one["state"] for one in ApiClient(lab.url, lab.token).agents()}


def places(lab: HotlineLab, queue: str) -> list[tuple[str, float]]:
    """Give who waits in a queue, in order, and since when."""
    rows = ApiClient(lab.url, lab.token).contacts()
    mine = [row for row in rows if row["queue"] == queue and row["wait"]]
    mine.sort(key=lambda row: row["wait"]["position"])
    return [(row["contact"], row["wait"]["entered"]) for row in mine]


def kill(lab: HotlineLab, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Kill the server, start it again, and wait until it has looked at Asterisk."""
    assert lab.signal_server(signal.SIGKILL) == 256 - signal.SIGKILL
    ups = len(happened(lab, events.LinkCameUp))
    meanwhile()
    lab.serve()
    lab.wait_for("the link is back", lambda: len(happened(lab, events.LinkCameUp)) > ups)


def adopted(lab: HotlineLab) -> Counter[AdoptedIn]:
    """Count the contacts that went on, by where they were."""
    return Counter(one.where for one in happened(lab, events.ContactAdopted))


def busy(hotline: Start, tmp_path: Path) -> tuple[HotlineLab, dict[str, Any]]:
    """One who talks, one whose agent rings, two who wait, one in the menu."""
    lab = hotline()
    lab.phones.add_agents(
        {"agent3": Answers(0.2), "agent1": Ignores()}, say=tone(tmp_path, AGENT_HERTZ), repeat=True
    )
    lab.ready("cho", "ann")
    say = Say(tone(tmp_path, CALLER_HERTZ, 60.0), wait=False)
    calls = {"talking": lab.phones.call("5000", [*TO_LOANS[:2], say, Stay(60)])}
    lab.wait_for("talking", lambda: happened(lab, events.VisitAnswered))
    calls["ringing"] = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("ringing", lambda: lab.phones.agents["agent1"].live)
    for count, name in enumerate(("first", "second"), 3):
        calls[name] = lab.phones.call("5000", TO_LOANS)
        lab.wait_for(name, lambda count=count: len(happened(lab, events.ContactQueued)) == count)
    calls["menu"] = lab.phones.call("5000", [Wait(15), Keys("1"), Stay(60)])
    lab.wait_for("in the menu", lambda: len(happened(lab, events.MenuEntered)) == 5)
    return lab, calls


def test_given_calls_in_every_state_when_the_server_is_killed_then_all_go_on(
    hotline: Start, tmp_path: Path
) -> None:
    lab, calls = busy(hotline, tmp_path)
    before, waiting = lab.metrics(), places(lab, "loans")
    began = time.monotonic()
    kill(lab)
    lab.wait_for("all are found", lambda: adopted(lab).total() == 5)
    assert adopted(lab) == {
        AdoptedIn.TALK: 1,
        AdoptedIn.OFFERED: 1,
        AdoptedIn.QUEUE: 2,
        AdoptedIn.DIALPLAN: 1,
    }
    assert len(happened(lab, events.OfferMade)) == 2, "nobody is offered twice"
    assert places(lab, "loans") == waiting
    ended = [one.id for one in happened(lab, events.OrphanEnded)]
    assert all(".a" in one for one in ended), "only parts of streams, which nobody can take up"
    assert not happened(lab, events.ContactClosed)
    after = lab.metrics()
    for (name, labels), value in before.items():
        if name.startswith(("ivrcore_contacts", "ivrcore_queue")) and name.endswith("_total"):
            assert after[name, labels] >= value, name
    lab.wait_for("a key works", lambda: happened(lab, events.KeyPressed)[4:], 30)
    lab.wait_for("it counts", lambda: len(happened(lab, events.ContactQueued)) == 5)
    calls["talking"].hang_up()
    lab.wait_for("the talk is over", lambda: happened(lab, events.TalkEnded))
    (talk,) = happened(lab, events.TalkEnded)
    assert talk.by is By.CALLER
    assert talk.talked >= time.monotonic() - began - 1
    lab.wait_for("the agent wraps up", lambda: states(lab)["cho"] == "wrap_up")
    kill(lab)
    assert states(lab)["cho"] == "wrap_up"
    lab.wait_for("the first who waits is through", lambda: len(happened(lab, events.VisitAnswered)) == 2)
    (_, answered) = happened(lab, events.VisitAnswered)
    assert answered.contact == waiting[0][0]
    for call in calls.values():
        call.hang_up()
    results = {name: call.result() for name, call in calls.items()}
    assert {one.ended_by for one in results.values()} == {"caller"}
    lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 5)
    assert {one.outcome for one in happened(lab, events.ContactClosed)} == {Outcome.QUEUED}


def test_given_a_phone_answered_while_the_server_is_away_when_its_time_is_over_then_they_talk(
    hotline: Start, tmp_path: Path
) -> None:
    lab = hotline(queues=QUEUES.replace("ring_time: 20s", "ring_time: 5s"))
    lab.phones.add_agents({"agent1": Answers(3.0)}, say=tone(tmp_path, AGENT_HERTZ), repeat=True)
    lab.ready("ann")
    call = lab.phones.call("5000", TO_CARDS)
    lab.wait_for("ringing", lambda: lab.phones.agents["agent1"].live)
    (offer,) = happened(lab, events.OfferMade)
    kill(lab, lambda: lab.wait_for("its time is over", lambda: time.time() > offer.at + 6))
    lab.wait_for("they talk", lambda: happened(lab, events.VisitAnswered))
    assert not happened(lab, events.OfferEnded)
    assert not happened(lab, events.HangUpRequested)
    call.hang_up()
    assert call.result().ended_by == "caller"
    lab.wait_for("closed", lambda: happened(lab, events.ContactClosed))
    lab.wait_for("the phone is quiet", lambda: not lab.phones.agents["agent1"].live)


def test_given_calls_when_they_end_while_the_server_is_away_then_they_are_closed_truly(
    hotline: Start, tmp_path: Path
) -> None:
    lab, calls = busy(hotline, tmp_path)

    def leave() -> None:
        for call in calls.values():
            call.hang_up()
            call.result()
        lab.wait_for("callers are gone", lambda: len(lab.pbx.channels()) <= 2)

    kill(lab, leave)
    lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 5)
    assert {one.inferred for one in happened(lab, events.ContactClosed)} == {True}
    ends = [one for one in happened(lab, events.LegEnded) if one.leg.endswith(".l1")]
    assert all(one.since is not None and one.since < one.at for one in ends)
    outcomes = Counter(one.outcome for one in happened(lab, events.ContactClosed))
    assert outcomes == {Outcome.QUEUED: 4, Outcome.LEFT_IN_MENU: 1}
    (known_to,) = {one.since for one in ends}
    entered = {one.visit: one.at for one in happened(lab, events.ContactQueued)}
    waits = {one.visit: one.waited for one in happened(lab, events.VisitAbandoned)}
    assert len(waits) == 3
    assert waits == {visit: pytest.approx(known_to - entered[visit]) for visit in waits}, "to the death"
    (talk,), (answered,) = happened(lab, events.TalkEnded), happened(lab, events.VisitAnswered)
    assert talk.talked == pytest.approx(known_to - answered.at)
    assert not happened(lab, events.ContactAdopted)
    lab.wait_for("phones are quiet", lambda: not lab.phones.agents["agent1"].live)


def test_given_one_who_waits_and_nothing_else_when_the_server_is_killed_then_the_wait_counts_to_it(
    hotline: Start,
) -> None:
    lab = hotline()
    call = lab.phones.call("5000", TO_LOANS)
    lab.wait_for("waits", lambda: happened(lab, events.ContactQueued))
    told = len(happened(lab, events.CallsWatched))
    lab.wait_for("looked after", lambda: len(happened(lab, events.CallsWatched)) == told + 2)

    def leave() -> None:
        call.hang_up()
        call.result()
        lab.wait_for("the caller is gone", lambda: not lab.pbx.channels())

    kill(lab, leave)
    lab.wait_for("it is closed", lambda: happened(lab, events.ContactClosed))
    (queued,), (left,) = happened(lab, events.ContactQueued), happened(lab, events.VisitAbandoned)
    assert left.since >= happened(lab, events.CallsWatched)[-1].at
    assert EVERY <= left.waited == pytest.approx(left.since - queued.at)


def test_given_a_version_that_is_gone_when_the_server_is_killed_then_who_waits_and_talks_goes_on(
    hotline: Start, tmp_path: Path
) -> None:
    lab, calls = busy(hotline, tmp_path)
    waiting = places(lab, "loans")

    def lose_versions() -> None:
        (plan,) = (lab.site / "dialplans").iterdir()
        plan.write_text(plan.read_text().replace("Goodbye.", "See you."))
        for part in (lab.site / "var").glob("dialplans.db*"):
            part.unlink()

    kill(lab, lose_versions)
    lab.wait_for("they are found", lambda: adopted(lab).total() == 4)
    assert adopted(lab) == {AdoptedIn.TALK: 1, AdoptedIn.OFFERED: 1, AdoptedIn.QUEUE: 2}
    assert places(lab, "loans") == waiting
    (menu,) = happened(lab, events.ContactClosed)
    assert menu.inferred
    lab.wait_for("who was in the menu is in the fallback", lambda: happened(lab, events.OrphanEnded))
    calls["talking"].hang_up()
    lab.wait_for("the first who waits is through", lambda: len(happened(lab, events.VisitAnswered)) == 2)
    for call in calls.values():
        call.hang_up()
    assert calls["first"].result().ended_by == "caller"
    lab.wait_for("all are closed", lambda: len(happened(lab, events.ContactClosed)) == 5)

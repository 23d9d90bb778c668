"""A new process takes over the calls at two real Asterisks, also when one of them hangs just then."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path

import pytest

from ivrcore.lab.phones import Answers, Say, Stay
from ivrcore.model import events
from ivrcore.model.names import Outcome
from ivrcore.model.pbx import MAIN, pbx_of
from tests.asterisk.hotlines import AGENT_HERTZ, CALLER_HERTZ, happened, tone
from tests.asterisk.test_hotline_hand_over import BOUND, HEARD_GAP, gap
from tests.asterisk.test_hotline_pbxs import BUSAN, Two, folder, two, with_trunk

__all__ = ["folder", "two", "with_trunk"]

pytestmark = pytest.mark.asterisk


def taken_up(two: Two) -> Counter[tuple[str, str]]:
    """Count the contacts that the new process took up: their PBX, and where they were."""
    return Counter((pbx_of(one.contact), str(one.where)) for one in happened(two.lab, events.ContactAdopted))


def seconds_away(two: Two, driver: str) -> float:
    """Give for how long nobody heard the calls of this link at the hand-over."""
    (over,) = happened(two.lab, events.ServerHandedOver)
    ups = [one.at for one in happened(two.lab, events.LinkCameUp) if one.driver == driver]
    return float(ups[-1] - over.since)


def test_given_calls_at_both_when_handed_over_then_all_go_on_and_no_talk_is_heard_to_stop(
    with_trunk: Two, folder: Path
) -> None:
    two, lab = with_trunk, with_trunk.lab
    hums = Say(tone(folder, CALLER_HERTZ, 60.0), wait=False)
    (phone,) = two.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ, 60.0))
    lab.phones.add_agents({"agent1": Answers(0.2)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    lab.ready("bea")
    calls = {"talks": lab.phones.call("5001", [hums, Stay(100)])}  # by the trunk: she is at the other one
    lab.wait_for("bea talks", lambda: two.answered() == ["bea"])
    calls["waits there"] = two.phones.call("5001", [Stay(100)])
    lab.wait_for("one waits there", lambda: len(happened(lab, events.ContactQueued)) == 2)
    calls["waits here"] = lab.phones.call("5001", [Stay(100)])
    lab.wait_for("one waits here", lambda: len(happened(lab, events.ContactQueued)) == 3)
    calls["menu there"] = two.phones.call("5000", [Stay(100)])
    lab.wait_for("one is in the menu there", lambda: happened(lab, events.MenuEntered))
    old = lab.pid
    lab.hand_over()
    assert lab.pid != old
    lab.wait_for("both links stand", lambda: all(two.readiness()["links"].values()))
    lab.wait_for("all are taken up", lambda: taken_up(two).total() == 4)
    assert taken_up(two) == {
        (MAIN, "talk"): 1,
        (MAIN, "queue"): 1,
        (BUSAN, "queue"): 1,
        (BUSAN, "dialplan"): 1,
    }
    assert {0 < seconds_away(two, driver) < BOUND for driver in ("ari", "ari:busan")} == {True}
    came = [lab.phones.call("5001", [Stay(100)]), two.phones.call("5001", [Stay(100)])]
    lab.wait_for("new ones wait too", lambda: len(happened(lab, events.ContactQueued)) == 5)
    lab.ready("ann")
    lab.wait_for("who waited longest here is served", lambda: two.answered() == ["bea", "ann"])
    served = [one.contact for one in happened(lab, events.VisitAnswered)]
    queued = [one.contact for one in happened(lab, events.ContactQueued)]
    assert served == [queued[0], queued[2]]  # no trunk leads to her from there
    assert not happened(lab, events.ContactClosed)
    assert not happened(lab, events.OrphanEnded)
    for call in (*calls.values(), *came):
        call.hang_up()
    heard = {name: call.result() for name, call in calls.items()}
    assert {one.ended_by for one in heard.values()} == {"caller"}
    assert gap(heard["talks"].heard, AGENT_HERTZ) < HEARD_GAP
    lab.wait_for("bea's phone is down", lambda: phone.calls and phone.calls[0].heard)
    assert gap(phone.calls[0].heard, CALLER_HERTZ) < HEARD_GAP


def test_given_one_that_hangs_when_handed_over_then_the_others_calls_go_on_and_its_own_when_it_does(
    two: Two, folder: Path
) -> None:
    lab, busan = two.lab, two.busan
    lab.phones.add_agents({"agent1": Answers(0.2, talk=1.0)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    two.phones.add_agents({"agent1": Answers(0.2, talk=1.0)}, say=tone(folder, AGENT_HERTZ), repeat=True)
    there = two.phones.call("5001", [Stay(100)])
    lab.wait_for("one waits there", lambda: happened(lab, events.ContactQueued))
    here = lab.phones.call("5001", [Stay(100)])
    lab.wait_for("both wait", lambda: len(happened(lab, events.ContactQueued)) == 2)
    assert busan.pid is not None
    os.kill(busan.pid, signal.SIGSTOP)
    try:
        lab.wait_for("it is noticed", lambda: happened(lab, events.LinkWentDown))
        lab.hand_over(ready=False)
        lab.wait_for("the one here is taken up", lambda: taken_up(two) == {(MAIN, "queue"): 1})
        assert 0 < seconds_away(two, "ari") < BOUND
        lab.ready("ann")
        lab.wait_for("it is served", lambda: two.answered() == ["ann"])
    finally:
        os.kill(busan.pid, signal.SIGCONT)
    lab.wait_for("the other is taken up", lambda: taken_up(two)[BUSAN, "queue"] == 1)
    lab.ready("bea")
    lab.wait_for("it is served there", lambda: two.answered() == ["ann", "bea"])
    for call in (there, here):
        assert call.result().status == 200
    lab.wait_for("both are closed", lambda: len(happened(lab, events.ContactClosed)) == 2)
    assert {one.outcome for one in happened(lab, events.ContactClosed)} == {Outcome.QUEUED}

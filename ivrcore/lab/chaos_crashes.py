"""Asterisk killed by SIGKILL and started again: every call is over, and the next ones are served."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.lab import chaos_site
from ivrcore.lab.chaos_audit import SETTLE, back
from ivrcore.lab.chaos_calls import ON_THE_LINE, moment
from ivrcore.lab.chaos_end import accounts, gone, unequal
from ivrcore.lab.held_up import waited_to_run
from ivrcore.lab.phones import Stay
from ivrcore.model import events
from ivrcore.model.names import AgentState, By, Device

if TYPE_CHECKING:
    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.hotline import HotlineLab
    from ivrcore.lab.phone_records import Result

AWAY = (0.0, 0.0, 0.5, 2.0, 6.0)
"""Seconds for which there is no Asterisk, beside those of its own start."""
NOTICED = 5.0
"""Seconds within which a crash is to be noticed, as the requirement has it."""
HANG_UP = (By.CALLER, By.AGENT)
"""Neither did: the call was lost."""
BACK = 60.0
FREE = 20.0
"""Seconds within which all agents are ready again: longer than any wrap-up, and a phone that refuses."""


@dataclass
class Crash:
    """One crash of Asterisk: what was in progress, and what was found after it."""

    seed: int
    target: str
    seconds: float
    """For how long there was no Asterisk."""
    live: int = 0
    talking: int = 0
    """Of these, how many talked with an agent."""
    closed: int = 0
    noticed: float = 0.0
    """Seconds from the crash until the server knew."""
    back: float = 0.0
    """Seconds from Asterisk's start until the link stood."""
    wrong: list[str] = field(default_factory=list)

    def words(self) -> str:
        """Sum it up in a line."""
        return (
            f"{self.live} live, {self.talking} talking, {self.closed} closed; noticed after "
            f"{self.noticed:.1f} s, back after {self.back:.1f} s"
        )


@dataclass
class Crashes:
    """What is to be kept in mind over the crashes of a storm."""

    unheard: int = 0
    """Calls that had no answer yet of any kind: whether Asterisk had told of them is not known."""


def crash(lab: HotlineLab, kept: Crashes, audit: Audit, calls: Calls, seed: int) -> Crash:
    """Kill Asterisk at the seed's moment, start it again, and look what the server makes of it."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    target = ON_THE_LINE[seed % len(ON_THE_LINE)]
    calls.fill(chance)
    lab.wait_for("somebody talks", lambda: _talking(audit.read()))
    _own_call(lab, audit)
    audit.read().forget()
    scraped = lab.metrics()
    moment(audit, calls, chance, target)
    before_it = audit.read().wrong
    audit.forget()  # beside other runs the link may have been lost meanwhile, which is another matter
    held_up, began = waited_to_run(lab.pid), time.time()
    lab.pbx.kill()
    kept.unheard += sum(not (call.happened("ringing") or call.happened("answered")) for call in calls.live())
    for call in calls.live():
        call.lose()
    lab.wait_for("the crash is noticed", lambda: audit.read().happened(events.LinkWentDown), BACK)
    before = set(audit.live) - audit.call_backs.open.keys()
    point = Crash(seed, target.__name__ if target else "any moment", 0.0, len(before), _talking(audit))
    point.wrong += before_it
    down = next(one.at for one in audit.new if isinstance(one, events.LinkWentDown))
    point.noticed = max(down - began, 0.0)
    if point.noticed > NOTICED + waited_to_run(lab.pid) - held_up:
        point.wrong.append(f"the crash was noticed after {point.noticed:.1f} s")
    time.sleep(chance.choice(AWAY))  # how long there is no Asterisk
    lab.pbx.start()
    point.seconds = time.time() - began
    lab.wait_for("the link is up", lambda: audit.read().happened(events.LinkCameUp), BACK)
    up = next(one.at for one in audit.new if isinstance(one, events.LinkCameUp))
    point.back = max(up - began - point.seconds, 0.0)
    point.wrong += _closings(lab, point, audit, before, down)
    point.wrong += _agents(lab, audit)
    point.wrong += [*audit.settled(), *back(scraped, lab.metrics()), *audit.wrong]
    audit.forget()
    _next_call(lab, audit, calls)
    return point


def _talking(audit: Audit) -> int:
    return sum(audit.state.agent_state(name) is AgentState.TALKING for name in chaos_site.NAMES)


def _own_call(lab: HotlineLab, audit: Audit) -> None:
    """Let the phone of the one who is logged out have a call of its own: the crash ends that, too."""
    chaos_site.own_call(lab.pbx)
    lab.wait_for("a call of an agent's own", lambda: _device(audit.read()) is Device.BUSY)


def _device(audit: Audit) -> Device | None:
    found = audit.state.pool.agents.get(chaos_site.PRIVATE)
    return found.device if found else None


def _closings(lab: HotlineLab, point: Crash, audit: Audit, before: set[str], down: float) -> list[str]:
    """Say who of those who were there is not closed as inferred, as of the moment of the crash."""
    deadline = time.monotonic() + SETTLE
    while audit.read().open & before and time.monotonic() < deadline:
        time.sleep(0.05)
    closed = [one for one in audit.new if isinstance(one, events.ContactClosed) and one.contact in before]
    point.closed = len(closed)
    wrong = [f"{contact} is not closed" for contact in sorted(audit.open & before)]
    by_agi = audit.agi.came  # the end of the session's connection is what is seen of it
    wrong += [
        f"{one.contact} is not closed as inferred"
        for one in closed
        if not one.inferred and one.contact not in by_agi
    ]
    ends = [
        one
        for one in audit.new
        if isinstance(one, events.LegEnded) and one.at >= down and one.contact not in by_agi
    ]
    # The server ends itself what it was about to dial: that never was in Asterisk.
    seen = [one.leg for one in ends if one.since is None and one.by is not By.SERVER]
    wrong += [f"nobody can have seen the end of {leg}" for leg in seen]
    wrong += [f"{one.leg} was not ended by the {one.by}" for one in ends if one.by in HANG_UP]
    state, booked = audit.state, audit.call_backs.open
    left = [one.id for one in state.offers.values() if one.contact not in booked]
    left += [one.id for one in state.waiting.visits.values() if one.contact not in booked]
    if left:
        wrong.append(f"left: {left}")
    return wrong


def _agents(lab: HotlineLab, audit: Audit) -> list[str]:
    """Say whose phone was not looked at again, and who is not free for the next caller."""
    deadline = time.monotonic() + FREE
    while (wrong := _unfree(audit.read())) and time.monotonic() < deadline:
        time.sleep(0.05)
    return wrong


def _unfree(audit: Audit) -> list[str]:
    state = audit.state
    was_ready = {
        one.agent
        for one in audit.new
        if isinstance(one, events.AgentStateChanged) and one.state is AgentState.READY
    }  # who is called back may have come first
    wrong = [
        f"{name} is {state.agent_state(name)}, and {state.pool.agents[name].device}"
        for name in chaos_site.NAMES
        if (state.agent_state(name) is not AgentState.READY and name not in was_ready)
        or state.pool.agents[name].device is Device.BUSY
    ]
    if _device(audit) is Device.BUSY:
        wrong.append(f"the call of {chaos_site.PRIVATE}'s own is taken to go on")
    return wrong


def _next_call(lab: HotlineLab, audit: Audit, calls: Calls) -> None:
    """The first call of the new Asterisk is served."""
    calls.made.append(lab.phones.call("5000", [Stay(60)], deadline=120))
    lab.wait_for("a new call is served", lambda: audit.read().happened(events.MenuEntered), BACK)


def end(lab: HotlineLab, kept: Crashes, audit: Audit, calls: Calls) -> list[str]:
    """Have all calls end; say what does not add up then. Asterisk has counted from each start anew."""
    results, wrong = gone(lab, audit, calls)
    told = accounts(lab, results)
    offered = told.journal["offered"]
    if not offered <= told.callers["offered"] - _turned_away(results) <= offered + kept.unheard:
        wrong.append(f"{len(results)} calls were made, {offered} are in the journal")
    told.callers["offered"] = told.asterisk["offered"] = offered
    own = lab.phones.agents[chaos_site.PRIVATE_PHONE]
    told.agents["offers"] -= own.invited
    told.agents["picked_up"] -= own.answered
    return wrong + unequal(told, 0)


def _turned_away(results: list[Result]) -> int:
    return sum(result.status == chaos_site.TURNED_AWAY for result in results)

"""The server killed by SIGKILL and started again: its calls go on where they stood."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.config.load import load_config
from ivrcore.lab.chaos_audit import back
from ivrcore.lab.chaos_calls import TARGETS, moment
from ivrcore.lab.chaos_end import strays
from ivrcore.lab.chaos_talks import parted, talks
from ivrcore.model import events
from ivrcore.service.snapshot_maker import Making, asked_of

if TYPE_CHECKING:
    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.hotline import HotlineLab

SNAPSHOT_EVERY = 4
"""Seeds of which one has a snapshot of the journal made before the kill."""
RETURN = 30.0
"""Seconds within which callers by AGI are back, or known to have left."""
AWAY = (0.0, 0.0, 0.0, 0.5, 2.0)
"""Seconds for which nobody is there."""


@dataclass
class Kill:
    """One kill: what was in progress, and what was found after it."""

    seed: int
    target: str
    live: int = 0
    adopted: dict[str, int] = field(default_factory=dict)
    """Contacts that went on, by where they were."""
    doing: dict[str, int] = field(default_factory=dict)
    """Of those that were open at the kill, how many were doing what is told apart."""
    closed: int = 0
    """Contacts that were open at the kill and were closed as inferred after it: their callers had left."""
    ready: float = 0.0
    """Seconds from the start of the process until the link stood."""
    began: int = 0
    """The record after which the snapshot was that the start could begin from; 0: there was none."""
    wrong: list[str] = field(default_factory=list)

    def words(self) -> str:
        """Sum it up in a line."""
        where = ", ".join(f"{name} {count}" for name, count in sorted(self.adopted.items()))
        return f"{self.live} live, {where}; {self.ready:.1f} s"


def kill(lab: HotlineLab, audit: Audit, calls: Calls, seed: int) -> Kill:
    """Kill the server at the seed's moment, start it again, and look whether anything is lost or doubled."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    target = TARGETS[seed % len(TARGETS)]
    point = Kill(seed, target.__name__ if target else "any moment")
    calls.fill(chance)
    if seed % SNAPSHOT_EVERY == 0:
        point.began = Making(asked_of(load_config(lab.site))).wait()
    audit.read().forget()
    over, scraped = calls.done(), lab.metrics()
    moment(audit, calls, chance, target)
    killed = time.time()
    lab.signal_server(signal.SIGKILL)
    at_kill, booked = set(audit.read().open), audit.call_backs.waiting()
    stands, point.live, point.doing = audit.stands(), len(at_kill - booked), audit.doing.of(at_kill)
    point.wrong += audit.wrong
    audit.forget()
    time.sleep(chance.choice(AWAY))  # how long nobody is there
    began = time.monotonic()
    lab.serve(ready=False)
    together = talks(lab)  # it has not begun to look
    lab.wait_for("the link is up", lambda: audit.read().happened(events.LinkCameUp), 90)
    point.ready = time.monotonic() - began
    audit.away.append((killed, time.time()))
    lab.wait_ready()
    point.wrong += audit.holds_differ()
    missed = _missed(audit, at_kill)
    point.wrong += [*audit.settled(), *audit.moved(stands), *back(scraped, lab.metrics())]
    point.wrong += parted(lab, calls, together)
    left = calls.done() - over
    adopted = [one for one in audit.new if isinstance(one, events.ContactAdopted)]
    point.adopted = dict(Counter(str(one.where) for one in adopted))
    closed = [one for one in audit.new if isinstance(one, events.ContactClosed) and one.inferred]
    point.closed = len(closed)
    if point.closed > left:
        point.wrong.append(f"{point.closed} contacts were closed as inferred, and {left} calls ended")
    point.wrong += [f"{contact} was neither taken up nor closed" for contact in sorted(missed)]
    point.wrong += [*audit.wrong, *strays(audit.new, audit.hung_up)]
    audit.forget()
    return point


def _missed(audit: Audit, at_kill: set[str]) -> set[str]:
    """Give who was neither taken up nor closed, also after callers by AGI had their time to come back."""
    deadline = time.monotonic() + RETURN
    while (
        missed := at_kill
        - audit.call_backs.open.keys()
        - {
            one.contact
            for one in audit.read().new
            if isinstance(one, events.ContactAdopted | events.ContactClosed)
        }
    ):
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return missed

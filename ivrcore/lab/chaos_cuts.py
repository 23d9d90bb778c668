"""The link to Asterisk lost in every way that a network knows: noticed, and all calls go on after it."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from ivrcore.lab.chaos_audit import back
from ivrcore.lab.chaos_calls import ON_THE_LINE, moment
from ivrcore.lab.chaos_end import strays
from ivrcore.lab.chaos_talks import parted, talks
from ivrcore.lab.held_up import waited_to_run
from ivrcore.model import events

if TYPE_CHECKING:
    from ivrcore.lab.cable import Cable
    from ivrcore.lab.chaos_audit import Audit
    from ivrcore.lab.chaos_calls import Calls
    from ivrcore.lab.hotline import HotlineLab


class Loss(StrEnum):
    """How the link is lost."""

    CUT = "cut"
    """Both sides are told, and no new connection is taken."""
    FROZEN = "frozen"
    """Nothing passes, and nobody is told: a cable is pulled."""
    DEAF = "deaf"
    """What Asterisk says does not reach the server."""
    MUTE = "mute"
    """What the server says does not reach Asterisk."""
    FORGOTTEN = "forgotten"
    """Only the server is told, and may connect again while Asterisk has the old connection."""


TOLD = (Loss.CUT, Loss.FORGOTTEN)
"""The server is told of these at once; the others it must find out."""
SHORT, LONG = (0.0, 0.3, 1.5, 6.0), (1.0, 3.0, 6.0, 10.0)
"""Seconds that a loss lasts which the server is told of, and one which it is not."""
NOTICED = 5.0
"""Seconds within which a loss is to be noticed, as the requirement has it."""
BACK = 60.0
EVERY = 0.5
"""Seconds between two callers who come while the link is away."""


@dataclass
class Cut:
    """One loss of the link: what was in progress, and what was found after it."""

    seed: int
    target: str
    loss: Loss
    seconds: float
    live: int = 0
    went_on: int = 0
    """Contacts that were open before and are after it."""
    ended: int = 0
    """Contacts that were open before and whose callers left, or were served, around it."""
    noticed: float | None = None
    """Seconds from the loss until the server knew; None: it was over before."""
    back: float = 0.0
    """Seconds from the moment at which the network was whole until the link stood."""
    wrong: list[str] = field(default_factory=list)

    def words(self) -> str:
        """Sum it up in a line."""
        known = "not noticed" if self.noticed is None else f"noticed after {self.noticed:.1f} s"
        return (
            f"{self.loss} for {self.seconds:g} s: {self.live} live, {self.went_on} went on; {known}, "
            f"back after {self.back:.1f} s"
        )


def cut(lab: HotlineLab, cable: Cable, audit: Audit, calls: Calls, seed: int) -> Cut:
    """Lose the link at the seed's moment, mend it, and look whether anything is lost or doubled."""
    chance = random.Random(seed)  # noqa: S311 - moments, no secrets
    target, loss = ON_THE_LINE[seed % len(ON_THE_LINE)], tuple(Loss)[seed % len(Loss)]
    seconds = chance.choice(SHORT if loss in TOLD else LONG)
    point = Cut(seed, target.__name__ if target else "any moment", loss, seconds)
    calls.fill(chance)
    audit.read().forget()
    over, scraped = calls.done(), lab.metrics()
    moment(audit, calls, chance, target)
    before, stands = set(audit.read().live), audit.stands()
    point.live = len(before)
    point.wrong += audit.wrong
    audit.forget()
    began, held_up = time.time(), waited_to_run(lab.pid)
    _lose(cable, loss)
    together = talks(lab)
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        calls.top_up(chance)
        time.sleep(min(left, EVERY))
    cable.restore()
    whole = time.time()
    if loss in TOLD or seconds > NOTICED:
        lab.wait_for("the loss is noticed", lambda: audit.read().happened(events.LinkWentDown), BACK)
    lab.wait_for("the link is up", lambda: _stands(audit), BACK)
    audit.away.append((began, time.time()))
    _times(point, audit, began, whole, waited_to_run(lab.pid) - held_up)
    point.wrong += audit.holds_differ()
    point.wrong += [*audit.settled(), *audit.moved(stands), *back(scraped, lab.metrics())]
    point.wrong += parted(lab, calls, together)
    lab.wait_for("the link is still up", lambda: _stands(audit), BACK)
    left_by = calls.done() - over
    closed = [one for one in audit.read().new if isinstance(one, events.ContactClosed)]
    inferred = sum(one.inferred for one in closed)
    if inferred > left_by:
        point.wrong.append(f"{inferred} contacts were closed as inferred, and {left_by} calls ended")
    point.ended = len(before & {one.contact for one in closed})
    point.went_on = point.live - point.ended
    point.wrong += [*audit.wrong, *strays(audit.new, audit.hung_up), *_refused(audit)]
    audit.forget()
    return point


def _lose(cable: Cable, loss: Loss) -> None:
    match loss:
        case Loss.CUT:
            cable.cut()
        case Loss.FROZEN:
            cable.hold()
        case Loss.DEAF:
            cable.hold(out=False)
        case Loss.MUTE:
            cable.hold(back=False)
        case Loss.FORGOTTEN:
            cable.forget()


def _stands(audit: Audit) -> bool:
    downs = sum(isinstance(one, events.LinkWentDown) for one in audit.read().new)
    return downs == sum(isinstance(one, events.LinkCameUp) for one in audit.new)


def _times(point: Cut, audit: Audit, began: float, whole: float, held_up: float) -> None:
    """Note when the loss was noticed and the link stood; what the machine held us up is not the server's."""
    down = next((one.at for one in audit.new if isinstance(one, events.LinkWentDown)), None)
    if down is None:
        return
    point.noticed = down - began
    up = max(one.at for one in audit.new if isinstance(one, events.LinkCameUp))
    point.back = max(up - whole, 0.0)
    if point.noticed > NOTICED + held_up:
        point.wrong.append(f"the loss was noticed after {point.noticed:.1f} s")


def _refused(audit: Audit) -> list[str]:
    """Say which commands failed: what could not be asked for is asked for again."""
    return [
        f"{one.command} of {one.leg} failed: {one.code} {one.status}"
        for one in audit.new
        if isinstance(one, events.CommandFailed)
    ]

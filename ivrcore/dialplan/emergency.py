"""The emergency switch in a call: what supervisors set takes the place of the dialplan's next steps.

It is met when a call begins, before a step that brings it to people, when such a step did not succeed, and
by who waits in a queue. A call that is in a menu goes on there; a message is heard at its next prompt.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.dialplan.model import Block, HangUpCause, Plan
from ivrcore.dialplan.notices import EMERGENCY, met, unmet
from ivrcore.dialplan.step import Name, Step
from ivrcore.dialplan.texts import Text
from ivrcore.dialplan.verbs.go import Goto, HangUp
from ivrcore.dialplan.verbs.say import Say
from ivrcore.expressions.text import Template
from ivrcore.model.names import EmergencyAction, Service, Told

if TYPE_CHECKING:
    from ivrcore.dialplan.commands import ServiceTold
    from ivrcore.dialplan.walk import Place, Walk
    from ivrcore.model import events as ev

LONGEST_FORWARD = 4 * 3600.0
"""Seconds after which a forwarded call is taken to be lost; the driver's own limit is shorter."""
FORWARDED = "emergency"
"""What such a transfer is called; one by a dialplan's step has no name."""


@dataclass(frozen=True)
class Forward(Step):
    """Transfer the call to the number that the supervisors chose."""

    verb = "forward"
    serves = True
    number: str
    back: tuple[str, int]
    """Where the call was, or would have begun: it goes on there if the transfer fails."""

    def run(self, walk: Walk) -> Place | None:
        """Ask for the transfer."""
        walk.ask(Service.TRANSFER, FORWARDED, {"number": self.number}, LONGEST_FORWARD)
        return None

    def told(self, walk: Walk, told: ServiceTold) -> Place | None:
        """A caller whom the other site does not take is served here, or at least heard."""
        return walk.next if told.how is Told.DONE else walk.at(*self.back)


def meet(walk: Walk, place: Place | None = None) -> Place | None:
    """Give where an emergency leads a call that begins, or that is about to go on at ``place``; else None."""
    found = walk.world.emergency(walk.state.number)
    if found is None or found.action is EmergencyAction.OPEN:
        return None
    if place is not None and (found.action is EmergencyAction.MESSAGE or walk.state.block == EMERGENCY):
        return None
    block, index = (place.block, place.index) if place else (walk.state.start, 0)
    walk.emit(met(found, walk.state, walk.now, block, index))
    return walk.to(EMERGENCY)


def meet_new(walk: Walk, place: Place) -> Place | None:
    """Do the same, for an emergency that the call has not met as it stands."""
    return meet(walk, place) if unmet(walk.world, walk.state) is not None else None


def emergency_block(plan: Plan, switch: ev.EmergencyMet) -> Block:
    """Give the steps that an emergency stands for."""
    here = plan.location
    steps: list[Step] = []
    if switch.texts:
        texts = {language: Template(text, (text,)) for language, text in switch.texts.items()}
        steps.append(Say(here, (Text(texts, here),), barge_in=False))
    match switch.action:
        case EmergencyAction.FORWARD:
            steps += [
                Forward(here, switch.number, (switch.block, switch.index)),
                HangUp(here, HangUpCause.NORMAL),
            ]
        case EmergencyAction.MESSAGE:
            steps.append(Goto(here, Name(switch.block, here)))
        case _:
            steps.append(HangUp(here, HangUpCause.NORMAL))
    return Block(EMERGENCY, tuple(steps), here)

"""How a contact stood when the server ended without closing it, and whether it can be taken up again. Pure.

Everything follows from the contact's own events; whether its legs are still there only Asterisk knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ivrcore.dialplan.commands import QueueOver
from ivrcore.dialplan.interpreter import apply
from ivrcore.dialplan.state import Asked, Phase, State
from ivrcore.model import events
from ivrcore.model.names import Owner
from ivrcore.session.begun import Begun, begun

if TYPE_CHECKING:
    from ivrcore.model.event import Event

_VISIT = re.compile(r"\.v(\d+)")
_ANNOUNCED = re.compile(r"^(.+)\.a(\d+)$")
_CONFIRM = re.compile(r"\.k(\d+)$")


@dataclass
class DialledLeg:
    """An agent's leg that has not ended, as far as is known."""

    id: str
    channel: str
    agent: str
    offer: str
    answered: float | None = None
    """Since when somebody has been on the line (UTC seconds)."""
    whispered: bool = False
    """Whether the whisper was asked for, whatever became of it."""
    asked: int = 0
    """How often the agent was asked for the key."""
    joining: bool = False
    """Whether it was to be joined with the caller."""
    held: float | None = None
    """Since when the caller has been on hold (UTC seconds)."""
    playbacks: list[str] = field(default_factory=list)
    """What was asked to be played to it, and has not ended."""
    outbound: str = ""
    """The outside number that it is, if it is no agent's."""
    alone: bool = False
    """Whether the caller had left when it was dialled: a call-back's, whichever way the caller came."""
    sent_on: events.ContactSentOn | None = None
    """That the agent's phone sent the caller on, and whom it is the leg of since then."""


@dataclass
class Standing:
    """One contact. ``state`` is where it is in its dialplan."""

    arrived: events.ContactArrived
    state: State
    owner: Owner = Owner.SESSION
    playbacks: list[str] = field(default_factory=list)
    dialled: dict[str, DialledLeg] = field(default_factory=dict)
    gone: bool = False
    """Whether the caller's leg has ended."""
    closed: bool = False
    broken: bool = False
    elsewhere: bool = False
    """Whether a dialplan of Asterisk's own dials for it."""
    turned_away: events.ContactTurnedAway | None = None
    """Where the caller was to be sent at once."""
    visits: int = 0
    """The number of the last visit that was asked for."""
    places: dict[str, float] = field(default_factory=dict)
    """Queue -> from when its place there counts."""
    returned: QueueOver | None = None
    """How the last visit ended; None while it goes on, and before the first."""
    announced: dict[str, int] = field(default_factory=dict)
    """Visit -> how many announcements it was told."""
    turns: int = 0
    """How often the queue's own words were said in this visit."""
    begun: Begun | None = None
    """What its dialplan asked the outside for, and was not told yet."""


def standing_of(life: Iterable[Event]) -> Standing | None:
    """Fold a contact's events, which begin with its arrival; None for any others."""
    found: Standing | None = None
    for event in life:
        if found is None:
            if not isinstance(event, events.ContactArrived):
                return None
            found = Standing(event, State(event.contact, event.leg))
            continue
        found.state = apply(found.state, event)
        found.begun = begun(found.begun, event)
        _fold(found, event)
    return found


def last_legs(standing: Standing) -> list[DialledLeg]:
    """Give the legs of a closed contact that have not ended, its caller's too."""
    found = list(standing.dialled.values())
    if not standing.gone:
        found.append(callers_leg(standing))
    return found


def customers_leg(standing: Standing, line: str) -> DialledLeg | None:
    """Give the leg of a customer who is called back on this line, if there is one."""
    return next((leg for leg in standing.dialled.values() if leg.outbound == line), None)


def callers_leg(standing: Standing) -> DialledLeg:
    """Give a caller's leg as one that nobody else waits for."""
    arrived = standing.arrived
    return DialledLeg(arrived.leg, arrived.channel, "", "", playbacks=list(standing.playbacks))


def why_not(standing: Standing) -> str:
    """Say why nobody can go on with this contact; "" if somebody can."""
    if standing.gone or standing.closed:
        return "the caller is gone"
    if not standing.arrived.plan or standing.elsewhere:
        return "a dialplan of Asterisk's own has the call"
    served = standing.owner is Owner.SERVICE and standing.begun is None
    sent_on = any(leg.sent_on and not leg.channel for leg in standing.dialled.values())
    if served or standing.owner is Owner.NOBODY or sent_on:
        return "somebody else was in charge of the caller"
    if standing.state.phase in (Phase.NEW, Phase.STEP, Phase.ENDED):
        return "it was at no place of its dialplan"
    return ""


def why_not_back(standing: Standing) -> str:
    """Say why a caller whom Asterisk's dialplan hands over again cannot be gone on with; "" if they can.

    Who talks with an agent, or was just being joined, is handed over again when that is over. It is where
    the journal has the end of the agent's leg, and not yet what followed from it.
    """
    joining = sum(leg.joining for leg in standing.dialled.values())
    outside = standing.begun is not None and standing.begun.goes_on
    with_agent = standing.owner is Owner.DELIVERY and joining <= 1
    alone = standing.owner is Owner.SESSION and not joining
    return "" if (with_agent or alone) and not outside else "it was with somebody"


def _fold(one: Standing, event: Event) -> None:
    match event:
        case events.LegEnded() | events.LegDialled() | events.LegAnswered() | events.LegHandedOver():
            _legs(one, event)
        case events.PromptStarted() | events.PromptEnded():
            _prompts(one, event)
        case events.ContactQueued() | events.JoinRefused() | events.VisitLeft() | events.VisitAnswered():
            _queue(one, event)
        case events.TalkEnded():
            one.returned = QueueOver(answered=True)
        case events.StepStarted():
            one.returned = None
        case events.BridgeRequested(legs=joined):
            for leg in joined:
                if leg in one.dialled:
                    one.dialled[leg].joining = True
        case events.ContactHeld(agent=agent, at=at):
            _held(one, agent, at)
        case events.ContactResumed(agent=agent):
            _held(one, agent, None)
        case events.CommandFailed(command="step"):
            one.broken = True
        case _:
            _rest(one, event)


def _held(one: Standing, agent: str, since: float | None) -> None:
    for known in one.dialled.values():
        if known.agent == agent:
            known.held = since


def _rest(one: Standing, event: Event) -> None:
    match event:
        case events.DialHandedOut():
            one.elsewhere = True
        case events.ContactSentOn(visit=visit, agent=agent, channel=channel):
            for leg in one.dialled.values():
                if leg.agent == agent and leg.offer.startswith(f"{visit}."):
                    leg.sent_on, leg.channel = event, channel
        case events.ContactTurnedAway():
            one.turned_away = event
        case events.HangUpRequested():
            one.turned_away = None
        case events.ContactClosed():
            one.closed = True
        case events.ClockSetBack(seconds=seconds):
            one.places = {queue: at - seconds for queue, at in one.places.items()}
            one.state = _set_back(one.state, seconds)
            for leg in one.dialled.values():
                leg.held = None if leg.held is None else leg.held - seconds
                leg.answered = None if leg.answered is None else leg.answered - seconds
        case _:
            pass


def _set_back(state: State, seconds: float) -> State:
    """Take so much off the times that somebody still waits for; a question is asked anew."""

    def back(at: float | None) -> float | None:
        return None if at is None else at - seconds

    asked = state.asked
    return replace(
        state,
        ring_until=back(state.ring_until),
        answer_until=back(state.answer_until),
        pause_until=back(state.pause_until),
        asked=asked
        and Asked(asked.request, asked.service, asked.name, asked.since - seconds, asked.until - seconds),
    )


def _legs(
    one: Standing, event: events.LegEnded | events.LegDialled | events.LegAnswered | events.LegHandedOver
) -> None:
    match event:
        case events.LegDialled(leg=leg):
            one.dialled[leg] = DialledLeg(
                leg, event.channel, event.agent, event.offer, outbound=event.outbound, alone=one.gone
            )
        case events.LegAnswered(leg=leg, at=at) if leg in one.dialled:
            one.dialled[leg].answered = at
        case events.LegEnded(leg=leg):
            one.dialled.pop(leg, None)
            one.gone = one.gone or leg == one.arrived.leg
        case events.LegHandedOver(owner=owner, leg=leg) if leg == one.arrived.leg:
            one.owner = owner
        case _:
            pass


def _prompts(one: Standing, event: events.PromptStarted | events.PromptEnded) -> None:
    name = event.playback
    if isinstance(event, events.PromptEnded):
        for playbacks in (one.playbacks, *(leg.playbacks for leg in one.dialled.values())):
            if name in playbacks:
                playbacks.remove(name)
        return
    leg = one.dialled.get(event.leg)
    if leg is None:
        one.playbacks.append(name)
        announced = _ANNOUNCED.match(name)
        if announced:
            one.announced[announced[1]] = int(announced[2])
            one.turns += event.name == "position"
        return
    leg.playbacks.append(name)
    asked = _CONFIRM.search(name)
    if asked:
        leg.asked = int(asked[1])
    elif name == f"{leg.offer}.p":
        leg.whispered = True


def _queue(
    one: Standing,
    event: events.ContactQueued | events.JoinRefused | events.VisitLeft | events.VisitAnswered,
) -> None:
    number = _VISIT.search(event.visit)
    one.visits = max(one.visits, int(number[1]) if number else 0)
    match event:
        case events.ContactQueued():
            since = event.at if event.since is None else event.since
            one.places.update(dict.fromkeys((*event.through, event.queue), since))
            one.returned, one.turns = None, 0
        case events.VisitAnswered():
            one.places.clear()
        case events.JoinRefused(why=why):
            one.returned = QueueOver(answered=False, why=why)
        case events.VisitLeft(why=why, key=key):
            one.returned = QueueOver(answered=False, why=why, key=key)

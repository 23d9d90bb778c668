"""What each event of a contact means, in words. Pure.

Events hold no secret, and no caller's number, name or words; of the values of variables the digits are masked
here all the same, since a dialplan may have put an account number into one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from ivrcore.durations import in_words
from ivrcore.model import events as e
from ivrcore.model.event import Event
from ivrcore.model.names import AgentState

WORDS: dict[type[Event], str] = {
    e.ContactArrived: "a call to {number} rings: dialplan {plan} {plan_version}",
    e.ContactTurnedAway: "is turned away for {why}, measured {measured} of {limit}: {way}",
    e.DialplanEntered: "the dialplan takes it at {block}",
    e.AnswerRequested: "is to be answered",
    e.RingRequested: "hears ringing until {until}",
    e.LegAnswered: "{leg} is answered",
    e.LegDialled: "{leg} is dialled: {agent}{outbound}",
    e.LegHandedOver: "{leg} is the {owner}'s now",
    e.HangUpRequested: "{leg} is to be hung up, cause {cause}",
    e.LegEnded: "{leg} ends by {by}, cause {cause}",
    e.BridgeRequested: "{legs} are to be joined",
    e.PromptStarted: "hears prompt {name}",
    e.PromptEnded: "the prompt is over: {how}",
    e.AnnouncementPlayed: "hears announcement {announcement}",
    e.EmergencyMet: "meets the emergency switch of {scope}: {action}",
    e.StepStarted: "step {index} of {block}: {verb}",
    e.BranchTaken: "condition at step {index} of {block} leads to {to}",
    e.BlockReturned: "comes back from a block",
    e.VariablesSet: "variables are set: {values} {secret}",
    e.LanguageSet: "is spoken to in {language}",
    e.ContactMarked: "is marked: priority {priority}, skills {skills}, tier {tier}",
    e.DispositionSet: "is about {disposition}",
    e.WaitStarted: "waits until {until}",
    e.MenuEntered: "comes to menu {menu}",
    e.TurnStarted: "menu {menu} asks, time {attempt}",
    e.KeyPressed: "presses a key",
    e.SpeechStarted: "begins to speak",
    e.SpeechHeard: "is heard by {engine}: {verdict} {choice}, sure to {confidence}, after {took}",
    e.SpeechRefused: "cannot be listened to in {menu}: {why}",
    e.RecogniserGaveUp: "{engine} gives up: {code}",
    e.NoInput: "nothing came in {menu}, time {count}",
    e.NoMatch: "was no choice of {menu}, time {count}",
    e.ChoiceMade: "chooses {choice} in {menu}, by {by}",
    e.DigitsCollected: "gives {count} digits for {variable}",
    e.UniversalUsed: "asks for {universal} in {menu}, by {by}",
    e.CallerImpatient: "loses patience in {menu}: {why}",
    e.MenuGaveUp: "menu {menu} gives up",
    e.CallerServed: "has heard the information at {block}",
    e.UtteranceKept: "what was said in {menu} is kept, with consent",
    e.UtteranceNotKept: "what was said in {menu} is not kept: {why}",
    e.ServiceAsked: "{service} {name} is asked",
    e.ServiceAnswered: "{service} {name} answers after {took}: {how} {code}",
    e.PinNotJudged: "a PIN for {name} is not looked at: too many were wrong ({limit})",
    e.OutboundAllowed: "an outside number ({prefix}…) may be dialled for {service}",
    e.OutboundRefused: "an outside number is refused for {service}: {why}",
    e.OutboundEnded: "the outside number is off the line: {how}, talked {talked}",
    e.MessageRecorded: "leaves a message of {seconds} in {mailbox}",
    e.ContactQueued: "waits in queue {queue}, priority {priority}, expected {expected}",
    e.JoinRefused: "is not let into queue {queue}: {why}",
    e.ContactPlaced: "has priority {priority} in {queue} {by}",
    e.VisitParked: "keeps the place in {queue}, and is offered to nobody for now",
    e.VisitUnparked: "is back at its place in {queue}",
    e.NeedRelaxed: "needs less of an agent in {queue}, step {step}: {why}",
    e.MoreOffersPlanned: "more agents of {queue} are asked at {due}",
    e.OfferMade: "is offered to {agent} ({queue}, {strategy}: {why})",
    e.DialHandedOut: "Asterisk's dialplan is told to dial {agent}",
    e.OfferPickedUp: "{agent} picks up and is asked for the key",
    e.OfferAccepted: "{agent} answers",
    e.OfferEnded: "the offer to {agent} is over: {how}",
    e.VisitAnswered: "talks with {agent} ({queue}), after {waited}",
    e.VisitAbandoned: "hangs up while waiting in {queue}, after {waited}",
    e.VisitLeft: "leaves queue {queue} after {waited}: {why} {by}",
    e.ContactHeld: "is put on hold by {agent}",
    e.ContactResumed: "is off hold after {held}",
    e.ContactSentOn: "is sent on by {agent}",
    e.TalkEnded: "the conversation with {agent} is over after {talked}, ended by {by}",
    e.AgentStateChanged: "{agent} is {state} {reason}",
    e.CallBackAsked: "asks to be called back by queue {queue}",
    e.CallBackDialled: "is called back, try {attempt}",
    e.CallBackReached: "answers the call-back",
    e.CallBackMissed: "is not reached: {how}, again at {again}",
    e.CallBackPostponed: "cannot be called back yet: {why}, again at {again}",
    e.CallBackEnded: "the call-back is over: {how}",
    e.CommandFailed: "Asterisk could not {command} ({leg}): {code}",
    e.PluginFailed: "a step is left out, since {plugin} failed: {error}",
    e.ContactAdopted: "goes on after the server died, in {where}: nobody looked since {since}",
    e.ContactClosed: "is closed: {outcome}",
}
"""Event class -> what it says; ``{field}`` is a field's value."""

PLUMBING = frozenset(
    {
        e.AnswerRequested,
        e.LegHandedOver,
        e.HangUpRequested,
        e.BridgeRequested,
        e.PromptEnded,
        e.StepStarted,
        e.BlockReturned,
        e.MoreOffersPlanned,
        e.TurnStarted,
        e.SpeechStarted,
    }
)
"""Left out where only the story is wanted."""

SECONDS = frozenset({"waited", "talked", "held", "took", "seconds", "expected"})
MOMENTS = frozenset({"until", "again", "due", "since"})
_DIGIT = re.compile(r"\d")


def told(event: Event, zone: ZoneInfo) -> str:
    """Say what an event means; moments by the clock of ``zone``."""
    fields = {name: _written(name, value, zone) for name, value in _fields(event).items()}
    return " ".join(WORDS[type(event)].format(**fields).split()).replace(" ,", ",")


def plain(event: Event) -> dict[str, Any]:
    """Give the event's fields for JSON, masked."""
    found: dict[str, Any] = msgspec.to_builtins(event)
    if isinstance(event, e.VariablesSet):
        found["values"] = {name: masked(value) for name, value in event.values.items()}
    return found


def _fields(event: Event) -> Mapping[str, Any]:
    found = msgspec.structs.asdict(event)
    if isinstance(event, e.VariablesSet):
        found["values"] = {name: masked(value) for name, value in event.values.items()}
    return found


def masked(value: object) -> object:
    """Put a mark in place of every digit of a text or number."""
    if value is None or isinstance(value, bool):
        return value
    return _DIGIT.sub("#", str(value))


def _written(name: str, value: Any, zone: ZoneInfo) -> str:
    if value is None:
        return "unknown"
    if name in MOMENTS:
        return datetime.fromtimestamp(value, zone).strftime("%H:%M:%S")
    if name in SECONDS:
        return in_words(round(value, 1))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} = {one}" for key, one in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    if value is AgentState.WRAP_UP:
        return "in wrap-up"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ")
    return str(value)

"""Every event. They are declared by the part of a call that they belong to, and taken from here.

Ids: ``contact`` names one customer's request from first ring to closed; ``leg`` one side of its call;
``visit`` one stay of a contact in one queue; ``offer`` one attempt to give a visit to an agent. All are
chosen by us, derived from the contact (``c7.l2`` is the second leg of contact ``c7``), so that a retry
after a crash finds what the first try made. No field holds a caller's number, name or words: ``subject``
refers to the encrypted table that does.
"""

from __future__ import annotations

from ivrcore.model.call_events import (
    AnswerRequested,
    BridgeRequested,
    ContactArrived,
    ContactClosed,
    HangUpRequested,
    LegAnswered,
    LegDialled,
    LegEnded,
    LegHandedOver,
)
from ivrcore.model.dialplan_events import (
    CallerServed,
    ChoiceMade,
    DialplanEntered,
    KeyPressed,
    MenuEntered,
    MenuGaveUp,
    NoInput,
    NoMatch,
    PromptEnded,
    PromptStarted,
    RecogniserGaveUp,
    RingRequested,
    SpeechHeard,
    SpeechStarted,
    StepStarted,
    TurnStarted,
)
from ivrcore.model.routing_events import (
    AgentStateChanged,
    ContactQueued,
    OfferAccepted,
    OfferEnded,
    OfferMade,
    RosterLoaded,
    TalkEnded,
    VisitAbandoned,
    VisitAnswered,
    VisitLeft,
)
from ivrcore.model.server_events import (
    ClockJumped,
    CommandFailed,
    LinkCameUp,
    LinkWentDown,
    OrphanEnded,
    PluginFailed,
    ServerStarted,
    ServerStopped,
    SubjectErased,
)

__all__ = [
    "AgentStateChanged",
    "AnswerRequested",
    "BridgeRequested",
    "CallerServed",
    "ChoiceMade",
    "ClockJumped",
    "CommandFailed",
    "ContactArrived",
    "ContactClosed",
    "ContactQueued",
    "DialplanEntered",
    "HangUpRequested",
    "KeyPressed",
    "LegAnswered",
    "LegDialled",
    "LegEnded",
    "LegHandedOver",
    "LinkCameUp",
    "LinkWentDown",
    "MenuEntered",
    "MenuGaveUp",
    "NoInput",
    "NoMatch",
    "OfferAccepted",
    "OfferEnded",
    "OfferMade",
    "OrphanEnded",
    "PluginFailed",
    "PromptEnded",
    "PromptStarted",
    "RecogniserGaveUp",
    "RingRequested",
    "RosterLoaded",
    "ServerStarted",
    "ServerStopped",
    "SpeechHeard",
    "SpeechStarted",
    "StepStarted",
    "SubjectErased",
    "TalkEnded",
    "TurnStarted",
    "VisitAbandoned",
    "VisitAnswered",
    "VisitLeft",
]

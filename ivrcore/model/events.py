"""Every event, by the part of a call that it belongs to.

Ids: ``contact`` names one customer's request from first ring to closed; ``leg`` one side of its call;
``visit`` one stay of a contact in one queue; ``offer`` one attempt to give a visit to an agent. All are
chosen by us, derived from the contact (``c7.l2`` is the second leg of contact ``c7``), so that a retry
after a crash finds what the first try made. No field holds a caller's number, name or words: ``subject``
refers to the encrypted table that does.
"""

from __future__ import annotations

from ivrcore.model.event import Event
from ivrcore.model.names import (
    AgentState,
    By,
    ChosenBy,
    LeftQueue,
    OfferEnd,
    Outcome,
    Owner,
    PromptEnd,
    Verdict,
)
from ivrcore.model.roster import AgentFacts, QueueFacts

# --- contacts -----------------------------------------------------------------------------------


class ContactArrived(Event, frozen=True, kw_only=True):
    """A call rang. ``number`` is the called one; ``plan`` and ``plan_version`` name the dialplan."""

    contact: str
    leg: str
    channel: str
    number: str
    plan: str
    plan_version: str
    subject: str = ""


class ContactClosed(Event, frozen=True, kw_only=True):
    """Nothing of the contact is left. ``cause`` is the Q.850 cause of the caller's leg."""

    contact: str
    outcome: Outcome
    cause: int = 16
    inferred: bool = False


# --- legs ---------------------------------------------------------------------------------------


class AnswerRequested(Event, frozen=True, kw_only=True):
    """Intent: the caller's leg is to be answered."""

    contact: str
    leg: str


class LegAnswered(Event, frozen=True, kw_only=True):
    """The far side of a leg picked up (or we answered it)."""

    contact: str
    leg: str


class LegDialled(Event, frozen=True, kw_only=True):
    """Intent: a leg towards an agent is to be made, under the channel id given."""

    contact: str
    leg: str
    channel: str
    agent: str
    offer: str


class LegHandedOver(Event, frozen=True, kw_only=True):
    """The leg's owner changed."""

    contact: str
    leg: str
    owner: Owner


class HangUpRequested(Event, frozen=True, kw_only=True):
    """Intent: a leg is to be ended with this Q.850 cause."""

    contact: str
    leg: str
    cause: int


class LegEnded(Event, frozen=True, kw_only=True):
    """A leg is gone. ``since`` is set where it was inferred: it ended between ``since`` and ``at``."""

    contact: str
    leg: str
    cause: int
    by: By = By.UNKNOWN
    since: float | None = None


class BridgeRequested(Event, frozen=True, kw_only=True):
    """Intent: the legs are to be joined in this bridge."""

    contact: str
    bridge: str
    legs: tuple[str, ...]


# --- prompts and menus --------------------------------------------------------------------------


class PromptStarted(Event, frozen=True, kw_only=True):
    """Intent: a prompt is to be played as ``playback``. ``name`` says which, without personal values."""

    contact: str
    leg: str
    playback: str
    name: str


class PromptEnded(Event, frozen=True, kw_only=True):
    """A prompt is over."""

    contact: str
    playback: str
    how: PromptEnd
    inferred: bool = False


class DialplanEntered(Event, frozen=True, kw_only=True):
    """The dialplan takes the call at the start of ``block``; ``answer`` is the number's answer policy."""

    contact: str
    number: str
    block: str
    answer: str


class RingRequested(Event, frozen=True, kw_only=True):
    """Intent: the caller is to hear ringing until then (UTC seconds), before the call is answered."""

    contact: str
    leg: str
    until: float


class MenuEntered(Event, frozen=True, kw_only=True):
    """The caller came to a menu (once, however often it is asked)."""

    contact: str
    menu: str


class TurnStarted(Event, frozen=True, kw_only=True):
    """A menu asks and listens: turn number ``turn`` of the contact; ``attempt`` counts from 1 per menu.

    ``prompt`` is the number of its prompt in this contact (0: none is played), ``timeout`` the seconds of
    silence after it that count as no input; ``speech`` tells that speech is taken, with ``barge_in`` already
    while the prompt plays.
    """

    contact: str
    menu: str
    turn: int
    attempt: int
    confirming: str = ""
    prompt: int = 0
    timeout: float = 5.0
    barge_in: bool = True
    speech: bool = False


class KeyPressed(Event, frozen=True, kw_only=True):
    """A key; which one is not kept. ``cut``: it ended the prompt and the listening."""

    contact: str
    leg: str
    turn: int
    cut: bool = True


class SpeechStarted(Event, frozen=True, kw_only=True):
    """The caller began to speak in this turn; a prompt still playing is stopped."""

    contact: str
    turn: int


class SpeechHeard(Event, frozen=True, kw_only=True):
    """An utterance was understood, or not. ``took`` is seconds from end of speech to this decision."""

    contact: str
    turn: int
    verdict: Verdict
    choice: str = ""
    confidence: float = 0.0
    engine: str = ""
    took: float = 0.0


class RecogniserGaveUp(Event, frozen=True, kw_only=True):
    """An engine failed or stalled in this turn; the menu goes on with keys. ``code`` is the error's.

    ``for_good``: no later menu of this contact listens either.
    """

    contact: str
    turn: int
    engine: str
    code: str
    for_good: bool = False


class NoInput(Event, frozen=True, kw_only=True):
    """Nothing was said or pressed in time; ``count`` is the menu's running count."""

    contact: str
    menu: str
    turn: int
    count: int


class NoMatch(Event, frozen=True, kw_only=True):
    """Something was said or pressed that is no choice; ``count`` is the menu's running count."""

    contact: str
    menu: str
    turn: int
    count: int


class ChoiceMade(Event, frozen=True, kw_only=True):
    """The caller chose."""

    contact: str
    menu: str
    turn: int
    choice: str
    by: ChosenBy


class MenuGaveUp(Event, frozen=True, kw_only=True):
    """Too many no-inputs or no-matches: the menu's default is taken."""

    contact: str
    menu: str


class StepStarted(Event, frozen=True, kw_only=True):
    """The dialplan went on to this step. ``index`` counts the steps of ``block`` from 0.

    ``prompt`` is the number of the prompt that it plays, in this contact; 0 if none.
    """

    contact: str
    block: str
    index: int
    verb: str
    prompt: int = 0


class CallerServed(Event, frozen=True, kw_only=True):
    """A choice led to information that was heard to its end: the dialplan has served this caller."""

    contact: str
    block: str
    index: int


# --- queues and offers --------------------------------------------------------------------------


class ContactQueued(Event, frozen=True, kw_only=True):
    """A visit begins. ``skills`` are the least levels asked for beside the queue's own.

    ``priority`` is the queue's and the caller's together; more is sooner.
    """

    contact: str
    visit: str
    queue: str
    priority: int = 0
    skills: dict[str, int] = {}


class OfferMade(Event, frozen=True, kw_only=True):
    """An agent is reserved for a visit until ``deadline`` (UTC seconds); ``why`` says how it was decided."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    deadline: float
    strategy: str
    why: str


class OfferAccepted(Event, frozen=True, kw_only=True):
    """The agent answered, and the caller is still there. By ``deadline`` they must be in one bridge."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    deadline: float | None = None


class OfferEnded(Event, frozen=True, kw_only=True):
    """The offer is over without a conversation; the visit waits on unless it ended too."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    how: OfferEnd


class VisitAnswered(Event, frozen=True, kw_only=True):
    """Caller and agent are in one bridge. ``waited`` is seconds since ContactQueued; A and A_T count this."""

    contact: str
    visit: str
    queue: str
    offer: str
    agent: str
    bridge: str
    waited: float
    in_threshold: bool


class VisitAbandoned(Event, frozen=True, kw_only=True):
    """The caller hung up while waiting: B, and B_T / B_s by the flags."""

    contact: str
    visit: str
    queue: str
    waited: float
    in_threshold: bool
    short: bool


class VisitLeft(Event, frozen=True, kw_only=True):
    """The visit ended otherwise: X."""

    contact: str
    visit: str
    queue: str
    waited: float
    why: LeftQueue


class TalkEnded(Event, frozen=True, kw_only=True):
    """A conversation is over; ``talked`` seconds long."""

    contact: str
    visit: str
    queue: str
    agent: str
    talked: float
    by: By


# --- agents, queues, the server -----------------------------------------------------------------


class RosterLoaded(Event, frozen=True, kw_only=True):
    """The configuration's queues and agents took effect; later decisions know only these."""

    queues: tuple[QueueFacts, ...]
    agents: tuple[AgentFacts, ...]


class AgentStateChanged(Event, frozen=True, kw_only=True):
    """The agent is now in ``state``; ``until`` is when it ends by itself (UTC seconds), if it does.

    A ready agent with ``until`` rests after a missed offer: nothing is offered before then.
    ``pause_next`` tells that the agent is to be paused (or logged out, if ``logout_next``) as soon as the
    present contact is over.
    """

    agent: str
    state: AgentState
    reason: str = ""
    until: float | None = None
    pause_next: bool = False
    logout_next: bool = False


class ServerStarted(Event, frozen=True, kw_only=True):
    """The server came up as ``app`` (node + slot)."""

    node: str
    app: str
    version: str


class ServerStopped(Event, frozen=True, kw_only=True):
    """The server went down in an orderly way."""

    node: str


class LinkWentDown(Event, frozen=True, kw_only=True):
    """The connection to Asterisk is lost."""

    driver: str
    reason: str


class LinkCameUp(Event, frozen=True, kw_only=True):
    """The connection to Asterisk stands; ``away`` is how many seconds it was down (0 at the first)."""

    driver: str
    peer: str
    away: float


class OrphanEnded(Event, frozen=True, kw_only=True):
    """A channel or bridge of ours that nobody owned was ended or sent on to the fallback."""

    what: str
    id: str
    action: str


class CommandFailed(Event, frozen=True, kw_only=True):
    """A command towards Asterisk failed for good. ``command`` is its name, ``code`` the error's."""

    contact: str
    leg: str
    command: str
    code: str
    status: int = 0


class PluginFailed(Event, frozen=True, kw_only=True):
    """A plugin raised; the others went on."""

    plugin: str
    hook: str
    error: str


class ClockJumped(Event, frozen=True, kw_only=True):
    """The machine's clock was set; ``seconds`` forward (or back, negative) against steady time."""

    seconds: float

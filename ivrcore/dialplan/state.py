"""Where a call is in its dialplan: a fold over its events, and nothing else.

`apply` needs only the state and the event, so a replay of the journal gives the state of the live call.
Folded are the interpreter's own events, and of the facts that others report: `LegAnswered` and `LegEnded`
of the caller's leg, `PromptEnded` (its ``playback`` being `playback_id` of the prompt) and `ContactQueued`;
every other event leaves the state as it is, so all events of a contact can be folded.

Secrets are never journalled. `State.private` holds them: keys that no menu has used yet, digits read back,
the values of secret variables. It is no part of the fold or of equality, and after a crash it is empty: the
caller presses again, and what is asked of a lost variable is as of one that was never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ivrcore.dialplan.model import AnswerPolicy
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import Outcome, Scalar, Service, Universal

MAX_SPEECH = 15.0
"""Seconds from begin of speech until the recogniser must have said what it heard."""
MAX_ANSWERING = 30.0
"""Seconds in which an answer that was asked for must be there; then the call is ended."""
INTER_KEY = 2.0
"""Seconds between the keys of one sequence, in a menu."""
MOST_MENUS_BACK = 20
"""How many menus `back` can go back."""
DO, QUEUE = "do", "queue"
"""The verbs that the fold knows: what comes back, and what waits in a queue."""
DIALPLAN_COMMAND = "dialplan"
"""What `CommandFailed.command` says where it is the dialplan that could not go on."""


class Phase(StrEnum):
    """What a call waits for."""

    NEW = "new"
    RINGING = "ringing"
    ANSWERING = "answering"
    STEP = "step"
    """Between two steps; never seen from outside."""
    PROMPT = "prompt"
    MENU = "menu"
    """A question is asked: a menu's, or for digits."""
    QUEUE = "queue"
    SERVICE = "service"
    PAUSE = "pause"
    ENDING = "ending"
    ENDED = "ended"


_BEFORE_ANSWERING = (Phase.STEP, Phase.RINGING)
"""Later the session may answer by itself (an agent takes the call): that is no step of the dialplan."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A menu's asking once. Times are UTC seconds.

    ``quiet_since`` is when the no-input timer began (None: it does not run), ``speaking_since`` when the
    caller began to speak, ``keyed_at`` when the last key was pressed.
    """

    number: int
    menu: str
    confirming: str
    timeout: float
    barge_in: bool
    speech: bool
    listening: bool
    quiet_since: float | None
    between: float = INTER_KEY
    speaking_since: float | None = None
    keyed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Private:
    """What must never be in an event, a log or a repr. ``caller`` is the caller's number."""

    typed: str = ""
    entered: str = ""
    caller: str = ""
    secrets: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A service that is asked. Times are UTC seconds."""

    request: str
    service: Service
    name: str
    since: float
    until: float


@dataclass(frozen=True, slots=True)
class State:
    """A call in its dialplan.

    ``prompt`` is the number of the prompt that is heard now (0: none), ``prompts`` and ``turns`` how many
    there were. ``block`` and ``index`` are the present step; index -1: the block has not begun. ``uncut``
    is the number of a prompt that must be heard out, ``stack`` has the steps that `do` left for another
    block, ``trail`` the menus that `back` goes back through.
    """

    contact: str
    leg: str
    phase: Phase = Phase.NEW
    answered: bool = False
    ring_until: float | None = None
    answer_until: float | None = None
    block: str = ""
    index: int = -1
    prompt: int = 0
    prompts: int = 0
    turn: Turn | None = None
    turns: int = 0
    menu: str = ""
    no_inputs: int = 0
    no_matches: int = 0
    speech_gone: bool = False
    chosen: bool = False
    served: bool = False
    gave_up: bool = False
    queued: bool = False
    refused: bool = False
    failed: bool = False
    hung_up: bool = False
    number: str = ""
    start: str = ""
    language: str = ""
    variables: Mapping[str, Scalar] = field(default_factory=dict)
    priority: int = 0
    skills: Mapping[str, int] = field(default_factory=dict)
    tier: str = ""
    disposition: str = ""
    others: tuple[str, ...] = ()
    uncut: int = 0
    stack: tuple[tuple[str, int], ...] = ()
    trail: tuple[str, ...] = ()
    asked: Asked | None = None
    requests: int = 0
    pause_until: float | None = None
    announced: Mapping[str, int] = field(default_factory=dict)
    emergency: ev.EmergencyMet | None = None
    private: Private = field(default=Private(), compare=False, repr=False)

    def before(self, question: str) -> str:
        """Give the menu that `back` leads to from a question; empty if there is none."""
        trail = self.trail[:-1] if self.trail and self.trail[-1] == question else self.trail
        return trail[-1] if trail else ""


def playback_id(contact: str, prompt_id: int) -> str:
    """Give the id of the playback that plays a contact's prompt."""
    return f"{contact}.p{prompt_id}"


def next_deadline(state: State) -> float | None:
    """When a `Tick` is due (UTC seconds); None while something else is waited for."""
    if state.phase is Phase.RINGING:
        return state.ring_until
    if state.phase is Phase.ANSWERING:
        return state.answer_until
    if state.phase is Phase.SERVICE:
        return state.asked.until if state.asked else None
    if state.phase is Phase.PAUSE:
        return state.pause_until
    turn = state.turn
    if state.phase is not Phase.MENU or turn is None:
        return None
    if turn.speaking_since is not None:
        return turn.speaking_since + MAX_SPEECH
    if state.prompt:
        return None
    if turn.keyed_at is not None:
        return turn.keyed_at + turn.between
    return None if turn.quiet_since is None else turn.quiet_since + turn.timeout


def outcome(state: State) -> Outcome:
    """How the contact ended (or would, if the caller hung up now).

    Queued if it ever was in a queue; self-served if information that a choice asked for was heard to its
    end, or the dialplan ended the call itself other than for want of a choice; left in a menu otherwise.
    """
    if state.queued:
        return Outcome.QUEUED
    if state.refused:
        return Outcome.REFUSED
    if state.failed:
        return Outcome.FAILED
    if state.served or (state.hung_up and not state.gave_up):
        return Outcome.SELF_SERVED
    return Outcome.LEFT_IN_MENU


def apply(state: State, event: Event) -> State:
    """Fold one event of the contact (or of anything else, which changes nothing)."""
    if getattr(event, "contact", None) != state.contact or state.phase is Phase.ENDED:
        return state
    match event:
        case ev.TurnStarted():
            return _turn_started(state, event)
        case ev.StepStarted():
            return _step_started(state, event)
        case ev.PromptEnded(playback=playback, at=at):
            over = state.prompt and playback == playback_id(state.contact, state.prompt)
            return _silent(state, at) if over else state
        case ev.KeyPressed() | ev.SpeechStarted() | ev.SpeechHeard() | ev.RecogniserGaveUp():
            return _caller_acted(state, event)
        case ev.MenuEntered() | ev.NoInput() | ev.NoMatch() | ev.ChoiceMade() | ev.MenuGaveUp():
            return _menu_went_on(state, event)
        case ev.VariablesSet() | ev.ContactMarked() | ev.LanguageSet() | ev.DispositionSet():
            return _contact_changed(state, event)
        case ev.ServiceAsked() | ev.ServiceAnswered() | ev.WaitStarted():
            return _step_waits(state, event)
        case _:
            return _call_went_on(state, event)


def _step_started(state: State, event: ev.StepStarted) -> State:
    phase = Phase.PROMPT if event.prompt else Phase.QUEUE if event.verb == QUEUE else Phase.STEP
    stack = (*state.stack, (event.block, event.index)) if event.verb == DO else state.stack
    return replace(
        state,
        stack=stack,
        phase=phase,
        block=event.block,
        index=event.index,
        prompt=event.prompt,
        prompts=max(state.prompts, event.prompt),
        turn=None,
    )


def _turn_started(state: State, event: ev.TurnStarted) -> State:
    turn = Turn(
        number=event.turn,
        menu=event.menu,
        confirming=event.confirming,
        timeout=event.timeout,
        barge_in=event.barge_in,
        speech=event.speech,
        listening=event.speech and (event.barge_in or not event.prompt),
        quiet_since=None if event.prompt else event.at,
        between=event.between,
    )
    prompts = max(state.prompts, event.prompt)
    if event.confirming in state.others:
        state = replace(state, others=state.others[state.others.index(event.confirming) + 1 :])
    return replace(state, phase=Phase.MENU, prompt=event.prompt, prompts=prompts, turn=turn, turns=event.turn)


def _silent(state: State, at: float) -> State:
    """Nothing is played any more: a turn's no-input timer begins, and one without barge-in listens now."""
    turn = state.turn
    if turn and turn.speaking_since is None and turn.keyed_at is None:
        turn = replace(turn, quiet_since=at, listening=turn.speech)
    return replace(state, prompt=0, turn=turn)


def _caller_acted(
    state: State, event: ev.KeyPressed | ev.SpeechStarted | ev.SpeechHeard | ev.RecogniserGaveUp
) -> State:
    gone = isinstance(event, ev.RecogniserGaveUp) and event.for_good
    state = replace(state, speech_gone=state.speech_gone or gone)
    turn = state.turn
    if state.phase is Phase.PROMPT and isinstance(event, ev.KeyPressed):
        return replace(state, prompt=0) if event.cut else state
    if turn is None or event.turn != turn.number:
        return state
    match event:
        case ev.KeyPressed(at=at):
            if not event.cut:
                return replace(state, turn=replace(turn, keyed_at=at))
            turn = replace(turn, keyed_at=at, listening=False, speaking_since=None, quiet_since=None)
            return replace(state, prompt=0, turn=turn)
        case ev.SpeechStarted(at=at):
            return replace(state, prompt=0, turn=replace(turn, speaking_since=at, quiet_since=None))
        case ev.SpeechHeard(others=others):
            kept = state.others if turn.confirming else tuple(others)
            return replace(state, prompt=0, turn=replace(turn, speaking_since=None), others=kept)
        case ev.RecogniserGaveUp(at=at):
            quiet = at if turn.quiet_since is None and not state.prompt else turn.quiet_since
            turn = replace(turn, speech=False, listening=False, speaking_since=None, quiet_since=quiet)
            return replace(state, turn=turn)


def _menu_went_on(
    state: State, event: ev.MenuEntered | ev.NoInput | ev.NoMatch | ev.ChoiceMade | ev.MenuGaveUp
) -> State:
    match event:
        case ev.MenuEntered(menu=menu):
            return replace(
                state,
                phase=Phase.STEP,
                menu=menu,
                no_inputs=0,
                no_matches=0,
                turn=None,
                others=(),
                trail=_trail(state.trail, menu),
            )
        case ev.NoInput(count=count):
            return replace(state, phase=Phase.STEP, no_inputs=count, prompt=0, turn=None)
        case ev.NoMatch(count=count):
            return replace(state, phase=Phase.STEP, no_matches=count, prompt=0, turn=None)
        case ev.ChoiceMade():
            return replace(state, phase=Phase.STEP, chosen=True, gave_up=False, prompt=0, turn=None)
        case ev.MenuGaveUp():
            return replace(state, phase=Phase.STEP, gave_up=True, prompt=0, turn=None)


def _trail(trail: tuple[str, ...], menu: str) -> tuple[str, ...]:
    """Add a menu, or go back to it; a question within a block is no menu to come back to."""
    if "/" in menu:
        return trail
    if menu in trail:
        return trail[: trail.index(menu) + 1]
    return (*trail, menu)[-MOST_MENUS_BACK:]


def _contact_changed(
    state: State, event: ev.VariablesSet | ev.ContactMarked | ev.LanguageSet | ev.DispositionSet
) -> State:
    match event:
        case ev.VariablesSet(values=values, secret=secret):
            kept = {name: value for name, value in state.variables.items() if name not in secret}
            return replace(state, variables=kept | values)
        case ev.ContactMarked(priority=priority, skills=skills, tier=tier):
            return replace(
                state,
                priority=state.priority if priority is None else priority,
                skills={**state.skills, **skills},
                tier=tier or state.tier,
            )
        case ev.LanguageSet(language=language):
            return replace(state, language=language)
        case ev.DispositionSet(disposition=disposition):
            return replace(state, disposition=disposition)


def _step_waits(state: State, event: ev.ServiceAsked | ev.ServiceAnswered | ev.WaitStarted) -> State:
    match event:
        case ev.ServiceAsked():
            asked = Asked(event.request, event.service, event.name, event.at, event.until)
            return replace(state, phase=Phase.SERVICE, asked=asked, requests=state.requests + 1, turn=None)
        case ev.ServiceAnswered(request=request):
            if state.asked is None or state.asked.request != request:
                return state
            return replace(state, phase=Phase.STEP, asked=None)
        case ev.WaitStarted(until=until):
            return replace(state, phase=Phase.PAUSE, pause_until=until)


def _universal(state: State, universal: Universal) -> State:
    """Start over or go to a person: what `do` left for later is not come back to."""
    if universal in (Universal.START_OVER, Universal.AGENT):
        trail = () if universal is Universal.START_OVER else state.trail
        state = replace(state, stack=(), trail=trail, chosen=True, gave_up=False)
    return replace(state, phase=Phase.STEP, prompt=0, turn=None)


def _call_went_on(state: State, event: Event) -> State:
    match event:
        case ev.DialplanEntered(block=block, answer=answer, number=number, language=language):
            refused = AnswerPolicy(answer).refusal is not None
            return replace(
                state,
                block=block,
                start=block,
                number=number,
                language=language,
                index=-1,
                phase=Phase.STEP,
                refused=refused,
            )
        case ev.UniversalUsed(universal=universal):
            return _universal(state, universal)
        case ev.BlockReturned():
            return replace(state, stack=state.stack[:-1])
        case ev.AnnouncementPlayed(announcement=name, version=version, prompt=prompt, whole=whole):
            uncut = prompt if whole and prompt else state.uncut
            return replace(state, announced={**state.announced, name: version}, uncut=uncut)
        case ev.EmergencyMet():
            return replace(state, emergency=event)
        case ev.RingRequested(until=until):
            return replace(state, phase=Phase.RINGING, ring_until=until)
        case ev.AnswerRequested(leg=leg, at=at) if leg == state.leg and state.phase in _BEFORE_ANSWERING:
            return replace(state, phase=Phase.ANSWERING, answer_until=at + MAX_ANSWERING)
        case ev.LegAnswered(leg=leg) if leg == state.leg:
            return replace(state, answered=True)
        case ev.ContactQueued():
            return replace(state, queued=True)
        case ev.CallerServed():
            return replace(state, served=True)
        case ev.HangUpRequested(leg=leg) if leg == state.leg:
            return replace(state, phase=Phase.ENDING, hung_up=True, prompt=0, turn=None)
        case ev.CommandFailed(command=command) if command == DIALPLAN_COMMAND:
            return replace(state, failed=True)
        case ev.LegEnded(leg=leg) if leg == state.leg:
            return replace(state, phase=Phase.ENDED, prompt=0, turn=None)
    return state

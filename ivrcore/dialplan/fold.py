"""How a call's state follows from its events: `apply`, and nothing else, changes it.

`apply` needs only the state and the event, so a replay of the journal gives the state of the live call.
Folded are the interpreter's own events, and of the facts that others report: `LegAnswered` and `LegEnded`
of the caller's leg, `PromptEnded` (its ``playback`` being `playback_id` of the prompt) and `ContactQueued`;
every other event leaves the state as it is, so all events of a contact can be folded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict

from msgspec.structs import replace

from ivrcore.dialplan.model import AnswerPolicy
from ivrcore.dialplan.state import (
    DIALPLAN_COMMAND,
    DO,
    MAX_ANSWERING,
    MOST_DONE,
    MOST_MENUS_BACK,
    QUEUE,
    Asked,
    Phase,
    State,
    Turn,
    playback_id,
)
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import Impatient, Service, Told, Universal

_BEFORE_ANSWERING = (Phase.STEP, Phase.RINGING, Phase.ANSWERING)
"""Whom a server that died was answering, the next one answers. Later the session may answer by itself (an
agent takes the call): that is no step of the dialplan."""


def apply(state: State, event: Event) -> State:
    """Fold one event of the contact (or of anything else, which changes nothing)."""
    if getattr(event, "contact", None) != state.contact or state.phase is Phase.ENDED:
        return state
    change = _CHANGES.get(type(event))
    return state if change is None else change(state, event)


def _step_started(state: State, event: ev.StepStarted) -> State:
    phase = Phase.PROMPT if event.prompt else Phase.QUEUE if event.verb == QUEUE else Phase.STEP
    # who never comes back (a menu's `goto` out of a block, again and again) must not lose the call
    stack = (*state.stack, (event.block, event.index))[-MOST_DONE:] if event.verb == DO else state.stack
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
        ahead=not event.prompt,
    )
    prompts = max(state.prompts, event.prompt)
    if event.confirming in state.others:
        state = replace(state, others=state.others[state.others.index(event.confirming) + 1 :])
    return replace(state, phase=Phase.MENU, prompt=event.prompt, prompts=prompts, turn=turn, turns=event.turn)


def _prompt_ended(state: State, event: ev.PromptEnded) -> State:
    over = state.prompt and event.playback == playback_id(state.contact, state.prompt)
    return _silent(state, event.at) if over else state


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
                unsaid=0,
                turn=None,
                others=(),
                **_been(state, menu),
            )
        case ev.NoInput(count=count):
            return replace(state, phase=Phase.STEP, no_inputs=count, prompt=0, turn=None)
        case ev.NoMatch(count=count, denied=denied):
            unheard = _was_misheard(state.turn, denied=denied)
            state = replace(state, misheard=state.misheard + unheard, unsaid=state.unsaid + unheard)
            return replace(state, phase=Phase.STEP, no_matches=count, prompt=0, turn=None)
        case ev.ChoiceMade():
            return replace(state, phase=Phase.STEP, chosen=True, gave_up=False, prompt=0, turn=None)
        case ev.MenuGaveUp(for_good=for_good):
            stack = () if for_good else state.stack
            return replace(state, phase=Phase.STEP, gave_up=True, prompt=0, turn=None, stack=stack)


def _was_misheard(turn: Turn | None, *, denied: bool) -> bool:
    """Whether a no-match is one of speech: nothing was pressed, or all guesses at what was said denied.

    Keys that mean nothing say nothing of how the caller was heard, in a question that makes sure either.
    """
    if turn is None:
        return False
    guessed = bool(turn.confirming) and not turn.confirming.startswith("@")
    return (guessed and denied) or (turn.speech and turn.keyed_at is None)


class _Been(TypedDict):
    trail: tuple[str, ...]
    depths: Mapping[str, int]


def _been(state: State, menu: str) -> _Been:
    """Add a menu, or go back to it; a question within a block is no menu to come back to."""
    trail = state.trail
    if "/" in menu:
        return _Been(trail=trail, depths=state.depths)
    at = trail.index(menu) if menu in trail else len(trail)
    trail = (*trail[:at], menu)[-MOST_MENUS_BACK:]
    kept = {name: depth for name, depth in state.depths.items() if name in trail}
    return _Been(trail=trail, depths={**kept, menu: len(state.stack)})


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
            gone = state.speech_gone and language == state.language  # another has recognisers of its own
            return replace(state, language=language, speech_gone=gone)
        case ev.DispositionSet(disposition=disposition):
            return replace(state, disposition=disposition)


def _step_waits(state: State, event: ev.ServiceAsked | ev.ServiceAnswered | ev.WaitStarted) -> State:
    match event:
        case ev.ServiceAsked():
            asked = Asked(event.request, event.service, event.name, event.at, event.until)
            return replace(state, phase=Phase.SERVICE, asked=asked, requests=state.requests + 1, turn=None)
        case ev.ServiceAnswered(request=request, service=service, how=how):
            if state.asked is None or state.asked.request != request:
                return state
            sent_on = state.sent_on or (service is Service.TRANSFER and how is Told.DONE)
            return replace(state, phase=Phase.STEP, asked=None, sent_on=sent_on)
        case ev.WaitStarted(until=until):
            return replace(state, phase=Phase.PAUSE, pause_until=until)


def _universal(state: State, event: ev.UniversalUsed) -> State:
    """Where a caller goes away to, the blocks that `do` went into before are not come back from."""
    state = replace(state, phase=Phase.STEP, prompt=0, turn=None)
    match event.universal:
        case Universal.START_OVER:
            return replace(state, stack=(), trail=(), depths={}, chosen=True, gave_up=False)
        case Universal.AGENT:
            return replace(state, stack=(), chosen=True, gave_up=False)
        case Universal.BACK:
            depth = state.depths.get(state.before(event.menu), len(state.stack))
            return replace(state, stack=state.stack[:depth])
    return state


def _dialplan_entered(state: State, event: ev.DialplanEntered) -> State:
    return replace(
        state,
        block=event.block,
        start=event.block,
        number=event.number,
        language=event.language,
        index=-1,
        phase=Phase.STEP,
        refused=AnswerPolicy(event.answer).refusal is not None,
    )


def _leg_went_on(
    state: State, event: ev.AnswerRequested | ev.LegAnswered | ev.HangUpRequested | ev.LegEnded
) -> State:
    """Fold what concerns the caller's leg; others may have legs in the contact too."""
    if event.leg != state.leg:
        return state
    match event:
        case ev.LegAnswered():
            return replace(state, answered=True)
        case ev.AnswerRequested(at=at) if state.phase in _BEFORE_ANSWERING:
            return replace(state, phase=Phase.ANSWERING, answer_until=at + MAX_ANSWERING)
        case ev.HangUpRequested():
            return replace(state, phase=Phase.ENDING, hung_up=True, prompt=0, turn=None)
        case ev.LegEnded():
            return replace(state, phase=Phase.ENDED, prompt=0, turn=None)
    return state


def _call_went_on(state: State, event: Event) -> State:
    match event:
        case ev.CallerImpatient(why=why, priority=priority):
            asked = why is Impatient.WORDS
            state = replace(state, phase=Phase.STEP, prompt=0, turn=None, stack=(), misheard=0)
            raised = max(state.raised, priority)
            return replace(state, raised=raised, chosen=state.chosen or asked, gave_up=not asked)
        case ev.BlockReturned():
            return replace(state, stack=state.stack[:-1])
        case ev.AnnouncementPlayed(announcement=name, version=version, prompt=prompt, whole=whole):
            uncut = prompt if whole and prompt else state.uncut
            return replace(state, announced={**state.announced, name: version}, uncut=uncut)
        case ev.EmergencyMet(prompt=prompt):
            return replace(state, emergency=event, uncut=prompt or state.uncut)
        case ev.RingRequested(until=until):
            return replace(state, phase=Phase.RINGING, ring_until=until)
        case ev.ContactQueued():
            return replace(state, queued=True)
        case ev.CallerServed():
            return replace(state, served=True)
        case ev.CommandFailed(command=command) if command == DIALPLAN_COMMAND:
            return replace(state, failed=True)
    return state


_CHANGES: dict[type[Event], Callable[[State, Any], State]] = {
    ev.TurnStarted: _turn_started,
    ev.StepStarted: _step_started,
    ev.PromptEnded: _prompt_ended,
    **dict.fromkeys((ev.KeyPressed, ev.SpeechStarted, ev.SpeechHeard, ev.RecogniserGaveUp), _caller_acted),
    **dict.fromkeys(
        (ev.MenuEntered, ev.NoInput, ev.NoMatch, ev.ChoiceMade, ev.MenuGaveUp),
        _menu_went_on,
    ),
    **dict.fromkeys((ev.VariablesSet, ev.ContactMarked, ev.LanguageSet, ev.DispositionSet), _contact_changed),
    **dict.fromkeys((ev.ServiceAsked, ev.ServiceAnswered, ev.WaitStarted), _step_waits),
    ev.UniversalUsed: _universal,
    ev.DialplanEntered: _dialplan_entered,
    **dict.fromkeys((ev.AnswerRequested, ev.LegAnswered, ev.HangUpRequested, ev.LegEnded), _leg_went_on),
    **dict.fromkeys(
        (
            ev.CallerImpatient,
            ev.BlockReturned,
            ev.AnnouncementPlayed,
            ev.EmergencyMet,
            ev.RingRequested,
            ev.ContactQueued,
            ev.CallerServed,
            ev.CommandFailed,
        ),
        _call_went_on,
    ),
}
"""Event class -> how it changes the state: found by class, since every step of a call folds some."""

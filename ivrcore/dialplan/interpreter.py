"""The pure interpreter: runs a call through its dialplan, one decision per input.

The rule for whoever runs a call (`step` does all of it but the journal and the commands)::

    decision = decide(plan, state, input, now)      # the state before the input
    events   = facts + decision.events              # one batch, in this order, to the journal
    state    = fold(apply, events)                  # see ivrcore.dialplan.state
    then run decision.commands in order

``facts`` are what the session journals about the input itself. Needed by the fold: `LegAnswered` with
`Answered`, `PromptEnded` with `PromptOver`, `LegEnded` with `CallerGone`; and `ContactQueued`, which routing
journals and whose fold (``step(..., facts)`` or `apply`) must not be forgotten. The session also journals
`ContactArrived`, `PromptStarted` and `ContactClosed`; the interpreter everything else that concerns menus,
steps and the caller's leg (`AnswerRequested`, `HangUpRequested`, `KeyPressed`, `SpeechHeard`, …).

Late inputs (an old turn, a prompt that is over, anything after the end) decide nothing. No state waits
without an end: every one waits for a deadline, a prompt, an answer, a queue, or the caller's leg to end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from ivrcore.dialplan import commands as c
from ivrcore.dialplan import menus, model, rules
from ivrcore.dialplan.graph import informs, leads_to_menu
from ivrcore.dialplan.model import AnswerPolicy, Plan, plain_number
from ivrcore.dialplan.state import Phase, State, apply, next_deadline, outcome, playback_id
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import Cause, PromptEnd

__all__ = ["Decision", "State", "Stepped", "apply", "decide", "next_deadline", "outcome", "step"]

MAX_STEPS = 100
"""Steps without a wait; beyond, the dialplan is taken to run in circles."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be journalled and done. ``typed`` are keys not used yet; never journalled or logged."""

    events: tuple[Event, ...] = ()
    commands: tuple[c.Command, ...] = ()
    typed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Stepped:
    """A decision already folded: ``events`` begin with the facts."""

    state: State
    events: tuple[Event, ...]
    commands: tuple[c.Command, ...]


def step(plan: Plan, state: State, given: c.Input, now: float, facts: Sequence[Event] = ()) -> Stepped:
    """Decide and fold; journal ``events`` in one batch, then run ``commands``."""
    decision = decide(plan, state, given, now)
    events = (*facts, *decision.events)
    return Stepped(replace(reduce(apply, events, state), typed=decision.typed), events, decision.commands)


def decide(plan: Plan, state: State, given: c.Input, now: float) -> Decision:
    """Decide on one input; changes nothing."""
    walk = Walk(plan, state, now)
    place = _take(walk, given)
    _go(walk, place)
    return Decision(tuple(walk.events), tuple(walk.commands), walk.typed)


def _take(walk: Walk, given: c.Input) -> Place | None:
    """Give an input to whatever waits for it."""
    state = walk.state
    if state.phase is Phase.ENDED:
        return None
    match given:
        case c.CallerGone():
            walk.stop_listening()
            return None
        case c.Begin(number=number):
            return _begin(walk, number) if state.phase is Phase.NEW else None
        case c.Answered():
            return _answered(walk)
        case c.PromptOver():
            return _prompt_over(walk, given)
        case c.QueueOver():
            return _next(walk) if state.phase is Phase.QUEUE else None
        case c.KeyIn(digit=digit):
            return _key(walk, digit)
        case c.SpeechGone():
            menus.speech_gone(walk, given)
        case c.SpeechBegan() if state.turn:
            menus.speech_began(walk, state.turn, given)
        case c.Heard() if state.turn:
            return menus.heard(walk, state.turn, given)
        case c.Tick():
            return _tick(walk)
    return None


# --- inputs -------------------------------------------------------------------------------------


def _begin(walk: Walk, called: str) -> Place | None:
    number = walk.plan.numbers.get(plain_number(called))
    answer = number.answer if number else AnswerPolicy.UNALLOCATED
    start = number.start.text if number and number.start else ""
    walk.emit(
        ev.DialplanEntered(at=walk.now, contact=walk.contact, number=called, block=start, answer=answer.value)
    )
    if number is None or answer.refusal is not None:
        walk.hang_up(answer.refusal or Cause.UNALLOCATED)
        return None
    if answer is AnswerPolicy.EARLY_MEDIA or walk.state.answered:
        return _enter(walk, start)
    if answer is AnswerPolicy.RING:
        until = walk.now + number.ring
        walk.emit(ev.RingRequested(at=walk.now, contact=walk.contact, leg=walk.state.leg, until=until))
        walk.do(c.DoRing())
        return None
    walk.answer()
    return None


def _answered(walk: Walk) -> Place | None:
    waited = walk.state.phase in (Phase.ANSWERING, Phase.RINGING)
    walk.suppose(ev.LegAnswered(at=walk.now, contact=walk.contact, leg=walk.state.leg))
    if not waited:
        return None
    return _enter(walk, walk.state.block) if walk.state.index < 0 else _next(walk)


def _prompt_over(walk: Walk, given: c.PromptOver) -> Place | None:
    state = walk.state
    if not state.prompt or given.prompt_id != state.prompt:
        return None
    playback = playback_id(walk.contact, given.prompt_id)
    walk.suppose(ev.PromptEnded(at=walk.now, contact=walk.contact, playback=playback, how=given.how))
    if state.phase is Phase.MENU:
        if walk.typed:
            return menus.use_keys(walk)
        if state.turn and not state.turn.listening:
            menus.listen(walk)
        return None
    answers = given.how is PromptEnd.FINISHED and state.chosen and not state.served
    if answers and state.block in walk.plan.blocks and informs(walk.plan, state.block, state.index):
        walk.emit(ev.CallerServed(at=walk.now, contact=walk.contact, block=state.block, index=state.index))
    return _next(walk)


def _key(walk: Walk, digit: str) -> Place | None:
    """Take a key: in a menu, or ahead of one while a step's prompt plays."""
    state = walk.state
    if state.phase is Phase.MENU and state.turn:
        return menus.press(walk, state.turn, digit)
    if state.phase is not Phase.PROMPT or not leads_to_menu(walk.plan, state.block, state.index + 1):
        return None
    walk.type(digit)
    cut = _barges(walk.plan.blocks[state.block].steps[state.index])
    if cut:
        walk.hush()
    walk.emit(ev.KeyPressed(at=walk.now, contact=walk.contact, leg=state.leg, turn=state.turns, cut=cut))
    return _next(walk) if cut else None


def _barges(step: model.Step) -> bool:
    return isinstance(step, model.Say | model.Play) and step.barge_in


def _tick(walk: Walk) -> Place | None:
    due = next_deadline(walk.state)
    if due is None or walk.now < due:
        return None
    if walk.state.phase is Phase.RINGING:
        walk.answer()
        return None
    if walk.state.phase is Phase.ANSWERING:
        walk.hang_up(Cause.TEMPORARY_FAILURE)
        return None
    return menus.time_is_up(walk, walk.state.turn) if walk.state.turn else None


# --- steps --------------------------------------------------------------------------------------


def _next(walk: Walk) -> Place:
    return Place(walk.state.block, walk.state.index + 1)


def _enter(walk: Walk, target: str) -> Place | None:
    """Go to a block or menu."""
    return menus.enter(walk, target) if target in walk.plan.menus else Place(target)


def _go(walk: Walk, place: Place | None) -> None:
    """Run steps until one of them waits."""
    for _ in range(MAX_STEPS):
        if place is None:
            return
        block = walk.plan.blocks.get(place.block)
        if block is None:
            walk.fail(rules.LOST)
            return
        if place.index >= len(block.steps):
            walk.hang_up(Cause.NORMAL)
            return
        step = block.steps[place.index]
        place = RUN[type(step)](walk, step, place)
    walk.fail(rules.RUNAWAY)


def _started(walk: Walk, step: model.Step, place: Place, prompt: int = 0) -> None:
    walk.emit(
        ev.StepStarted(
            at=walk.now,
            contact=walk.contact,
            block=place.block,
            index=place.index,
            verb=step.verb,
            prompt=prompt,
        )
    )


def _run_prompt(walk: Walk, step: model.Say | model.Play, place: Place) -> Place | None:
    after = Place(place.block, place.index + 1)
    skipped = walk.typed and step.barge_in and leads_to_menu(walk.plan, after.block, after.index)
    _started(walk, step, place, 0 if skipped else walk.state.prompts + 1)
    if skipped:
        return after
    walk.play(step.prompt, f"{place.block}/{place.index}")
    return None


def _run_menu(walk: Walk, step: model.EnterMenu, place: Place) -> Place | None:
    _started(walk, step, place)
    return _enter(walk, step.menu.text)


def _run_goto(walk: Walk, step: model.Goto, place: Place) -> Place | None:
    _started(walk, step, place)
    return _enter(walk, step.target.text)


def _run_queue(walk: Walk, step: model.Queue, place: Place) -> Place | None:
    walk.typed = ""
    _started(walk, step, place)
    walk.do(c.DoEnqueue(step.queue.text, step.priority, dict(step.skills)))
    return None


def _run_hang_up(walk: Walk, step: model.HangUp, place: Place) -> Place | None:
    _started(walk, step, place)
    walk.hang_up(step.cause.code)
    return None


def _run_answer(walk: Walk, step: model.Answer, place: Place) -> Place | None:
    _started(walk, step, place)
    if walk.state.answered:
        return _next(walk)
    walk.answer()
    return None


RUN: dict[type[model.Step], Callable[[Walk, Any, Place], Place | None]] = {
    model.Say: _run_prompt,
    model.Play: _run_prompt,
    model.EnterMenu: _run_menu,
    model.Goto: _run_goto,
    model.Queue: _run_queue,
    model.HangUp: _run_hang_up,
    model.Answer: _run_answer,
}
"""Step -> how it is run: it gives the place where the call goes on at once, or None if it waits or ended."""

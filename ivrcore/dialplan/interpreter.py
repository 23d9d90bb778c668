"""The pure interpreter: runs a call through its dialplan, one decision per input.

The rule for whoever runs a call (`step` does all of it but the journal and the commands)::

    decision = decide(plan, state, input, now)      # the state before the input
    events   = facts + decision.events              # one batch, in this order, to the journal
    state    = fold(apply, events)                  # see ivrcore.dialplan.fold
    then run decision.commands in order

``facts`` are what the session journals about the input itself. Needed by the fold: `LegAnswered` with
`Answered`, `PromptEnded` with `PromptOver`, `LegEnded` with `CallerGone`; and `ContactQueued`, which routing
journals and whose fold (``step(..., facts)`` or `apply`) must not be forgotten. The session also journals
`ContactArrived`, `PromptStarted` and `ContactClosed`; the interpreter everything else that concerns menus,
steps and the caller's leg (`AnswerRequested`, `HangUpRequested`, `KeyPressed`, `SpeechHeard`, …).

A verb that raises ends neither the call nor the server: see :mod:`ivrcore.dialplan.faults`.

Late inputs (an old turn, a prompt that is over, anything after the end) decide nothing. No state waits
without an end: every one waits for a deadline, a prompt, an answer, a queue, or the caller's leg to end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import reduce

from msgspec import Struct
from msgspec.structs import replace

from ivrcore.dialplan import answers, rules, turns
from ivrcore.dialplan import commands as c
from ivrcore.dialplan.emergency import meet, meet_new
from ivrcore.dialplan.faults import asked, safely
from ivrcore.dialplan.fold import apply
from ivrcore.dialplan.graph import informs, question_ahead
from ivrcore.dialplan.model import AnswerPolicy, Plan, plain_number
from ivrcore.dialplan.resuming import resume
from ivrcore.dialplan.state import Phase, Private, State, next_deadline, outcome, playback_id
from ivrcore.dialplan.step import Step
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.dialplan.world import CALM, World
from ivrcore.model import events as ev
from ivrcore.model.event import Event
from ivrcore.model.names import Cause, LeftQueue, PromptEnd, Service, Told

__all__ = ["Decision", "State", "Stepped", "apply", "decide", "next_deadline", "outcome", "step"]

MAX_STEPS = 300
"""Steps without a wait; beyond, the dialplan is taken to run in circles."""
BRINGS_TO_PEOPLE = (Service.TRANSFER, Service.CALL_BACK)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be journalled and done. ``private`` is kept beside the fold; never journalled or logged."""

    events: tuple[Event, ...] = ()
    commands: tuple[c.Command, ...] = ()
    private: Private = field(default=Private(), repr=False)


class Stepped(Struct, frozen=True):
    """A decision already folded: ``events`` begin with the facts."""

    state: State
    events: tuple[Event, ...]
    commands: tuple[c.Command, ...]


def step(
    plan: Plan, state: State, given: c.Input, now: float, facts: Sequence[Event] = (), world: World = CALM
) -> Stepped:
    """Decide and fold; journal ``events`` in one batch, then run ``commands``."""
    walk = _walked(Walk(plan, state, now, world, facts), given)
    events = (*facts, *walk.events)
    folded = walk.state if walk.folded else reduce(apply, events, state)
    return Stepped(replace(folded, private=walk.private), events, tuple(walk.commands))


def decide(plan: Plan, state: State, given: c.Input, now: float, world: World = CALM) -> Decision:
    """Decide on one input; changes nothing."""
    walk = _walked(Walk(plan, state, now, world), given)
    return Decision(tuple(walk.events), tuple(walk.commands), walk.private)


def _walked(walk: Walk, given: c.Input) -> Walk:
    _go(walk, _take(walk, given))
    return walk


def _take(walk: Walk, given: c.Input) -> Place | None:
    """Give an input to whatever waits for it."""
    state = walk.state
    if state.phase is Phase.ENDED:
        return None
    match given:
        case c.CallerGone():
            walk.stop_listening()
            walk.stop_asking()
            return None
        case c.Begin():
            return _begin(walk, given) if state.phase is Phase.NEW else None
        case c.Answered():
            return _answered(walk)
        case c.PromptOver():
            return _prompt_over(walk, given)
        case c.QueueOver():
            return _queue_over(walk, given) if state.phase is Phase.QUEUE else None
        case c.ServiceTold():
            return _told(walk, given)
        case c.KeyIn(digit=digit):
            return _key(walk, digit)
        case c.SpeechGone():
            return turns.speech_gone(walk, given)
        case c.SpeechBegan() if state.turn:
            turns.speech_began(walk, state.turn, given)
        case c.Heard() if state.turn:
            return answers.heard(walk, state.turn, given)
        case c.Tick():
            return _tick(walk)
        case c.TakenUp():
            return resume(walk, given)
    return None


# --- inputs -------------------------------------------------------------------------------------


def _begin(walk: Walk, begin: c.Begin) -> Place | None:
    walk.caller = begin.caller
    number = walk.plan.numbers.get(plain_number(begin.number))
    answer = number.answer if number else AnswerPolicy.UNALLOCATED
    start = number.start.text if number and number.start else ""
    walk.emit(
        ev.DialplanEntered(
            at=walk.now,
            contact=walk.contact,
            number=number.number if number else begin.number,
            block=start,
            answer=answer.value,
            language=(number.language if number else "") or walk.plan.language,
        )
    )
    if number is None or answer.refusal is not None:
        walk.hang_up(answer.refusal or Cause.UNALLOCATED)
        return None
    if answer is AnswerPolicy.EARLY_MEDIA or walk.state.answered:
        return meet(walk) or Place(start)
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
    return walk.next if walk.state.index >= 0 else meet(walk) or Place(walk.state.block)


def _prompt_over(walk: Walk, given: c.PromptOver) -> Place | None:
    state = walk.state
    if not state.prompt or given.prompt_id != state.prompt:
        return None
    playback = playback_id(walk.contact, given.prompt_id)
    walk.suppose(ev.PromptEnded(at=walk.now, contact=walk.contact, playback=playback, how=given.how))
    if walk.spare.surplus:  # who heard something whole means what they press now
        walk.spare = replace(walk.spare, surplus=0.0)
    if state.phase is Phase.MENU:
        if walk.typed:
            return answers.use_keys(walk)
        if state.turn and not state.turn.listening:
            turns.listen(walk)
        else:
            turns.heed_all(walk)
        return None
    answers_it = given.how is PromptEnd.FINISHED and state.chosen and not state.served
    if answers_it and state.block in walk.plan.blocks and informs(walk.plan, state.block, state.index):
        walk.emit(ev.CallerServed(at=walk.now, contact=walk.contact, block=state.block, index=state.index))
    present = walk.step
    return safely(walk, present, lambda step: step.heard_out(walk)) if present else walk.next


def _key(walk: Walk, digit: str) -> Place | None:
    """Take a key: in a question, or ahead of the next one.

    It cuts a step's prompt short where nothing but prompts stands before that question.
    """
    state = walk.state
    dropped, walk.spare = answers.spare(walk.plan, state, digit, walk.now)
    if dropped:
        return None
    if state.phase is Phase.MENU and state.turn:
        return answers.pressed(walk, state.turn, digit)
    ahead = question_ahead(walk.plan, state.block, state.index + 1)
    if not _keeps_keys(state) or (ahead is not None and not ahead.type_ahead):
        return None
    walk.type(digit)
    cut = ahead is not None and state.phase is Phase.PROMPT and _barges(walk)
    if cut:
        walk.hush()
    walk.emit(ev.KeyPressed(at=walk.now, contact=walk.contact, leg=state.leg, turn=state.turns, cut=cut))
    return walk.next if cut else None


def _keeps_keys(state: State) -> bool:
    """Whether who presses a key now means a question ahead: nobody else is spoken to."""
    if state.phase is Phase.SERVICE and state.asked is not None:
        return state.asked.service in (Service.LOOKUP, Service.IDENTIFY)
    return state.phase in (Phase.PROMPT, Phase.PAUSE, Phase.QUEUE)


def _barges(walk: Walk) -> bool:
    """Whether a key may cut short what the present step plays."""
    present = walk.step
    barges = present is not None and asked(walk, present, lambda one: one.barges, default=True)
    return barges and walk.state.prompt != walk.state.uncut


def _told(walk: Walk, told: c.ServiceTold) -> Place | None:
    """Take a service's answer to the step that asked; an answer to an earlier request is late."""
    open_now = walk.state.asked
    present = walk.step
    if open_now is None or open_now.request != told.request or walk.state.phase is not Phase.SERVICE:
        return None
    walk.emit(
        ev.ServiceAnswered(
            at=walk.now,
            contact=walk.contact,
            request=told.request,
            service=open_now.service,
            name=open_now.name,
            how=told.how,
            took=walk.now - open_now.since,
            code=told.code,
        )
    )
    if told.how is not Told.DONE:
        walk.spare = replace(walk.spare, surplus=0.0)  # a wrong PIN is typed again at once
    place = safely(walk, present, lambda step: step.told(walk, told)) if present else walk.next
    # Who was brought to nobody meets the emergency that began meanwhile; who talked has been served.
    missed = open_now.service in BRINGS_TO_PEOPLE and told.how is not Told.DONE
    return (meet_new(walk, place) or place) if place is not None and missed else place


def _queue_over(walk: Walk, over: c.QueueOver) -> Place | None:
    present = walk.step
    if over.answered or over.why in (LeftQueue.EMERGENCY, LeftQueue.BY_KEY):
        walk.typed = ""  # what comes now is not what was typed for while waiting
    if over.why == LeftQueue.EMERGENCY:
        place = Place(walk.state.block, walk.state.index)
        return meet(walk, place) or place  # a switch that is open again: back into the queue
    return safely(walk, present, lambda step: step.came_back(walk, over)) if present else walk.next


def _tick(walk: Walk) -> Place | None:
    due = next_deadline(walk.state)
    if due is None or walk.now < due:
        return None
    match walk.state.phase:
        case Phase.RINGING:
            walk.answer()
            return None
        case Phase.ANSWERING:
            walk.hang_up(Cause.TEMPORARY_FAILURE)
            return None
        case Phase.PAUSE:
            return walk.next
        case Phase.SERVICE if walk.state.asked:
            walk.stop_asking()
            return _told(walk, c.ServiceTold(walk.state.asked.request, Told.TIMED_OUT))
    return answers.time_is_up(walk, walk.state.turn) if walk.state.turn else None


# --- steps --------------------------------------------------------------------------------------


def _go(walk: Walk, place: Place | None) -> None:
    """Run steps until one of them waits."""
    for _ in range(MAX_STEPS):
        if place is None:
            return
        if walk.plan.question(place.block) is not None:
            place = answers.enter(walk, place.block)
            continue
        block = walk.block(place.block)
        if block is None:
            walk.fail(rules.LOST)
            return
        if place.index < len(block.steps):
            place = _run(walk, block.steps[place.index], place)
        elif block.within is not None:
            place = Place(block.within[0], block.within[1] + 1)
        elif block.closes:
            walk.hang_up(Cause.NORMAL)
            return
        else:
            place = walk.come_back()
    walk.fail(rules.RUNAWAY)


def _run(walk: Walk, step: Step, place: Place) -> Place | None:
    if step.connects:
        emergency = meet(walk, place)
        if emergency is not None:
            return emergency
    if walk.typed and step.says and walk.typed_at < walk.now:  # not by a key pressed just now
        ahead = question_ahead(walk.plan, place.block, place.index + 1)
        if ahead is not None and not answers.counts_ahead(walk, ahead):
            walk.typed = ""  # too old, or of no meaning there: nothing that is said before it is skipped
    plays = asked(walk, step, lambda one: one.plays(walk, place), default=False)
    prompt = walk.state.prompts + 1 if plays else 0
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
    return safely(walk, step, lambda one: one.run(walk))

"""How a call goes on that a server which died has left: what may be lost is done again.

A question is asked anew, a step's prompt that may not have been heard is played again, an answer of the
outside that cannot come any more is asked for again where that does no harm, and has failed otherwise. Who
waits in a queue, or in a pause, waits on.
"""

from __future__ import annotations

from ivrcore.dialplan import answers, rules, turns
from ivrcore.dialplan.commands import DoHangUp, DoRing, ServiceTold, TakenUp
from ivrcore.dialplan.faults import safely
from ivrcore.dialplan.state import Phase
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.errors import ServiceError
from ivrcore.model import events as ev
from ivrcore.model.names import Cause, Service, Told

ASKED_AGAIN = (Service.LOOKUP, Service.IDENTIFY)
"""What may be asked twice."""


def resume(walk: Walk, taken_up: TakenUp) -> Place | None:
    """Go on from where the call is; give the place where it goes on, or None if it waits."""
    state = walk.state
    match state.phase:
        case Phase.RINGING:
            walk.do(DoRing())
        case Phase.ANSWERING if not taken_up.up:
            walk.answer()  # asked for now: however long nobody was there, there is time for it
        case Phase.PROMPT if not state.prompt:
            return Place(state.block, state.index)
        case Phase.QUEUE:
            return Place(state.block, state.index)
        case Phase.MENU:
            return _ask_again(walk)
        case Phase.SERVICE:
            return _not_answered(walk, again=taken_up.again)
        case Phase.ENDING:
            walk.do(DoHangUp(Cause.NORMAL))
        case _:
            pass
    return None


def _ask_again(walk: Walk) -> Place | None:
    turn = walk.state.turn
    question = walk.plan.question(turn.menu) if turn else None
    if turn is None or question is None:
        walk.fail(rules.LOST)
        return None
    walk.hush()
    if turn.confirming:
        return answers.ask_again(walk, question, turn.confirming)
    return turns.say_and_ask(walk, question, question.prompt, question.name)


def _not_answered(walk: Walk, *, again: bool) -> Place | None:
    asked, step = walk.state.asked, walk.step
    if asked is None:
        return walk.next
    walk.emit(
        ev.ServiceAnswered(
            at=walk.now,
            contact=walk.contact,
            request=asked.request,
            service=asked.service,
            name=asked.name,
            how=Told.FAILED,
            took=max(0.0, walk.now - asked.since),  # a clock that was set back a little is not told of
            code=ServiceError.code,
        )
    )
    if again or asked.service in ASKED_AGAIN:
        return Place(walk.state.block, walk.state.index)
    told = ServiceTold(asked.request, Told.FAILED, {}, ServiceError.code)
    return safely(walk, step, lambda one: one.told(walk, told)) if step else walk.next

"""How a question is asked and waited for: turns, keys, speech, silence. The same for menus and for digits.

Each function goes on from the present turn and gives the place where the call goes on, or None if it now
waits. Keys win over speech at any moment; an input for a turn that is over is ignored by its number. What an
answer means is :mod:`ivrcore.dialplan.answers`'.
"""

from __future__ import annotations

from datetime import datetime

from ivrcore.dialplan.commands import (
    DoHeedAll,
    DoListen,
    DoStopListening,
    DoStopPlay,
    Prompt,
    SpeechBegan,
    SpeechGone,
)
from ivrcore.dialplan.grammars import question_grammar, universal_choice
from ivrcore.dialplan.graph import question_ahead
from ivrcore.dialplan.model import Digits, Menu, Question
from ivrcore.dialplan.state import Turn
from ivrcore.dialplan.texts import Wording
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.dialplan.wording import CONFIRM_KEYS
from ivrcore.model import events as ev
from ivrcore.model.names import Impatient, Universal
from ivrcore.speech.decide import USUAL_BOUNDS, Bounds
from ivrcore.speech.recogniser import Grammar

MOST_UNSAID = 2
"""Digits that were said so often in vain are to be typed: saying them a third time is no better."""


def ask(
    walk: Walk,
    question: Question,
    prompt: Prompt,
    name: str,
    confirming: str = "",
    *,
    ahead: bool = False,
    unheard: bool = False,
) -> Place | None:
    """Begin a turn: play the prompt and listen; with ``ahead`` play nothing, since keys are typed already.

    ``unheard``: the caller was not listened to in the turn before; in this one, keys are taken only.
    """
    speech = _can_hear(walk, question, confirming)
    in_vain = isinstance(question, Digits) and not confirming and walk.state.unsaid >= MOST_UNSAID
    instead = _refused(walk, question, unheard or in_vain) if speech and not ahead else None
    if instead is not None:
        if not confirming and isinstance(question, Menu) and not question.keys:
            return to_person(walk, question)
        speech, prompt = False, (*instead, *prompt)
    if not speech and not confirming and isinstance(question, Menu) and not menu_keys(walk, question):
        return give_up(walk, question)
    if confirming:
        walk.typed = ""  # a yes is meant for what was heard before it
    due = [] if ahead else walk.due()
    barge_in = question.barge_in and not any(one.whole for one in due)
    walk.emit(
        ev.TurnStarted(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            turn=walk.state.turns + 1,
            attempt=1 + walk.state.no_inputs + walk.state.no_matches,
            confirming=confirming,
            prompt=0 if ahead else walk.state.prompts + 1,
            timeout=question.between if ahead else question.timeout,
            barge_in=barge_in,
            speech=speech and not ahead,
            between=question.between,
        )
    )
    if not ahead:
        walk.play(prompt, name, due)
        listen(walk)
    return None


def say_and_ask(walk: Walk, question: Question, wording: Wording, name: str) -> Place | None:
    """Begin a turn with what a dialplan says there."""
    return ask(walk, question, walk.worded(wording), name)


def _can_hear(walk: Walk, question: Question, confirming: str) -> bool:
    return not walk.state.speech_gone and _grammar(walk, question, confirming).says_something


def _refused(walk: Walk, question: Question, unheard: bool) -> Prompt | None:
    """Ask whether the caller can be listened to now; if not, or not meant to be, give what they are told."""
    stays = not unheard and any(isinstance(one, DoStopListening) for one in walk.commands)
    now = walk.world.hearing(walk.language, stays=stays)
    if now.refused is None:
        return now.instead if unheard else None
    walk.emit(
        ev.SpeechRefused(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            language=walk.language,
            why=now.refused,
            streams=now.streams,
            cores=now.cores,
            budget=now.budget,
        )
    )
    return now.instead


def _grammar(walk: Walk, question: Question, confirming: str) -> Grammar:
    today = datetime.fromtimestamp(walk.now, walk.plan.zone).date()
    language = walk.state.language
    return question_grammar(walk.plan, question, language, confirming=bool(confirming), today=today)


def listen(walk: Walk) -> None:
    """Take speech now, if the turn wants it."""
    turn = walk.state.turn
    question = walk.plan.question(turn.menu) if turn and turn.listening else None
    if turn and question:
        bounds = _bounds(question)
        grammar = _grammar(walk, question, turn.confirming)
        prompted = bool(walk.state.prompt)
        walk.do(DoListen(turn.number, grammar, bounds.accept, bounds.confirm, question.taking, prompted))


def _bounds(question: Question) -> Bounds:
    if isinstance(question, Menu):
        return Bounds(question.accept, question.confirm)
    return question.bounds if isinstance(question, Digits) else USUAL_BOUNDS


def heed_all(walk: Walk) -> None:
    """The prompt is over while speech is taken: there is nothing more that a cough could stop."""
    turn = walk.state.turn
    question = walk.plan.question(turn.menu) if turn and turn.listening else None
    if turn and question and question.taking.minimum:
        walk.do(DoHeedAll(turn.number))


def menu_keys(walk: Walk, question: Question) -> dict[str, str]:
    """Give key sequence -> choice, or universal where the question does not use the keys itself."""
    return _universal_keys(walk, question) | question.keys


def turn_keys(walk: Walk, question: Question, turn: Turn) -> dict[str, str]:
    """Give the same for what is asked now: yes, no or a universal where something is confirmed."""
    if not turn.confirming:
        return menu_keys(walk, question)
    universal = _universal_keys(walk, question)
    return {keys: one for keys, one in universal.items() if keys not in question.keys} | CONFIRM_KEYS


def _universal_keys(walk: Walk, question: Question) -> dict[str, str]:
    ways = (walk.plan.universals[one] for one in question.universals)
    return {keys.text: universal_choice(way.universal) for way in ways for keys in way.keys}


# --- what the caller does ----------------------------------------------------------------------------


def press(walk: Walk, turn: Turn, digit: str) -> bool:
    """Take a key: it ends prompt and listening, unless the prompt must be heard out. Tell whether it did."""
    walk.type(digit)
    cut = turn.barge_in or not walk.state.prompt
    if cut:
        walk.hush()
    walk.emit(
        ev.KeyPressed(at=walk.now, contact=walk.contact, leg=walk.state.leg, turn=walk.state.turns, cut=cut)
    )
    return cut


def speech_began(walk: Walk, turn: Turn, said: SpeechBegan) -> None:
    """The caller begins to speak: the prompt stops, and the no-input timer is held."""
    if said.turn != turn.number or not turn.listening or turn.speaking_since is not None:
        return
    if walk.state.prompt:
        walk.do(DoStopPlay(walk.state.prompt))
    walk.emit(ev.SpeechStarted(at=walk.now, contact=walk.contact, turn=turn.number))


def speech_gone(walk: Walk, gone: SpeechGone) -> Place | None:
    """Go on with keys; ask again in a way that says so where callers would wait in vain for an answer.

    They would if they spoke already or the question was heard, and if nobody can listen for some time.
    """
    turn = walk.state.turn
    current = turn is not None and turn.number == gone.turn and turn.speech
    if not current and not (gone.for_good and not walk.state.speech_gone):
        return None
    if turn is not None and (current or gone.for_good):
        walk.stop_listening()
    walk.emit(
        ev.RecogniserGaveUp(
            at=walk.now,
            contact=walk.contact,
            turn=turn.number if turn is not None and gone.for_good else gone.turn,
            engine=gone.engine,
            code=gone.code,
            for_good=gone.for_good,
        )
    )
    question = walk.plan.question(turn.menu) if turn is not None and current else None
    if gone.for_good or turn is None or turn.confirming or question is None:
        return None
    if turn.keyed_at is not None or walk.typed:
        return None  # they use the keys already
    hearing = walk.world.hearing(walk.language, stays=False)
    if hearing.refused is None and walk.state.prompt:
        return None  # the next turn listens again
    if hearing.refused is None and isinstance(question, Menu) and not question.keys:
        return no_input(walk, question)
    walk.hush()
    return ask(walk, question, walk.worded(question.prompt), question.name, unheard=True)


# --- failures ----------------------------------------------------------------------------------------


def no_input(walk: Walk, question: Question) -> Place | None:
    """Nothing came: the next reprompt, or the question's default."""
    walk.hush()
    walk.typed = ""
    count = walk.state.no_inputs + 1
    walk.emit(
        ev.NoInput(at=walk.now, contact=walk.contact, menu=question.name, turn=walk.state.turns, count=count)
    )
    return _again(walk, question, question.no_input, "no_input", count)


def no_match(walk: Walk, question: Question, *, denied: bool = False) -> Place | None:
    """Something came that is no answer: the next reprompt, the question's default, or a person.

    Keys typed meanwhile (while a PIN was judged) are not meant for what is said now, so they are forgotten.
    """
    walk.typed = ""
    before = walk.state.misheard
    count = walk.state.no_matches + 1
    walk.emit(
        ev.NoMatch(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            turn=walk.state.turns,
            count=count,
            denied=denied,
        )
    )
    impatience = walk.plan.impatience
    fails = impatience.failures if impatience and Universal.AGENT in question.universals else 0
    if fails and before < walk.state.misheard >= fails:
        return lose_patience(walk, question, Impatient.MISHEARD)
    return _again(walk, question, question.no_match, "no_match", count)


def lose_patience(walk: Walk, question: Question, why: Impatient) -> Place | None:
    """Take the caller to a person, ahead of others."""
    impatience = walk.plan.impatience
    walk.emit(
        ev.CallerImpatient(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            turn=walk.state.turns,
            why=why,
            priority=impatience.priority if impatience else 0,
        )
    )
    walk.entered = ""
    return Place(walk.plan.universals[Universal.AGENT].go)


def _again(
    walk: Walk, question: Question, reprompts: tuple[Wording, ...], kind: str, count: int
) -> Place | None:
    if count > len(reprompts):
        return give_up(walk, question)
    return say_and_ask(walk, question, reprompts[count - 1], f"{question.name}/{kind}/{count}")


def give_up(walk: Walk, question: Question, target: str = "") -> Place | None:
    """Take the question's default, or go to the block ``target`` instead."""
    walk.typed = ""
    target = target or question.otherwise
    block = walk.plan.blocks.get(target)
    for_good = block is not None and block.closes
    walk.emit(ev.MenuGaveUp(at=walk.now, contact=walk.contact, menu=question.name, for_good=for_good))
    return Place(target) if target else walk.next


def to_person(walk: Walk, question: Question) -> Place | None:
    """Give up for a caller who can neither speak nor press a choice: to a person, if `agent` leads there.

    Not where `agent` leads to this very question, or led here in this step: the call would never get on.
    """
    agent = walk.plan.universals[Universal.AGENT] if Universal.AGENT in question.universals else None
    refused = [one for one in walk.events if isinstance(one, ev.SpeechRefused)]
    ahead = question_ahead(walk.plan, agent.go, 0) if agent else None
    same = ahead is not None and ahead.name == question.name
    if agent is None or same or sum(one.menu == question.name for one in refused) > 1:
        return give_up(walk, question)
    return give_up(walk, question, agent.go)

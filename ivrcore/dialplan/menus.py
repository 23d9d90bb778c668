"""How a menu is asked and answered: turns, keys, speech, and what happens when neither comes.

Each function goes on from the present turn and gives the place where the call goes on, or None if it now
waits. Keys win over speech at any moment; an input for a turn that is over is ignored by its number.
"""

from __future__ import annotations

from ivrcore.dialplan import rules
from ivrcore.dialplan.commands import DoListen, DoStopPlay, Heard, Prompt, SpeechBegan, SpeechGone
from ivrcore.dialplan.grammars import confirm_grammar, menu_grammar
from ivrcore.dialplan.model import Menu
from ivrcore.dialplan.state import INTER_KEY, Turn
from ivrcore.dialplan.walk import Place, Walk
from ivrcore.dialplan.wording import CONFIRM_KEYS, YES
from ivrcore.errors import RecogniserFailed
from ivrcore.model import events as ev
from ivrcore.model.names import ChosenBy, Verdict
from ivrcore.speech.recogniser import Grammar


def enter(walk: Walk, name: str) -> Place | None:
    """Come to a menu, with what the caller typed ahead."""
    menu = walk.plan.menus[name]
    walk.emit(ev.MenuEntered(at=walk.now, contact=walk.contact, menu=name))
    key, waits = match_keys(walk.typed, menu.keys)
    if walk.typed and key is None and not waits:
        walk.typed = ""  # typed blindly, and nothing of this menu: let it be heard first
    return ask(walk, menu, menu.prompt, name)


def ask(walk: Walk, menu: Menu, prompt: Prompt, name: str, confirming: str = "") -> Place | None:
    """Begin a turn: play the prompt and listen, or use at once what was typed ahead."""
    speech = _can_hear(walk, menu, confirming)
    if not speech and not menu.keys and not confirming:
        return give_up(walk, menu)
    ahead = bool(walk.typed) and menu.barge_in and not confirming
    walk.emit(
        ev.TurnStarted(
            at=walk.now,
            contact=walk.contact,
            menu=menu.name,
            turn=walk.state.turns + 1,
            attempt=1 + walk.state.no_inputs + walk.state.no_matches,
            confirming=confirming,
            prompt=0 if ahead else walk.state.prompts + 1,
            timeout=INTER_KEY if ahead else menu.timeout,
            barge_in=menu.barge_in,
            speech=speech and not ahead,
        )
    )
    if ahead:
        return use_keys(walk)
    walk.play(prompt, name)
    listen(walk)
    return None


def _can_hear(walk: Walk, menu: Menu, confirming: str) -> bool:
    return not walk.state.speech_gone and bool(_grammar(walk, menu, confirming).phrases)


def _grammar(walk: Walk, menu: Menu, confirming: str) -> Grammar:
    return confirm_grammar(walk.plan) if confirming else menu_grammar(walk.plan, menu)


def listen(walk: Walk) -> None:
    """Take speech now, if the turn wants it."""
    turn = walk.state.turn
    if turn and turn.listening:
        menu = walk.plan.menus[turn.menu]
        walk.do(DoListen(turn.number, _grammar(walk, menu, turn.confirming), menu.accept, menu.confirm))


# --- keys ---------------------------------------------------------------------------------------


def match_keys(typed: str, keys: dict[str, str], final: bool = False) -> tuple[tuple[str, str] | None, bool]:
    """Find the choice that the typed keys begin with: ((choice, keys left over), whether more may come).

    A sequence that is also the beginning of a longer one waits for the next key, unless ``final``.
    """
    for end in range(1, len(typed) + 1):
        part = typed[:end]
        follows = typed[: end + 1] if end < len(typed) else part
        goes_on = any(key.startswith(follows) and key != part for key in keys)
        if part in keys and (not goes_on or (final and end == len(typed))):
            return (keys[part], typed[end:]), False
        if part not in keys and not goes_on:
            return None, False
    return None, bool(typed) and not final


def press(walk: Walk, turn: Turn, digit: str) -> Place | None:
    """Take a key in a menu: it ends prompt and listening, unless the prompt must be heard to its end."""
    walk.type(digit)
    cut = turn.barge_in or not walk.state.prompt
    if cut:
        walk.hush()
    walk.emit(
        ev.KeyPressed(at=walk.now, contact=walk.contact, leg=walk.state.leg, turn=walk.state.turns, cut=cut)
    )
    return use_keys(walk) if cut else None


def use_keys(walk: Walk, final: bool = False) -> Place | None:
    """Make a choice, or none, of the keys typed so far; wait if a longer sequence is possible."""
    turn = walk.state.turn
    assert turn is not None
    menu = walk.plan.menus[turn.menu]
    match, waits = match_keys(walk.typed, CONFIRM_KEYS if turn.confirming else menu.keys, final)
    if waits:
        return None
    if match is None:
        walk.typed = ""
        return no_match(walk, menu, turn)
    choice, walk.typed = match
    if not turn.confirming:
        return choose(walk, menu, choice, ChosenBy.KEY)
    return confirmed(walk, menu, turn, choice)


# --- speech -------------------------------------------------------------------------------------


def speech_began(walk: Walk, turn: Turn, said: SpeechBegan) -> None:
    """The caller begins to speak: the prompt stops, and the no-input timer is held."""
    if said.turn != turn.number or not turn.listening or turn.speaking_since is not None:
        return
    if walk.state.prompt:
        walk.do(DoStopPlay(walk.state.prompt))
    walk.emit(ev.SpeechStarted(at=walk.now, contact=walk.contact, turn=turn.number))


def heard(walk: Walk, turn: Turn, said: Heard) -> Place | None:
    """Take what was understood."""
    if said.turn != turn.number or not turn.listening:
        return None
    menu = walk.plan.menus[turn.menu]
    walk.hush()
    walk.emit(
        ev.SpeechHeard(
            at=walk.now,
            contact=walk.contact,
            turn=turn.number,
            verdict=said.verdict,
            choice=said.choice,
            confidence=said.confidence,
            engine=said.engine,
            took=said.took,
        )
    )
    if said.verdict is Verdict.REJECT:
        return no_match(walk, menu, turn)
    if turn.confirming:
        return confirmed(walk, menu, turn, said.choice)
    choice = menu.choice(said.choice)
    if choice is None:
        return no_match(walk, menu, turn)
    if said.verdict is Verdict.ACCEPT:
        return choose(walk, menu, choice.name, ChosenBy.SPEECH)
    prompt = walk.plan.confirm_prompt(choice)
    return ask(walk, menu, prompt, f"{menu.name}/{choice.name}/confirm", confirming=choice.name)


def confirmed(walk: Walk, menu: Menu, turn: Turn, answer: str) -> Place | None:
    """Take the answer to "did you say …?"."""
    if answer == YES:
        return choose(walk, menu, turn.confirming, ChosenBy.SPEECH)
    return no_match(walk, menu, turn)


def speech_gone(walk: Walk, gone: SpeechGone) -> None:
    """Go on with keys."""
    turn = walk.state.turn
    current = turn is not None and turn.number == gone.turn and turn.speech
    if not current and not (gone.for_good and not walk.state.speech_gone):
        return
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


# --- time, and failures -------------------------------------------------------------------------


def time_is_up(walk: Walk, turn: Turn) -> Place | None:
    """The turn's deadline has come."""
    if turn.speaking_since is not None:
        speech_gone(walk, SpeechGone(turn.number, "", RecogniserFailed.code))
        return None
    if turn.keyed_at is not None or walk.typed:
        return use_keys(walk, final=True)
    return no_input(walk, walk.plan.menus[turn.menu], turn)


def no_input(walk: Walk, menu: Menu, turn: Turn) -> Place | None:
    """Nothing came: the next reprompt, or the menu's default."""
    walk.hush()
    count = walk.state.no_inputs + 1
    walk.emit(ev.NoInput(at=walk.now, contact=walk.contact, menu=menu.name, turn=turn.number, count=count))
    return _again(walk, menu, menu.no_input, "no_input", count)


def no_match(walk: Walk, menu: Menu, turn: Turn) -> Place | None:
    """Something came that is no choice: the next reprompt, or the menu's default."""
    count = walk.state.no_matches + 1
    walk.emit(ev.NoMatch(at=walk.now, contact=walk.contact, menu=menu.name, turn=turn.number, count=count))
    return _again(walk, menu, menu.no_match, "no_match", count)


def _again(walk: Walk, menu: Menu, reprompts: tuple[Prompt, ...], kind: str, count: int) -> Place | None:
    if count > len(reprompts):
        return give_up(walk, menu)
    return ask(walk, menu, reprompts[count - 1], f"{menu.name}/{kind}/{count}")


def give_up(walk: Walk, menu: Menu) -> Place | None:
    """Take the menu's default."""
    walk.emit(ev.MenuGaveUp(at=walk.now, contact=walk.contact, menu=menu.name))
    return Place(menu.otherwise)


def choose(walk: Walk, menu: Menu, name: str, by: ChosenBy) -> Place | None:
    """Go where a choice leads."""
    choice = menu.choice(name)
    if choice is None:
        walk.fail(rules.LOST)
        return None
    turn = walk.state.turns
    walk.emit(ev.ChoiceMade(at=walk.now, contact=walk.contact, menu=menu.name, turn=turn, choice=name, by=by))
    return Place(choice.go)

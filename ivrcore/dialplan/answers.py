"""What an answer means: keys and speech into a menu's choice, a universal, or digits that are whole.

Goes on as :mod:`ivrcore.dialplan.turns` does: a place where the call goes on, or None if it now waits.
"""

from __future__ import annotations

from ivrcore.dialplan import rules, turns
from ivrcore.dialplan.asked import as_scalar, goes_on, in_words, is_right, typed_value
from ivrcore.dialplan.commands import Heard, Prompt, SpeechGone, Spoken
from ivrcore.dialplan.faults import safely
from ivrcore.dialplan.grammars import IMPATIENT
from ivrcore.dialplan.graph import question_ahead
from ivrcore.dialplan.model import Choice, Digits, Menu, Plan, Question
from ivrcore.dialplan.state import INTER_KEY, Phase, Spare, State, Turn
from ivrcore.dialplan.walk import STALE, Place, Walk
from ivrcore.dialplan.wording import ENTERED, YES
from ivrcore.errors import RecogniserFailed
from ivrcore.model import events as ev
from ivrcore.model.names import ChosenBy, Impatient, Universal, Verdict
from ivrcore.speech.slots import SAID, SlotKind

DIGITS = "@digits"
"""What is confirmed where digits that were typed are read back; those that were said: `SAID`."""


def enter(walk: Walk, name: str) -> Place | None:
    """Come to a menu or to digits, with what the caller typed ahead."""
    question = walk.plan.question(name)
    if question is None:
        walk.fail(rules.LOST)
        return None
    walk.emit(ev.MenuEntered(at=walk.now, contact=walk.contact, menu=name))
    if walk.typed and not counts_ahead(walk, question):
        walk.typed = ""  # let it be heard first
    ahead = bool(walk.typed) and question.barge_in
    if ahead and any(one.whole for one in walk.due()):
        return turns.ask(walk, question, (), f"{name}/announced")  # the keys count once it was heard
    place = turns.ask(walk, question, walk.worded(question.prompt), name, ahead=ahead)
    return use_keys(walk) if ahead and place is None and walk.state.turn else place


def counts_ahead(walk: Walk, question: Question) -> bool:
    """Whether what was typed is for this question: it may be typed ahead, just now, and means something."""
    if not question.type_ahead or walk.now > walk.typed_at + STALE:
        return False
    if isinstance(question, Digits):
        return walk.typed[0].isdigit()
    key, waits = match_keys(walk.typed, turns.menu_keys(walk, question))
    return key is not None or waits


def spare(plan: Plan, state: State, digit: str, now: float) -> tuple[bool, Spare]:
    """Tell whether a key pressed now is spare, and what is afterwards."""
    turn = state.turn if state.phase is Phase.MENU else None
    question = plan.question(turn.menu) if turn else question_ahead(plan, state.block, state.index + 1)
    ahead = (question is None or question.type_ahead) and not (turn and turn.confirming)
    known = state.private.spare
    return known.drops(digit, now, ahead=ahead), known.after(digit, now, ahead=ahead)


# --- keys --------------------------------------------------------------------------------------------


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


def pressed(walk: Walk, turn: Turn, digit: str) -> Place | None:
    """Take a key."""
    return use_keys(walk) if turns.press(walk, turn, digit) else None


def use_keys(walk: Walk, final: bool = False) -> Place | None:
    """Make an answer, or none, of the keys typed so far; wait if a longer sequence is possible."""
    turn = walk.state.turn
    question = walk.plan.question(turn.menu) if turn else None
    if turn is None or question is None:
        walk.fail(rules.LOST)
        return None
    if isinstance(question, Digits) and not turn.confirming:
        return _use_digits(walk, question, turn, final)
    keys = turns.turn_keys(walk, question, turn)
    match, waits = match_keys(walk.typed, keys, final)
    if waits:
        return None
    if match is None:
        return turns.no_match(walk, question)
    choice, walk.typed = match
    if turn.confirming and not choice.startswith("@"):
        return confirmed(walk, question, turn, choice)
    return choose(walk, question, choice, ChosenBy.KEY)


def time_is_up(walk: Walk, turn: Turn) -> Place | None:
    """The turn's deadline has come."""
    if turn.speaking_since is not None:
        return turns.speech_gone(walk, SpeechGone(turn.number, "", RecogniserFailed.code))
    if turn.keyed_at is not None or walk.typed:
        return use_keys(walk, final=True)
    question = walk.plan.question(turn.menu)
    if question is None:
        walk.fail(rules.LOST)
        return None
    return turns.no_input(walk, question)


# --- digits ------------------------------------------------------------------------------------------


def _use_digits(walk: Walk, asked: Digits, turn: Turn, final: bool) -> Place | None:
    """Take the digits once they are whole: by the terminator, by their number, or by a pause.

    Keys after digits that are good are typed ahead. Where nothing may be, or the digits are no good, they are
    keys too many: a question that makes sure, or wants to be heard, is not answered by them.
    """
    entered, ended, rest = walk.typed.partition(asked.terminator or "\0")
    if not ended and not final and goes_on(asked, entered):
        return None
    if not ended and len(entered) > asked.most:
        entered, rest = entered[: asked.most], entered[asked.most :]
    walk.typed = rest
    value = typed_value(asked, entered)
    good = bool(value) and is_right(asked, value)
    universal = turns.menu_keys(walk, asked).get(entered or ended)
    if universal and not value:
        return choose(walk, asked, universal, ChosenBy.KEY)
    if not ended and not rest:
        by_number = bool(value) and not goes_on(asked, entered) and not turn.ahead
        surplus = walk.now + INTER_KEY if by_number else 0.0
        walk.spare = Spare(asked.terminator, walk.now + asked.between, surplus, bad=not good)
    if not good:
        return turns.no_match(walk, asked)
    walk.entered = value
    _collected(walk, asked)
    return _confirm_digits(walk, asked, DIGITS) if asked.confirm else _take_digits(walk, asked)


def _collected(walk: Walk, asked: Digits) -> None:
    walk.emit(
        ev.DigitsCollected(
            at=walk.now,
            contact=walk.contact,
            menu=asked.name,
            turn=walk.state.turns,
            variable=asked.variable,
            count=len(walk.entered) if asked.kind is SlotKind.DIGITS else 1,
        )
    )


def _confirm_digits(walk: Walk, asked: Digits, how: str) -> Place | None:
    """Read them back and ask; without any (lost with a crash) ask for them again. ``how`` they came."""
    if not walk.entered:
        return turns.say_and_ask(walk, asked, asked.prompt, asked.name)
    said = in_words(asked, walk.entered, walk.state.language, walk.plan.zone)
    prompt = read_back(walk.plan, walk.state.language, said, how)
    return turns.ask(walk, asked, prompt, f"{asked.name}/confirm", confirming=how)


def read_back(plan: Plan, language: str, said: str, how: str) -> Prompt:
    """Give the question whether these words are right: `SAID` or `DIGITS` is how they came."""
    typed = ENTERED.get(language, ENTERED["en"]).replace("{digits}", said)
    text = plan.confirm_text(said, language) if how == SAID else typed
    return (Spoken(text, language, personal=True),)


def _take_digits(walk: Walk, asked: Digits) -> Place | None:
    """Put them into their variable, and let the step go on with them."""
    entered, walk.entered = walk.entered, ""
    if not entered:  # lost with a crash, between reading them back and the yes: ask again
        return turns.say_and_ask(walk, asked, asked.prompt, asked.name)
    if asked.variable:
        walk.set({asked.variable: as_scalar(asked, entered)}, secret=asked.secret)
    step = walk.step
    if step is None:
        walk.fail(rules.LOST)
        return None
    return safely(walk, step, lambda one: one.collected(walk, entered))


# --- speech ------------------------------------------------------------------------------------------


def heard(walk: Walk, turn: Turn, said: Heard) -> Place | None:
    """Take what was understood."""
    question = walk.plan.question(turn.menu)
    if said.turn != turn.number or not turn.listening or question is None:
        return None
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
            others=[one for one in said.others if not one.startswith("@")],
        )
    )
    unsure = said.choice == IMPATIENT and said.verdict is not Verdict.ACCEPT
    if said.verdict is Verdict.REJECT or unsure:  # nobody is asked "did you swear?"
        return turns.no_match(walk, question)
    if said.choice.startswith("@"):
        return choose(walk, question, said.choice, ChosenBy.SPEECH)
    if turn.confirming:
        return confirmed(walk, question, turn, said.choice)
    if isinstance(question, Digits):
        return _said(walk, question, said)
    if said.verdict is Verdict.ACCEPT:
        return choose(walk, question, said.choice, ChosenBy.SPEECH)
    return _ask_about(walk, question, said.choice)


def _said(walk: Walk, asked: Digits, said: Heard) -> Place | None:
    """Take digits that were said, or read them back first."""
    if not said.value or not is_right(asked, said.value):
        return turns.no_match(walk, asked)
    walk.entered = said.value
    if asked.confirm or said.verdict is not Verdict.ACCEPT:
        return _confirm_digits(walk, asked, SAID)
    _collected(walk, asked)
    return _take_digits(walk, asked)


def _ask_about(walk: Walk, question: Question, name: str) -> Place | None:
    """Ask "did you say …?"."""
    choice = question.choice(name) if isinstance(question, Menu) else None
    if choice is None:
        return turns.no_match(walk, question)
    prompt = walk.plan.confirm_prompt(choice, walk.state.language)
    return turns.ask(walk, question, prompt, f"{question.name}/{name}/confirm", confirming=name)


def confirmed(walk: Walk, question: Question, turn: Turn, answer: str) -> Place | None:
    """Take the answer to "did you say …?"; after a no, the next likely choice is asked about."""
    if answer == YES:
        if isinstance(question, Digits):
            if turn.confirming == SAID and walk.entered:
                _collected(walk, question)
            return _take_digits(walk, question)
        return choose(walk, question, turn.confirming, ChosenBy.SPEECH)
    walk.entered = ""
    if walk.state.others and isinstance(question, Menu):
        return _ask_about(walk, question, walk.state.others[0])
    return turns.no_match(walk, question, denied=True)


# --- choices -----------------------------------------------------------------------------------------


def choose(walk: Walk, question: Question, name: str, by: ChosenBy) -> Place | None:
    """Go where a choice, or a universal, leads."""
    if name == IMPATIENT:
        return turns.lose_patience(walk, question, Impatient.WORDS)
    if name.startswith("@"):
        return _universal(walk, question, Universal(name[1:]), by)
    choice = question.choice(name) if isinstance(question, Menu) else None
    if choice is None:
        return turns.no_match(walk, question)
    walk.emit(
        ev.ChoiceMade(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            turn=walk.state.turns,
            choice=name,
            by=by,
        )
    )
    return _lead(walk, choice)


def ask_again(walk: Walk, question: Question, confirming: str) -> Place | None:
    """Repeat "did you say …?", or the digits."""
    if isinstance(question, Digits):
        return _confirm_digits(walk, question, confirming)
    return _ask_about(walk, question, confirming)


def _lead(walk: Walk, choice: Choice) -> Place:
    return Place(choice.go) if choice.go else walk.next


def _universal(walk: Walk, question: Question, universal: Universal, by: ChosenBy) -> Place | None:
    way = walk.plan.universals[universal]
    back_to = walk.state.before(question.name)
    confirming = walk.state.turn.confirming if walk.state.turn else ""
    walk.emit(
        ev.UniversalUsed(
            at=walk.now,
            contact=walk.contact,
            menu=question.name,
            turn=walk.state.turns,
            universal=universal,
            by=by,
        )
    )
    if confirming and universal is Universal.REPEAT:
        return ask_again(walk, question, confirming)
    walk.entered = ""
    match universal:
        case Universal.AGENT:
            return Place(way.go)
        case Universal.HELP:
            return turns.say_and_ask(walk, question, question.help, f"{question.name}/help")
        case Universal.BACK if back_to:
            return enter(walk, back_to)
        case Universal.START_OVER:
            return walk.to(walk.state.start)
        case _:
            return turns.say_and_ask(walk, question, question.prompt, question.name)

"""What is written into a picture: steps, questions, choices in few words. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ivrcore.dialplan.commands import Recorded
from ivrcore.dialplan.model import Digits
from ivrcore.dialplan.verbs.go import HangUp
from ivrcore.dialplan.verbs.queue import Queue
from ivrcore.speech.slots import SlotKind

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Choice, Menu, Number, Plan, Question
    from ivrcore.dialplan.step import Refers, Step
    from ivrcore.dialplan.texts import Wording
    from ivrcore.model.names import Universal

ROW = 44
"""Characters of a row, at most."""
PHRASES = 24
_OWN = {"language": "language", "disposition": "disposition", "pause": "seconds", "emergency": "action"}
"""What of a step is shown where it refers to nothing: by verb."""


def clip(text: str, most: int = ROW) -> str:
    """Write on one line, cut at a word where it is too long."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    word = cut.rfind(" ")
    return f"{cut[:word] if word > most // 2 else cut}…"


def quote(text: str, most: int = ROW) -> str:
    """Clip, and put into quotation marks."""
    return f"“{clip(text, most - 2)}”"


def wrap(text: str, width: int = ROW, most: int = 3) -> tuple[str, ...]:
    """Break into lines at spaces; the last one is clipped."""
    text = " ".join(text.split())
    lines: list[str] = []
    while len(text) > width and len(lines) < most - 1:
        at = text.rfind(" ", 0, width + 1)
        at = at if at > width // 3 else width
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return (*lines, clip(text, width))


def said(wording: Wording, language: str) -> str:
    """What is heard, in one language."""
    parts = (
        f"[{part.path}]" if isinstance(part, Recorded) else part.in_language(language)[1].text
        for part in wording
    )
    return " ".join(parts)


def row(step: Step, refers: Refers, language: str) -> str:
    """A step in a few words."""
    if step.says:
        return quote(said(refers.wordings[0], language)) if refers.wordings else step.verb
    if isinstance(step, HangUp):
        return "hang up" if step.cause.value == "normal" else f"hang up: {step.cause}"
    if step.verb == "set":
        pairs = zip(refers.sets, refers.reads, strict=False)
        return clip("set " + ", ".join(f"{name.text} = {given.text}" for name, given in pairs))
    words = [name.text for kind, name in refers.site if kind != "skill"]
    words += [name.text for name in (*refers.targets, *refers.visits)]
    words += [] if words else [given.text for given in refers.reads[:1]]
    words += [] if words else [name.text for name in refers.sets]
    own = getattr(step, _OWN.get(step.verb, ""), "")
    if own:
        words = [f"{own:g} s" if isinstance(own, float) else str(own)]
    if isinstance(step, Queue) and step.priority:
        words.append(f"(priority {step.priority:+d})")
    return clip(f"{step.verb.replace('_', ' ')} {' '.join(words)}".strip())


def question_rows(question: Question, plan: Plan) -> tuple[str, ...]:
    """What a question says, how often it asks again, and which universals it takes if not all."""
    language = plan.language
    lines = wrap(said(question.prompt, language), 36, 2)
    rows = [*lines[:-1], f"{lines[-1]}”"]
    rows[0] = f"“{rows[0]}"
    if isinstance(question, Digits):
        count = (
            f"{question.least}" if question.least == question.most else f"{question.least}-{question.most}"
        )
        values = {SlotKind.AMOUNT: f"an amount {question.currency}".strip(), SlotKind.DATE: "a date"}
        rows.append(values.get(question.kind, f"{count} digits"))
        rows[-1] += f", {question.judges}" if question.judges else ""
        if question.speech:
            rows.append("typed or said")
    again = (("no input", question.no_input), ("no match", question.no_match))
    tries = [f"{kind} {len(wordings)}×" for kind, wordings in again if wordings]
    if tries:
        rows.append(f"asks again: {', '.join(tries)}")
    if set(question.universals) != set(plan.universals):
        rows.append(f"takes only {_words(question.universals)}" if question.universals else "no universals")
    return tuple(rows)


def _words(universals: tuple[Universal, ...]) -> str:
    return ", ".join(one.value.replace("_", " ") for one in universals)


def choice_label(choice: Choice, language: str, *, spoken: bool = True) -> tuple[str, ...]:
    """Name, keys, and with ``spoken`` the first phrases."""
    keys = " ".join(f"[{keys.text}]" for keys in choice.keys)
    phrases = [one for one in _phrases(choice, language) if one.casefold() != choice.name.casefold()]
    name = f"{keys} {choice.name}".strip()
    return (name, quote(", ".join(phrases), PHRASES)) if phrases and spoken else (name,)


def choice_tip(choice: Choice, menu: Menu) -> str:
    """All that may be said and pressed."""
    parts = [f"{menu.name}: {choice.name}"]
    parts += [f"{tag}: {', '.join(_phrases(choice, tag))}" for tag in choice.said]
    parts += [f"keys: {', '.join(keys.text for keys in choice.keys)}"] if choice.keys else []
    return "; ".join(parts)


def _phrases(choice: Choice, language: str) -> list[str]:
    """Give the phrases of a language; of those that a pattern stands for only the first, with a mark."""
    phrases = choice.phrases(language)
    together = Counter(one.location for one in phrases)
    first = {one.location: one.text for one in reversed(phrases)}
    return [text + (" …" if together[place] > 1 else "") for place, text in reversed(first.items())]


def number_rows(number: Number) -> tuple[str, ...]:
    """How a number answers, if not at once."""
    policy = "" if number.answer.value == "at_once" else number.answer.value.replace("_", " ")
    if policy == "ring":
        policy = f"rings {number.ring:g} s"
    return tuple(one for one in (policy, number.language) if one)


def universal_row(plan: Plan, universal: Universal) -> str:
    """A universal with its keys."""
    keys = " ".join(f"[{keys.text}]" for keys in plan.universals[universal].keys)
    return f"{keys} {universal.value.replace('_', ' ')}".strip()

"""What to make of an engine's hypotheses: take it, ask back, or ask again. Pure.

Exact phrases only: of 174 utterances outside the grammar, Vosk turned 173 into some words of it, 21 into a
whole phrase, 12 into one with every word at 0.9 or more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.model.names import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.speech.grammar import PhraseBook
    from ivrcore.speech.recogniser import Hypothesis


@dataclass(frozen=True, slots=True)
class Bounds:
    """Confidence (0..1) from which a phrase is taken, and from which it is asked about."""

    accept: float = 0.9
    confirm: float = 0.7


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict; ``choice`` is empty if rejected, ``confidence`` that of the best hypothesis.

    ``others`` are choices that the less likely hypotheses speak for, best first: should the caller say no to
    the first, they are asked about (VoiceXML 2.1, ``maxnbest``).
    """

    verdict: Verdict
    choice: str = ""
    confidence: float = 0.0
    others: tuple[str, ...] = ()


MOST_OTHERS = 2
"""Nobody wants to be asked "did you say …?" more than three times."""


def decide(book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds) -> Decision:
    """Judge the best hypothesis; a worse one is never taken instead of it."""
    if not heard:
        return Decision(Verdict.REJECT)
    best = heard[0]
    phrase = book.find(best.text)
    if phrase is None or best.confidence < bounds.confirm:
        return Decision(Verdict.REJECT, "", best.confidence)
    if best.confidence >= bounds.accept:
        return Decision(Verdict.ACCEPT, phrase.choice, best.confidence)
    others = _others(book, heard[1:], bounds, phrase.choice)
    return Decision(Verdict.CONFIRM, phrase.choice, best.confidence, others)


def _others(book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds, taken: str) -> tuple[str, ...]:
    likely = (book.find(one.text) for one in heard if one.confidence >= bounds.confirm)
    choices = dict.fromkeys(phrase.choice for phrase in likely if phrase is not None)
    return tuple(choice for choice in choices if choice != taken)[:MOST_OTHERS]


def decide_early(book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds) -> Decision | None:
    """Judge during a short pause: only a phrase that is accepted and cannot go on; None to wait for more."""
    if not heard or not book.is_final(heard[0].text):
        return None
    decision = decide(book, heard, bounds)
    return decision if decision.verdict is Verdict.ACCEPT else None

"""What to make of an engine's hypotheses: take it, ask back, or ask again. Pure.

Exact phrases only: of 174 utterances outside the grammar, Vosk turned 173 into some words of it, 21 into a
whole phrase, 12 into one with every word at 0.9 or more.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.model.names import Verdict
from ivrcore.speech import intents
from ivrcore.speech.slots import SAID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.speech.grammar import PhraseBook
    from ivrcore.speech.recogniser import Hypothesis


@dataclass(frozen=True, slots=True)
class Bounds:
    """Confidence (0..1) from which a phrase is taken, and from which it is asked about."""

    accept: float = 0.9
    confirm: float = 0.7


USUAL_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict; ``choice`` is empty if rejected, ``confidence`` that of the best hypothesis.

    ``others`` are choices that the less likely hypotheses speak for, best first: should the caller say no to
    the first, they are asked about (VoiceXML 2.1, ``maxnbest``). ``value`` is what was said, where ``choice``
    says that it is a value: it may be a secret.
    """

    verdict: Verdict
    choice: str = ""
    confidence: float = 0.0
    others: tuple[str, ...] = ()
    value: str = field(default="", repr=False)


COVERED = 0.6
"""The least share of what is spoken that the words of a phrase must make up to be taken unasked."""

MOST_OTHERS = 2
"""Nobody wants to be asked "did you say …?" more than three times."""


def decide(
    book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds, spoken: float = 0.0, *, cut: bool = False
) -> Decision:
    """Judge the best hypothesis; a worse one is never taken instead of it.

    Where anything may be said, what is no phrase is judged by the words that it shares with phrases.
    ``spoken`` is for how many seconds the caller spoke (0: unknown): a phrase that is heard in only a part of
    them is asked about. ``cut``: no silence ended what was said; a value that can go on is asked about then,
    and one that may be meant otherwise always is.
    """
    if not heard:
        return Decision(Verdict.REJECT)
    best = heard[0]
    phrase = book.find(best.text)
    value = "" if phrase else book.value(best.text)
    if phrase is None and not value and book.free:
        return _decide_freely(book, best, bounds)
    choice = phrase.choice if phrase else SAID
    if not (phrase or value) or best.confidence < bounds.confirm:
        return Decision(Verdict.REJECT, "", best.confidence)
    sure = best.confidence >= bounds.accept and covered(best, spoken) >= COVERED
    if sure and not (value and _in_doubt(book, best, cut=cut)):
        return Decision(Verdict.ACCEPT, choice, best.confidence, value=value)
    others = _others(book, heard[1:], bounds, choice)
    return Decision(Verdict.CONFIRM, choice, best.confidence, others, value)


def _in_doubt(book: PhraseBook, best: Hypothesis, *, cut: bool) -> bool:
    """Whether the value that was heard may be another one, or only the beginning of one."""
    return best.unmeasured or book.is_unclear(best.text) or (cut and not book.is_final(best.text))


def covered(best: Hypothesis, spoken: float) -> float:
    """Give the share of what was spoken in which the words were heard; 1 where that is not known.

    An engine that must make phrases of anything finds "no" somewhere in "underground station", and is sure.
    """
    if not spoken or not best.words:
        return 1.0
    return sum(word.end - word.start for word in best.words) / spoken


def _decide_freely(book: PhraseBook, best: Hypothesis, bounds: Bounds) -> Decision:
    """Judge what is no phrase by what it comes near to; of two that are as near the caller is asked."""
    everywhere = intents.asked_for(book, best)
    likely = (everywhere,) if everywhere else intents.rank(book, best)
    if not likely or likely[0].confidence < bounds.confirm:
        return Decision(Verdict.REJECT, "", best.confidence)
    first, *rest = likely
    clear = not rest or first.score - rest[0].score >= intents.APART
    if clear and first.score >= intents.ACCEPT and first.confidence >= bounds.accept:
        return Decision(Verdict.ACCEPT, first.choice, first.confidence)
    others = tuple(one.choice for one in rest)[:MOST_OTHERS]
    return Decision(Verdict.CONFIRM, first.choice, first.confidence, others)


def _others(book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds, taken: str) -> tuple[str, ...]:
    likely = (book.find(one.text) for one in heard if one.confidence >= bounds.confirm)
    choices = dict.fromkeys(phrase.choice for phrase in likely if phrase is not None)
    return tuple(choice for choice in choices if choice != taken)[:MOST_OTHERS]


def decide_early(
    book: PhraseBook, heard: Sequence[Hypothesis], bounds: Bounds, spoken: float = 0.0
) -> Decision | None:
    """Judge during a short pause: only a phrase that is accepted and cannot go on; None to wait for more."""
    if not heard or book.free or not book.is_final(heard[0].text):  # anything may follow in free speech
        return None
    decision = decide(book, heard, bounds, spoken)
    return decision if decision.verdict is Verdict.ACCEPT else None

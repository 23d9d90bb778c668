"""What is made of words that a tester types: judged by the grammar exactly as an engine's hypotheses are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ivrcore.dialplan.commands import DoListen, Heard
from ivrcore.speech.decide import Bounds, decide
from ivrcore.speech.grammar import PhraseBook
from ivrcore.speech.recogniser import Hypothesis

ENGINE = "trial"
"""What events name as the engine that heard it."""
_UNSURE = re.compile(r"\?\s*(0?\.[0-9]{1,4}|[01](?:\.[0-9]{1,4})?)\s+([^?\s][^?]*)")


@dataclass(frozen=True, slots=True)
class Said:
    """Words, and how sure a recogniser is of them: 0 to 1; ``others`` are what else it may have been."""

    text: str
    confidence: float = 1.0
    others: tuple[Hypothesis, ...] = ()


def typed(text: str) -> Said:
    """Read what was typed: ``loans``, or ``?0.8 loans`` for words that are heard with that confidence.

    ``?0.8 loans ?0.75 cards`` are two hypotheses, the best one first.
    """
    text = text.strip()
    heard = [Hypothesis(words.strip(), min(1.0, float(sure))) for sure, words in _UNSURE.findall(text)]
    if not heard or _UNSURE.sub("", text).strip():
        return Said(text)
    best, *others = heard
    return Said(best.text, best.confidence, tuple(others))


def heard(listening: DoListen, said: Said) -> Heard:
    """Decide on words as the session does on what an engine heard."""
    book = PhraseBook.of(listening.grammar)
    bounds = Bounds(listening.accept, listening.confirm)
    decision = decide(book, [Hypothesis(said.text, said.confidence), *said.others], bounds)
    return Heard(
        listening.turn,
        decision.verdict,
        decision.choice,
        decision.confidence,
        ENGINE,
        others=decision.others,
        value=decision.value,
    )


def says_phrase(listening: DoListen | None, said: Said) -> bool:
    """Whether the words are a phrase of the dialplan."""
    return listening is not None and PhraseBook.of(listening.grammar).find(said.text) is not None

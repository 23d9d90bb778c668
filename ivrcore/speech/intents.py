"""What a caller wants who says it in their own words: the choice whose phrases come nearest. Pure.

For engines that hear free speech. Compared by rapidfuzz's `token_set_ratio`: on noisy transcripts a score of
70 took 20 of 25 right, 1 wrong, and none of 12 that meant no choice; 60 took 24, 1 and 1. `WRatio` and the
`partial_*` scorers take more than half of what means no choice: they must not be used here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ivrcore.speech.courtesies import asks_for
from ivrcore.speech.grammar import UNSPACED, words

if TYPE_CHECKING:
    from ivrcore.speech.grammar import PhraseBook
    from ivrcore.speech.recogniser import Hypothesis

ACCEPT = 70.0
"""Score (per cent) from which a choice may be taken."""
CONFIRM = 60.0
"""Score from which a choice may be asked about."""
APART = 5.0
"""By how much the best choice must be ahead of the next to be taken without asking."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A choice that words speak for: how much (0 to 100); ``confidence`` is that of those words (0 to 1)."""

    choice: str
    score: float
    confidence: float


def rank(book: PhraseBook, heard: Hypothesis) -> tuple[Likely, ...]:
    """Give the choices from `CONFIRM` on, best first; of equal ones by the longer phrase, then the first one.

    Who says "sales support" does not mean "sales": what says less than the best with its words is left out.
    Choices that begin with ``@`` (universals, impatience) count by whole phrases only (`PhraseBook.find`,
    `asked_for`): "give me", "start", "back" and "person" are in too much of what is said about a caller's own
    matter.
    """
    said = tokens(heard.text, book.language)
    best: dict[str, tuple[float, int, str]] = {}
    for phrase in book.phrases.values():
        if phrase.choice.startswith("@"):
            continue
        compared = _phrase_tokens(phrase.text, book.language)
        score = _score(said, compared)
        if score and (score, len(compared)) > best.get(phrase.choice, (0.0, 0))[:2]:
            best[phrase.choice] = score, len(compared), phrase.text
    ordered = sorted(best.items(), key=lambda one: one[1][:2], reverse=True)
    first = set(_phrase_tokens(ordered[0][1][2], book.language).split()) if ordered else set[str]()
    return tuple(
        Likely(choice, score, _sure(heard, text))
        for choice, (score, _, text) in ordered
        if not set(_phrase_tokens(text, book.language).split()) < first
    )


def asked_for(book: PhraseBook, heard: Hypothesis) -> Likely | None:
    """Give the universal (``@…``) that is asked for politely: "can I speak to an agent please"."""
    for phrase in book.phrases.values():
        if phrase.choice.startswith("@") and asks_for(heard.text, phrase.text, book.language):
            return Likely(phrase.choice, 100.0, _sure(heard, phrase.text))
    return None


@cache
def _fuzz() -> Any:
    """Import it once free speech is compared: 47 modules, of which a start has no use."""
    from rapidfuzz import fuzz

    return fuzz


def _score(said: str, phrase: str) -> float:
    """Compare what is said in whatever order with whatever around it.

    Who says little scores high by a single word ("my", "have you"): where no more than half of a phrase is
    said, by its letters, the whole must be like the phrase.
    """
    fuzz = _fuzz()
    score: float = fuzz.token_set_ratio(said, phrase, score_cutoff=CONFIRM)
    wanted = set(phrase.split())
    shared = wanted.intersection(said.split()) if score else wanted
    if 2 * sum(map(len, shared)) <= sum(map(len, wanted)):
        ordered: float = fuzz.token_sort_ratio(said, phrase, score_cutoff=CONFIRM)
        return ordered
    return score


def tokens(text: str, language: str) -> str:
    """Write a text as what is compared: words, or in languages without reliable spaces pairs of letters."""
    parts = words(text)
    if language not in UNSPACED:
        return " ".join(parts)
    letters = "".join(parts)
    return " ".join(map("".join, pairwise(letters))) or letters


_phrase_tokens = lru_cache(8192)(tokens)
"""Of what dialplans say only: what callers say is kept nowhere."""


def _sure(heard: Hypothesis, phrase: str) -> float:
    """Give the confidence of the least sure word that the phrase has too; of all words if there is none."""
    wanted = set(words(phrase))
    told = [word.confidence for word in heard.words if not wanted.isdisjoint(words(word.text))]
    return min(told, default=heard.confidence)

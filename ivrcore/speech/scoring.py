"""How well labelled utterances were understood, and how other bounds would have done. Pure.

What an engine answered is kept, at every pause and at the end: any bounds can be tried on it without decoding
anything again. Must not know files, engines or clocks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import comb, sqrt
from typing import TYPE_CHECKING

from ivrcore.model.names import Verdict
from ivrcore.percentile import nearest_rank
from ivrcore.speech.decide import Bounds, Decision, decide, decide_early

if TYPE_CHECKING:
    from ivrcore.speech.grammar import PhraseBook
    from ivrcore.speech.recogniser import Hypothesis

Z95 = 1.959964
"""Normal deviate of a two-sided 95 % interval."""


class Result(StrEnum):
    """What became of one utterance. One that stands for no choice can only be accepted or confirmed wrong."""

    ACCEPTED = "accepted"
    CONFIRMED = "confirmed"
    WRONG = "accepted_wrong"
    CONFIRMED_WRONG = "confirmed_wrong"
    REJECTED = "rejected"
    UNNOTICED = "unnoticed"
    """The voice gate found no speech in it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine made of an utterance, asked after ``silence`` seconds of it; ``last``: at its end.

    ``spoken``: seconds of the utterance's voiced frames; 0 if unknown. ``cut``: no silence ended it.
    """

    heard: tuple[Hypothesis, ...]
    silence: float
    last: bool
    spoken: float = 0.0
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """The answers about one utterance, and the choice or value that it stands for (empty: none).

    ``fits`` tells whether a value can be: a call rejects one whose check digit is wrong.
    """

    choice: str
    answers: tuple[Answer, ...]
    fits: Callable[[str], bool] = field(default=bool, compare=False)


@dataclass(frozen=True, slots=True)
class Share:
    """So many ``of`` so many."""

    hits: int
    of: int

    @property
    def share(self) -> float | None:
        """The fraction; None of nothing."""
        return self.hits / self.of if self.of else None

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Give the score interval of a proportion (E. B. Wilson, J. Am. Stat. Assoc. 22, 1927), 0..1."""
        if not self.of:
            return 0.0, 1.0
        share, square = self.hits / self.of, z * z / self.of
        middle = share + square / 2
        width = z * sqrt(share * (1 - share) / self.of + square / self.of / 4)
        return max(0.0, (middle - width) / (1 + square)), min(1.0, (middle + width) / (1 + square))


@dataclass(frozen=True, slots=True)
class Score:
    """Of one pair of bounds: results of utterances that stand for a choice (``inside``), and of the others.

    ``took`` are the seconds of silence before each decision, in order of size.
    """

    bounds: Bounds
    inside: Counter[Result]
    outside: Counter[Result]
    took: tuple[float, ...]

    @property
    def right(self) -> Share:
        """Of those that stand for a choice: accepted or confirmed right."""
        hits = self.inside[Result.ACCEPTED] + self.inside[Result.CONFIRMED]
        return Share(hits, self.inside.total())

    @property
    def wrong(self) -> Share:
        """Of those that stand for a choice: accepted, unasked, for another one."""
        return Share(self.inside[Result.WRONG], self.inside.total())

    @property
    def false_accepts(self) -> Share:
        """Of those that stand for no choice: accepted for one, unasked."""
        return Share(self.outside[Result.WRONG], self.outside.total())


def percentile(ordered: Sequence[float], share: float) -> float | None:
    """Give the smallest value that ``share`` of all (in order of size) do not pass; None of nothing."""
    return nearest_rank(ordered, share) if ordered else None


def judge(book: PhraseBook, answers: Sequence[Answer], bounds: Bounds) -> tuple[Decision, float] | None:
    """Decide as a call would, with the silence before the decision; None for what was not noticed."""
    for answer in answers:
        decision = _decided(book, answer, bounds)
        if decision is not None:
            return decision, answer.silence
    return None


def _decided(book: PhraseBook, answer: Answer, bounds: Bounds) -> Decision | None:
    if answer.last:
        return decide(book, answer.heard, bounds, answer.spoken, cut=answer.cut)
    return decide_early(book, answer.heard, bounds, answer.spoken)


def result(choice: str, decision: Decision) -> Result:
    """Compare a decision with the choice or value that was meant (empty: none)."""
    right = bool(choice) and (decision.value or decision.choice) == choice
    match decision.verdict:
        case Verdict.ACCEPT:
            return Result.ACCEPTED if right else Result.WRONG
        case Verdict.CONFIRM:
            return Result.CONFIRMED if right else Result.CONFIRMED_WRONG
        case Verdict.REJECT:
            return Result.REJECTED


def score(book: PhraseBook, said: Sequence[Labelled], bounds: Bounds) -> Score:
    """Count what these bounds make of the utterances."""
    inside: Counter[Result] = Counter()
    outside: Counter[Result] = Counter()
    took: list[float] = []
    for one in said:
        judged = judge(book, one.answers, bounds)
        (inside if one.choice else outside)[_found(one, judged)] += 1
        if judged:
            took.append(judged[1])
    return Score(bounds, inside, outside, tuple(sorted(took)))


def _found(one: Labelled, judged: tuple[Decision, float] | None) -> Result:
    if judged is None:
        return Result.UNNOTICED
    decision = judged[0]
    if decision.value and not one.fits(decision.value):
        return Result.REJECTED
    return result(one.choice, decision)


def good(book: PhraseBook, said: Sequence[Labelled], bounds: Bounds) -> list[bool]:
    """Tell of each utterance whether it is served: understood, or not accepted if it means nothing."""
    found = [(one, _found(one, judge(book, one.answers, bounds))) for one in said]
    understood = (Result.ACCEPTED, Result.CONFIRMED)
    return [what in understood if one.choice else what is not Result.WRONG for one, what in found]


def chance(better: int, worse: int) -> float:
    """Give the probability of so uneven a change, or more, if both settings were as good (1: none at all).

    The exact two-sided sign test of McNemar (Psychometrika 12, 1947) on those that changed.
    """
    changed = better + worse
    tail = sum(comb(changed, count) for count in range(min(better, worse) + 1))
    return min(1.0, tail / 2.0 ** (changed - 1))


def curve(book: PhraseBook, said: Sequence[Labelled], steps: int = 20) -> Iterator[Score]:
    """Score every pair of bounds on a grid of ``steps`` from 0 to 1, confirm not above accept."""
    for accept in range(steps + 1):
        for confirm in range(accept + 1):
            yield score(book, said, Bounds(accept / steps, confirm / steps))

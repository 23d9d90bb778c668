"""One utterance on its way through an engine: the part that runs on worker threads.

Keeps the audio, so that an answer asked for too early (in a pause) can be given up and asked for again.
Knows nothing of time or of what is made of the answer.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from math import inf
from typing import TYPE_CHECKING

from ivrcore.errors import RecogniserFailed, RecogniserLied
from ivrcore.speech.recogniser import HeardWord, Hypothesis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ivrcore.speech.recogniser import Engine, Grammar, Recogniser

MOST_TEXT = 2000
"""Letters of one hypothesis: a minute of speech has half as many. It is judged where all calls are served."""
MOST_HYPOTHESES = 20
MOST_WORDS = 500


class Utterance:
    """Calls of one instance never overlap (they share a lane); all may raise what the engine raises."""

    def __init__(self, engine: Engine, grammar: Grammar) -> None:
        self._engine = engine
        self._grammar = grammar
        self._kept: list[bytes] = []
        self._recogniser: Recogniser | None = None
        self._heard: Sequence[Hypothesis] | None = None

    def feed(self, pcm: bytes) -> None:
        """Take more audio; after :meth:`finish`, the engine hears all of it again from the start."""
        self._kept.append(pcm)
        if self._recogniser is None:
            self._recogniser = begin(self._engine, self._grammar)
            pcm = b"".join(self._kept)
        self._heard = None
        self._recogniser.feed(pcm)

    def partial(self) -> str:
        """Say what was heard so far; empty where the engine cannot tell, or was asked to finish."""
        text = self._recogniser.partial() if self._recogniser else ""
        if not isinstance(text, str):
            raise RecogniserLied(f"what was heard so far is a text, no {type(text).__name__}")
        if len(text) > MOST_TEXT:
            raise RecogniserLied(f"what was heard so far has {len(text)} letters, more than {MOST_TEXT}")
        return text

    def finish(self) -> Sequence[Hypothesis]:
        """Say what was heard so far; asked again without new audio, the same answer."""
        if self._heard is None:
            recogniser, self._recogniser = self._recogniser, None
            self._heard = checked(recogniser.finish()) if recogniser else ()
        return self._heard


def begin(engine: Engine, grammar: Grammar) -> Recogniser:
    """Listen; an engine that hears phrases only listens for these where anything may be said."""
    try:
        return engine.recogniser(grammar)
    except RecogniserFailed:
        if not (grammar.free and grammar.phrases):
            raise
    return engine.recogniser(replace(grammar, free=False))


def _is_word(word: object) -> bool:
    if not (isinstance(word, HeardWord) and isinstance(word.text, str)):
        return False
    numbers = (word.confidence, word.start, word.end)
    if not all(isinstance(one, int | float) and abs(one) < inf for one in numbers):  # so none is NaN either
        return False
    return 0 <= word.confidence <= 1


def checked(answer: Sequence[Hypothesis]) -> Sequence[Hypothesis]:
    """Refuse here, on the engine's thread, what would raise or mislead where it is judged."""
    try:
        heard = tuple(islice(answer, MOST_HYPOTHESES + 1))
    except TypeError:
        raise RecogniserLied(
            f"an object of the class {type(answer).__name__} is no list of hypotheses"
        ) from None
    if len(heard) > MOST_HYPOTHESES:
        raise RecogniserLied(f"there are more than {MOST_HYPOTHESES} hypotheses")
    for each in heard:
        if not isinstance(each, Hypothesis):
            raise RecogniserLied(f"an object of the class {type(each).__name__} is no Hypothesis")
        if not (isinstance(each.text, str) and isinstance(each.confidence, int | float)):
            raise RecogniserLied("a Hypothesis has a text and, as its confidence, a number")
        if not 0 <= each.confidence <= 1:  # so it is not NaN either
            raise RecogniserLied("the confidence of a Hypothesis is from 0 to 1")
        if not (isinstance(each.words, tuple) and all(map(_is_word, each.words))):
            raise RecogniserLied("the words of a Hypothesis are HeardWords, of a text and numbers")
        _check_length(each)
    return heard


def _check_length(heard: Hypothesis) -> None:
    if len(heard.words) > MOST_WORDS:
        raise RecogniserLied(f"a Hypothesis has {len(heard.words)} words, more than {MOST_WORDS}")
    letters = max(len(heard.text), sum(len(word.text) for word in heard.words))
    if letters > MOST_TEXT:
        raise RecogniserLied(f"a Hypothesis has {letters} letters, more than {MOST_TEXT}")

"""Recogniser `pocketsphinx`: English, with its model inside its package, for where no Vosk model can be had.

It cannot tell what is outside its grammar: neither lattice posterior nor a phone loop's score told 30
recorded words outside the grammar from 21 inside it. So every phrase gets the same confidence (option
``confidence``, 0.8 unless told): with the usual bounds, the menu asks back each time.

An utterance is decoded in one piece at its end (20 ms CPU for a second or two): its own cepstral mean
serves better than one learned from another caller's line, and dither gives the noise floor that the model
expects and that a digital line lacks.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

from pocketsphinx import Decoder, get_model_path

from ivrcore.api import (
    ConfigError,
    Engine,
    Grammar,
    Hypothesis,
    Lexicon,
    Model,
    ModelMissing,
    Models,
    Offer,
    Progress,
    Recogniser,
    RecogniserFailed,
    hookimpl,
    vocabulary,
    words,
)

_GRAMMAR = "phrases"
_DICTIONARY = "en-us/cmudict-en-us.dict"


@hookimpl
def ivrcore_recogniser(name: str, language: str, options: Mapping[str, str]) -> Engine | None:
    """Load the English model of the package."""
    if name != "pocketsphinx":
        return None
    if language.partition("-")[0].lower() != "en":
        raise _other_language(language)
    return PocketsphinxEngine(_confidence(options))


def _other_language(language: str) -> ModelMissing:
    return ModelMissing(
        f"pocketsphinx has no model for {language}, only for en", hint="use vosk for this language"
    )


@hookimpl
def ivrcore_lexicon(name: str, language: str, options: Mapping[str, str]) -> Lexicon | None:
    """Read the pronouncing dictionary of the package, without its model."""
    return _Dictionary() if name == "pocketsphinx" and language.partition("-")[0].lower() == "en" else None


@hookimpl
def ivrcore_models() -> Sequence[Models]:
    """Tell of the model inside the package."""
    return [_Inside()]


class _Inside:
    """See :class:`ivrcore.api.Models`."""

    name = "pocketsphinx"

    def here(self) -> Sequence[Model]:
        """Give the English one."""
        return [self.used("en", {})]

    def used(self, language: str, options: Mapping[str, str]) -> Model:
        """Give it, whatever the options."""
        if language.partition("-")[0].lower() != "en":
            raise _other_language(language)
        return Model(
            self.name,
            "en-us",
            "en",
            get_model_path("en-us"),
            options,
            "BSD, by its README",
            sum("(" not in word for word in _sounds()),
        )

    def offered(self, source: str) -> Sequence[Offer]:
        """There is nothing to fetch."""
        return ()

    def fetch(self, name: str, source: str, told: Progress) -> Model:
        """There is nothing to fetch."""
        raise ModelMissing("pocketsphinx fetches no models: it has one, inside its package")


class _Dictionary:
    """The pronouncing dictionary, read when it is first asked: not every site has English phrases."""

    def knows(self, word: str) -> bool:
        """Whether it has a word."""
        return word in _sounds()

    def phones(self, word: str) -> Sequence[str]:
        """Give how a word sounds; a word's other pronunciations are written as word(2)."""
        return tuple(_sounds().get(word, "").split())


@lru_cache(1)
def _sounds() -> dict[str, str]:
    """Read word -> phones, with blanks between. There are 130,000, so none is taken apart here."""
    lines = Path(get_model_path(_DICTIONARY)).read_text(encoding="utf-8").splitlines()
    return {word: phones for word, _, phones in (line.partition(" ") for line in lines)}


def _confidence(options: Mapping[str, str]) -> float:
    text = options.get("confidence", "0.8")
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise ConfigError(f"pocketsphinx: confidence {text!r} is not a number from 0 to 1")
    return value


class PocketsphinxEngine:
    """One decoder, one utterance at a time.

    It holds the interpreter while it works, so a second one would make nothing faster; and to make one takes
    200 ms of CPU in which no call is served.
    """

    name = "pocketsphinx"
    language = "en"
    waits = 0
    cost = 0.02

    def __init__(self, confidence: float = 0.8) -> None:
        self._confidence = confidence
        self._lock = threading.Lock()
        self._decoder = _decoder()

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Make a recogniser; phrases with a word that the dictionary lacks are left out."""
        if grammar.free:
            raise RecogniserFailed("pocketsphinx hears phrases only", hint="use vosk for free speech")
        unknown = self.unknown_words(grammar)
        split = (words(phrase.text) for phrase in grammar.phrases)
        phrases = {phrase for phrase in split if phrase and unknown.isdisjoint(phrase)}
        return PocketsphinxRecogniser(self, sorted(phrases))

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        """Words that the pronouncing dictionary lacks."""
        with self._lock:
            known = self._decoder.lookup_word
            return frozenset(word for word in vocabulary(grammar) if known(word) is None)

    def decode(self, phrases: Sequence[tuple[str, ...]], pcm: bytes) -> Sequence[Hypothesis]:
        """Find the phrases that the audio fits best (the recogniser's part).

        The engine's scores tell phrases apart, not right from wrong: the best gets the configured confidence,
        the others less by how much worse they score.
        """
        with self._lock:
            try:
                best = _decode(self._decoder, phrases, pcm)
            except Exception:
                self._decoder = _decoder()  # the state of the one that raised is unknown
                raise
        return tuple(
            Hypothesis(text, self._confidence * (score / best[0][1]))
            for text, score in best
            if best[0][1] > 0
        )


class PocketsphinxRecogniser:
    """Collects one utterance. Without any phrase it hears nothing."""

    def __init__(self, engine: PocketsphinxEngine, phrases: Sequence[tuple[str, ...]]) -> None:
        self._engine = engine
        self._phrases = phrases
        self._audio: list[bytes] = []

    def feed(self, pcm: bytes) -> None:
        """Keep the audio."""
        self._audio.append(pcm)

    def partial(self) -> str:
        """It cannot tell: all is decoded at the end."""
        return ""

    def finish(self) -> Sequence[Hypothesis]:
        """Decode all of it."""
        pcm = b"".join(self._audio)
        return self._engine.decode(self._phrases, pcm) if self._phrases and pcm else ()


MOST_HYPOTHESES = 4


def _decode(decoder: Decoder, phrases: Sequence[tuple[str, ...]], pcm: bytes) -> Sequence[tuple[str, float]]:
    """Give phrases with their scores, best first; a phrase may come by several paths through the words."""
    decoder.add_fsg(_GRAMMAR, decoder.create_fsg(_GRAMMAR, 0, 1, _transitions(phrases)))
    decoder.activate_search(_GRAMMAR)
    decoder.start_utt()
    decoder.process_raw(pcm, no_search=False, full_utt=True)
    decoder.end_utt()
    best = decoder.hyp()
    if not best or not best.hypstr:
        return ()
    found = {best.hypstr: best.score}
    for other in islice(decoder.nbest(), 3 * MOST_HYPOTHESES):
        found.setdefault(other.hypstr, min(other.score, best.score))
    return list(found.items())[:MOST_HYPOTHESES]


def _decoder() -> Decoder:
    return Decoder(
        hmm=get_model_path("en-us/en-us"),
        dict=get_model_path(_DICTIONARY),
        lm=None,
        dither=True,
        loglevel="FATAL",
    )


def _transitions(phrases: Sequence[tuple[str, ...]]) -> list[tuple[int, int, float, str]]:
    """Give one path per phrase, all equally likely, from state 0 to state 1."""
    found = []
    free = 2
    for phrase in phrases:
        at, likely = 0, 1 / len(phrases)
        for word in phrase[:-1]:
            found.append((at, free, likely, word))
            at, free, likely = free, free + 1, 1.0
        found.append((at, 1, likely, phrase[-1]))
    return found

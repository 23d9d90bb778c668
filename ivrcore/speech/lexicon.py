"""What a recogniser knows of a language, told without loading its model: words, and how they sound. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable


class Lexicon(Protocol):
    """What `ivrcore check` asks about the words of phrases; words are as `ivrcore.api.words` gives them."""

    def knows(self, word: str) -> bool:
        """Whether the engine can hear a word."""

    def phones(self, word: str) -> Sequence[str]:
        """Give how a word sounds (ARPAbet for English), or nothing where that is not known."""


@runtime_checkable
class HearsSmallMenus(Protocol):
    """A :class:`Lexicon` or engine of which larger menus are heard worse."""

    @property
    def most_words(self) -> int:
        """How many words all phrases of a menu may have together, to be heard well; 0: any number."""


@dataclass(frozen=True, slots=True)
class WordList:
    """A lexicon held in memory."""

    words: Collection[str] = field(repr=False)
    sounds: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    def knows(self, word: str) -> bool:
        """Whether it is listed."""
        return word in self.words

    def phones(self, word: str) -> Sequence[str]:
        """Give its listed sound."""
        return self.sounds.get(word, ())

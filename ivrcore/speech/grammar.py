"""Phrases as an admin writes them and as an engine answers them, brought to one form. Pure.

A hypothesis counts only if it equals a whole phrase: engines treat a grammar as a bag of words and mix
phrases ("pay sales" of "pay a bill" and "sales").
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ivrcore.speech.recogniser import Grammar, Phrase
    from ivrcore.speech.slots import Slot

UNSPACED = frozenset({"ko", "ja", "zh", "yue", "th"})
"""Languages whose writers (and engines) disagree on spaces: phrases are compared without them."""


def words(text: str) -> tuple[str, ...]:
    """Split into words: composed Unicode (NFKC), lower case, no punctuation except inner apostrophes."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower()
    kept = "".join(char if _is_letter(char) else " " for char in plain)
    return tuple(word for word in (part.strip("'") for part in kept.split()) if word)


def normalised(text: str) -> str:
    """Give the words joined by single spaces: the form that goes to an engine."""
    return " ".join(words(text))


def vocabulary(grammar: Grammar) -> frozenset[str]:
    """Give every word that the grammar uses."""
    if grammar.derived.words is None:
        said = frozenset(word for phrase in grammar.phrases for word in words(phrase.text))
        grammar.derived.words = said | grammar.network.words if grammar.network else said
    return grammar.derived.words


def known_words(text: str, vocabulary: frozenset[str] | None) -> int:
    """Count the words of a text that are in a vocabulary; all of them without one."""
    return sum(vocabulary is None or word in vocabulary for word in words(text))


def unheard(grammar: Grammar, unknown: frozenset[str]) -> tuple[Phrase, ...]:
    """Give the phrases that can never be heard: a word of theirs is not known to the engine.

    Where spaces do not count, another spelling of the same phrase that is known will do.
    """
    language = primary(grammar.language)
    silent = [phrase for phrase in grammar.phrases if not unknown.isdisjoint(words(phrase.text))]
    known = {_key(phrase.text, language) for phrase in grammar.phrases if phrase not in silent}
    return tuple(phrase for phrase in silent if _key(phrase.text, language) not in known)


def primary(tag: str) -> str:
    """Give the language of a BCP 47 tag: `en` of `en-GB`."""
    return tag.partition("-")[0].lower()


def _is_letter(char: str) -> bool:
    return char == "'" or unicodedata.category(char)[0] in "LMN"


def _key(text: str, language: str) -> str:
    """Give what is compared; the ending blank keeps `sale` from being a beginning of `sales`."""
    parts = words(text)
    if not parts:
        return ""
    return "".join(parts) if language in UNSPACED else " ".join(parts) + " "


@dataclass(frozen=True, slots=True)
class PhraseBook:
    """The phrases of one grammar, ready for lookup."""

    language: str
    phrases: dict[str, Phrase]
    continued: frozenset[str]
    free: bool = False
    slot: Slot | None = None

    @classmethod
    def of(cls, grammar: Grammar) -> PhraseBook:
        """Index a grammar, once; of two phrases with the same words the first one counts."""
        if grammar.derived.book is None:
            grammar.derived.book = cls._of(grammar)
        return grammar.derived.book

    @classmethod
    def _of(cls, grammar: Grammar) -> Self:
        language = primary(grammar.language)
        phrases: dict[str, Phrase] = {}
        for phrase in grammar.phrases:
            if key := _key(phrase.text, language):
                phrases.setdefault(key, phrase)
        # In sorted order, whatever begins with a key follows it at once.
        continued = frozenset(key for key, after in pairwise(sorted(phrases)) if after.startswith(key))
        return cls(language, phrases, continued, grammar.free, grammar.slot)

    def find(self, text: str) -> Phrase | None:
        """Give the phrase that this text is, whole and exactly; None if it is none."""
        return self.phrases.get(_key(text, self.language))

    def value(self, text: str) -> str:
        """Give the value that this text says; empty if it is none, or a phrase."""
        return self.slot.read(text) if self.slot and not self.find(text) else ""

    def is_unclear(self, text: str) -> bool:
        """Say whether to ask about the value that this text says, however sure its words are."""
        return self.slot is not None and self.slot.is_unclear(text)

    def is_final(self, text: str) -> bool:
        """Say whether the text is a phrase that no other phrase goes on from: no need to wait for more."""
        key = _key(text, self.language)
        if key in self.phrases:
            return key not in self.continued
        return self.slot is not None and self.slot.is_whole(self.value(text))

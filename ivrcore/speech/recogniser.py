"""What a recogniser plugin provides. Engines are plugins; this is their contract.

An engine is loaded once and shared by all calls; a recogniser is made for one utterance. All methods of
both are called on worker threads, those of one recogniser never at the same time. Audio is signed 16 bit
little endian mono at :data:`SAMPLE_RATE`; an engine resamples if it needs another rate. They may raise
anything: the caller catches it, names the plugin, and the menu goes on with keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

SAMPLE_RATE = 16_000
"""Samples per second of all audio inside ivrcore."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say a choice; ``text`` as the admin wrote it."""

    choice: str
    text: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be said now, in one language: one of the phrases, or (``free``) anything at all."""

    language: str
    phrases: tuple[Phrase, ...]
    free: bool = False


@dataclass(frozen=True, slots=True)
class HeardWord:
    """One word, how sure the engine is of it (0..1), and where: seconds from the utterance's first audio."""

    text: str
    confidence: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What an engine believes was said; ``confidence`` is the least of its words', 0..1.

    ``words`` are for who writes down what was said; empty from an engine that does not tell them.
    """

    text: str
    confidence: float
    words: tuple[HeardWord, ...] = ()


class Recogniser(Protocol):
    """Listens to one utterance."""

    def feed(self, pcm: bytes) -> None:
        """Take more audio."""

    def partial(self) -> str:
        """Say what was heard so far, at once; empty from an engine that cannot tell before the end."""

    def finish(self) -> Sequence[Hypothesis]:
        """Say what was heard, best first; empty for nothing. The recogniser is not used afterwards."""


class Engine(Protocol):
    """A loaded model of one language."""

    @property
    def name(self) -> str:
        """The plugin's name, as configuration and metrics use it."""

    @property
    def language(self) -> str:
        """A BCP 47 primary tag such as ``en`` or ``ko``."""

    @property
    def waits(self) -> int:
        """How many of its calls may wait for others at once, each on a thread of its own.

        0 for an engine that computes: its calls share the few threads that all such engines have.
        """

    @property
    def cost(self) -> float:
        """CPU seconds here per second of what is said, as far as known before it is measured; above 0."""

    def recogniser(self, grammar: Grammar) -> Recogniser:
        """Make a recogniser for one utterance of this grammar; raise where it cannot hear a free one."""

    def unknown_words(self, grammar: Grammar) -> frozenset[str]:
        """Words of the grammar that the model's vocabulary lacks: such phrases can never be heard."""

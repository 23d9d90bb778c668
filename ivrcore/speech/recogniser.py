"""What a recogniser plugin provides. Engines are plugins; this is their contract.

An engine is loaded once and shared by all calls; a recogniser is made for one utterance. All methods of
both are called on worker threads, those of one recogniser never at the same time. Audio is signed 16 bit
little endian mono at :data:`SAMPLE_RATE`; an engine resamples if it needs another rate. They may raise
anything: the caller catches it, names the plugin, and the menu goes on with keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ivrcore.speech.network import Network
from ivrcore.speech.slots import Slot

if TYPE_CHECKING:
    from ivrcore.speech.grammar import PhraseBook

SAMPLE_RATE = 16_000
"""Samples per second of all audio inside ivrcore."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say a choice; ``text`` as the admin wrote it."""

    choice: str
    text: str


@dataclass(slots=True)
class Derived:
    """What :mod:`ivrcore.speech.grammar` makes of a grammar, once for all turns that listen for it."""

    book: PhraseBook | None = None
    words: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Grammar:
    """What may be said now, in one language: one of the phrases, or (``free``) anything at all.

    With a ``network``, its ways may be said too, besides the phrases; an engine that cannot follow it hears
    its words in any order. ``slot`` reads the value of what was heard by it; it is not for engines.
    """

    language: str
    phrases: tuple[Phrase, ...]
    free: bool = False
    network: Network | None = None
    slot: Slot | None = None
    derived: Derived = field(default_factory=Derived, init=False, repr=False, compare=False)

    @property
    def says_something(self) -> bool:
        """Whether there is anything to be heard, but free speech."""
        return bool(self.phrases) or self.network is not None


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
    ``unmeasured``: the confidence says nothing of this utterance, since the engine cannot tell right from
    wrong; a value is read back then, whatever the confidence.
    """

    text: str
    confidence: float
    words: tuple[HeardWord, ...] = ()
    unmeasured: bool = False


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


@dataclass(frozen=True, slots=True)
class ServerNow:
    """What is known of a server that an engine asks: now, and since the engine was loaded.

    ``full``: it takes no more streams just now. ``refused`` counts streams that it had no room for,
    ``failed`` those that it did not answer as it should, ``heard`` answers, which took ``seconds`` in all
    from the end of speech.
    """

    address: str
    serves: bool
    full: bool = False
    streams: int = 0
    heard: int = 0
    failed: int = 0
    refused: int = 0
    seconds: float = 0.0


@runtime_checkable
class AsksServers(Protocol):
    """An :class:`Engine` that has others recognise: metrics and the status page show how they fare."""

    def servers(self) -> Sequence[ServerNow]:
        """Tell of each of them, at once: not called on a worker thread."""


@runtime_checkable
class NeverSure(Protocol):
    """An :class:`Engine` whose every :class:`Hypothesis` is ``unmeasured``, if this is true."""

    @property
    def unmeasured(self) -> bool:
        """Whether no value that it hears is taken unasked."""


@runtime_checkable
class DecodesAtEnd(Protocol):
    """An :class:`Engine` that decodes what was said once it is over: the longer that was, the later."""

    @property
    def after(self) -> float:
        """CPU seconds from the end of speech to the answer, per second of what was said, at most."""


@runtime_checkable
class Advises(Protocol):
    """An :class:`Engine` that, once loaded, can tell what of its options fits badly what it found."""

    def advice(self, longest: float) -> Sequence[str]:
        """Tell what to do, a sentence each, where utterances last so many seconds at most. Blocks."""


def may_be_early(engine: object, grammar: Grammar) -> bool:
    """Whether an answer in a pause may end the utterance; if not, the engine would compute it for nothing.

    In free speech anything may follow; and who is asked back whatever was heard need not be asked sooner.
    """
    never_sure = isinstance(engine, NeverSure) and engine.unmeasured
    return not (grammar.free or (never_sure and grammar.slot is not None))

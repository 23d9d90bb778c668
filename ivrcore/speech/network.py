"""Sequences of words that may be said, where they are too many to list: a network of states and words. Pure.

An engine that can follow a network hears nothing but its ways (pocketsphinx); one that takes words in any
order hears its words (Vosk). Either way what was heard is read afterwards, whatever the engine made of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

Arc = tuple[int, int, str]
"""From a state to a state by a word; by none if it is empty."""
START, END = 0, 1


@dataclass(frozen=True, slots=True)
class Network:
    """Ways from state 0 to state 1; states are counted from 0."""

    arcs: tuple[Arc, ...]

    @property
    def words(self) -> frozenset[str]:
        """Every word on its ways."""
        return frozenset(word for _, _, word in self.arcs if word)

    @property
    def states(self) -> int:
        """How many states there are."""
        return max((max(start, end) for start, end, _ in self.arcs), default=END) + 1

    def without(self, unknown: frozenset[str]) -> Network:
        """Leave out the ways by words that an engine does not know."""
        return Network(tuple(arc for arc in self.arcs if arc[2] not in unknown))


class Draft:
    """A network in the making."""

    def __init__(self) -> None:
        self._arcs: dict[Arc, None] = {}
        self._states = END + 1

    def state(self) -> int:
        """Add a state."""
        self._states += 1
        return self._states - 1

    def add(self, start: int, end: int, words: Iterable[str] = ("",)) -> None:
        """Add an arc for each word."""
        self._arcs.update(((start, end, word), None) for word in words)

    def done(self) -> Network:
        """Give the network."""
        return Network(tuple(self._arcs))


Part = Callable[[Draft, int, int], None]
"""Adds its ways from a state to another one."""


def one_of(words: Iterable[str]) -> Part:
    """Any of these words; one with blanks is said as several."""
    listed = tuple(words)

    def add(draft: Draft, start: int, end: int) -> None:
        for text in listed:
            at, *rest = start, *text.split()
            for word in rest[:-1]:
                then = draft.state()
                draft.add(at, then, (word,))
                at = then
            draft.add(at, end, rest[-1:])

    return add


def row(*parts: Part) -> Part:
    """Add these, one after another."""

    def add(draft: Draft, start: int, end: int) -> None:
        at = start
        for part in parts[:-1]:
            then = draft.state()
            part(draft, at, then)
            at = then
        parts[-1](draft, at, end)

    return add


def either(*parts: Part) -> Part:
    """Add any one of these."""

    def add(draft: Draft, start: int, end: int) -> None:
        for part in parts:
            part(draft, start, end)

    return add


def maybe(part: Part) -> Part:
    """Add this, or nothing."""

    def add(draft: Draft, start: int, end: int) -> None:
        part(draft, start, end)
        draft.add(start, end)

    return add


def network(part: Part) -> Network:
    """Make a network of it."""
    draft = Draft()
    part(draft, START, END)
    return draft.done()

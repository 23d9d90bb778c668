"""A grammar as it was written, in either form: rules, and what they are made of. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ivrcore.location import Location
from ivrcore.problems import Rule as ProblemRule


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that has no translation, or is no grammar; ``rule`` tells which."""

    rule: ProblemRule
    place: Location
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Token:
    """Words that are said, or keys that are pressed."""

    text: str
    place: Location


@dataclass(frozen=True, slots=True)
class Tag:
    """What an answer stands for."""

    text: str
    place: Location


@dataclass(frozen=True, slots=True)
class Refer:
    """A rule's name; ``uri`` is that of a rule elsewhere, or of a special one such as ``GARBAGE``."""

    rule: str
    place: Location
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Parts one after another; none for nothing at all."""

    parts: tuple[Node, ...]
    place: Location


@dataclass(frozen=True, slots=True)
class Ways:
    """One of several."""

    ways: tuple[Node, ...]
    place: Location


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part ``least`` to ``most`` times; None: without end."""

    part: Node
    least: int
    most: int | None
    place: Location


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read; it is told already."""

    place: Location


Node: TypeAlias = Token | Tag | Refer | Series | Ways | Repeat | Broken


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule."""

    name: str
    node: Node
    place: Location


@dataclass(slots=True)
class Grammar:
    """The whole; ``faults`` are what was met in reading it."""

    place: Location
    rules: dict[str, Rule] = field(default_factory=dict)
    root: str = ""
    language: str = ""
    keys: bool = False
    faults: list[Fault] = field(default_factory=list)

    @property
    def first(self) -> Rule | None:
        """The rule that an answer must be of."""
        return self.rules.get(self.root) if self.root else next(iter(self.rules.values()), None)

"""A dialplan in the making: what readers of sources fill and :mod:`ivrcore.importing.emit` writes.

Every part keeps its origins: the places in the source that it was made from. Must not know of any source's
language.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ivrcore.location import Location

Value: TypeAlias = "str | int | float | bool | list[Value] | dict[str, Value] | Steps"
"""What stands after a key. Text is quoted as needed; numbers and booleans are written plain."""

MAX_NAME = 60
MOST_NESTED = 6
"""Lists of steps within lists of steps, before a block of its own is made."""


@dataclass(slots=True)
class Step:
    """One step, verb first; without fields it is only its notes, which become comments.

    ``held`` is a prompt that keys did not cut short in the source.
    """

    fields: dict[str, Value] = field(default_factory=dict)
    origins: list[Location] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    held: bool = False

    @property
    def verb(self) -> str:
        """The first key; empty for a mere comment."""
        return next(iter(self.fields), "")

    def nested(self) -> Iterator[Steps]:
        """Give the lists of steps within."""
        for value in self.fields.values():
            if isinstance(value, Steps):
                yield value
            elif isinstance(value, list):
                for item in value:
                    if isinstance(item, dict):
                        yield from (part for part in item.values() if isinstance(part, Steps))


class Steps(list[Step]):
    """A list of steps, told apart from a list of values."""

    def all(self) -> Iterator[Step]:
        """Give every step, those within others too."""
        for step in self:
            yield step
            for inner in step.nested():
                yield from inner.all()

    @property
    def real(self) -> bool:
        """Whether there is any step that is not a mere comment."""
        return any(step.fields for step in self)

    @property
    def goes_on(self) -> bool:
        """Whether a call may come to the end of this list."""
        last = next((step for step in reversed(self) if step.fields), None)
        if last is None:
            return True
        if last.verb in ("if", "branch"):
            branches = list(last.nested())
            return "else" not in last.fields or any(branch.goes_on for branch in branches)
        return last.verb not in LAST_VERBS


LAST_VERBS = ("menu", "goto", "hang_up", "return")
"""Verbs that do not come back."""

Part: TypeAlias = "str | dict[str, Value]"
"""A part of a prompt: a text, or ``{play: file}``."""


@dataclass(slots=True)
class Choice:
    """One answer of a menu."""

    name: str
    go: Steps
    keys: list[str] = field(default_factory=list)
    say: list[str] = field(default_factory=list)
    origins: list[Location] = field(default_factory=list)


@dataclass(slots=True)
class Menu:
    """A question.

    ``silence`` and ``misfit`` are what the source does then; `settle` makes texts and the one end of them,
    unless the source had texts itself (``settled``).
    """

    name: str
    prompt: list[Part]
    choices: list[Choice] = field(default_factory=list)
    silence: Steps = field(default_factory=Steps)
    misfit: Steps | None = None
    timeout: str = ""
    options: dict[str, Value] = field(default_factory=dict)
    no_input: list[list[Part]] | None = None
    no_match: list[list[Part]] | None = None
    origins: list[Location] = field(default_factory=list)
    no_input_from: list[Location] = field(default_factory=list)
    no_match_from: list[Location] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settled: bool = False


@dataclass(slots=True)
class Block:
    """A named list of steps."""

    name: str
    steps: Steps
    origins: list[Location] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Entry:
    """A top-level value with its origins: a number, a variable, hours."""

    value: Value
    origins: list[Location] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """The whole. ``notes`` stand above it; ``tail``, below it, accounts for lines that became no step.

    ``remarks`` are the source's own comments, by the place that they stand above. ``passing`` are blocks that
    are not worth keeping when nothing leads to them.
    """

    name: str
    languages: list[str] = field(default_factory=lambda: ["en"])
    zone: str = ""
    numbers: dict[str, Entry] = field(default_factory=dict)
    variables: dict[str, Entry] = field(default_factory=dict)
    hours: dict[str, Entry] = field(default_factory=dict)
    universals: dict[str, Entry] = field(default_factory=dict)
    blocks: dict[str, Block] = field(default_factory=dict)
    menus: dict[str, Menu] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    remarks: dict[Location, list[str]] = field(default_factory=dict)
    passing: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)

    def fresh(self, wanted: str) -> str:
        """Give a name for a block or menu that is not taken yet, like the one wanted."""
        base = plain_name(wanted)
        name, count = base, 2
        while name.casefold() in self.taken:
            name = f"{base[: MAX_NAME - 8]}-{count}"
            count += 1
        self.taken.add(name.casefold())
        return name

    def lists(self) -> Iterator[Steps]:
        """Give every list of steps at the top of something."""
        for block in self.blocks.values():
            yield block.steps
        for menu in self.menus.values():
            yield from (choice.go for choice in menu.choices)
            yield menu.silence
            if menu.misfit is not None:
                yield menu.misfit

    def steps(self) -> Iterator[Step]:
        """Give every step."""
        for steps in self.lists():
            yield from steps.all()


def plain_name(text: str) -> str:
    """Make a name of letters, digits, ``_``, ``-`` and ``.`` out of any text."""
    name = re.sub(r"[^\w.-]+", "-", text).strip("-._")
    return name[: MAX_NAME - 8].rstrip("-._") or "part"


def step(verb: str, value: Value, *origins: Location, **options: Value) -> Step:
    """Make a step."""
    return Step({verb: value, **options}, list(origins))


def hang_up(cause: str = "normal", *origins: Location) -> Step:
    """Make a step that ends the call."""
    return step("hang_up", "" if cause == "normal" else cause, *origins)


def note(text: str, *origins: Location) -> Step:
    """Make a step that is only a comment."""
    return Step({}, list(origins), [text])


def played(files: Iterable[str]) -> list[Part]:
    """Make the prompt of recordings."""
    return [{"play": file} for file in files]

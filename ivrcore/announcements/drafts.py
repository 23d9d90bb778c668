"""Announcements and the emergency switch as somebody wants them, and what they must fit. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from ivrcore.dialplan.model import plain_number
from ivrcore.model.names import EmergencyAction
from ivrcore.problems import Rule, Severity


@dataclass(frozen=True, slots=True)
class Draft:
    """An announcement as somebody wants it. Times are UTC seconds; ``starts`` None: at once."""

    name: str
    texts: Mapping[str, str] = field(default_factory=dict)
    recording: str = ""
    numbers: tuple[str, ...] = ()
    whole: bool = True
    starts: float | None = None
    ends: float | None = None


@dataclass(frozen=True, slots=True)
class SwitchDraft:
    """The emergency switch as somebody wants it."""

    scope: str
    action: EmergencyAction
    texts: Mapping[str, str] = field(default_factory=dict)
    number: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a change must fit: the live dialplans' numbers with their languages, recordings, the guard."""

    numbers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    has_recording: Callable[[str], bool] = lambda _: False
    may_forward: Callable[[str], str | None] = lambda _: "no transfers are configured"
    """Gives the reason for which a number may not be called; None if it may."""
    always_open: Collection[str] = ()
    """The supervisors' own lines: no emergency is met there."""

    def languages(self, numbers: Iterable[str] = ()) -> tuple[str, ...]:
        """Give the languages that callers of these numbers may hear (of all if none is named)."""
        wanted = [number for number in numbers if number in self.numbers] or list(self.numbers)
        return tuple(dict.fromkeys(tag for number in wanted for tag in self.numbers[number]))

    @property
    def first_language(self) -> str:
        """The language of a text that does not say."""
        return next(iter(self.languages()), "en")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a draft: ``place`` is the field, or the field and its key, that it is about."""

    rule: Rule
    place: str
    message: str
    hint: str = ""

    @property
    def forbids(self) -> bool:
        """Whether the draft cannot be used."""
        return self.rule.severity is Severity.ERROR


def plain_numbers(numbers: Iterable[str]) -> tuple[str, ...]:
    """Write numbers as calls carry them, each once."""
    return tuple(dict.fromkeys(plain_number(number) for number in numbers))


def plain(text: str) -> str:
    """Write a text in one line, as it is spoken and kept."""
    return " ".join(text.split())


def plain_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """Write each in one line."""
    return {tag: plain(text) for tag, text in texts.items()}

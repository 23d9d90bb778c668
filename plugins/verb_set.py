"""Verbs `set`, `language`, `contact`, `disposition` and `pause`: what a call remembers of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from ivrcore.api import (
    Given,
    Kind,
    Name,
    Place,
    Reading,
    Refers,
    Scalar,
    Step,
    VerbKey,
    Walk,
    events,
    hookimpl,
    table,
)


@hookimpl
def ivrcore_verbs() -> Sequence[type[Step]]:
    """Give the verbs."""
    return [Set, Language, Contact, Disposition, Pause]


@dataclass(frozen=True)
class Set(Step):
    """Give variables new values, in the order written; one made from a secret is a secret."""

    verb: ClassVar[str] = "set"
    unheard: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey("set", "variable: value", "needed", "give variables new values", Kind.VALUES)
    )
    values: Mapping[str, Given] = field(default_factory=dict)
    names: tuple[Name, ...] = ()

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read the values."""
        names = tuple(reading.variable(name) for name in reading.names("set"))
        return cls(reading.location, reading.values(), names)

    def run(self, walk: Walk) -> Place | None:
        """Set one after the other, so that a later one may read an earlier one."""
        for name, given in self.values.items():
            result = walk.value(given)
            value: Scalar = None if isinstance(result.value, tuple) else result.value
            walk.set({name: value}, secret=result.secret)
        return walk.next

    def refers(self) -> Refers:
        """Tell what is read and set."""
        return Refers(reads=tuple(self.values.values()), sets=self.names, hides=tuple(self.values.items()))


@dataclass(frozen=True)
class Language(Step):
    """Speak and listen in another of the dialplan's languages from now on."""

    verb: ClassVar[str] = "language"
    unheard: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "language", "one of `languages`", "needed", "speak and listen in it from now on", Kind.LANGUAGE
        )
    )
    language: str

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the language."""
        language = reading.word("language", reading.languages)
        return cls(reading.location, language) if language else None

    def run(self, walk: Walk) -> Place | None:
        """Change it."""
        walk.emit(events.LanguageSet(at=walk.now, contact=walk.contact, language=self.language))
        return walk.next

    def refers(self) -> Refers:
        """Tell the language."""
        return Refers(language=self.language)


@dataclass(frozen=True)
class Contact(Step):
    """Tell the queues ahead what to make of this caller."""

    verb: ClassVar[str] = "contact"
    unheard: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "contact",
            "`priority`, `skills`, `tier`",
            "needed",
            "for the queues ahead: priority (-100 to 100), skills asked for, and the customer's tier; "
            "none of it may be a secret: give the lookup that tells it `secret: no`",
            Kind.SECTION,
            ("contact",),
        )
    )
    priority: Given | None = None
    tier: Given | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    skill_names: tuple[Name, ...] = ()

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read what is told."""
        within = reading.within("contact")
        if within is None:
            return None
        skills, names = within.levels("skills")
        step = cls(reading.location, within.value("priority"), within.value("tier"), skills, names)
        within.fields.finish(("priority", "tier", "skills"))
        return step

    def run(self, walk: Walk) -> Place | None:
        """Mark the contact; a priority that is no number, and what is secret, leave it as it is."""
        priority = walk.shown(self.priority)
        tier = walk.shown(self.tier)
        walk.emit(
            events.ContactMarked(
                at=walk.now,
                contact=walk.contact,
                priority=max(-100, min(100, int(priority))) if isinstance(priority, int | float) else None,
                skills=dict(self.skills),
                tier="" if tier is None else str(tier)[:40],
            )
        )
        return walk.next

    def refers(self) -> Refers:
        """Tell values and skills."""
        reads = tuple(given for given in (self.priority, self.tier) if given is not None)
        return Refers(reads=reads, site=tuple(("skill", name) for name in self.skill_names), open=reads)


@dataclass(frozen=True)
class Disposition(Step):
    """Say what the contact turned out to be about."""

    verb: ClassVar[str] = "disposition"
    unheard: ClassVar[bool] = True
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey(
            "disposition", "text", "needed", "what the contact turned out to be about, for figures", Kind.TEXT
        )
    )
    disposition: str

    @classmethod
    def read(cls, reading: Reading) -> Step | None:
        """Read the word."""
        name = reading.name()
        return cls(reading.location, name.text[:60]) if name else None

    def run(self, walk: Walk) -> Place | None:
        """Set it."""
        walk.emit(events.DispositionSet(at=walk.now, contact=walk.contact, disposition=self.disposition))
        return walk.next


@dataclass(frozen=True)
class Pause(Step):
    """Do nothing for a while."""

    verb: ClassVar[str] = "pause"
    keys: ClassVar[Mapping[str, VerbKey]] = table(
        VerbKey("pause", "duration", "needed", "silence for so long (60 s at most)", Kind.DURATION)
    )
    seconds: float

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read how long."""
        reading.fields.entry("pause", required=True)
        return cls(reading.location, reading.fields.seconds("pause", 1.0, least=0.1, most=60))

    def run(self, walk: Walk) -> Place | None:
        """Wait."""
        walk.wait(self.seconds)
        return None

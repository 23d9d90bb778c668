"""What is said, as it was written: texts by language with slots for values, and recordings.

`worded` makes of it what a voice is given, for one call. Must not know how texts are read from a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import tzinfo
from functools import partial

import msgspec

from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.dialplan.saying import say
from ivrcore.expressions.text import Saying, Template, render
from ivrcore.expressions.values import Scope, Value
from ivrcore.location import Location


class Text(msgspec.Struct, frozen=True):
    """One text in the languages that it is written in, the dialplan's first one first if it is there."""

    by_language: Mapping[str, Template]
    location: Location

    def in_language(self, language: str) -> tuple[str, Template]:
        """Give the text of a language, else the first one, with the language that it is in."""
        if language in self.by_language:
            return language, self.by_language[language]
        return next(iter(self.by_language.items()))


Part = Text | Recorded
Wording = tuple[Part, ...]
"""Parts said or played one after another."""


def worded(wording: Wording, language: str, scope: Scope, zone: tzinfo) -> Prompt:
    """Put a call's values into the texts of its language.

    A text with values in it is `Spoken.personal`: it is made for this call, and erased with it.
    """
    return tuple(
        part if isinstance(part, Recorded) else _spoken(part, language, scope, zone) for part in wording
    )


def _spoken(text: Text, language: str, scope: Scope, zone: tzinfo) -> Spoken:
    language, template = text.in_language(language)
    if template.plain is not None:
        return Spoken(template.plain, language)
    said = render(template, scope, partial(_say, language, zone)).value
    return Spoken(str(said), language, personal=True)


def _say(language: str, zone: tzinfo, value: Value, kind: Saying, argument: str) -> str:
    return say(value, kind, argument, language, zone)


def plain(wording: Wording, language: str) -> Prompt:
    """Give the parts that are the same in every call, so that voices can prepare them."""
    return tuple(part for part in _plain(wording, language) if part is not None)


def _plain(wording: Wording, language: str) -> Iterator[Spoken | Recorded | None]:
    for part in wording:
        if isinstance(part, Recorded):
            yield part
            continue
        tag, template = part.in_language(language)
        yield None if template.plain is None else Spoken(template.plain, tag)

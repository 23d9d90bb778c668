"""Options that several commands take in the same form."""

from __future__ import annotations

from collections.abc import Iterable

from ivrcore.errors import ConfigError


def recogniser_options(given: Iterable[str]) -> dict[str, str]:
    """Give a recogniser's options, each written NAME=VALUE; raise :class:`ConfigError` for another form."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise ConfigError(f"{text!r} is no option of a recogniser", hint="write NAME=VALUE")
        found[name] = value
    return found

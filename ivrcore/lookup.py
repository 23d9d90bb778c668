"""What a lookup is: a question with named values to something outside, and a JSON-like answer.

Made by plugins (hook ``ivrcore_lookup``). Must not know of calls, nor of how the outside is reached.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from ivrcore.errors import LookupFailed
from ivrcore.model.names import Scalar

if TYPE_CHECKING:
    from twisted.internet.defer import Deferred

DEEPEST = 6
"""Levels of an answer."""
MOST_FIELDS = 200
LONGEST_TEXT = 2000
"""Characters of one field."""

Json = object
"""What a JSON text can hold; None: nothing was found."""


class Lookup(Protocol):
    """Something that can be asked. Lives as long as the server; used on the reactor's thread."""

    def ask(self, values: Mapping[str, Scalar], timeout: float) -> Deferred[Json] | Json:
        """Ask with these values, which may be secret: they belong into no log and no error's text.

        Gives (now or later) the answer, None where nothing was found or the values are refused. Raises, or
        fails with, :class:`ivrcore.errors.ServiceError`. Gives up after ``timeout`` seconds by itself; a
        Deferred that is cancelled is not wanted any more.
        """

    def close(self) -> None:
        """Let go of what it holds; nobody asks any more."""


def flattened(answer: Json) -> dict[str, Scalar]:
    """Give an answer's scalars by dotted names (``account.balance``, ``cards.0.kind``).

    An answer that is a scalar itself is called ``value``. Raises :class:`LookupFailed` for one that is too
    deep, has too many fields or too long a text, so that nothing is left out silently.
    """
    found: dict[str, Scalar] = {}
    for name, value in _leaves(answer, "", 0):
        if len(found) >= MOST_FIELDS:
            raise LookupFailed(f"the answer has more than {MOST_FIELDS} fields")
        found[name or "value"] = value
    return found


def _leaves(value: Json, name: str, depth: int) -> Iterator[tuple[str, Scalar]]:
    if depth > DEEPEST:
        raise LookupFailed(f"the answer has more than {DEEPEST} levels")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{name}.{key}" if name else str(key), depth + 1)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{name}.{index}" if name else str(index), depth + 1)
    else:
        yield name, _scalar(value)


def _scalar(value: Json) -> Scalar:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    raise LookupFailed("the answer has a field that is too long, or of a kind that JSON does not have")

"""With whom contacts and callers talked last: who should have them again, where a queue wants it so.

Callers are told apart by a random name, never by a number; one who calls without a number has none.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

LONGEST = 30 * 86_400.0
"""Seconds for which a conversation is kept in mind at most."""
MOST = 100_000
"""Conversations; the oldest are forgotten first."""


class Talk(NamedTuple):
    """A conversation: with whom, and when it began (UTC seconds)."""

    agent: str
    at: float


class LastTalks:
    """The last conversations, by contact and by caller's name, latest last."""

    def __init__(self) -> None:
        self._talks: OrderedDict[tuple[str, str], Talk] = OrderedDict()

    def began(self, contact: str, caller: str, talk: Talk) -> None:
        """Keep a conversation; ``caller`` is "" for one without a name."""
        for key in (("contact", contact), ("caller", caller)):
            if key[1]:
                self._talks.pop(key, None)
                self._talks[key] = talk
        while len(self._talks) > MOST or next(iter(self._talks.values())).at < talk.at - LONGEST:
            self._talks.popitem(last=False)

    def agents(self, contact: str, caller: str, earliest: float) -> tuple[str, ...]:
        """Give who talked with the contact, then who did with its caller, not before ``earliest``."""
        talks = [self._talks.get(key) for key in (("contact", contact), ("caller", caller)) if key[1]]
        return tuple(dict.fromkeys(talk.agent for talk in talks if talk and talk.at >= earliest))

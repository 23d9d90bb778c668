"""With whom contacts and callers talked last: who should have them again, where a queue wants it so.

Callers are told apart by a random name, never by a number; one who calls without a number has none.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

LONGEST = 30 * 86_400.0
"""Seconds for which a conversation is kept in mind at most."""
MOST = 100_000
"""Conversations; the oldest are forgotten first."""


class Talk(msgspec.Struct, frozen=True, gc=False):
    """A conversation: with whom, and when it began (UTC seconds)."""

    agent: str
    at: float


class LastTalks:
    """The last conversations, by contact and by caller's name, latest last."""

    def __init__(self) -> None:
        self._talks: OrderedDict[str, Talk] = OrderedDict()
        """By what `_keys` makes of their names: texts, which the collector of cycles does not look at."""

    def began(self, contact: str, caller: str, talk: Talk) -> None:
        """Keep a conversation; ``caller`` is "" for one without a name."""
        talks = self._talks
        for key in _keys(contact, caller):
            if key in talks:
                talks.move_to_end(key)
            talks[key] = talk
        while len(talks) > MOST or next(iter(talks.values())).at < talk.at - LONGEST:
            talks.popitem(last=False)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for key, talk in self._talks.items():
            self._talks[key] = Talk(talk.agent, talk.at - seconds)

    def agents(self, contact: str, caller: str, earliest: float) -> tuple[str, ...]:
        """Give who talked with the contact, then who did with its caller, not before ``earliest``."""
        talks = [self._talks.get(key) for key in _keys(contact, caller)]
        return tuple(dict.fromkeys(talk.agent for talk in talks if talk and talk.at >= earliest))


def _keys(contact: str, caller: str) -> tuple[str, ...]:
    return (f"contact {contact}", f"caller {caller}") if caller else (f"contact {contact}",)

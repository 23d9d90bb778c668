"""With whom contacts and callers talked last: who should have them again, where a queue wants it so.

Callers are told apart by a random name, never by a number; one who calls without a number has none. A contact
is kept in mind until it cannot come again: a day has more of them than callers who call twice.
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
        self._called_back: set[str] = set()
        """Contacts that are to be called back: they come again after they are closed."""

    def began(self, contact: str, caller: str, talk: Talk) -> None:
        """Keep a conversation; ``caller`` is "" for one without a name."""
        talks = self._talks
        for key in _keys(contact, caller):
            if key in talks:
                talks.move_to_end(key)
            talks[key] = talk
        while len(talks) > MOST or next(iter(talks.values())).at < talk.at - LONGEST:
            talks.popitem(last=False)

    def to_be_called_back(self, contact: str) -> None:
        """Keep the contact's conversation beyond its end."""
        self._called_back.add(contact)

    def called_back(self, contact: str) -> None:
        """Forget the contact: it does not come again. Its caller is kept in mind."""
        self._called_back.discard(contact)
        self.closed(contact)

    def closed(self, contact: str) -> None:
        """Forget the contact unless it is to be called back. Its caller is kept in mind."""
        if contact not in self._called_back:
            self._talks.pop(_of_contact(contact), None)

    def set_back(self, seconds: float) -> None:
        """Take so much off every time."""
        for key, talk in self._talks.items():
            self._talks[key] = Talk(talk.agent, talk.at - seconds)

    def agents(self, contact: str, caller: str, earliest: float) -> tuple[str, ...]:
        """Give who talked with the contact, then who did with its caller, not before ``earliest``."""
        talks = [self._talks.get(key) for key in _keys(contact, caller)]
        return tuple(dict.fromkeys(talk.agent for talk in talks if talk and talk.at >= earliest))


def _keys(contact: str, caller: str) -> tuple[str, ...]:
    return (_of_contact(contact), f"caller {caller}") if caller else (_of_contact(contact),)


def _of_contact(contact: str) -> str:
    return f"contact {contact}"

"""What an earlier run of the server left open: closed at the start, or taken up again if somebody waits."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.call_backs import Limits, OpenCallBack, OpenCallBacks
from ivrcore.errors import CoreMisuse
from ivrcore.model import events
from ivrcore.model.pbx import pbx_of
from ivrcore.session.clock import Alarm
from ivrcore.session.recovery import OpenContacts, close_left_over

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.looked_after import LookedAfter

log = logging.getLogger("ivrcore")

AGAIN = 30.0
"""Seconds until one that could not be taken up is tried again."""
COMMAND = "take_up"
"""What `CommandFailed` says of it."""


class LeftOver:
    """``contacts`` and ``looked_after`` are folds, kept up to date by whoever made this."""

    def __init__(
        self,
        contacts: OpenContacts,
        looked_after: LookedAfter,
        exchange: Exchange,
        call_backs: CallBacks,
        limits: Limits,
    ) -> None:
        self._contacts = contacts
        self._lost = looked_after.lost
        self._exchange = exchange
        self._call_backs = call_backs
        self._limits = limits
        self._to_call_back = OpenCallBacks()
        self._in_vain: set[str] = set()
        """Contacts of those that could not be taken up."""
        self._again = Alarm(exchange.ports.clock, self._take_up_again)

    def close(self, now: float, but: Collection[str] = (), since: float | None = None) -> list[Event]:
        """Give the ends of what is open, to be appended; customers to be called back are kept in mind.

        The contacts in ``but`` stay open. ``since`` (UTC seconds): when an earlier run was last known to be;
        None at the stop. Who was lost from sight before counts to then, as `LookedAfter` knows.

        At the start and at the stop: what goes on in Asterisk then, nobody of us sees. The numbers of those
        who are to be called back no more are erased; a server that dies before the events are kept does so
        again.
        """
        self._again.cancel()
        closing = close_left_over(
            self._contacts, self._exchange.routing, now, self._limits, but, since, self._lost
        )
        self._to_call_back = self._contacts.call_backs.after(closing)
        for contact, one in self._contacts.call_backs.by_contact.items():
            if contact not in self._to_call_back.by_contact:
                self._exchange.ports.subjects.erase(one.subject)
        for contact in but:  # with an agent
            self._to_call_back.by_contact.pop(contact, None)
        return closing

    def take_up(self, pbx: str = "") -> None:
        """Once a PBX's link is up (empty: all are), take up those who are called by it. Twice is once.

        An agent must not be offered a customer whom we cannot ring.
        """
        self._take(lambda contact: not pbx or pbx_of(contact) == pbx)

    def _take_up_again(self) -> None:
        in_vain, self._in_vain = self._in_vain, set()
        self._take(in_vain.__contains__)

    def _take(self, chosen: Callable[[str], bool]) -> None:
        left = self._to_call_back.by_contact
        for one in [one for contact, one in left.items() if chosen(contact)]:
            del left[one.contact]
            self._exchange.enter(partial(self._take_up, one), partial(self._not_taken_up, one))

    def _take_up(self, one: OpenCallBack) -> None:
        visits = self._contacts.contacts[one.contact].visits
        self._call_backs.take_up(one, visits, self._exchange)

    def _not_taken_up(self, one: OpenCallBack) -> None:
        """Try again later, by a fault of ours it is neither waiting nor over; until it is too old."""
        now = self._exchange.ports.clock.now()
        too_old = now >= one.asked + self._limits.longest_wait
        failed = events.CommandFailed(
            at=now, contact=one.contact, leg="", command=COMMAND, code=CoreMisuse.code
        )
        self._exchange.record([failed])
        then = "nobody tries again before the next start" if too_old else f"tried again in {AGAIN:g} s"
        log.error("%s the call-back of %s could not be taken up; %s", CoreMisuse.code, one.contact, then)
        if not too_old:
            self._to_call_back.by_contact[one.contact] = one
            self._in_vain.add(one.contact)
            self._again.set(now + AGAIN)

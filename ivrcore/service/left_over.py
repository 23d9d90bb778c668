"""What an earlier run of the server left open: closed at the start, or taken up again if somebody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.call_backs import Limits, OpenCallBacks
from ivrcore.session.recovery import OpenContacts, close_left_over

if TYPE_CHECKING:
    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange


class LeftOver:
    """``contacts`` is the fold of open contacts, kept up to date by whoever made this."""

    def __init__(
        self, contacts: OpenContacts, exchange: Exchange, call_backs: CallBacks, limits: Limits
    ) -> None:
        self._contacts = contacts
        self._exchange = exchange
        self._call_backs = call_backs
        self._limits = limits
        self._to_call_back = OpenCallBacks()

    def close(self, now: float) -> list[Event]:
        """Give the ends of what is open, to be appended; customers to be called back are kept in mind.

        At the start and at the stop: what goes on in Asterisk then, nobody of us sees.
        """
        closing = close_left_over(self._contacts, self._exchange.routing, now, self._limits)
        self._to_call_back = self._contacts.call_backs.after(closing)
        return closing

    def take_up(self) -> None:
        """Once the link is up: an agent must not be offered a customer whom we cannot ring. Twice is once."""
        left, self._to_call_back = self._to_call_back, OpenCallBacks()
        for one in left.by_contact.values():
            self._call_backs.take_up(one, self._contacts.contacts[one.contact].visits, self._exchange)

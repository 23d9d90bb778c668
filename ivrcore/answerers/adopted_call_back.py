"""A customer who is called back: their phone, or an agent's for them, was in use when an earlier life ended.

Nobody is rung twice: a phone rings on, who answered is joined with the agent who waits, or waits with music
for the next one, and who talks talks on. Must not know how Asterisk is asked.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.called_back import LOOK, CallBack
from ivrcore.model import events
from ivrcore.model.names import AdoptedIn, CallBackEnd
from ivrcore.routing.state import Phase

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.routing.state import RouterState
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.ports import Hall
    from ivrcore.session.taking_up import CalledBack


class AdoptedCallBack(CallBack):
    """Made before the link is up; `take_up` comes first."""

    _routing: RouterState
    _since = 0.0
    _leg = ""

    def take_up(self, exchange: Exchange, found: CalledBack) -> None:
        """Go on with the customer's leg, if there is one."""
        self._hall, self._visits, self._since = exchange, found.visits, found.since
        self._routing = exchange.routing
        offers = exchange.routing.offers.values()
        taken = [one.id for one in offers if one.contact == self.contact and one.phase is Phase.ACCEPTED]
        self._taken = taken[0] if taken else ""
        if found.leg is not None:
            self._leg = found.leg.id
            self._phone.take_up(found.leg, found.answered)
        elif self._settings.customer_first:
            self._look.set(self._now() + LOOK)
        self._too_old.set(self.state.asked + self._settings.longest_wait)

    def begin(self, hall: Hall, visits: int) -> None:
        """It has begun."""

    def found(self) -> None:
        """Say where it goes on; and look ahead, as one does who waits."""
        adopted = events.ContactAdopted(
            at=self._now(), contact=self.contact, leg=self._leg, where=self._where(), since=self._since
        )
        self.record([adopted])
        self._look_ahead()

    def _look_ahead(self) -> None:
        """See :class:`CallBack`; nobody is rung before Asterisk was asked."""
        if self._routing.patient:
            self._look.set(self._now() + LOOK)
        else:
            super()._look_ahead()

    def _where(self) -> AdoptedIn:
        visit = self._routing.waiting.by_contact.get(self.contact)
        if self.owner is not None or visit is None:
            return AdoptedIn.TALK
        return AdoptedIn.OFFERED if visit.live else AdoptedIn.QUEUE

    def fold(self, event: Event) -> None:
        """See :class:`CallBack`; the agent of a conversation may be gone before anybody is found."""
        super().fold(event)
        if isinstance(event, events.TalkEnded) and self.owner is None:
            self.enter(partial(self.close, CallBackEnd.TALKED))

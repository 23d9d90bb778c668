"""What the server takes up again of the calls that its last run left in Asterisk.

ARI's outlive a run; AGI's are handed over again by Asterisk's dialplan. How a caller came says nothing of the
phones that are dialled once they have left: those are ARI's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivrcore.model.pbx import by_agi, contact_of, pbx_of
from ivrcore.session.adoption import Adoption
from ivrcore.telephony.ari.adopted import Before

if TYPE_CHECKING:
    from ivrcore.model.events import ContactArrived
    from ivrcore.service.past import Past
    from ivrcore.service.switches import Switches
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.taking_up import CallsBack, TurnsAway
    from ivrcore.versions import Library


def adoption_of(
    past: Past,
    exchange: Exchange,
    library: Library,
    calls_back: CallsBack,
    turns_away: TurnsAway,
    switch: Switches,
    seq: int,
) -> Adoption:
    """Make it, and let the driver know that there was an earlier run; before the link is opened.

    ``seq`` is the number of the journal's last event: names made of it are no earlier run's.
    """
    if past.looked_after.last_at:
        switch.begin_again(Before(seq, frozenset(past.living.recent)))
    pbxs = () if switch.ari is None else frozenset(switch.ari.switches)

    def outlives(arrived: ContactArrived) -> bool:
        pbx = pbx_of(arrived.contact)
        return pbx in pbxs and arrived.contact == contact_of(arrived.channel, pbx)

    def returns(arrived: ContactArrived) -> bool:
        return switch.agi is not None and by_agi(arrived.contact, arrived.channel)

    def rings_on(contact: str) -> bool:
        return pbx_of(contact) in pbxs

    living, looked_after, plan_of = past.living, past.looked_after, library.plan_of
    return Adoption(
        living, looked_after, exchange, plan_of, calls_back, turns_away, outlives, returns, rings_on
    )

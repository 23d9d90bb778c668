"""A caller whose dialplan nobody has any more: who waits waits on, who talks talks on, and nothing follows.

Such is a version that was written for a verb which no plugin provides any more, or one whose text is gone.
Who was served is at the end of it; who was not goes to Asterisk's fallback, as without a server. Must not
know how Asterisk is asked.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.dialplan import commands as plan_io
from ivrcore.dialplan import rules
from ivrcore.dialplan.model import Block, Plan
from ivrcore.dialplan.state import DIALPLAN_COMMAND
from ivrcore.location import Location
from ivrcore.model import events
from ivrcore.model.names import Cause, Told
from ivrcore.session.adopted import AdoptedSession
from ivrcore.telephony import leg as legs
from ivrcore.telephony.asterisk_files import FALLBACK

if TYPE_CHECKING:
    from ivrcore.model.event import Event
    from ivrcore.session.exchange import Exchange
    from ivrcore.session.standing import Standing


class WithoutPlan(AdoptedSession):
    """See :class:`AdoptedSession`; chosen only for who is with somebody, or waits for somebody."""

    def __init__(self, exchange: Exchange, arrival: legs.Arrival, standing: Standing, since: float) -> None:
        super().__init__(exchange, arrival, _at_its_end(standing), standing, since)

    def _take(self, given: plan_io.Input, *facts: Event) -> None:
        if not self._ended and _in_vain(given):
            self._send_away(given, facts)
        else:
            super()._take(given, *facts)

    def _send_away(self, given: plan_io.Input, facts: tuple[Event, ...]) -> None:
        now, asked = self._now(), self._state.asked
        happened = list(facts)
        if isinstance(given, plan_io.ServiceTold) and asked is not None and asked.request == given.request:
            answered = events.ServiceAnswered(
                at=now,
                contact=self.contact,
                request=given.request,
                service=asked.service,
                name=asked.name,
                how=given.how,
                took=max(0.0, now - asked.since),
                code=given.code,
            )
            happened.append(answered)
        lost = events.CommandFailed(
            at=now,
            contact=self.contact,
            leg=self.leg.id,
            command=DIALPLAN_COMMAND,
            code=rules.LOST.code,
        )
        happened.append(lost)
        for event in happened:
            self.fold(event)
        self._alarm.cancel()
        away = legs.GoOn(FALLBACK, self.arrival.number)
        self._exchange.record(happened, partial(self.leg.send, away), self.broken)

    def _failed(self, event: legs.Failed) -> None:
        super()._failed(event)
        if isinstance(event.command, legs.GoOn):
            self._hang_up(Cause.CONGESTION)


def _in_vain(given: plan_io.Input) -> bool:
    """Tell whether a caller who is to go on has got nobody, and nothing."""
    match given:
        case plan_io.QueueOver(answered=answered):
            return not answered
        case plan_io.ServiceTold(how=how):
            return how is not Told.DONE
    return isinstance(given, plan_io.TakenUp)


def _at_its_end(standing: Standing) -> Plan:
    """Make a dialplan in which nothing follows wherever the caller is."""
    arrived, state = standing.arrived, standing.state
    place = Location(f"{arrived.plan}@{arrived.plan_version}", 1)
    return Plan(
        name=arrived.plan,
        version=arrived.plan_version,
        languages=(state.language,),
        zone=UTC,
        numbers={},
        blocks={state.block: Block(state.block, (), place, closes=True)},
        menus={},
        digits={},
        universals={},
        confirming={},
        variables={},
        hours={},
        files=(),
        location=place,
    )

"""Lets new callers in, or turns them away at once: beyond what the server can take, and while it drains.

Who is turned away is a contact of a moment, without a session: nothing of theirs is kept. Those inside,
agents' codes and the canary's calls never come here. Must not know how the measures are taken.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.model import events
from ivrcore.model.names import Cause, Outcome
from ivrcore.model.overload_names import TurnedAway, WayOut
from ivrcore.overload import Bucket, DrainState, Measures, Verdict, decide
from ivrcore.telephony import leg as legs
from ivrcore.telephony.asterisk_files import FALLBACK, OVERLOAD, drained

if TYPE_CHECKING:
    from collections.abc import Callable

    from ivrcore.config import Config
    from ivrcore.session.exchange import Exchange

log = logging.getLogger("ivrcore")

CAUSES = {WayOut.BUSY: Cause.BUSY, WayOut.CONGESTION: Cause.CONGESTION}
"""The ways that only end the call."""
OVERLOADED, DRAINING = "overload", "draining"
"""What lines behind an AGI request find in ``IVRCORE_RESULT``."""


class Intake:
    """``config`` gives what is in force, ``lag`` the loop's (seconds), ``streams`` who is listened to."""

    def __init__(
        self,
        exchange: Exchange,
        config: Callable[[], Config],
        lag: Callable[[], float] = lambda: 0.0,
        streams: Callable[[], int] = lambda: 0,
    ) -> None:
        self.drained = DrainState()
        """Whether nobody is let in, and what is to come then."""
        self._exchange = exchange
        self._config = config
        self._lag = lag
        self._streams = streams
        self._bucket = Bucket()
        self._turned_away = 0
        self._now = exchange.ports.clock.now

    @property
    def draining(self) -> bool:
        """Whether nobody is let in."""
        return self.drained.on

    def drain(
        self, on: bool, author: str = "", *, then_stop: bool = False, until: float | None = None
    ) -> None:
        """Let nobody in from now on, or everybody again; twice is once.

        That the server is to end then, ``until`` a time at the latest (UTC seconds), is only kept in mind.
        """
        wanted = DrainState(on, then_stop, until)
        if wanted == self.drained:
            return
        if on != self.draining:
            log.warning("%s, by %s", "no new calls are taken" if on else "new calls are taken again", author)
        self.drained = wanted
        changed = events.DrainChanged(
            at=self._now(), draining=on, author=author, then_stop=then_stop, until=until
        )
        self._exchange.record([changed])

    def taking(self, others: Callable[[legs.Arrival], None]) -> Callable[[legs.Arrival], None]:
        """Give who is to be told of arrivals: those let in come to ``others``."""

        def arrived(arrival: legs.Arrival) -> None:
            verdict = self._judge()
            if verdict.why is None:
                others(arrival)
            else:
                turn = partial(self._turn_away, arrival, verdict, verdict.why)
                self._exchange.enter(turn, partial(arrival.leg.send, legs.HangUp(Cause.CONGESTION)))

        return arrived

    def refuses(self, contact: str) -> TurnedAway | None:
        """Tell why a caller whom Asterisk's own dialplan keeps is not let in, once; None: is let in.

        The dialplan goes on with such a caller, who is no contact of ours.
        """
        verdict = self._judge()
        if verdict.why is not None:
            self._exchange.record([self._told(contact, verdict, verdict.why, WayOut.FALLBACK)])
        return verdict.why

    def _judge(self) -> Verdict:
        if self.draining:
            return Verdict(self._bucket, TurnedAway.DRAINING)
        limits = self._config().overload.limits
        contacts = 0 if limits.contacts is None else self._exchange.busy  # who is not asked need not count
        measures = Measures(contacts, self._lag(), self._streams())
        verdict = decide(limits, measures, self._bucket, self._now())
        self._bucket = verdict.bucket
        return verdict

    def _told(self, contact: str, verdict: Verdict, why: TurnedAway, way: WayOut) -> events.ContactTurnedAway:
        self._turned_away += 1
        if self._turned_away & (self._turned_away - 1) == 0:  # the 1st, 2nd, 4th …: a storm fills no disk
            log.warning("a caller is turned away (%d so far): %s, %s", self._turned_away, why, way)
        return events.ContactTurnedAway(
            at=self._now(),
            contact=contact,
            why=why,
            way=way,
            measured=verdict.measured,
            limit=verdict.limit,
        )

    def _turn_away(self, arrival: legs.Arrival, verdict: Verdict, why: TurnedAway) -> None:
        way = self._way(arrival, why)
        now, contact, leg = self._now(), arrival.contact, arrival.leg
        cause = CAUSES.get(way, Cause.NORMAL)
        hangs_up = [events.HangUpRequested(at=now, contact=contact, leg=leg.id, cause=cause)]
        happened = [
            events.ContactArrived(
                at=now,
                contact=contact,
                leg=leg.id,
                channel=leg.channel,
                number=arrival.number,
                plan="",
                plan_version="",
            ),
            self._told(contact, verdict, why, way),
            *(hangs_up if way in CAUSES else ()),
            events.ContactClosed(at=now, contact=contact, outcome=Outcome.REFUSED, cause=cause),
        ]
        leg.own(partial(self._leg_told, contact, leg))
        self._exchange.record(happened, partial(leg.send, self._command(way, arrival.number)))

    def take_up(self, arrived: events.ContactArrived, way: WayOut, leg: legs.Leg) -> None:
        """Send a caller away whom an earlier life of the server was about to, once the leg is found."""
        command = self._command(way, arrived.number)

        def told(event: legs.LegEvent) -> None:
            if isinstance(event, legs.Found):
                leg.send(command)
            else:
                self._leg_told(arrived.contact, leg, event)

        leg.own(told)

    def _way(self, arrival: legs.Arrival, why: TurnedAway) -> WayOut:
        if why is not TurnedAway.DRAINING:
            return self._config().overload.way
        return WayOut.FALLBACK if arrival.sent_here else WayOut.OTHER_SERVER

    def _command(self, way: WayOut, number: str) -> legs.Command:
        match way:
            case WayOut.OVERLOAD:
                return legs.GoOn(OVERLOAD, result=OVERLOADED)
            case WayOut.OTHER_SERVER:
                return legs.GoOn(drained(self._config().slot), number, DRAINING)
            case WayOut.FALLBACK:
                return legs.GoOn(FALLBACK, number, DRAINING if self.draining else OVERLOADED)
        return legs.HangUp(CAUSES[way])

    def _leg_told(self, contact: str, leg: legs.Leg, event: legs.LegEvent) -> None:
        """See the leg to its end; whom Asterisk cannot go on with is hung up."""
        if isinstance(event, legs.Failed):
            leg.send(legs.HangUp(Cause.CONGESTION))
        elif isinstance(event, legs.Ended):
            gone = events.LegEnded(
                at=self._now(),
                contact=contact,
                leg=leg.id,
                cause=event.cause,
                by=event.by,
                since=event.since,
            )
            self._exchange.enter(partial(self._exchange.record, [gone]))

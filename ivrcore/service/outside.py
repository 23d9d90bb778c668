"""Who answers what dialplans ask of the outside, as the configuration has it."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.threads import deferToThreadPool

from ivrcore.answerers.agent_pins import AgentPins
from ivrcore.answerers.call_backs import CallBacks
from ivrcore.answerers.emergency import EmergencyByPhone, Identified
from ivrcore.answerers.left_messages import LeftMessages
from ivrcore.answerers.lookups import SUPERVISORS, ByCaller, Lookups, Tries
from ivrcore.answerers.messages import Messages
from ivrcore.answerers.outbound import Desk, close_left_over
from ivrcore.answerers.recording import Tape
from ivrcore.answerers.recordings import Recordings
from ivrcore.answerers.supervisors import Supervisors
from ivrcore.answerers.transfers import Transfers
from ivrcore.errors import IvrError
from ivrcore.model.names import OutboundRefusal, Service
from ivrcore.service.known_callers import KnownCallers
from ivrcore.service.watches import Watches
from ivrcore.tollguard import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from twisted.internet.defer import Deferred

    from ivrcore.announcements.live import LiveBoard
    from ivrcore.answerers.left_messages import Record
    from ivrcore.config import Config
    from ivrcore.lookup import Lookup
    from ivrcore.model.event import Event
    from ivrcore.plugin_manager import Plugins
    from ivrcore.session.clock import Clock
    from ivrcore.session.ports import Answerer, Subjects
    from ivrcore.session.unkept import UnkeptMessages
    from ivrcore.telephony.leg import Switch
    from ivrcore.tollguard import GuardState

log = logging.getLogger("ivrcore.services")

TRIES, WITHIN = 5, 900.0
"""Wrong PINs for one customer, or of one agent, over all calls, and the seconds in which they are counted."""


WHY_NOT = {
    OutboundRefusal.OFF: "no outside numbers are allowed: the configuration has no `outbound:`",
    OutboundRefusal.NO_NUMBER: "it is no telephone number",
    OutboundRefusal.DENIED: "it is among the denied prefixes of `outbound:`",
    OutboundRefusal.NOT_ALLOWED: "it is not among the allowed prefixes of `outbound:`",
    OutboundRefusal.CALLER_ID: "the number to be shown is not configured",
}


class Outside:
    """Everything that answers; made before the exchange, stopped after it."""

    def __init__(
        self,
        config: Config,
        plugins: Plugins,
        clock: Clock,
        reactor: Any,
        switch: Switch,
        dialled: GuardState,
        subjects: Subjects,
    ) -> None:
        self._config = config
        self._clock = clock
        self.desk = Desk(config.outbound.rules, dialled, clock, switch, config.journal.key)
        self.known_callers = KnownCallers(subjects, self.desk.caller_mark, clock.now)
        self._reactor = reactor
        self._lookups = self._make_lookups(plugins)
        self.watches = Watches(config.watches, plugins, clock.now)
        self.kept = Messages(config.messages, config.journal.key)
        self._tries = Tries(TRIES, WITHIN, clock.now)
        tries_by = ByCaller(config.identify, config.outbound.rules.number, clock.now)
        self._supervisors = Tries(config.supervisors.tries, config.supervisors.within, clock.now)
        pins, tries = config.feature_codes.pins, Tries(TRIES, WITHIN, clock.now)
        self.agent_pins = AgentPins(pins, self.on_worker, tries) if pins else None
        self.call_backs = CallBacks(
            self.desk,
            config.outbound.call_back,
            frozenset(queue.name for queue in config.queues),
            subjects,
        )
        tape = Tape(config.mailboxes, clock, switch, self._keep, self._full)
        self.left_messages = LeftMessages(tape)
        self._recordings = Recordings(tape, self.left_messages.put_off)
        self._on_the_way = tape.on_the_way
        self.answerers: dict[Service, Answerer] = {
            Service.LOOKUP: Lookups(
                {name: one for name, one in self._lookups.items() if name != SUPERVISORS}
            ),
            Service.IDENTIFY: Lookups(self._lookups, self._tries_of, tries_by, clock.now),
            Service.TRANSFER: Transfers(self.desk),
            Service.CALL_BACK: self.call_backs,
            Service.RECORD: self._recordings,
        }

    def close_left_over(self, but: Collection[str]) -> list[Event]:
        """Give the ends of what an earlier run left open, but of the outside numbers that are taken up."""
        return close_left_over(self.desk.state, self._clock.now(), but)

    def take_up_messages(self, unkept: UnkeptMessages, erased: Collection[str], record: Record) -> None:
        """Keep what callers of an earlier life said and nobody kept; after the calls were taken up."""
        self.left_messages.take_up(unkept, self._recordings.open, erased, record)

    async def messages_kept(self, seconds: float) -> None:
        """Wait until all that was said is in its box, for so long at most: the next start keeps the rest."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._on_the_way.rest()

    def may_forward(self, number: str) -> str | None:
        """Say why a number could never be dialled; None if it could."""
        verdict = self.desk.judge(number)
        return WHY_NOT[verdict.why] if isinstance(verdict, Refused) else None

    def put_on_the_phone(self, board: LiveBoard) -> None:
        """Have supervisors who identify themselves throw the emergency switch of ``board`` by phone."""
        identified = Identified(self.answerers[Service.IDENTIFY])
        self.answerers[Service.IDENTIFY] = identified
        self.answerers[Service.EMERGENCY] = EmergencyByPhone(board, identified)

    def stop(self) -> None:
        """Let go of what they hold."""
        self.left_messages.stop()
        for lookup in self._lookups.values():
            lookup.close()

    def on_worker(self, work: Callable[[], Any]) -> Deferred[Any]:
        """Do something that blocks on a thread of the reactor's pool."""
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), work)

    def _keep(
        self, mailbox: str, contact: str, at: float, seconds: float, subject: str, audio: bytes, request: str
    ) -> Deferred[str]:
        def work() -> str:
            return self.kept.keep(mailbox, contact, at, seconds, subject, audio, request).message

        return self.on_worker(work)

    def _full(self, mailbox: str, most: int) -> Deferred[bool]:
        return self.on_worker(lambda: self.kept.count(mailbox) >= most)

    def _make_lookups(self, plugins: Plugins) -> dict[str, Lookup]:
        made: dict[str, Lookup] = {}
        for one in self._config.lookups:
            try:
                made[one.name] = plugins.lookup(one.name, one.kind, one.options)
            except IvrError as error:
                log.error("lookup %s is not there: %s", one.name, error)  # noqa: TRY400 - says all
        made[SUPERVISORS] = Supervisors(self._config.supervisors.file, self.on_worker)
        return made

    def _tries_of(self, lookup: str, who: str) -> tuple[Tries, str]:
        """Guessing a supervisor's PIN is counted for all together: the PIN alone tells who it is."""
        if lookup == SUPERVISORS:
            return self._supervisors, ""
        return self._tries, f"{lookup} {who}"

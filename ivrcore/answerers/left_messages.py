"""Messages that were said to an earlier life of the server, which ended before they were in their boxes.

Asterisk has them in its spool, by the names in the journal. Must not know how the journal is read.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.recording import SHORTEST, seconds_of
from ivrcore.model import events

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from twisted.python.failure import Failure

    from ivrcore.answerers.recording import Tape
    from ivrcore.model.event import Event
    from ivrcore.session.unkept import Unkept, UnkeptMessages

    Record = Callable[[list[Event], Callable[[], None]], object]
    """Appends events, and calls back once they are durable."""

log = logging.getLogger("ivrcore.services")


class LeftMessages:
    """Keeps them, each once: one that is in its box already has the same name there."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.on_the_way = tape.on_the_way

    def take_up(
        self, unkept: UnkeptMessages, but: Collection[str], erased: Collection[str], record: Record
    ) -> None:
        """Look for those in Asterisk, but for the requests that somebody goes on with.

        What a person said who had themselves ``erased`` meanwhile is deleted there.
        """
        for one in unkept.by_request.values():
            if one.request in but:
                continue
            if one.kept or one.subject in erased:
                self._tape.switch.erase_recording(one.request)
            elif one.begun:
                self._tape.on_the_way.add(one.request)
                self._tape.switch.fetch_recording(one.request, partial(self._fetched, one, record))

    def _fetched(self, one: Unkept, record: Record, audio: bytes | None) -> None:
        seconds = 0.0 if audio is None else seconds_of(audio)
        if audio is None or seconds < SHORTEST:
            log.info("nothing is left of a message for %s that %s was leaving", one.mailbox, one.contact)
            self._over(one)
            return
        at = min(one.at + seconds, self._tape.clock.now())
        kept = self._tape.keep(one.mailbox, one.contact, at, seconds, one.subject, audio, one.request)
        kept.addCallbacks(partial(self._kept, one, seconds, record), partial(self._failed, one))

    def _kept(self, one: Unkept, seconds: float, record: Record, message: str) -> None:
        log.warning("a message for %s is kept that the server before had not fetched", one.mailbox)
        recorded = events.MessageRecorded(
            at=self._tape.clock.now(),
            contact=one.contact,
            message=message,
            mailbox=one.mailbox,
            seconds=seconds,
        )
        record([recorded], partial(self._over, one))

    def _failed(self, one: Unkept, why: Failure) -> None:
        """Leave it in Asterisk: the next start tries again."""
        log.error("a message for %s was not kept: %s", one.mailbox, why.value)
        self._tape.on_the_way.discard(one.request)

    def _over(self, one: Unkept) -> None:
        self._tape.switch.erase_recording(one.request)
        self._tape.on_the_way.discard(one.request)

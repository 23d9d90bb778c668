"""Messages that were said and are in no box: an earlier life of the server ended before, or they were not to
be had.

Asterisk has them in its spool, by the names in the journal, until they are in their boxes: what nobody has
heard is not erased there. Must not know how the journal is read.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from ivrcore.answerers.recording import SHORTEST, seconds_of, words_of
from ivrcore.model import events
from ivrcore.telephony.leg import Unfetched

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from twisted.python.failure import Failure

    from ivrcore.answerers.recording import Tape
    from ivrcore.model.event import Event
    from ivrcore.session.clock import Cancellable
    from ivrcore.session.unkept import Unkept, UnkeptMessages
    from ivrcore.telephony.leg import Fetched

    Record = Callable[[list[Event], Callable[[], None]], object]
    """Appends events, and calls back once they are durable."""

log = logging.getLogger("ivrcore.services")

AGAIN = 300.0
"""Seconds after which one that could not be fetched or kept is tried again, once the link stands."""


class LeftMessages:
    """Keeps them, each once: one that is in its box already has the same name there."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self.on_the_way = tape.on_the_way
        self._put_off: dict[str, tuple[Unkept, Cancellable]] = {}
        self._erased: set[str] = set()
        self._record: Record | None = None
        self._stopped = False

    def take_up(
        self, unkept: UnkeptMessages, but: Collection[str], erased: Collection[str], record: Record
    ) -> None:
        """Look for those in Asterisk, but for the requests that somebody goes on with.

        What a person said who had themselves ``erased`` meanwhile is deleted there. Comes before `put_off`.
        """
        self._record = record
        self._erased.update(erased)
        for one in unkept.by_request.values():
            if one.request in but:
                continue
            if one.kept or one.subject in self._erased:
                self._tape.switch.erase_recording(one.request)
            elif one.begun:
                self._fetch(one)

    def put_off(self, one: Unkept) -> None:
        """Leave it in Asterisk, and try again in a while; the next start does so too."""
        self._tape.on_the_way.discard(one.request)
        if one.subject in self._erased:
            self._over(one)
        elif not self._stopped:
            again = self._tape.clock.call_later(AGAIN, partial(self._again, one))
            self._put_off[one.request] = one, again

    def erased(self, subject: str) -> None:
        """Delete in Asterisk what a person said that is in no box yet: they had themselves erased."""
        self._erased.add(subject)
        for one, again in list(self._put_off.values()):
            if one.subject == subject:
                again.cancel()
                del self._put_off[one.request]
                self._over(one)

    def stop(self) -> None:
        """Try nothing again: the next start does."""
        self._stopped = True
        for _, again in self._put_off.values():
            again.cancel()
        self._put_off.clear()

    def _again(self, one: Unkept) -> None:
        del self._put_off[one.request]
        self._fetch(one)

    def _fetch(self, one: Unkept) -> None:
        self._tape.on_the_way.add(one.request)
        self._tape.switch.fetch_recording(one.request, partial(self._fetched, one))

    def _fetched(self, one: Unkept, audio: Fetched) -> None:
        if audio is Unfetched.NOT_NOW:
            log.warning("a message for %s cannot be had from Asterisk now", one.mailbox)
            self.put_off(one)
            return
        if one.subject in self._erased:
            self._over(one)
            return
        if isinstance(audio, Unfetched):
            log.info("nothing is left of a message for %s that %s was leaving", one.mailbox, one.contact)
            self._tape.on_the_way.discard(one.request)
            return
        seconds = seconds_of(audio)
        if seconds < SHORTEST:
            log.info("nothing was said in a message for %s that %s was leaving", one.mailbox, one.contact)
            self._over(one)
            return
        at = min(one.at + seconds, self._tape.clock.now())
        kept = self._tape.keep(one.mailbox, one.contact, at, seconds, one.subject, audio, one.request)
        kept.addCallback(partial(self._kept, one, seconds)).addErrback(partial(self._failed, one))

    def _kept(self, one: Unkept, seconds: float, message: str) -> None:
        log.warning("a message for %s is kept that was not when it was said", one.mailbox)
        assert self._record is not None, "put off before the start was over"
        recorded = events.MessageRecorded(
            at=self._tape.clock.now(),
            contact=one.contact,
            message=message,
            mailbox=one.mailbox,
            seconds=seconds,
        )
        self._record([recorded], partial(self._over, one))

    def _failed(self, one: Unkept, why: Failure) -> None:
        log.error("a message for %s was not kept: %s", one.mailbox, words_of(why))
        self.put_off(one)

    def _over(self, one: Unkept) -> None:
        self._tape.switch.erase_recording(one.request)
        self._tape.on_the_way.discard(one.request)

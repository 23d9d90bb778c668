"""A person's right to be forgotten: everything that this server keeps of somebody goes together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ivrcore.answerers.call_backs import ASKED_BY, NUMBER
from ivrcore.errors import JournalError
from ivrcore.model import events

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.call_backs import OpenCallBacks
    from ivrcore.journal.record import Journal
    from ivrcore.journal.subjects import Subjects
    from ivrcore.service.known_callers import KnownCallers
    from ivrcore.service.message_box import LiveMessages

log = logging.getLogger("ivrcore")

NUMBERS = (ASKED_BY, NUMBER)
"""Under which names numbers are kept of a subject."""
BY = "subject erase"
"""Who deleted the person's messages, as the journal says it."""


class Erasing:
    """Erases people. ``left`` are the open call-backs that the journal knows, ``now`` gives UTC seconds."""

    def __init__(
        self,
        subjects: Subjects,
        callers: KnownCallers,
        call_backs: CallBacks,
        left: OpenCallBacks,
        messages: LiveMessages,
        journal: Journal,
        now: Callable[[], float],
    ) -> None:
        self._subjects = subjects
        self._callers = callers
        self._call_backs = call_backs
        self._left = left
        self._messages = messages
        self._journal = journal
        self._now = now

    def erase(self, subject: str) -> bool:
        """Erase a person: also what a call-back of theirs keeps apart from its contact, whichever is named.

        Nobody is called back then, their messages are deleted, and they are no longer known again when they
        call. False if nothing was kept.
        """
        person = self._call_backs.same_person(subject, self._left.by_contact.values())
        for one in person:
            self._callers.forget(self._numbers(one))
        known = sorted(one for one in person if self._subjects.erase(one))
        for one in known:
            self._journal.append([events.SubjectErased(at=self._now(), subject=one)])
            self._call_backs.erased(one)
            self._messages.delete_of(one, BY).addErrback(_not_deleted)
        return bool(known)

    def _numbers(self, subject: str) -> Iterable[str]:
        """Give the numbers that are kept of a subject."""
        try:
            kept = self._subjects.get(subject) or {}
            return [kept[name] for name in NUMBERS if name in kept]
        except JournalError:
            log.warning("IVR500 subject %s is of another key: it may be known again", subject)
            return ()


def _not_deleted(why: Failure) -> None:
    log.error("messages of an erased subject could not be deleted: %s", why.value)

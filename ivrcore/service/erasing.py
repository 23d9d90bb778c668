"""A person's right to be forgotten: everything that this server keeps of somebody goes together."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from ivrcore.model import events

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.call_backs import OpenCallBacks
    from ivrcore.journal.record import Journal
    from ivrcore.journal.subjects import Subjects
    from ivrcore.service.message_box import LiveMessages

log = logging.getLogger("ivrcore")

BY = "subject erase"
"""Who deleted the person's messages, as the journal says it."""


class Erasing:
    """Erases people. ``left`` are the open call-backs that the journal knows, ``now`` gives UTC seconds."""

    def __init__(
        self,
        subjects: Subjects,
        call_backs: CallBacks,
        left: OpenCallBacks,
        messages: LiveMessages,
        journal: Journal,
        now: Callable[[], float],
    ) -> None:
        self._subjects = subjects
        self._call_backs = call_backs
        self._left = left
        self._messages = messages
        self._journal = journal
        self._now = now

    def erase(self, subject: str) -> bool:
        """Erase a person: also what a call-back of theirs keeps apart from its contact, whichever is named.

        Nobody is called back then, and their messages are deleted. False if nothing was kept.
        """
        person = self._call_backs.same_person(subject, self._left.by_contact.values())
        known = sorted(one for one in person if self._subjects.erase(one))
        for one in known:
            self._journal.append([events.SubjectErased(at=self._now(), subject=one)])
            self._call_backs.erased(one)
            self._messages.delete_of(one, BY).addErrback(_not_deleted)
        return bool(known)


def _not_deleted(why: Failure) -> None:
    log.error("messages of an erased subject could not be deleted: %s", why.value)

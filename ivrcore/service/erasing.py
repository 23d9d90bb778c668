"""A person's right to be forgotten: everything that this server keeps of somebody goes together."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred, DeferredList

from ivrcore.answerers.call_backs import ASKED_BY, NUMBER
from ivrcore.errors import IvrError, JournalError, RequestRefused
from ivrcore.model import events
from ivrcore.service.kept import BY

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.answerers.call_backs import CallBacks
    from ivrcore.answerers.left_messages import LeftMessages
    from ivrcore.call_backs import OpenCallBacks
    from ivrcore.journal.record import Journal
    from ivrcore.journal.subjects import Subjects
    from ivrcore.service.kept import LiveKept
    from ivrcore.service.known_callers import KnownCallers
    from ivrcore.service.message_box import LiveMessages

log = logging.getLogger("ivrcore")

NUMBERS = (ASKED_BY, NUMBER)
"""Under which names numbers are kept of a subject."""


class Erasing:
    """Erases people. ``left`` are the open call-backs that the journal knows, ``now`` gives UTC seconds."""

    def __init__(
        self,
        subjects: Subjects,
        callers: KnownCallers,
        call_backs: CallBacks,
        left: OpenCallBacks,
        messages: LiveMessages,
        left_messages: LeftMessages,
        journal: Journal,
        now: Callable[[], float],
        kept: LiveKept | None = None,
    ) -> None:
        self._subjects = subjects
        self._callers = callers
        self._call_backs = call_backs
        self._left = left
        self._messages = messages
        self._left_messages = left_messages
        self._journal = journal
        self._now = now
        self._kept = kept
        self._unfinished: dict[str, set[str]] = {}
        """Subject -> all subjects of the person, where something could not be deleted."""

    def erase(self, subject: str) -> Deferred[bool]:
        """Erase a person: also what a call-back of theirs keeps apart from its contact, whichever is named.

        Nobody is called back then, their messages and what is kept of failed turns are deleted, and they are
        no longer known again when they call. Fires once all files are gone: False if nothing was kept. Fails
        with :class:`RequestRefused` (500) where some could not be deleted; erasing again tries those again.
        """
        person = self._call_backs.same_person(subject, self._left.by_contact.values())
        person |= self._unfinished.pop(subject, set())
        for one in person:
            self._callers.forget(self._numbers(one))
        known = sorted(one for one in person if self._subjects.erase(one))
        for one in known:
            self._journal.append([events.SubjectErased(at=self._now(), subject=one)])
            self._call_backs.erased(one)
            self._left_messages.erased(one)
        deleted: list[Deferred[Any]] = [self._messages.delete_of(one, BY) for one in sorted(person)]
        if self._kept is not None:
            deleted.append(self._kept.erase_of(person, BY))
        all_done: Deferred[list[tuple[bool, int | Failure]]] = DeferredList(deleted, consumeErrors=True)
        return all_done.addCallback(self._done, subject, person, len(known))

    def _done(
        self, results: list[tuple[bool, int | Failure]], subject: str, person: set[str], known: int
    ) -> bool:
        failed = [result for _, result in results if not isinstance(result, int)]
        if not failed:
            return known + sum(result for _, result in results if isinstance(result, int)) > 0
        self._unfinished.update(dict.fromkeys(person, person))
        for why in failed:
            log.error("files of an erased subject could not be deleted: %s", why.value)
        raise RequestRefused(
            f"not everything that is kept of {subject} could be deleted: {_said(failed)}",
            status=500,
            hint="the personal values are erased; mend the cause, then erase the subject again for the files",
        )

    def _numbers(self, subject: str) -> Iterable[str]:
        """Give the numbers that are kept of a subject."""
        try:
            kept = self._subjects.get(subject) or {}
            return [kept[name] for name in NUMBERS if name in kept]
        except JournalError:
            log.warning("IVR500 subject %s is of another key: it may be known again", subject)
            return ()


def _said(failed: Iterable[Failure]) -> str:
    """Tell what went wrong; of a fault of ours only that it was one, the log has the rest."""
    told = (why.value.message if isinstance(why.value, IvrError) else "a fault of ivrcore" for why in failed)
    return "; ".join(dict.fromkeys(told))

"""Callers' messages as the web shows them, and as recordings keep them; all disk work on a worker."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred

from ivrcore.errors import JournalError
from ivrcore.model import events
from ivrcore.web.messages import MessageView

if TYPE_CHECKING:
    from ivrcore.answerers.messages import Head, Messages
    from ivrcore.journal.record import Journal
    from ivrcore.journal.subjects import Subjects

OnWorker = Callable[[Callable[[], Any]], "Deferred[Any]"]


class LiveMessages:
    """See :class:`ivrcore.web.messages.MessageBox`."""

    def __init__(
        self,
        messages: Messages,
        journal: Journal,
        subjects: Subjects,
        now: Callable[[], float],
        on_worker: OnWorker,
    ) -> None:
        self._messages = messages
        self._journal = journal
        self._subjects = subjects
        self._now = now
        self._on_worker = on_worker

    def messages(self) -> Deferred[list[MessageView]]:
        """List them, the oldest first."""
        return self._on_worker(self._messages.heads).addCallback(self._shown)

    def hear(self, message: str, by: str) -> Deferred[bytes | None]:
        """Give a message's wav, noted in the journal."""
        return self._on_worker(partial(self._messages.read, message)).addCallback(self._heard, by)

    def delete(self, message: str, by: str) -> Deferred[bool]:
        """Delete one, noted in the journal."""
        return self._on_worker(partial(self._messages.delete, message)).addCallback(self._deleted, by)

    def delete_of(self, subject: str, by: str) -> Deferred[int]:
        """Delete what a person said, who wants to be forgotten; give how many those were.

        Fails with :class:`JournalError` where some cannot be deleted, or read to know whose they are.
        """

        def done(result: tuple[list[Head], list[str]]) -> int:
            gone, failed = result
            count = sum(self._deleted(head, by) for head in gone)
            if failed:
                raise JournalError("; ".join(failed))
            return count

        return self._on_worker(partial(self._messages.delete_of, subject)).addCallback(done)

    def _shown(self, heads: list[Head]) -> list[MessageView]:
        return [
            MessageView(
                message=head.message,
                mailbox=head.mailbox,
                contact=head.contact,
                at=head.at,
                seconds=round(head.seconds, 1),
                caller=(self._subjects.get(head.subject) or {}).get("caller_number", ""),
            )
            for head in heads
        ]

    def _heard(self, found: tuple[Head, bytes] | None, by: str) -> bytes | None:
        if found is None:
            return None
        head, audio = found
        self._journal.append(
            [events.MessageFetched(at=self._now(), message=head.message, mailbox=head.mailbox, by=by)]
        )
        return audio

    def _deleted(self, head: Head | None, by: str) -> bool:
        if head is None:
            return False
        self._journal.append(
            [events.MessageDeleted(at=self._now(), message=head.message, mailbox=head.mailbox, by=by)]
        )
        return True

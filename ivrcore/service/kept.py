"""Kept utterances of a running server: written, listed, heard and deleted on a worker, one thing at a time.

A bound holds on what waits to be written: above it an utterance is dropped, and that is told. What is too old
goes at the start and from time to time. Everything that somebody does with them is journalled.
"""

from __future__ import annotations

import asyncio
import io
import logging
import math
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from twisted.internet.defer import Deferred, DeferredLock
from twisted.internet.task import LoopingCall

from ivrcore.errors import IvrError, JournalError
from ivrcore.kept.model import NOTHING_HELD
from ivrcore.kept.store import KeptStore
from ivrcore.kept.words import said_instead
from ivrcore.model import events
from ivrcore.model.kept_names import KeptAccess, KeptErasure, NotKept
from ivrcore.speech.recogniser import SAMPLE_RATE
from ivrcore.web.kept import KeptView, shown

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.config import Config, KeepConfig
    from ivrcore.journal.record import Journal
    from ivrcore.kept.model import FailedTurn, Gone, Head, Held
    from ivrcore.kept.words import MenuWords
    from ivrcore.model.event import Event
    from ivrcore.model.names import Scalar
    from ivrcore.session.clock import Clock

    OnWorker = Callable[[Callable[[], Any]], "Deferred[Any]"]
    Append = Callable[[Sequence[Event]], object]

log = logging.getLogger("ivrcore.speech")

T = TypeVar("T")

STOP_SECONDS = 2.0
"""How long a server that stops waits for what is still to be written."""

BY = "subject erase"
"""Who deletes what a person said who is erased, as the journal says it."""

MOST_WAITING = 32
"""Utterances that may wait to be written."""
MOST_BYTES = 16_000_000
"""Bytes of their audio: 50 of the longest that a usual site has."""
SWEEP_EVERY = 600.0
"""Seconds between looks for what is there, and what is too old."""


class LiveKept:
    """See :class:`ivrcore.session.ports.Keeper` and :class:`ivrcore.web.kept.KeptBox`.

    ``now`` gives UTC seconds, ``on_worker`` does what blocks on a thread. ``clock`` is Twisted's. ``erased``
    are subjects who were erased before the start: what may be left of them goes with the first sweep.
    """

    def __init__(
        self,
        config: KeepConfig,
        append: Append,
        now: Callable[[], float],
        clock: Any,
        on_worker: OnWorker,
        erased: Iterable[str] = (),
    ) -> None:
        self._config = config
        self._keeps = True
        self._store = KeptStore(config.folder, config.key, longest=config.longest, room=config.room)
        self._append = append
        self._now = now
        self._on_worker = on_worker
        self._lock = DeferredLock()
        self._waiting = self._waiting_bytes = 0
        self._forgotten: set[str] = set()
        """Subjects who want to be forgotten while they may still be talking."""
        self._owed = dict.fromkeys(erased, BY)
        """Subjects of whom something may be left that they want deleted, and who asked for it."""
        self.held = NOTHING_HELD
        """What was there after the last thing that was done."""
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = clock

    def start(self) -> None:
        """Look what is there, delete what is too old, and go on doing that."""
        self._sweeping.start(SWEEP_EVERY, now=True)

    def stop(self) -> Deferred[None]:
        """Delete nothing any more; fires once all that waits is written."""
        if self._sweeping.running:
            self._sweeping.stop()
        return self._do(_nothing)

    def tune(self, config: KeepConfig | None) -> None:
        """Have this consent and these bounds from now on; None: keep no more, what there is goes in time.

        Key and folder are those of the start.
        """
        self._keeps = config is not None
        if config is not None:
            self._config = config
            self._store.bound(longest=config.longest, room=config.room)
            if self._sweeping.running:
                self._sweep()

    # --- for sessions ---------------------------------------------------------------------------

    def agreed(self, variables: Mapping[str, Scalar]) -> bool:
        """See :class:`ivrcore.session.ports.Keeper`."""
        return self._keeps and self._config.agreed(variables)

    def keep(self, failed: FailedTurn) -> None:
        """See :class:`ivrcore.session.ports.Keeper`."""
        if failed.subject in self._forgotten:
            return
        if self._waiting >= MOST_WAITING or self._waiting_bytes + failed.size > MOST_BYTES:
            self._not_kept(failed, NotKept.BUSY)
            return
        if self.held.oldest is not None and self.held.oldest <= self._now() - self._config.longest:
            self._expire()
        self._waiting += 1
        self._waiting_bytes += failed.size
        self._do(partial(self._store.keep, failed)).addBoth(self._written, failed)

    def _written(self, result: tuple[Head, int] | Failure, failed: FailedTurn) -> None:
        self._waiting -= 1
        self._waiting_bytes -= failed.size
        if not isinstance(result, tuple):
            _told(result, "what was said in a failed turn")
            self._not_kept(failed, NotKept.FAILED)
            return
        head, gone = result
        kept = events.UtteranceKept(
            at=self._now(),
            contact=head.contact,
            utterance=head.utterance,
            plan=head.plan,
            menu=head.menu,
            engine=head.engine,
            outcome=head.outcome,
            seconds=round(head.seconds, 2),
        )
        self._append([kept])
        self._erased(gone, KeptErasure.ROOM)

    def _not_kept(self, failed: FailedTurn, why: NotKept) -> None:
        lost = events.UtteranceNotKept(
            at=self._now(), contact=failed.contact, plan=failed.plan, menu=failed.menu, why=why
        )
        self._append([lost])

    # --- for people -----------------------------------------------------------------------------

    @property
    def count(self) -> int:
        """See :class:`ivrcore.web.kept.KeptBox`."""
        return self.held.count

    def listed(self, by: str) -> Deferred[list[KeptView]]:
        """List them, the oldest first."""
        found = self._do(lambda: [shown(head) for head in self._store.heads()])
        return found.addCallback(self._accessed, KeptAccess.LISTED, by)

    def words(
        self, least: int, by: str, since: float = 0.0, until: float = math.inf
    ) -> Deferred[list[MenuWords]]:
        """Tell what was said, by menu, as far as ``least`` contacts said it from ``since`` to ``until``."""

        def count() -> list[MenuWords]:
            return said_instead([one for one in self._store.heads() if since <= one.at < until], least)

        found = self._do(count)
        return found.addCallback(self._accessed, KeptAccess.COUNTED, by)

    def hear(self, utterance: str, by: str) -> Deferred[bytes | None]:
        """Give the wav of one; None if it is not there."""
        found = self._do(partial(self._wav, utterance))
        return found.addCallback(self._accessed, KeptAccess.HEARD, by, utterance)

    def label(self, utterance: str, said: str, means: str, by: str) -> Deferred[KeptView | None]:
        """Write down what a person heard."""
        changed = self._do(lambda: shown(self._store.label(utterance, said, means)))
        return changed.addCallback(self._accessed, KeptAccess.LABELLED, by, utterance)

    def transcribe(self, utterance: str, heard: str, heard_by: str, by: str) -> Deferred[KeptView | None]:
        """Write down what a recogniser heard."""
        changed = self._do(lambda: shown(self._store.transcribe(utterance, heard, heard_by)))
        return changed.addCallback(self._accessed, KeptAccess.TRANSCRIBED, by, utterance)

    def erase(self, utterance: str, by: str) -> Deferred[bool]:
        """Delete one for good; False if it is not there."""

        def done(known: bool) -> bool:
            self._erased(int(known), KeptErasure.ASKED, by, utterance)
            return known

        return self._do(partial(self._store.erase, utterance)).addCallback(done)

    def erase_all(self, by: str) -> Deferred[int]:
        """Delete all of them for good, also what cannot be read; give how many those were.

        Fails with :class:`JournalError` where some cannot be deleted.
        """

        def done(gone: Gone) -> int:
            self._erased(gone.count, KeptErasure.ASKED, by)
            if gone.failed:
                raise JournalError("; ".join(gone.failed))
            return gone.count

        return self._do(self._store.erase_all).addCallback(done)

    def erase_of(self, subjects: Iterable[str], by: str) -> Deferred[int]:
        """Delete what these subjects said, for good, and keep nothing more of them; give how many those were.

        Fails with :class:`JournalError` where some cannot be deleted, which is tried again with each sweep.
        """
        gone = frozenset(subjects)
        self._forgotten |= gone
        self._owed.update(dict.fromkeys(gone, by))
        return self._erase_of(gone, by)

    # --- inside ---------------------------------------------------------------------------------

    def _erase_of(self, subjects: frozenset[str], by: str) -> Deferred[int]:
        def done(gone: Gone) -> int:
            self._erased(gone.count, KeptErasure.SUBJECT, by)
            if gone.failed:
                raise JournalError("; ".join(gone.failed), hint="it is tried again every ten minutes")
            for one in subjects:
                self._owed.pop(one, None)
            return gone.count

        return self._do(partial(self._store.erase_of, subjects)).addCallback(done)

    def _do(self, job: Callable[[], T]) -> Deferred[T]:
        """Do it on a worker after all that was asked before."""

        def work() -> tuple[T, Held]:
            return job(), self._store.held()

        def done(result: tuple[T, Held]) -> T:
            value, self.held = result
            return value

        later: Deferred[tuple[T, Held]] = self._lock.run(self._on_worker, work)
        return later.addCallback(done)

    def _sweep(self) -> None:
        self._do(self._store.open).addErrback(_told, "the folder of kept utterances")
        self._expire()
        self._make_go(self._store.make_room, KeptErasure.ROOM)
        for by in set(self._owed.values()):
            left = frozenset(one for one, asked_by in self._owed.items() if asked_by == by)
            self._erase_of(left, by).addErrback(_told, "kept utterances of an erased subject")

    def _expire(self) -> None:
        self._make_go(partial(self._store.expire, self._now()), KeptErasure.AGE)

    def _make_go(self, job: Callable[[], int], why: KeptErasure) -> None:
        gone = self._do(job).addCallback(self._erased, why)
        gone.addErrback(_told, "kept utterances that have to go")

    def _wav(self, utterance: str) -> bytes | None:
        found = self._store.read(utterance)
        return None if found is None else wav(found[1])

    def _accessed(self, result: T, what: KeptAccess, by: str, utterance: str = "") -> T:
        if result is not None:
            accessed = events.KeptAccessed(at=self._now(), what=what, by=by, utterance=utterance)
            self._append([accessed])
        return result

    def _erased(self, count: int, why: KeptErasure, by: str = "", utterance: str = "") -> None:
        if count:
            erased = events.KeptErased(at=self._now(), why=why, count=count, by=by, utterance=utterance)
            self._append([erased])


def make_kept(
    config: Config,
    erased: Iterable[str],
    journal: Journal,
    clock: Clock,
    reactor: Any,
    on_worker: OnWorker,
) -> LiveKept | None:
    """Make it as configured; None where nothing is kept."""
    keep = config.speech.keep
    return None if keep is None else LiveKept(keep, journal.append, clock.now, reactor, on_worker, erased)


async def settled(kept: LiveKept | None, loop: asyncio.AbstractEventLoop) -> None:
    """Stop it, and wait a little for what is still being written."""
    if kept is None:
        return
    try:
        await asyncio.wait_for(kept.stop().asFuture(loop), STOP_SECONDS)
    except TimeoutError:
        log.warning("kept utterances: not all were written in %.0f s", STOP_SECONDS)


def wav(pcm: bytes) -> bytes:
    """Write 16 bit audio at `SAMPLE_RATE` as a wav."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm)
    return target.getvalue()


def _nothing() -> None:
    pass


def _told(why: Failure, what: str) -> None:
    error = why.value
    if isinstance(error, IvrError):
        log.error("%s %s: %s", error.code, what, error.message)
    else:
        log.error("IVR900 %s: %s", what, why.getTraceback())

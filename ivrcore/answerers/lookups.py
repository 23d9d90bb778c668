"""Lookups and identifications: the configured lookups are asked, their answers made flat.

A PIN is tried a limited number of times, over all calls: see `Tries`. Must not know how a lookup reaches
what it asks. Values are personal: none of them goes into a log, an error or an event.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from twisted.internet.defer import CancelledError, Deferred, maybeDeferred

from ivrcore.errors import IvrError, LookupFailed, ServiceMissing
from ivrcore.lookup import flattened
from ivrcore.model.events import PinNotJudged
from ivrcore.model.names import Told, TriesLimit
from ivrcore.plugin_manager import describe

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from ivrcore.dialplan.commands import DoAsk
    from ivrcore.lookup import Lookup
    from ivrcore.session.ports import Call, Done

log = logging.getLogger(__name__)

SUPERVISORS = "supervisors"
"""The lookup that is always there: who may throw the emergency switch."""


class Tries:
    """Wrong tries of the last ``within`` seconds, by who was guessed; keeps salted hashes only.

    A try counts from its beginning, so that many calls at once are not more tries than one after another.
    """

    def __init__(self, most: int, within: float, now: Callable[[], float]) -> None:
        self._most, self._within, self._now = most, within, now
        self._salt = secrets.token_bytes(16)
        self._wrong: dict[bytes, list[float]] = {}

    def begin(self, who: str) -> bool:
        """Count a try as a wrong one for now; False (and nothing is counted) if none is allowed any more."""
        self._forget()
        times = self._wrong.setdefault(self._key(who), [])
        if len(times) >= self._most:
            return False
        times.append(self._now())
        return True

    def not_wrong(self, who: str) -> None:
        """The try was right after all, or could not be judged."""
        times = self._wrong.get(self._key(who))
        if times:
            times.pop()

    def _forget(self) -> None:
        since = self._now() - self._within
        kept = {key: [at for at in times if at > since] for key, times in self._wrong.items()}
        self._wrong = {key: times for key, times in kept.items() if times}

    def _key(self, who: str) -> bytes:
        return hashlib.sha256(self._salt + who.encode()).digest()


class Counted(NamedTuple):
    """A try is one of these too: counted by ``tries`` under the name ``who``."""

    tries: Tries
    who: str
    limit: TriesLimit


class Lookups:
    """Answers `Service.LOOKUP`, and `Service.IDENTIFY` where ``tries_of`` is given.

    That gives what counts the wrong tries of a lookup, and under which name ``who`` is counted there;
    ``tries_by`` gives what else counts those of a call: one PIN may be tried for many customers.
    """

    def __init__(
        self,
        lookups: Mapping[str, Lookup],
        tries_of: Callable[[str, str], tuple[Tries, str]] | None = None,
        tries_by: Callable[[Call], Sequence[Counted]] = lambda call: (),
        now: Callable[[], float] = float,
    ) -> None:
        self._lookups = lookups
        self._tries_of = tries_of
        self._tries_by = tries_by
        self._now = now
        self._waiting: dict[str, Deferred[Any]] = {}

    def ask(self, asked: DoAsk, call: Call, done: Done) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        lookup = self._lookups.get(asked.name)
        if lookup is None:
            raise ServiceMissing(f"no lookup {asked.name} is configured")
        not_wrong = self._try(asked, call)
        if not_wrong is None:
            done(Told.REFUSED)
            return
        answer: Deferred[Any] = maybeDeferred(lookup.ask, asked.payload, asked.timeout)
        self._waiting[asked.request] = answer

        def found(value: object) -> None:
            self._waiting.pop(asked.request, None)
            if value is None:
                done(Told.REFUSED)
                return
            values = flattened(value)
            not_wrong()
            done(Told.DONE, values)

        def failed(why: Failure) -> None:
            self._waiting.pop(asked.request, None)
            not_wrong()
            _failed(asked, done, why)

        answer.addCallback(found).addErrback(failed)

    def stop(self, request: str) -> None:
        """See :class:`ivrcore.session.ports.Answerer`."""
        waiting = self._waiting.pop(request, None)
        if waiting is not None:
            waiting.cancel()

    def _try(self, asked: DoAsk, call: Call) -> Callable[[], None] | None:
        """Begin a try; give what takes it back, None if none is allowed any more."""
        if self._tries_of is None:
            return lambda: None
        tries, who = self._tries_of(asked.name, str(asked.payload.get("who")))
        begun: list[Counted] = []
        for one in (Counted(tries, who, TriesLimit.WHO), *self._tries_by(call)):
            if not one.tries.begin(one.who):
                _take_back(begun)
                self._not_judged(asked, call, one.limit)
                return None
            begun.append(one)
        return partial(_take_back, begun)

    def _not_judged(self, asked: DoAsk, call: Call, limit: TriesLimit) -> None:
        log.warning("identify %s: too many wrong tries by %s, refused for a while", asked.name, limit)
        event = PinNotJudged(
            at=self._now(), contact=call.contact, request=asked.request, name=asked.name, limit=limit
        )
        call.record([event])


def _take_back(begun: Iterable[Counted]) -> None:
    for one in begun:
        one.tries.not_wrong(one.who)


def _failed(asked: DoAsk, done: Done, why: Failure) -> None:
    error: BaseException | None = why.value
    assert error is not None
    if isinstance(error, CancelledError):
        return  # nobody waits
    ours = error if isinstance(error, IvrError) else None
    log.warning("%s %s failed: %s", asked.service, asked.name, ours.message if ours else describe(error))
    done(Told.FAILED, code=ours.code if ours else LookupFailed.code)

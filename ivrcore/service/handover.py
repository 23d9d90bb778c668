"""Handing over: a new process takes the calls of this one, which goes on as if nothing had been until then.

This side of it. A new process is started, by us or by somebody else, and asks once it is ready for all that
we have. From there it does not come back: the journal is let go, and whoever has its lock has the calls.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twisted.internet.task import LoopingCall

from ivrcore.errors import JournalError, RequestRefused
from ivrcore.service.claim import Claimant, TakingOver, refusal
from ivrcore.service.doors import PASSED, SYSTEMD
from ivrcore.web.handover import HandOverView

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from ivrcore.journal.local import LocalJournal
    from ivrcore.model.event import Event
    from ivrcore.service.switches import Switches
    from ivrcore.session.exchange import Exchange

log = logging.getLogger("ivrcore")

TAKE_OVER = "--take-over"
ANSWER_SECONDS = 0.05
"""Until the end begins, so that who asked is answered first."""
LOOK_EVERY = 0.2
MESSAGE_SECONDS = 2.0
"""How long an end waits, at most, until messages that callers left are in their boxes."""
REST_SECONDS = 0.5
"""How long it waits for a moment at which no phone is being made, and then for what Asterisk was asked."""
TAKEN_SECONDS = 5.0
"""How long our link stays for new callers, at most, until the other process has it."""
WATCHED = ("WATCHDOG_PID", *SYSTEMD)
"""Variables that are about this process alone."""


class HandOver:
    """``why_not`` says why nothing can be handed over now, "" where it can; ``sockets`` gives descriptors
    that listen; ``end`` ends this process by way of `Server.stop`; ``claimant`` tells who may have our calls
    (:func:`ivrcore.service.claim.claimant`)."""

    def __init__(
        self,
        reactor: Any,
        why_not: Callable[[], str],
        sockets: Callable[[], Sequence[int]],
        end: Callable[[], object],
        claimant: Callable[[], Claimant | None],
    ) -> None:
        self.to: int | None = None
        """The process that has asked for our calls."""
        self.to_version = ""
        self._reactor = reactor
        self._why_not = why_not
        self._sockets = sockets
        self._end = end
        self._claimant = claimant
        self._given: Claimant | None = None
        self._started: subprocess.Popen[bytes] | None = None
        self._failed = ""
        self._looking = LoopingCall(self._look)
        self._looking.clock = reactor

    def start(self) -> None:
        """Start the program anew, as it is on the disk now, to take over from us. Raises RequestRefused."""
        self._refuse()
        if self._started is not None:
            raise TakingOver("a new process is being started already", status=409)
        if (other := self._claimant()) is not None:
            raise refusal(other)
        command, sockets = command_of(sys.argv), self._sockets()
        env = environment_of(os.environ, sockets)
        try:
            self._started = subprocess.Popen(command, env=env, pass_fds=sockets, stdin=subprocess.DEVNULL)
        except OSError as error:
            raise RequestRefused(f"{command[0]} cannot be started: {error.strerror}", status=500) from error
        self._failed = ""
        self._looking.start(LOOK_EVERY, now=False)
        log.warning("process %d is started, to take over from this one", self._started.pid)

    def give(self, pid: int, to_version: str, claim: str) -> None:
        """Let go of everything from now on, since that process is ready to have it.

        It may ask again: the answer may have been lost. Raises RequestRefused; also where it is not there.
        """
        asks = Claimant(pid, claim)
        if self._given == asks:
            return
        self._refuse()
        if self._claimant() != asks:
            log.warning("process %d asked for everything, and does not wait for it: nothing is given", pid)
            raise RequestRefused(f"process {pid} does not wait to take over", status=409)
        self._given, self.to, self.to_version = asks, pid, to_version
        log.warning("everything is handed over to process %d, ivrcore %s", pid, to_version)
        self._reactor.callLater(ANSWER_SECONDS, self._let_go)

    def _let_go(self) -> None:
        """End, if who asked is still there: from here there is no way back."""
        try:
            there = self._claimant() == self._given
        except JournalError as error:
            log.error("%s", error)  # noqa: TRY400 - says all
            there = False
        if there:
            self._end()
            return
        self._failed = f"process {self.to} asked for everything, and was gone"
        log.error("%s; this one goes on", self._failed)
        self._given = self.to = None

    def view(self) -> HandOverView:
        """Show how it stands."""
        started = self._started.pid if self._started is not None else None
        return HandOverView(
            pid=os.getpid(), version=version("ivrcore"), to=self.to or started, failed=self._failed
        )

    def stop(self) -> None:
        """End the new process if it has not asked yet: it would find nobody to take over from."""
        if self._looking.running:
            self._looking.stop()
        if self._started is not None and self.to is None:
            self._started.terminate()

    def _refuse(self) -> None:
        if self.to is not None:
            raise refusal(Claimant(self.to, ""))
        reason = self._why_not()
        if reason:
            raise RequestRefused(f"nothing can be handed over now: {reason}", status=409)

    def _look(self) -> None:
        assert self._started is not None
        ended = self._started.poll()
        if ended is not None and self.to is None:
            self._failed = f"process {self._started.pid} ended with {ended}: the log says why"
            log.error("%s; this one goes on", self._failed)
            self._started = None
            self._looking.stop()


async def let_go(
    switch: Switches,
    exchange: Exchange,
    journal: LocalJournal,
    messages_kept: Callable[[float], Awaitable[object]],
    last: Callable[[float], Event],
) -> None:
    """Stop deciding between two records, with all carried out that was decided, and let the journal go.

    ``messages_kept`` waits, so many seconds at most, until what callers said is kept. ``last`` gives what is
    written last, told since when nobody is heard. The lock is what the other process waits for.
    """
    await switch.hold(REST_SECONDS)
    since = exchange.ports.clock.now()
    loop = asyncio.get_running_loop()
    until = loop.time() + REST_SECONDS
    while True:  # what was decided leads to commands, and these to what is decided next
        seq = journal.last_seq
        await written(journal)
        await switch.at_rest(max(0.0, until - loop.time()))
        await messages_kept(max(0.0, until - loop.time()))
        if journal.last_seq == seq or loop.time() >= until:
            break
    exchange.stop()
    await switch.let_go()
    journal.append([last(since)])
    journal.close(in_haste=True)


async def written(journal: LocalJournal) -> None:
    """Wait until all that happened is durable, and shown."""
    done = asyncio.get_running_loop().create_future()
    journal.append([], lambda: done.set_result(None))
    await done


def command_of(argv: Sequence[str]) -> list[str]:
    """Give the command that this process was started by, with the option to take over.

    By its name, not by the interpreter that runs it: behind a link there may be another release now.
    """
    program, *arguments = argv
    by_module = Path(program).name == "__main__.py"
    first = [sys.executable, "-m", "ivrcore"] if by_module else [program]
    return [*first, *(one for one in arguments if one != TAKE_OVER), TAKE_OVER]


def environment_of(env: Mapping[str, str], sockets: Sequence[int]) -> dict[str, str]:
    """Give ours, without what is said of this process alone, and with the sockets that the new one gets."""
    kept = {name: value for name, value in env.items() if name not in (*WATCHED, PASSED)}
    return kept | ({PASSED: ",".join(map(str, sockets))} if sockets else {})

"""The link to Asterisk's manager interface: pyst2's Manager on threads of its own, made anew when it is lost.

Nothing here runs on the reactor. What happens is told by `tell`, in order, from these threads.
"""

from __future__ import annotations

import itertools
import logging
import math
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from asterisk.manager import Event, Manager, ManagerAuthException, ManagerException, ManagerSocketException

from ivrcore.app_queue.frames import Frame, Odd
from ivrcore.app_queue.options import Options
from ivrcore.app_queue.wire import Wire, connect
from ivrcore.errors import LinkLost, LinkRefused

log = logging.getLogger("ivrcore.app_queue")

PULSE = 10.0
"""Seconds between signs of life that are asked for."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds until the next try, doubled each time."""
REFUSED_WAIT = 30.0
"""After a refused login: Asterisk may lock out who tries again and again."""
QUICK = (0.0, 1.0, 1.0)
"""Seconds before each of the first statuses of a link; :data:`ivrcore.app_queue.tally.AGREE` must agree."""
LONGEST_LIST = 30.0
"""Seconds that a status may take."""
DOUBT, LONGEST_DOUBT = 2.0, 60.0
"""Seconds until a status when something is in doubt, doubled for each that does not clear the doubt."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A link is made; nothing came over it yet."""


@dataclass(frozen=True, slots=True)
class Greeted:
    """The login was accepted; ``started`` is when Asterisk started, by its own words."""

    started: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A status will come, with this id."""

    action: str


@dataclass(frozen=True, slots=True)
class Came:
    """An event."""

    frame: Frame


@dataclass(frozen=True, slots=True)
class Oddities:
    """What could not be believed since the last time."""

    counts: Mapping[Odd, int]


@dataclass(frozen=True, slots=True)
class Lost:
    """The link is gone, or could not be made."""

    why: str


News: TypeAlias = Opened | Greeted | Asked | Came | Oddities | Lost


class _Answers(queue.Queue[Any]):
    """pyst2's queue of responses, whose waits end."""

    def __init__(self, patience: float) -> None:
        super().__init__()
        self._patience = patience

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        try:
            return super().get(block, self._patience if timeout is None else timeout)
        except queue.Empty:
            raise ManagerSocketException(0, "no answer in time") from None


class _Flag(threading.Event):
    def isSet(self) -> bool:  # noqa: N802 - pyst2 asks by this name for every line; Python's own warns each time
        return self.is_set()


class Fenced(Manager):  # type: ignore[misc]  # pyst2 has no types
    """pyst2's Manager with our socket, for one link.

    Its waits for answers end; an answer to something else is an error; a callback that raises would end its
    thread silently, so what is called never does.
    """

    def __init__(self, options: Options, tell: Callable[[News], None], ended: Callable[[], None]) -> None:
        super().__init__()
        self._options = options
        self._tell = tell
        self._ended = ended
        self._ids = itertools.count(1)
        self._connected, self._running = _Flag(), _Flag()
        self._response_queue = _Answers(options.patience)
        self.wire: Wire | None = None
        self.listed = threading.Event()
        """Set when a status has come to its end."""
        self.register_event("*", self._took)

    def __del__(self) -> None:
        """Do nothing: pyst2 would wait for its threads here."""

    def open(self) -> None:
        """Connect and wait for the greeting; raise OSError, ManagerException."""
        self.wire = self._sock = Wire(connect(self._options), 2 * PULSE + self._options.patience)
        self._connected.set()
        self._running.set()
        self.message_thread.start()
        self.event_dispatch_thread.start()
        if not self._response_queue.get():
            raise self.wire.refused or ManagerSocketException(0, "closed before the greeting")

    def ask(self, action: str, **headers: str) -> Frame:
        """Ask something and give the answer; raise LinkLost, OSError, ManagerException."""
        identity = self.identity()
        return self.ask_as(identity, action, **headers)

    def identity(self) -> str:
        """Give an id for a question."""
        return f"ivrcore-{next(self._ids)}"

    def ask_as(self, identity: str, action: str, **headers: str) -> Frame:
        """Ask with an id that is known already."""
        answer = self.send_action({"Action": action, "ActionID": identity, **headers})
        if answer.get_header("ActionID") != identity:
            raise LinkLost("an answer came to something that was not asked")
        return dict(answer.headers)

    def end(self) -> None:
        """End the link and its threads; events that came before are told still."""
        if self.wire is not None:
            self.wire.close()
        if not self._running.is_set():
            return
        for thread in (self.message_thread, self.event_dispatch_thread):
            thread.join(self._options.patience)
            if thread.is_alive():
                log.error("a thread of the manager's link did not end")
        self._running.clear()

    def message_loop(self) -> None:
        """Run pyst2's loop on its thread; whoever waits for its end learns of it."""
        try:
            super().message_loop()
        finally:
            self._response_queue.put(None)
            self._event_queue.put(None)
            self.listed.set()
            self._ended()

    def _took(self, event: Event, manager: Manager) -> None:
        self._tell(Came(dict(event.headers)))
        if event.name == "QueueStatusComplete":
            self.listed.set()


class ManagerLink:
    """Keeps one link up until it is stopped. ``tell`` must neither block nor raise."""

    def __init__(self, name: str, options: Options, tell: Callable[[News], None]) -> None:
        self._options = options
        self._tell = tell
        self._stopping = threading.Event()
        self._wanted = threading.Event()
        self._manager: Fenced | None = None
        self._told: Counter[Odd] = Counter()
        self._thread = threading.Thread(target=self._run, name=f"app_queue {name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def status_wanted(self) -> None:
        """Ask for a status soon; from any thread."""
        self._wanted.set()

    def stop(self) -> None:
        """Let everything end; returns at once."""
        self._stopping.set()
        self._wanted.set()
        manager = self._manager
        if manager is not None and manager.wire is not None:
            manager.wire.close()

    def join(self, timeout: float) -> bool:
        """Wait until all has ended; whether it has. Not on the reactor's thread."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        wait = FIRST_WAIT
        while not self._stopping.is_set():
            began = time.monotonic()
            why = self._once()
            if self._stopping.is_set():
                break
            self._tell(Lost(str(why)))
            if time.monotonic() - began > LONGEST_WAIT:
                wait = FIRST_WAIT
            self._stopping.wait(REFUSED_WAIT if isinstance(why, LinkRefused) else wait)
            wait = min(2 * wait, LONGEST_WAIT)

    def _once(self) -> Exception:
        """Make a link and use it until it is lost; give why."""
        manager = self._manager = Fenced(self._options, self._tell, self._wanted.set)
        self._told = Counter()
        try:
            self._serve(manager)
        except (LinkLost, LinkRefused, OSError, ManagerException) as error:
            refused = manager.wire and manager.wire.refused
            return refused or error
        except Exception as error:  # pyst2 may raise anything; told, and tried again
            log.exception("the link to the manager interface failed")
            return LinkLost(f"{type(error).__name__} in the manager's client")
        finally:
            manager.end()
        return LinkLost("stopped")

    def _serve(self, manager: Fenced) -> None:
        self._tell(Opened())
        manager.open()
        self._log_in(manager)
        core = manager.ask("CoreStatus")
        self._tell(Greeted(f"{core.get('CoreStartupDate', '')} {core.get('CoreStartupTime', '')}".strip()))
        for wait in QUICK:
            if not self._stopping.wait(wait):
                self._status(manager)
        self._keep_up(manager)

    def _keep_up(self, manager: Fenced) -> None:
        last, gap, doubted = time.monotonic(), DOUBT, math.inf
        while not self._stopping.is_set():
            due = min(last + self._options.every, doubted + gap)
            wanted = self._wanted.wait(max(0.0, min(PULSE, due - time.monotonic())))
            self._wanted.clear()
            if not manager.connected():
                raise LinkLost("Asterisk closed the manager interface")
            now = time.monotonic()
            doubted = min(doubted, now) if wanted else doubted
            if now >= min(last + self._options.every, doubted + gap):
                gap = DOUBT if doubted == math.inf else min(2 * gap, LONGEST_DOUBT, self._options.every)
                self._status(manager)
                last, doubted = time.monotonic(), math.inf
            elif not wanted:
                manager.ask("Ping")
                self._tell_odd(manager)

    def _log_in(self, manager: Fenced) -> None:
        try:
            manager.login(self._options.user, self._options.secret)
        except ManagerAuthException as error:
            raise LinkRefused("Asterisk refused the manager user's login", hint="see manager.conf") from error

    def _status(self, manager: Fenced) -> None:
        self._wanted.clear()
        manager.listed.clear()
        identity = manager.identity()
        self._tell(Asked(identity))
        answer = manager.ask_as(identity, "QueueStatus")
        if answer.get("Response") == "Error":
            raise LinkLost("Asterisk has no QueueStatus", hint="app_queue.so must be loaded")
        if not manager.listed.wait(LONGEST_LIST):
            raise LinkLost("the status of the queues did not end")
        self._tell_odd(manager)

    def _tell_odd(self, manager: Fenced) -> None:
        assert manager.wire is not None
        now = Counter(manager.wire.framer.odd)
        new = now - self._told
        if new:
            self._told = now
            self._tell(Oddities(new))

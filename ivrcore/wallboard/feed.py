# mypy: untyped-calls-exclude=twisted
"""Pushes the board's changes to all screens: each is encoded once, and everybody gets the same bytes.

A message is one of server-sent events (WHATWG HTML, 9.2): ``data: JSON`` and an empty line. A screen that
does not read gets nothing more until it does, and then everything anew; one that stays behind is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from ivrcore.model import events
from ivrcore.model.event import Event
from ivrcore.wallboard.board import Board, Change

PERIOD = 0.5
"""Seconds between messages, at least: so a change is on its way after half a second at most."""
AT_FIRST = 0.05
"""After a quiet time: what happens at once is told at once."""
BEAT = 2.0
"""Seconds without a change after which the time alone is told: a screen knows then that the line stands."""
LONGEST_BEHIND = 10.0
"""Seconds that a screen may not read."""
LOOK_AGAIN = 15.0
"""Seconds between looks at who may still look."""
MOST_SCREENS = 500


class Screen(Protocol):
    """Where messages go."""

    def send(self, message: bytes) -> None:
        """Take a message."""

    def drop(self) -> None:
        """End the connection."""

    @property
    def behind_since(self) -> float | None:
        """When it stopped to read, by the feed's clock; None while it does."""

    def may_look(self) -> bool:
        """Whether its token is still good."""


class Feed:
    """All screens. ``reactor`` gives steady seconds and calls later, ``now`` UTC seconds; ``about`` is told
    with the whole board (see `whole`)."""

    def __init__(
        self, board: Board, reactor: Any, now: Callable[[], float], about: Callable[[], dict[str, object]]
    ) -> None:
        self._board = board
        self._reactor = reactor
        self._now = now
        self._about = about
        self._screens: dict[Screen, bool] = {}
        """Screen -> whether it missed something and needs the whole board."""
        self._seq = 0
        self._whole = b""
        """The whole board as it was told at `_seq`; empty where nobody asked since."""
        self._due: Any = None
        self._beat: Any = None
        self._told = 0.0
        self._looked = 0.0
        self.dropped = 0
        """Screens that were too slow."""

    def __len__(self) -> int:
        return len(self._screens)

    def seconds(self) -> float:
        """Give the steady time that screens tell with."""
        return float(self._reactor.seconds())

    def observe(self, event: Event) -> None:
        """Take an event that is in the figures."""
        if not self._screens:
            return
        self._board.mark(event)
        self._plan()
        if isinstance(event, events.RosterLoaded | events.RosterChanged):
            self._whole = b""  # what it is about may be new as well
            self._screens = dict.fromkeys(self._screens, True)

    def join(self, screen: Screen) -> None:
        """Send the whole board, and from now on what changes."""
        if not self._screens:
            self._board.forget()
            self._whole = b""  # what changed while nobody looked may be in no row: the queues' order
            self._tell()
            self._looked = self._reactor.seconds()
            self._beat = self._reactor.callLater(BEAT, self._on_beat)
        self._screens[screen] = False
        screen.send(self._all())  # what changed since it was told last, comes with the next message

    def leave(self, screen: Screen) -> None:
        """Send nothing more."""
        self._screens.pop(screen, None)
        if not self._screens:
            self._stop()

    def close(self) -> None:
        """Send everybody away."""
        for screen in list(self._screens):
            screen.drop()
        self._screens.clear()
        self._stop()

    # --- telling --------------------------------------------------------------------------------

    def _plan(self) -> None:
        if self._due is None:
            wait = max(AT_FIRST, self._told + PERIOD - self._reactor.seconds())
            self._due = self._reactor.callLater(wait, self._on_due)

    def _on_due(self) -> None:
        self._due = None
        self._tell()

    def _on_beat(self) -> None:
        """Look at what changes with the time of day, and who reads; tell the time where nothing was told."""
        self._beat = self._reactor.callLater(BEAT, self._on_beat)
        self._look()
        if self._reactor.seconds() - self._told >= BEAT / 2 and not self._tell():
            self._send(self._time())

    def _tell(self) -> bool:
        """Tell everybody what changed; whether anything did."""
        change = self._board.refresh(self._now())
        if change:
            self._seq += 1
            self._whole = b""
            if self._screens:
                self._send(_message(self._change(change)))
        return bool(change)

    def _change(self, change: Change) -> dict[str, object]:
        more: dict[str, object] = {"order": self._board.order} if "queues" in change else {}
        return {"seq": self._seq, "at": self._now(), **change, **more}

    def _send(self, message: bytes) -> None:
        self._told = self._reactor.seconds()
        for screen, missed in list(self._screens.items()):
            if screen.behind_since is not None:
                self._screens[screen] = True
            elif missed:
                self._screens[screen] = False
                screen.send(self._all())
            else:
                screen.send(message)

    def _all(self) -> bytes:
        """Give the time, by which the rest is read, and the whole board."""
        if not self._whole:
            about = {"whole": True, "seq": self._seq, "order": self._board.order, **self._about()}
            self._whole = _message(about | dict(self._board.rows))
        return self._time() + self._whole

    def _time(self) -> bytes:
        return _message({"at": self._now()})

    # --- who looks ------------------------------------------------------------------------------

    def _look(self) -> None:
        now = self._reactor.seconds()
        late = [one for one in self._screens if self._is_late(one, now)]
        self.dropped += len(late)
        if now - self._looked >= LOOK_AGAIN:
            self._looked = now
            late += [one for one in self._screens if one not in late and not one.may_look()]
        for screen in late:
            self._screens.pop(screen, None)
            screen.drop()

    def _is_late(self, screen: Screen, now: float) -> bool:
        since = screen.behind_since
        return since is not None and now - since > LONGEST_BEHIND

    def _stop(self) -> None:
        for call in (self._due, self._beat):
            if call is not None and call.active():
                call.cancel()
        self._due = self._beat = None


def _message(value: dict[str, object]) -> bytes:
    return b"data: " + msgspec.json.encode(value) + b"\n\n"

"""Looks at callers whom an earlier life of the server has left in Asterisk's hands.

Nothing tells of them by itself: of two who talk whether they still do, of one whose dialplan is to hand them
over again whether there is anybody to come. Asterisk is asked by way of any session of the same PBX: about
those who talk by that of every caller who comes, before that one is served; about all of them, now and then,
by that of one who waits, or of the next one who comes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from ivrcore.errors import RequestFailed
from ivrcore.model.pbx import pbx_of
from ivrcore.telephony.agi.leg import AgiLeg, Task
from ivrcore.telephony.agi.returning import THERE, ReturningLeg
from ivrcore.telephony.agi.talking import TalkingLeg, TalkingPhone

if TYPE_CHECKING:
    from ivrcore.model.names import Device
    from ivrcore.telephony.agi.server import AgiServer
    from ivrcore.telephony.leg import Leg

LOOK_SECONDS = 2.0
"""Between looks at all who are left: who comes back by themselves has mostly done so by the first."""
WITH = f"{THERE}${{IMPORT(${{BRIDGEPEER}},IVRCORE_LEG)}}"
"""Names the leg that a channel is joined with; asked of a channel that is gone, there is no answer."""


class Look(Task, frozen=True, eq=False):
    """Ask Asterisk by way of a leg's session how others stand."""

    legs: tuple[ReturningLeg, ...]

    def run(self, caller: AgiLeg) -> None:
        """See :class:`Task`."""
        for leg in self.legs:
            if leg.expected:
                with contextlib.suppress(RequestFailed):
                    leg.looked(caller.agi.get_full_variable(WITH, leg.channel) or "")


class Looks:
    """At those who are left; ``legs`` gives all callers' legs that live."""

    def __init__(self, server: AgiServer, legs: Callable[[], Iterable[AgiLeg]]) -> None:
        self._server = server
        self._legs = legs
        self._left: list[ReturningLeg] = []
        self._due: set[str] = set()
        """PBXs of which the next caller who comes is to look at all: nobody waits there."""
        self._timer: Any = None

    def add(self, leg: ReturningLeg) -> None:
        """Look after one."""
        self._left.append(leg)

    def pair(self, phone: TalkingPhone, caller: str) -> None:
        """Make it the other side of a caller's leg."""
        for talk in self._talks():
            if talk.id == caller:
                talk.phone = phone

    def joined(self, bridge: str, legs: Sequence[Leg]) -> bool:
        """Tell of two who are to be joined, and are already; False if it is others."""
        phones = [leg for leg in legs if isinstance(leg, TalkingPhone)]
        talks = [leg for leg in legs if isinstance(leg, TalkingLeg) and leg.phone in phones]
        if not talks:
            return False
        self._server.call_soon(partial(talks[0].join, bridge))
        return True

    def look_by(self, leg: AgiLeg) -> None:
        """Have the session of a caller who comes ask, as the next that it does."""
        pbx = pbx_of(leg.id)
        self._ask(leg, self._expected(pbx) if pbx in self._due else self._talks())
        self._due.discard(pbx)

    def heard_of(self, endpoint: str, device: Device) -> None:
        """A phone does this now, as ARI says."""
        for talk in self._talks():
            if talk.phone is not None and talk.phone.endpoint == endpoint:
                talk.heard_of(device)

    def start(self) -> None:
        """Look now and then, as long as there are any."""
        self._timer = self._server.call_later(LOOK_SECONDS, self._look) if self._left else None

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _look(self) -> None:
        self._left = [leg for leg in self._left if leg.expected]
        for pbx in {pbx_of(leg.id) for leg in self._left}:
            # Not of one for whom a phone is rung just now: that session does nothing else until it answers.
            waits = (one for one in self._legs() if one.music and one.idle and pbx_of(one.id) == pbx)
            if (asks := next(waits, None)) is not None:
                self._ask(asks, self._expected(pbx))
            else:
                self._due.add(pbx)
        self.start()

    def _expected(self, pbx: str) -> list[ReturningLeg]:
        return [leg for leg in self._left if leg.expected and pbx_of(leg.id) == pbx]

    def _talks(self) -> list[TalkingLeg]:
        """Those that go on, as far as is known."""
        return [leg for leg in self._left if isinstance(leg, TalkingLeg) and leg.talks and leg.expected]

    def _ask(self, leg: AgiLeg, about: Iterable[ReturningLeg]) -> None:
        """Another PBX knows nothing of its channels: it would say of all that they are gone."""
        if legs := tuple(one for one in about if pbx_of(one.id) == pbx_of(leg.id)):
            leg.send(Look(legs))

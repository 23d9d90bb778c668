"""Keeps us connected to Asterisk: opens the link, picks each request's transport, comes back after a loss.

Knows nothing of legs: whoever uses it is told when the link is open (to reconcile) and when it is down, and
awaits :meth:`AriServer.ready` before a request that can wait.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Collection
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from ivrcore.errors import LinkLost, LinkRefused, RequestFailed, RequestTimeout, TelephonyError
from ivrcore.telephony.ari import requests, wire
from ivrcore.telephony.ari.abilities import AUDIO_MODULES, Abilities, RequestWay, abilities
from ivrcore.telephony.ari.config import AriConfig
from ivrcore.telephony.ari.http import Http
from ivrcore.telephony.ari.link import Link
from ivrcore.telephony.ari.tasks import Busy, Tasks
from ivrcore.telephony.media.rtp_stream import Ports

log = logging.getLogger(__name__)

T = TypeVar("T")

LANES = 4
"""Requests under way at once over HTTP, of those that cannot block; the socket takes one at a time.

Asterisk's threads wait for each other's locks by spinning: where callers came by Local channels, 24 streams
opened at once kept it busy for over 5 s.
"""
LANES_OF_ENDS = 16
"""As :data:`LANES`, for what ends something: it overtakes, and waits for no other request that is stuck.

A quarter of the connections that are kept: many calls ended at once do not use up Asterisk's 100.
"""
STOP_SECONDS = 2.0
"""What is being undone when we stop gets this long."""


class State(StrEnum):
    """How the connection stands."""

    STOPPED = "stopped"
    CONNECTING = "connecting"
    UP = "up"
    REFUSED = "refused"
    REPLACED = "replaced"


WHY_NOT = {
    State.STOPPED: "not started",
    State.CONNECTING: f"no connection ({LinkLost.code})",
    State.REFUSED: f"Asterisk refuses the user or the password ({LinkRefused.code})",
    State.REPLACED: (
        "another process has taken the Stasis application over: stop it, or give it a name of its own"
        " (we come back when the name is free; to come back at once, restart)"
    ),
}
"""Why there is no link, for whoever may ask: no address, no name."""


class _Module(msgspec.Struct):
    status: str = "Running"


class _System(msgspec.Struct):
    version: str = ""


class _Status(msgspec.Struct):
    startup_time: str = ""


class _Info(msgspec.Struct):
    system: _System
    status: _Status = msgspec.field(default_factory=_Status)


class AriServer:
    """The connection to one Asterisk as one Stasis application.

    `on_opening` is told before the first event of a connection. `on_open` is awaited with the link open and
    :meth:`request` usable, `connected` still false; when it returns the server counts as up. `on_down` is
    told why it is not, once per loss.
    """

    def __init__(
        self,
        config: AriConfig,
        reactor: Any,
        *,
        on_event: Callable[[wire.Event], None],
        on_opening: Callable[[], None],
        on_open: Callable[[float, str], Awaitable[None]],
        on_down: Callable[[str], None],
        chance: random.Random,
        utc: Callable[[], float],
    ) -> None:
        self.config = config
        self.utc = utc
        self.tasks = Tasks()
        self.cleaning = Tasks()
        """What undoes something: given a little time at the stop."""
        self.asking = Busy()
        """Requests that have no answer yet."""
        self.owned: set[str] = set()
        """Ids of the snoops, media channels and bridges that we made and have not undone."""
        self._expected: dict[str, asyncio.Future[None]] = {}
        self._watched: dict[str, Callable[[], None]] = {}
        self.state = State.STOPPED
        self.peer = ""
        self.abilities = Abilities()
        """What Asterisk can do, as it was met last."""
        self.ports = Ports(config.rtp_ports)
        self.lost_at: float | None = None
        """UTC seconds when the link went away last; None before the first connection and while it is up."""
        self._chance = chance
        self._on_opening = on_opening
        self._on_open = on_open
        self._on_down = on_down
        self._link = Link(config, self._take)
        self._http = Http(config, reactor)
        self._lanes = asyncio.Semaphore(LANES)
        self._lanes_of_ends = asyncio.Semaphore(LANES_OF_ENDS)
        self._on_event = on_event
        self._replaced = False
        self._leaving = False
        """Whether another process is to have our calls: a link that is lost is not opened again."""
        self._ready = asyncio.Event()
        self._startup = ""
        """When Asterisk was started, as it says."""
        self.restarted = False
        """Whether it was started anew since the link stood last: no call of before is there any more."""
        self.losses = 0
        """How often the link was lost, or could not be made."""
        self._keeper: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether the link is up and reconciled."""
        return self._ready.is_set()

    @property
    def link(self) -> Link:
        """The socket, for its counts."""
        return self._link

    def start(self) -> None:
        """Begin to connect, and keep trying."""
        assert self._keeper is None, "already started"
        self.state = State.CONNECTING
        self._keeper = asyncio.get_running_loop().create_task(self._stay_connected(), name="ari link")

    async def stop(self) -> None:
        """Close everything and wait for it; calls go on in Asterisk."""
        if self.connected:
            await self.cleaning.drain(STOP_SECONDS)
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
            self._keeper = None
        await self.tasks.cancel()
        await self.cleaning.cancel()
        await self._http.close()
        self._ready.clear()
        self.state = State.STOPPED

    async def let_go(self) -> None:
        """Begin nothing any more, and keep the link until it is taken over: new callers are let in by it."""
        self._leaving = True
        await self.tasks.cancel()
        if self._keeper is not None and not self.connected:
            self._keeper.cancel()

    async def taken_over(self, seconds: float) -> None:
        """After :meth:`let_go`: wait until another process has the application, or the link is gone."""
        if self._keeper is not None:
            await asyncio.wait([self._keeper], timeout=seconds)

    async def ready(self) -> None:
        """Wait until the link is up and reconciled."""
        await self._ready.wait()

    async def request(self, request: wire.Request) -> str:
        """Make a request and return the answer's body; raises a :class:`TelephonyError`.

        An answer over HTTP that does not come while the link is lost was lost with it.
        """
        with self.asking:
            return await self._unless_lost(request, self._send(request))

    async def _unless_lost(self, request: wire.Request, answer: Awaitable[T]) -> T:
        losses, stood = self.losses, self.connected
        try:
            return await answer
        except RequestTimeout as error:
            if self.losses != losses or (stood and not self.connected):
                raise LinkLost(f"the link went down before Asterisk answered {request}") from error
            raise

    async def _send(self, request: wire.Request) -> str:
        if request.may_block:
            return await self._http.request(request)
        if self.abilities.requests is RequestWay.SOCKET:
            return await self._link.request(request)
        return await self._in_lane(request)

    async def _in_lane(self, request: wire.Request) -> str:
        """Make a request over HTTP in its turn; the wait for that is part of the wait for the answer."""
        seconds = self.config.request_seconds
        lanes = self._lanes_of_ends if request.ends else self._lanes
        sent = False
        try:
            async with asyncio.timeout(seconds), lanes:
                sent = True
                return await self._http.request(request)
        except TimeoutError:
            what = "no answer to" if sent else "others have no answer, so there was no turn for"
            raise RequestTimeout(f"{what} {request} in {seconds:g} s") from None

    async def fetch(self, request: wire.Request, seconds: float) -> bytes:
        """As :meth:`insist`, for something large, which must not hold up the socket."""
        return await self._again(lambda: self._unless_lost(request, self._http.fetch(request, seconds)))

    async def insist(self, request: wire.Request) -> str:
        """As :meth:`request`, for what may be carried out twice: again after each loss of the link."""
        return await self._again(lambda: self.request(request))

    async def _again(self, make: Callable[[], Awaitable[T]]) -> T:
        while True:
            await self.ready()
            try:
                return await make()
            except LinkLost:
                # over HTTP the loss can be seen before the socket's is
                await asyncio.sleep(self.config.first_retry_seconds)

    async def done_or_gone(self, request: wire.Request) -> bool:
        """Insist on a delete; whether there was something to delete (404 means it was done before)."""
        try:
            await self.insist(request)
        except RequestFailed as error:
            if error.status != 404:
                raise
            return False
        return True

    def expect(self, channel: str) -> asyncio.Future[None]:
        """A future of the moment at which a channel we are about to make comes into our application."""
        future = self._expected[channel] = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda _: self._expected.pop(channel, None))
        return future

    def entered(self, channel: str) -> bool:
        """A channel came into our application: whether somebody expected it."""
        future = self._expected.get(channel)
        if future is None:
            return False
        if not future.done():
            future.set_result(None)
        return True

    async def happens(self, news: asyncio.Future[None]) -> bool:
        """Wait for what Asterisk is about to tell: as long as for an answer, while the link stands.

        What it told while the link was lost is seen when that is back.
        """
        while not news.done():
            await self.ready()
            losses = self.losses
            await asyncio.wait([news], timeout=self.config.request_seconds)
            if not news.done() and self.losses == losses and self.connected:
                return False
        return True

    def watch(self, channel: str, gone: Callable[[], None]) -> None:
        """Have ``gone`` called, once, when a channel leaves our application or is found to have left."""
        self._watched[channel] = gone

    def unwatch(self, channel: str) -> None:
        """Watch it no longer."""
        self._watched.pop(channel, None)

    def left(self, channel: str) -> None:
        """A channel left our application."""
        gone = self._watched.pop(channel, None)
        if gone is not None:
            gone()

    def compare(self, channels: Collection[str]) -> None:
        """After a loss of the link: these are all the channels that there are."""
        for channel in [one for one in self._watched if one not in channels]:
            self.left(channel)

    async def undo(self, request: wire.Request, name: str) -> None:
        """Delete something that we own, whatever it takes; it is not ours any more then."""
        while True:
            try:
                await self.done_or_gone(request)
            except RequestTimeout:
                continue
            except TelephonyError as error:
                log.warning("%s: %s", request, error)
            self.owned.discard(name)
            return

    def _take(self, event: wire.Event) -> None:
        if isinstance(event, wire.ApplicationReplaced):
            self._replaced = True
            self.tasks.start(self._link.close(), "close the replaced link")
            return
        self._on_event(event)

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                reason = await self._one_connection()
                failures = 0
            except LinkRefused as error:
                self._down(State.REFUSED, str(error))
                await asyncio.sleep(self.config.refused_retry_seconds)
                continue
            except TelephonyError as error:
                reason = str(error)
                failures += 1
            except Exception as error:  # whatever it is, without this task there would never be a link again
                log.exception("a fault of ours in connecting to %s", self.config.url)
                reason = type(error).__name__
                failures += 1
            if self._leaving:
                return
            if self._replaced:
                self._down(State.REPLACED, f"another process took application {self.config.app!r}")
                await self._free()
                self._replaced = False
                continue
            self._down(State.CONNECTING, reason)
            await asyncio.sleep(self._pause(failures))

    async def _free(self) -> None:
        """Wait until Asterisk knows no application of our name: to take it back would drop the other's calls.

        Asterisk keeps an application while it has an open socket, and without one while channels are in it.
        """
        while True:
            await asyncio.sleep(self.config.refused_retry_seconds)
            try:
                await self._http.request(requests.application(self.config.app))
            except RequestFailed as error:
                if error.status == 404:
                    return
            except TelephonyError as error:
                log.info("whether application %s is free cannot be seen: %s", self.config.app, error)

    def _pause(self, failures: int) -> float:
        """Exponential back-off with full jitter above a floor, so that many clients do not come in step."""
        config = self.config
        longest = min(config.longest_retry_seconds, config.first_retry_seconds * 2 ** min(failures, 16))
        return self._chance.uniform(config.first_retry_seconds / 2, longest)

    async def _one_connection(self) -> str:
        """Connect, reconcile, serve; return why it ended."""
        await self._meet()
        await self._link.open()
        self._on_opening()
        reading = asyncio.ensure_future(self._link.read())
        try:
            opening = asyncio.ensure_future(self._open())
            try:
                await asyncio.wait([opening, reading], return_when=asyncio.FIRST_COMPLETED)
                if opening.done():
                    opening.result()
                    self.state = State.UP
                    self._ready.set()
            finally:
                opening.cancel()
                await asyncio.wait([opening])
            return await asyncio.shield(reading)
        finally:
            self._ready.clear()
            await self._link.close()
            await asyncio.wait([reading])

    async def _meet(self) -> None:
        """Ask who Asterisk is: shows a wrong password early and tells which ways to use."""
        body = await self._http.request(requests.info())
        info = wire.read(body, _Info)
        version, startup = info.system.version, info.status.startup_time
        self.restarted |= bool(self._startup) and startup != self._startup
        self._startup = startup
        self.peer = f"Asterisk {version}"
        names = list(AUDIO_MODULES.values())
        running = await asyncio.gather(*map(self._runs, names))
        modules = [name for name, runs in zip(names, running, strict=True) if runs]
        config = self.config
        self.abilities = abilities(version, modules, requests=config.requests, audio=config.audio)

    async def _runs(self, module: str) -> bool:
        try:
            body = await self._http.request(requests.module(module))
        except RequestFailed:
            return False
        return wire.read(body, _Module).status == "Running"

    async def _open(self) -> None:
        try:
            await self.request(requests.filter_events(self.config.app))
        except RequestFailed as error:
            log.info("events cannot be filtered here: %s", error)  # Asterisk before 16.?: more traffic only
        away = 0.0 if self.lost_at is None else max(self.utc() - self.lost_at, 0.0)
        await self._on_open(away, self.peer)
        self.lost_at, self.restarted = None, False
        log.info("connected to %s as %s: %s", self.peer, self.config.app, self.abilities)

    def _down(self, state: State, reason: str) -> None:
        news = self.state is not state or self.lost_at is None
        self.state = state
        self.losses += 1
        if self.lost_at is None:
            self.lost_at = self.utc()
        if news:
            log.warning("not connected to %s: %s", self.config.url, reason)
            self._on_down(reason)

"""A process that is to take over from a running server: all that is slow first, then one question.

Until that is answered the other one has the calls, and does not know of us; whatever fails here leaves it as
it is. After it the journal's lock is what counts: once it is ours, this is a start after a crash, at which
everything has been read already.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from ivrcore.config.hearing import heard_of
from ivrcore.config.plans import site_of
from ivrcore.errors import RequestRefused
from ivrcore.journal.snapshots import Snapshots
from ivrcore.journal.store import is_free
from ivrcore.plugin_manager import load_plugins
from ivrcore.service.ears import load_speech, make_speech
from ivrcore.service.incidents import Incidents
from ivrcore.service.past import past_of
from ivrcore.service.snapshot_maker import Reader
from ivrcore.service.spoken import of_site, speak, texts
from ivrcore.session.clock import UtcClock
from ivrcore.session.prompts import Prompts
from ivrcore.versions import VersionStore, store_path
from ivrcore.versions.opening import open_folder
from ivrcore.web.client import ServerAway

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.config import Config
    from ivrcore.model.event import Event
    from ivrcore.plugin_manager import Plugins
    from ivrcore.service.claim import Claim
    from ivrcore.versions.edition import Edition
    from ivrcore.versions.store import Publication
    from ivrcore.web.client import ApiClient

log = logging.getLogger("ivrcore")

LOOK_SECONDS = 0.002
AGAIN_SECONDS = 1.0
"""Between an answer, or the want of one, and the next time that the other one is asked."""
TELL_EVERY = 15.0
"""Seconds between complaints that the other one does not let go, which takes it
`ivrcore.service.run.STOP_SECONDS` at most."""


class _Looking(VersionStore):
    """The versions as they are: what this process reads is published by nobody yet."""

    def publish(self, changes: Iterable[tuple[Publication, str]]) -> None:
        """Leave it: it is done once the folder is opened to be served."""


class Prepared:
    """What a server is made of that takes long, made before it is needed. Raises what making one raises."""

    def __init__(self, config: Config, reactor: Any) -> None:
        loop = asyncio.get_running_loop()
        self._config = config
        self.clock = UtcClock(reactor, time.time)
        self.plugins = load_site_plugins(config)
        self._record: Any = None
        self.incidents = Incidents(self._recorded, self.clock, loop)
        snapshots = Snapshots(config.journal.path, config.journal.key)
        self.past = past_of(config, self.plugins, Reader(config.journal.path), snapshots)
        self.known: Mapping[str, Edition] = self._read_dialplans()
        """What is in the files of dialplans, as it was read."""
        self.speech = make_speech(config, self.plugins, reactor, loop, self.incidents)
        self.prompts = make_prompts(config, self.plugins, loop)

    def _read_dialplans(self) -> Mapping[str, Edition]:
        config = self._config
        store = _Looking(store_path(config.journal.path))
        site = site_of(config, heard_of(config.speech, self.plugins))
        return open_folder(config.dialplans, site, store, self.clock.now()).assembly.editions

    def catch_up(self) -> None:
        """Read what the journal has got since this was made."""
        self.past.follow(Reader(self._config.journal.path))

    async def load(self) -> None:
        """Load recognisers, and have every prompt spoken; neither fails."""
        loop = asyncio.get_running_loop()
        plans = [one.plan for one in self.known.values()]
        await load_speech(self.speech, plans).asFuture(loop)
        await speak(self.prompts, [*texts(plans), *of_site(self._config)], loop)

    def record_by(self, append: Any) -> None:
        """Have what befalls us journalled from now on."""
        self._record = append

    def stop(self) -> None:
        """Let go of what was made, if it does not come to a server."""
        self.speech.stop()
        self.prompts.stop()

    def _recorded(self, events: Sequence[Event]) -> None:
        if self._record is not None:  # before that it is in the log alone: the journal is another's
            self._record(events)


def load_site_plugins(config: Config) -> Plugins:
    """Load those of a site."""
    return load_plugins(config.plugins.folder, config.plugins.disabled, trace=config.plugins.trace_hooks)


def make_prompts(config: Config, plugins: Plugins, loop: asyncio.AbstractEventLoop) -> Prompts:
    """Make a site's prompts, none of them spoken yet."""
    languages = config.speech.languages
    return Prompts(config.prompts, config.cache, languages, plugins.voice, loop.call_soon_threadsafe)


async def take_over(journal: Path, client: ApiClient, claim: Claim) -> None:
    """Ask the server that writes this journal for everything, and wait until it has let go.

    Raises :class:`RequestRefused` where it says no, or cannot be asked: then it goes on. Once it may have
    heard us only its journal tells: an answer may be lost, and whoever gave up then could leave the calls to
    nobody. So it is asked again until it has let go or says no. Where there is no server, there is nothing
    to wait for.
    """
    if is_free(journal):
        log.warning("no server runs: this is a start like any other")
        return
    loop = asyncio.get_running_loop()
    began = told = loop.time()
    heard, asking = False, _asked(client, claim)
    try:
        while not is_free(journal):
            if asking.done():
                heard = _answered(asking, heard=heard)
                asking = _asked(client, claim, after=AGAIN_SECONDS)
            if loop.time() > told + TELL_EVERY:
                told = loop.time()
                log.warning(
                    "the other server has not let go of its journal in %.0f s: if it hangs, end it",
                    told - began,
                )
            await asyncio.sleep(LOOK_SECONDS)
    finally:
        asking.cancel()


def _asked(client: ApiClient, claim: Claim, after: float = 0.0) -> asyncio.Future[Any]:
    """Ask on a thread: who does not answer must not keep us from seeing that it has let go."""

    async def ask() -> None:
        await asyncio.sleep(after)
        await asyncio.to_thread(client.take_over, os.getpid(), version("ivrcore"), claim.id)

    asking = asyncio.ensure_future(ask())
    asking.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody need look any more
    return asking


def _answered(asking: asyncio.Future[Any], *, heard: bool) -> bool:
    """Give whether the other one may have heard us by now. Raises RequestRefused where it says no."""
    try:
        asking.result()
    except ServerAway as error:
        if not (heard or error.heard):
            raise RequestRefused(
                f"it cannot be asked to hand over: {error.message}", hint=error.hint
            ) from error
        if not heard:
            log.warning("%s; it may have heard all the same, and is asked again", error.message)
    return True

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
from ivrcore.errors import JournalError, RequestRefused
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
from ivrcore.web.client import ApiClient, ServerAway

if TYPE_CHECKING:
    from ivrcore.config import Config
    from ivrcore.model.event import Event
    from ivrcore.plugin_manager import Plugins
    from ivrcore.versions.edition import Edition
    from ivrcore.versions.store import Publication

log = logging.getLogger("ivrcore")

LONGEST = 15.0
"""Seconds until the other one has let go; it needs `ivrcore.service.run.STOP_SECONDS` at most."""
LOOK_SECONDS = 0.002


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
        self.journal_path = config.journal.path
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


def take_over(prepared: Prepared, client: ApiClient) -> None:
    """Ask the running server for everything, and wait until it has let go (blocks: there is nothing to do).

    Raises :class:`RequestRefused` or :class:`JournalError` where it does not: then it goes on. Where there is
    none, there is nothing to wait for.
    """
    prepared.past.follow(Reader(prepared.journal_path))
    try:
        client.take_over(os.getpid(), version("ivrcore"))
    except ServerAway as error:
        if not is_free(prepared.journal_path):
            raise RequestRefused(
                f"it cannot be asked to hand over: {error.message}", hint=error.hint
            ) from error
        log.warning("no server runs: this is a start like any other")
    began = time.monotonic()
    while not is_free(prepared.journal_path):
        if time.monotonic() > began + LONGEST:
            raise JournalError(
                f"the other server has not let go of its journal in {LONGEST:.0f} s",
                hint="see its log; end it, and start this one anew",
            )
        time.sleep(LOOK_SECONDS)

"""The site's configuration under a running server: a new roster takes effect, and other ears.

The rest waits for a restart.

The file is looked at when it is saved, and when somebody asks. It takes effect as a whole or not at all: if
it is broken, or if a dialplan that is served names a queue or a skill that would be gone, what was in force
stays, and that is told in the log, the journal, the metrics and on the status page.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Protocol

from ivrcore.config import CONFIG_FILE, KeepConfig, LanguageSpeech, SpeechConfig, read_site
from ivrcore.config.rules import BROKEN_PLUGIN
from ivrcore.errors import IvrError
from ivrcore.location import Location
from ivrcore.model import events
from ivrcore.problems import Problem
from ivrcore.versions.views import BrokenFile, shown

if TYPE_CHECKING:
    from pathlib import Path

    from ivrcore.config import AeapConfig, Config
    from ivrcore.model.event import Event
    from ivrcore.plugin_manager import Plugins

LOOK_EVERY = 1.0
"""Seconds between looks at the file; it is read once it is the same at two of them."""
NEVER = (-1, 0, 0)
"""The stamp of a file that was not looked at."""
LIVE = ("queues", "queue_voices", "agents", "speech", "aeap", "overload")
"""What takes effect without a restart; of `speech`, all but `voices`, `keys_only` and `threads`.

Of `aeap`, the grammars.
"""
MADE_OF_IT = ("version", "verbs")
"""What is no section of the file."""
MOST_LOGGED = 20

log = logging.getLogger("ivrcore.config")


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a look at the file."""

    version: str
    """What is in force now."""
    changed: bool = False
    """Whether the roster that is in force is another one than before."""
    later: tuple[str, ...] = ()
    """Sections that are not as they were at the start: they take effect with a restart."""
    problems: tuple[Problem, ...] = ()
    """Errors, for which nothing took effect."""


class Site(Protocol):
    """Who has to live with a new roster."""

    async def objections(self, config: Config) -> Sequence[Problem]:
        """Tell why the dialplans that are served could not go on with it."""

    async def prepare(self, config: Config) -> None:
        """Have what its callers and agents hear spoken."""

    def take(self, config: Config) -> None:
        """Let it take effect; raises IvrError before anything changes."""

    def load_again(self, config: Config) -> None:
        """Try again to load what could not be loaded, with a configuration that is in force already."""


class LiveConfig:
    """``config`` is what is in force. On the loop's thread; files are read on others."""

    def __init__(
        self,
        config: Config,
        plugins: Plugins,
        site: Site,
        record: Callable[[Sequence[Event]], None],
        now: Callable[[], float],
    ) -> None:
        self.config = config
        self.read = config
        """What was read last, be it in force or not: its secrets may be in the log of who tries it."""
        self._started_with = config
        self._plugins = plugins
        self._site = site
        self._record = record
        self._now = now
        self._file: Path = config.folder / CONFIG_FILE
        self._seen = NEVER
        self._stopped = False
        self._refused: tuple[Problem, ...] = ()
        self._later: tuple[str, ...] = ()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    # --- from start to stop ---------------------------------------------------------------------

    def start(self) -> None:
        """Look at the file from now on, and whether it changed since it was read: a start may take long."""
        self._task = asyncio.create_task(self._follow())

    def look_again(self) -> None:
        """Look anew at a file that was refused: a dialplan that objected may be mended."""
        if self._refused:
            self._seen = NEVER

    async def stop(self) -> None:
        """Look no more; what is being read does not take effect."""
        self._stopped = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _follow(self) -> None:
        while True:
            try:
                await self._look()
            except Exception:  # nobody waits for this task; the server goes on, and so does the looking
                log.exception("IVR900 looking at the saved configuration failed")

    async def _look(self) -> None:
        await asyncio.sleep(LOOK_EVERY)
        stamp = await asyncio.to_thread(self._stamp)
        if stamp == self._seen:
            return
        await asyncio.sleep(LOOK_EVERY)
        if await asyncio.to_thread(self._stamp) == stamp:  # else it is still being written
            await self.reload("")

    def _stamp(self) -> tuple[int, int, int]:
        try:
            status = self._file.stat()
        except OSError:
            return (0, 0, 0)
        return status.st_mtime_ns, status.st_size, status.st_ino

    # --- one change -----------------------------------------------------------------------------

    async def reload(self, author: str) -> Taken:
        """Read the file, and let it take effect if it can. ``author`` is who wants it ("": who saved it)."""
        async with self._lock:
            self._seen = await asyncio.to_thread(self._stamp)
            read = await asyncio.to_thread(
                read_site, self.config.folder, plugins=self._plugins, in_force=self.config
            )
            self.read = read.config or self.read
            if read.config is None or read.problems.errors:
                return self._refuse(author, read.problems.errors)
            if read.config.version != self.config.version:
                for warning in read.problems.warnings:
                    log.warning("%s", warning)
            return await self._take(read.config, author)

    async def _take(self, read: Config, author: str) -> Taken:
        later = _waiting(self._started_with, read)
        wanted = replace(
            self.config,
            queues=read.queues,
            queue_voices=read.queue_voices,
            agents=read.agents,
            speech=_hearing(self._started_with.speech, self.config.speech, read.speech),
            aeap=_listing(self.config.aeap, read.aeap),
            overload=read.overload,
            version=read.version,
        )
        if not _differences(self.config, wanted, LIVE):
            if self._refused or later != self._later:
                self._tell(wanted, author, later)
            self._refused, self._later, self.config = (), later, wanted
            if author:  # somebody asks, perhaps because a model is there now
                self._site.load_again(wanted)
            return Taken(wanted.version, later=later)
        await self._site.prepare(wanted)  # first: it may take long, and dialplans may be published meanwhile
        if objections := await self._site.objections(wanted):
            return self._refuse(author, objections)
        if self._stopped:
            return Taken(self.config.version)
        try:
            self._site.take(wanted)
        except IvrError as error:
            place = Location(str(self._file), 1)
            return self._refuse(author, [Problem(BROKEN_PLUGIN, place, error.message, error.hint)])
        self._tell(wanted, author, later)
        self.config, self._refused, self._later = wanted, (), later
        return Taken(wanted.version, changed=True, later=later)

    def _tell(self, wanted: Config, author: str, later: tuple[str, ...]) -> None:
        before = self.config.version
        self._record(
            [
                events.RosterChanged(
                    at=self._now(), version=wanted.version, before=before, author=author, later=later
                )
            ]
        )
        whose = author or "its file"
        log.info("configuration: version %s (was %s) takes effect, by %s", wanted.version, before, whose)
        if later:
            log.warning("configuration: %s changed too, and takes effect with a restart", ", ".join(later))

    def _refuse(self, author: str, problems: Sequence[Problem]) -> Taken:
        found = tuple(problems)
        if found != self._refused:
            first = found[0]
            place = f"{first.location.file}:{first.location.line}:{first.location.column}"
            self._record(
                [
                    events.RosterRefused(
                        at=self._now(), author=author, errors=len(found), code=first.code, place=place
                    )
                ]
            )
            told = "\n".join(str(one) for one in found[:MOST_LOGGED])
            log.error("%s does not take effect, what was in force stays:\n%s", self._file, told)
        self._refused = found
        return Taken(self.config.version, problems=found)

    # --- looking --------------------------------------------------------------------------------

    def broken(self) -> tuple[BrokenFile, ...]:
        """Show the file if it does not take effect as it is saved."""
        if not self._refused:
            return ()
        name = str(CONFIG_FILE)
        return (BrokenFile(file=name, serving=self.config.version, problems=shown(self._refused)),)

    def files(self) -> Mapping[str, bool]:
        """Tell whether the file is broken."""
        return {str(CONFIG_FILE): bool(self._refused)}


def _differences(one: Config, other: Config, names: Sequence[str]) -> tuple[str, ...]:
    """Name the parts in which two configurations differ."""
    return tuple(name for name in names if getattr(one, name) != getattr(other, name))


def _waiting(started_with: Config, read: Config) -> tuple[str, ...]:
    """Name the parts that wait for a restart."""
    parts = [part.name for part in fields(read) if part.name not in (*LIVE, *MADE_OF_IT)]
    changed = _differences(started_with, read, parts)
    if _deaf(started_with.speech) != _deaf(read.speech):
        changed = (*changed, "speech")
    return changed if _port(started_with.aeap) == _port(read.aeap) else (*changed, "aeap")


def _listing(now: AeapConfig | None, read: AeapConfig | None) -> AeapConfig | None:
    """Give what is in force with the grammars that were read."""
    return now if now is None or read is None else replace(now, grammars=read.grammars)


def _port(aeap: AeapConfig | None) -> AeapConfig | None:
    """Give what waits for a restart."""
    return None if aeap is None else replace(aeap, grammars={})


def _hearing(started_with: SpeechConfig, now: SpeechConfig, read: SpeechConfig) -> SpeechConfig:
    """Give what is in force with the recognisers, bounds and times that were read."""
    unknown = LanguageSpeech()
    return replace(
        read,
        threads=now.threads,
        keep=_keeping(started_with.keep, now.keep, read.keep),
        languages={
            tag: replace(
                now.languages.get(tag, unknown), recognisers=read.languages.get(tag, unknown).recognisers
            )
            for tag in {**now.languages, **{tag: 1 for tag, one in read.languages.items() if one.recognisers}}
        },
    )


def _keeping(
    started_with: KeepConfig | None, now: KeepConfig | None, read: KeepConfig | None
) -> KeepConfig | None:
    """Give what is kept from now on: what is to end ends at once, another key or folder waits."""
    return read if read is None or _of_start(started_with) == _of_start(read) else now


def _of_start(keep: KeepConfig | None) -> KeepConfig | None:
    """Give it without what may change."""
    return None if keep is None else KeepConfig("", keep.key, keep.folder)


def _deaf(speech: SpeechConfig) -> SpeechConfig:
    """Give what waits for a restart: without languages that had nothing but recognisers."""
    without = {tag: replace(each, recognisers=()) for tag, each in speech.languages.items()}
    kept = {tag: each for tag, each in without.items() if each != LanguageSpeech()}
    return SpeechConfig(languages=kept, threads=speech.threads, keep=_of_start(speech.keep))

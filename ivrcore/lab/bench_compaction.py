"""The benchmark's compaction: what it makes of a journal, and what the server's commits notice of it.

The journal is made as for `bench_start`. A server's journal is written meanwhile, three events at a time,
each of which somebody waits for.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from ivrcore.config.load import load_config
from ivrcore.journal.compaction import sizes
from ivrcore.journal.local import LocalJournal, last_seq, read_records
from ivrcore.journal.of_contact import read_contact
from ivrcore.journal.snapshots import Snapshots
from ivrcore.lab import made_day
from ivrcore.lab.bench_figures import Table, milliseconds, percentile
from ivrcore.lab.bench_start import make_journal
from ivrcore.lab.bootstrap import CACHE
from ivrcore.model import events
from ivrcore.plugin_manager import load_plugins
from ivrcore.samples import init_site
from ivrcore.service.packing import Packing, asked_of
from ivrcore.service.past import Past
from ivrcore.service.snapshot_maker import Making, Reader
from ivrcore.service.snapshot_maker import asked_of as snapshot_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivrcore.config import Config

CONTACTS, QUICK = 100_000, 20_000
KEPT = CACHE / "bench-compaction"
"""Where the journals stay for the next run."""
ALONE = 10.0
"""Seconds for which commits are measured alone."""
BETWEEN = 0.01
"""Seconds from one commit to the next."""
STARTS = 5
MEGA = 1e6


def compaction(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure a compaction of a made journal beside the commits of a server."""
    contacts = QUICK if quick else CONTACTS
    made = KEPT / str(contacts)
    if not made.exists():
        _make(made, contacts, say)
    with TemporaryDirectory(prefix="ivrcore-bench-") as folder:
        site = Path(folder) / "site"
        shutil.copytree(made, site)
        return _measured(_config(site), contacts, say)


def _make(site: Path, contacts: int, say: Callable[[str], None]) -> None:
    """Make a site with a journal and its snapshot: minutes."""
    draft = site.with_name(f"{site.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    init_site(draft)
    config = _config(draft)
    make_journal(config.journal.path, contacts, say)
    Making(snapshot_of(config)).wait()
    draft.rename(site)
    say("compaction: the journal and its snapshot are made")


def _config(site: Path) -> Config:
    config = load_config(site, os.environ)
    return replace(config, journal=replace(config.journal, pack_after=0.0))


def _measured(config: Config, contacts: int, say: Callable[[str], None]) -> Table:
    path = config.journal.path
    before, start = sizes(path), _start(config)
    story = _took(lambda: read_contact(path, _some_contact(path)))
    alone, beside, took = asyncio.run(_commits(config))
    say(f"compaction: done in {took:.0f} s")
    after = sizes(path)
    Making(snapshot_of(config)).wait()
    rows = [
        ["the file before, MB", _mb(before.file), "its log included"],
        [f"{after.packed:,} of {last_seq(path):,} records packed, MB", _mb(after.blocks), ""],
        ["the file after, MB", _mb(after.file), f"{_mb(after.free)} of it free for new records"],
        ["time taken, s", f"{took:.0f}", f"{took / after.packed * 1e6:.0f} s for a million records"],
        _row("commits alone", alone),
        _row("commits while it is compacted", beside),
        [
            "the past read for a start, ms",
            milliseconds(_start(config)),
            f"{milliseconds(start)} before",
        ],
        [
            "`read_contact` of one contact, ms",
            milliseconds(_took(lambda: read_contact(path, _some_contact(path)))),
            f"{milliseconds(story)} before",
        ],
    ]
    return Table(
        f"Compaction of a journal with {contacts:,} contacts",
        ("what", "measured", ""),
        rows,
        (
            "a day of `ivrcore.lab.made_day`, copied; beside it a journal's commits of three events, each "
            f"{BETWEEN * 1000:.0f} ms after the last: median, 99th percentile and longest",
        ),
    )


def _mb(size: int) -> str:
    return f"{size / MEGA:,.1f}"


def _row(what: str, commits: Sequence[float]) -> list[str]:
    spread = (percentile(commits, share) for share in (0.5, 0.99, 1.0))
    return [f"{what}, ms", " / ".join(map(milliseconds, spread)), f"{len(commits):,} of them"]


def _took(what: Callable[[], object]) -> float:
    taken = []
    for _ in range(STARTS):
        began = time.perf_counter()
        what()
        taken.append(time.perf_counter() - began)
    return percentile(taken, 0.5)


def _start(config: Config) -> float:
    """Give how long the past is read for a start, from the newest snapshot on."""
    path = config.journal.path
    plugins = load_plugins().routing()
    files = Snapshots(path, config.journal.key)
    return _took(lambda: Past(Reader(path), plugins, lambda: 0.5, config.wallboard.zone, files))


def _some_contact(path: Path) -> str:
    """Give a contact of the first day."""
    found: Iterator[str] = (getattr(record.event, "contact", "") for record in read_records(path, 5000))
    return next(filter(None, found))


async def _commits(config: Config) -> tuple[list[float], list[float], float]:
    """Give how long commits took alone, and beside a compaction, and how long that took (seconds)."""
    loop = asyncio.get_running_loop()
    journal = LocalJournal(config.journal.path, loop)
    alone = await _commit(journal, loop.run_in_executor(None, time.sleep, ALONE))
    began = time.monotonic()
    packing = Packing(asked_of(config))
    beside = await _commit(journal, loop.run_in_executor(None, packing.wait))
    took = time.monotonic() - began
    journal.close()
    return alone, beside, took


async def _commit(journal: LocalJournal, until: asyncio.Future[None]) -> list[float]:
    """Commit until that is over; give how long each took (seconds)."""
    taken: list[float] = []
    pressed = events.NoInput(at=made_day.EPOCH, contact="c", menu="main", turn=1, count=1)
    while not until.done():
        durable = asyncio.get_running_loop().create_future()
        began = time.monotonic()
        journal.append([pressed] * 3, partial(durable.set_result, None))
        await durable
        taken.append(time.monotonic() - began)
        await asyncio.sleep(BETWEEN)
    await until
    return taken

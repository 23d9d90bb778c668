"""The benchmark's start: how long a server takes that was killed, with a long journal behind it.

The journal is made: a day of `made_day`, decided by the real router, copied with the digits of its times and
contacts moved. Then real servers start with it, and are killed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from urllib.error import URLError

from ivrcore.config import CONFIG_FILE
from ivrcore.config.load import load_config
from ivrcore.journal.local import last_seq
from ivrcore.journal.record import Record
from ivrcore.journal.snapshots import Snapshots
from ivrcore.journal.store import PART, Store
from ivrcore.journal.stored import row_of
from ivrcore.lab import audio, made_day
from ivrcore.lab.bench_agi_servers import SECRET
from ivrcore.lab.bench_agi_whole import PLAN, SOUNDS
from ivrcore.lab.bench_figures import Table
from ivrcore.lab.bench_lab import memory
from ivrcore.lab.bootstrap import CACHE
from ivrcore.lab.hotline import replaced
from ivrcore.lab.leash import as_installed
from ivrcore.lab.loopback import LOOPBACK
from ivrcore.lab.packages import LabError
from ivrcore.lab.ports import free_port
from ivrcore.plugin_manager import load_plugins
from ivrcore.samples import init_site
from ivrcore.service.past import Past
from ivrcore.service.snapshot_maker import Making, Reader, asked_of
from ivrcore.service.snapshots import RECORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ivrcore.model.event import Event

A_DAY = 10_000
"""Contacts of the day that is copied."""
CONTACTS = 1_000_000
QUICK = 20_000
LIMIT = 2.0
"""Seconds within which the server is to be ready."""
FOLDED = 10
"""Days that the first snapshot is of: what is kept by time is kept for eight."""
STARTS, QUICK_STARTS = 5, 2
SERVED = 0.8
READY_SECONDS = 120.0
MEGA = 1e6

COPY = """
INSERT INTO event SELECT seq, at, name, version, data, NULL FROM (
    SELECT seq + :first AS seq, at + :later AS at, name, version,
           CAST(replace(CAST(data AS TEXT), :digits, :others) AS BLOB) AS data FROM day)
"""
PLACES = """
CREATE TEMP TABLE whose AS SELECT json_extract(CAST(data AS TEXT), '$.contact') AS contact, seq FROM day
"""
COPY_PLACES = """
INSERT OR IGNORE INTO place SELECT replace(contact, :digits, :others), (seq + :first) / :part
FROM whose WHERE contact IS NOT NULL AND seq IN (SELECT seq FROM day)
"""
KEPT = CACHE / "bench-start"
"""Where the journals stay for the next run: gigabytes."""


def starts(*, quick: bool, say: Callable[[str], None]) -> Table:
    """Measure starts after a kill, and what is on the disk."""
    contacts = QUICK if quick else CONTACTS
    kept = KEPT / str(contacts)
    site = _Site(kept / "site")
    if not (kept / "made").is_file():
        began = time.monotonic()
        records = make_journal(site.journal, contacts, say)
        took = time.monotonic() - began
        say(f"start: {contacts:,} contacts in {records:,} records made in {took:.0f} s")
        (kept / "made").touch()
    fold(site, contacts, say)  # each time: another release may fold otherwise
    runs = QUICK_STARTS if quick else STARTS
    with TemporaryDirectory(prefix="ivrcore-bench-") as folder:
        bare = _Site(Path(folder) / "site")
        few = _median([bare.start()[0] for _ in range(runs)])
    taken = [site.start() for _ in range(runs)]
    seconds = sorted(took for took, _ in taken)
    behind = last_seq(site.journal) - site.snapshot_seq()
    again = site.make_snapshot()
    return Table(
        f"Start with {contacts:,} contacts in the journal",
        ("what", "measured", f"limit {LIMIT:g} s"),
        [
            ["records", f"{last_seq(site.journal):,}", ""],
            ["journal, MB", f"{site.journal.stat().st_size / MEGA:,.0f}", ""],
            ["snapshot, MB", f"{site.snapshot_size() / MEGA:.2f}", ""],
            ["a start of an empty site, process to ready, median s", f"{few:.2f}", ""],
            [
                f"a start after a kill, {behind:,} records behind a snapshot, median s",
                f"{_median(seconds):.2f}",
                _verdict(_median(seconds)),
            ],
            [f"the longest of {runs}, s", f"{seconds[-1]:.2f}", _verdict(seconds[-1])],
            ["resident MB then", f"{max(size for _, size in taken) / MEGA:.0f}", ""],
            ["making the next snapshot beside it, s", f"{again:.1f}", ""],
        ],
        (
            f"the journal: a day of {A_DAY:,} contacts, four of five served by the menu, the others queued "
            "and talked to (decided by the real router), copied with other ids and times; first snapshot: a "
            f"fold of the last {FOLDED} days; the server: `ivrcore serve` for FastAGI, killed by SIGKILL",
        ),
    )


class _LastDays(Reader):
    """A journal from the first record of a day on, without its last `RECORDS` records."""

    def __init__(self, path: Path, first: int) -> None:
        super().__init__(path)
        self._before, self._end = first - 1, last_seq(path) - RECORDS

    def read(self, after: int = 0) -> Iterator[Record]:
        """See :meth:`ivrcore.journal.record.Journal.read`."""
        found = super().read(max(after, self._before))
        return takewhile(lambda record: record.seq <= self._end, found)


def fold(site: _Site, contacts: int, say: Callable[[str], None]) -> None:
    """Make the only snapshot: half a minute for a million contacts."""
    began = time.monotonic()
    config = site.config
    snapshots = Snapshots(site.journal, config.journal.key)
    shutil.rmtree(snapshots.folder, ignore_errors=True)
    first = 1 + max(0, contacts // A_DAY - FOLDED) * len(_a_day(contacts))
    plugins = load_plugins(config.plugins.folder, config.plugins.disabled).routing()
    past = Past(_LastDays(site.journal, first), plugins, lambda: 0.5, config.wallboard.zone)
    past.save(snapshots)
    say(f"start: {past.seq - first + 1:,} records folded in {time.monotonic() - began:.0f} s")


def _a_day(contacts: int) -> list[Event]:
    return made_day.day(min(A_DAY, contacts), served=SERVED)


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]


def _verdict(seconds: float) -> str:
    return "kept" if seconds <= LIMIT else "**over**"


def make_journal(path: Path, contacts: int, say: Callable[[str], None]) -> int:
    """Write a journal with so many contacts, in place of what is there; give the number of its records.

    The last copy of the day ends in its middle, with calls in progress.
    """
    for file in path.parent.glob(f"{path.name}*"):
        shutil.rmtree(file) if file.is_dir() else file.unlink()
    Store(path).close()
    day = _a_day(contacts)
    copies = max(1, contacts // A_DAY)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-200000")
        connection.execute("CREATE TEMP TABLE day AS SELECT * FROM event LIMIT 0")
        rows = [row_of(Record(n, event)) for n, event in enumerate(day, 1)]
        connection.executemany("INSERT INTO day VALUES (?, ?, ?, ?, ?, ?)", rows)
        connection.execute(PLACES)
        for copy in range(copies):
            if copy == copies - 1 and copies > 1:
                connection.execute("DELETE FROM day WHERE seq > ?", (len(day) // 2,))
            values: dict[str, float | str] = {
                "first": copy * len(day),
                "later": copy * made_day.DAY,
                "digits": made_day.DIGITS,
            }
            values["others"] = str(int(made_day.DIGITS) + copy)
            connection.execute(COPY, values)
            connection.execute(COPY_PLACES, {**values, "part": PART})
            if not copy % 10:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                say(f"start: {copy + 1} of {copies} days are in the journal")
        last: int = connection.execute("SELECT max(seq) FROM event").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return last


class _Site:
    """A site of its own, whose server answers AGI."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._web = free_port()
        if not folder.exists():
            init_site(folder)
        secret = folder / "secrets/agi"
        secret.touch(mode=0o600)
        secret.write_text(SECRET)
        parts = {
            "asterisk": "{ari: no}",
            "fastagi": f"{{port: {free_port()}, secret_file: secrets/agi, numbers: [welcome]}}",
            "web": f"{{host: 127.0.0.1, port: {self._web}, token_file: secrets/api.token}}",
            "speech": "{languages: {en: {recognisers: [], voices: []}}}",
            "queues": "{}",
            "agents": "{}",
        }
        config = folder / CONFIG_FILE
        config.write_text(replaced(config.read_text(), parts))
        shutil.rmtree(folder / "dialplans")
        (folder / "dialplans").mkdir()
        (folder / "dialplans/bench.yaml").write_text(PLAN)
        for sound in SOUNDS:
            audio.write_wav(folder / f"prompts/{sound}.wav", audio.tone(440.0, 0.5))
        self.config = load_config(folder, os.environ)
        self.journal = self.config.journal.path

    def start(self) -> tuple[float, int]:
        """Start a server, wait until it is ready, kill it; give the seconds and its resident bytes."""
        with self._running() as process:
            began = time.monotonic()
            while not self._ready():
                if process.poll() is not None or time.monotonic() > began + READY_SECONDS:
                    raise LabError(f"the server did not start: {self._log.read_text()[-2000:]}")
                time.sleep(0.005)
            return time.monotonic() - began, memory(process.pid)

    @property
    def _log(self) -> Path:
        return self._folder / "server.log"

    @contextmanager
    def _running(self) -> Iterator[subprocess.Popen[bytes]]:
        with self._log.open("w") as log:
            command = [sys.executable, "-m", "ivrcore", "serve", str(self._folder)]
            with subprocess.Popen(command, stdout=log, stderr=log, env=as_installed()) as process:
                try:
                    yield process
                finally:
                    process.send_signal(signal.SIGKILL)

    def _ready(self) -> bool:
        try:
            with LOOPBACK.open(f"http://127.0.0.1:{self._web}/readyz", timeout=5.0):
                return True
        except (URLError, OSError):
            return False

    def make_snapshot(self) -> float:
        """Have one made as a server does; give the seconds."""
        began = time.monotonic()
        Making(asked_of(self.config)).wait()
        return time.monotonic() - began

    def snapshot_seq(self) -> int:
        """Give the record after which the newest is."""
        files = Snapshots(self.journal, self.config.journal.key)
        return files.read(files.newest_first()[0]).seq

    def snapshot_size(self) -> int:
        """Give the bytes of the newest."""
        files = Snapshots(self.journal, self.config.journal.key)
        return files.size(files.newest_first()[0])

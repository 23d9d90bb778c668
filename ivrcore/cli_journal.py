"""``ivrcore journal``: look after the file that all that happens is written in."""

from __future__ import annotations

import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ivrcore.cli_snapshot import snapshot
from ivrcore.durations import DAY
from ivrcore.errors import JournalError, RequestRefused

if TYPE_CHECKING:
    from ivrcore.config import Config

SITE = click.argument(
    "site", type=click.Path(path_type=Path, file_okay=False, exists=True), envvar="IVRCORE_SITE", default="."
)
TELL_EVERY = 5.0
"""Seconds between words on how far it is."""
MEGA = 1e6


@click.group("journal")
def journal() -> None:
    """Look after the journal of a site."""


@journal.command()
@SITE
def status(site: Path) -> None:
    """Tell how long and how large SITE's journal is, and how much of it is packed."""
    _tell(_config(site).journal.path)


@journal.command()
@SITE
@click.option("--dry-run", is_flag=True, help="Only tell how many records would be packed.")
@click.option(
    "--anew",
    is_flag=True,
    help="Then write the file anew, without free space. Not while a server runs.",
)
def compact(site: Path, dry_run: bool, anew: bool) -> None:
    """Pack what is older than `journal: pack_after`, as a server does by itself every hour.

    A server may run meanwhile; it takes a minute for some million records, most of it rests. Nothing is
    lost: packed records are read as others are. What is newer than the oldest snapshot, or not in the history
    yet, is left for the next time.
    """
    from ivrcore.journal import compaction
    from ivrcore.service.packing import allowed, asked_of, compact

    config = _config(site)
    path, asked = config.journal.path, asked_of(config)
    if dry_run:
        count = max(0, allowed(asked, time.time()) - compaction.packed_to(path))
        click.echo(f"{count:,} records would be packed")
        _tell(path)
        return
    told = time.monotonic()

    def tell(last: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            click.echo(f"packed up to record {last:,}", err=True)

    compact(asked, time.time(), tell=tell)
    if anew:
        compaction.write_anew(path)
    _tell(path)


@journal.command()
@SITE
@click.option(
    "--now-is-right",
    is_flag=True,
    help="Remove them though the machine's clock is days ahead of the journal, as where the site was off.",
)
def forget(site: Path, now_is_right: bool) -> None:
    """Remove personal values of contacts that closed longer ago than `journal: forget_after`.

    As a server does by itself every day; it may run meanwhile. What the journal tells of the contacts stays.
    Refused where the machine's clock is days ahead of the journal: what is removed does not come back.
    """
    from ivrcore.service.forgetting import asked_of, forgotten

    config = _config(site)
    if math.isinf(config.journal.forget_after):
        raise RequestRefused(
            "personal values are kept without a limit of time",
            hint="say in the configuration for how long: `journal: {forget_after: 90d}`",
        )
    done = forgotten(asked_of(config, time.time(), sure=now_is_right))
    if done.ahead:
        raise RequestRefused(
            f"the machine's clock is {done.ahead / DAY:.0f} days ahead of the journal",
            hint="see that the clock is right and say so, `--now-is-right`: what goes does not come back",
        )
    click.echo(f"the personal values of {done.removed:,} subjects were removed")


@journal.command()
@SITE
def check(site: Path) -> None:
    """Read all of SITE's journal and tell what is damaged or missing; exit code 1 where anything is."""
    from ivrcore.journal.checking import check as checked

    found = 0
    for wrong in checked(_config(site).journal.path, _progress):
        found += 1
        click.echo(wrong)
    if found:
        click.echo("a disk or a copy damaged the file: restore a copy", err=True)
        sys.exit(1)
    click.echo("nothing is damaged or missing")


def _progress(read: int) -> None:
    click.echo(f"{read:,} records read", err=True)


def _config(site: Path) -> Config:
    from ivrcore.config import load_config

    config = load_config(site.resolve())
    try:
        there = config.journal.path.is_file()
    except OSError as error:
        raise JournalError(
            f"the journal {config.journal.path} cannot be read: {error}",
            hint="see that this user may open the file and its folder",
        ) from error
    if not there:
        raise RequestRefused(
            f"there is no journal {config.journal.path}", hint="a server that ran once has one"
        )
    return config


def _tell(path: Path) -> None:
    from ivrcore.journal.compaction import sizes
    from ivrcore.journal.local import last_seq

    now, last = sizes(path), last_seq(path)
    click.echo(f"journal: {path}")
    click.echo(f"records: {last:,}, of these packed: {now.packed:,} in {now.blocks / MEGA:,.1f} MB")
    click.echo(f"on the disk: {now.file / MEGA:,.1f} MB, of these free: {now.free / MEGA:,.1f} MB")


journal.add_command(snapshot)

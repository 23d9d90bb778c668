"""``ivrcore journal snapshot``: what this release makes of a journal, made before its first start has to.

The server makes snapshots by itself. Only a release that folds the journal another way has none: its first
start would read the whole journal, minutes for millions of contacts. This makes one while the release of
before still serves.
"""

from __future__ import annotations

from pathlib import Path

import click

from ivrcore.errors import RequestRefused


@click.command()
@click.argument(
    "site", type=click.Path(path_type=Path, file_okay=False, exists=True), envvar="IVRCORE_SITE", default="."
)
def snapshot(site: Path) -> None:
    """Make a snapshot of SITE's journal, so that this release's next start reads only what comes after it.

    A server may run meanwhile, also one of another release: run it with the new release before you start
    that, and once more just before, which takes moments. It has the lowest priority.
    """
    from ivrcore.config import load_config
    from ivrcore.journal.local import last_seq
    from ivrcore.service.snapshot_maker import Making, asked_of

    config = load_config(site.resolve())
    journal = config.journal
    if not journal.path.is_file():
        raise RequestRefused(f"there is no journal {journal.path}", hint="a server that ran once has one")
    seq = Making(asked_of(config)).wait()
    if not seq:
        click.echo("the journal has no record yet: a start reads nothing")
        return
    since = last_seq(journal.path) - seq
    click.echo(f"a snapshot holds {seq:,} records; a start of this release reads {since:,}")

"""``ivrcore explain``: why a contact was offered to whom, rebuilt from the journal."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from ivrcore.cli_agents import asking, client
from ivrcore.config import read_site
from ivrcore.errors import ConfigError
from ivrcore.explaining.model import Explanation
from ivrcore.explaining.text import as_text
from ivrcore.why import explained

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("explain")
@click.argument("contact")
@asking
@click.option("--journal", type=FILE, help="A journal, instead of a site's.")
@click.option("--plugins", type=FOLDER, help="With --journal: the folder of the site's own plugins.")
@click.option("--without", multiple=True, help="With --journal: a plugin that is disabled.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--all", "everything", is_flag=True, help="Every agent, however many.")
def explain_command(
    contact: str,
    site: Path | None,
    url: str | None,
    journal: Path | None,
    plugins: Path | None,
    without: tuple[str, ...],
    form: str,
    everything: bool,
) -> None:
    """Tell every decision of routing about CONTACT: why this agent, why this contact before the others.

    The site's journal is read as it is, whether or not its server runs; with --url a server is asked.
    """
    if url is not None:
        found = msgspec.convert(client(site, url).explanation(contact), Explanation)
    elif journal is not None:
        found = explained(contact, journal, plugins, without, _told)
    else:
        config = read_site((site or Path()).resolve()).config
        if config is None:
            raise ConfigError(f"there is no configuration in {site or Path()}", hint="name it with --site")
        site_plugins = config.plugins
        found = explained(contact, config.journal.path, site_plugins.folder, site_plugins.disabled, _told)
    if form == "json":
        click.echo(msgspec.json.format(msgspec.json.encode(found), indent=2).decode())
    else:
        click.echo(as_text(found, everything=everything))


def _told(read: int) -> None:
    """Say how far the whole journal is read: that may take minutes."""
    click.echo(f"reading the whole journal: {read:,} events of routing so far", err=True)

"""``ivrcore supervisor``: who may use the emergency switch by phone. Works on the site's file alone."""

from __future__ import annotations

from pathlib import Path

import click

from ivrcore.answerers import supervisors
from ivrcore.config import read_site
from ivrcore.errors import ConfigError
from ivrcore.pins import pin_hash

SITE = click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="IVRCORE_SITE",
    default=Path(),
    help="The site. [default: .]",
)


@click.group()
def supervisor() -> None:
    """Add or remove supervisors, who are known by a PIN. A running server knows it at once."""


@supervisor.command("list")
@SITE
def show(site: Path) -> None:
    """List the supervisors."""
    for name in supervisors.read_supervisors(_file(site)):
        click.echo(name)


@supervisor.command()
@click.argument("name")
@SITE
def add(name: str, site: Path) -> None:
    """Add NAME, or change the PIN; it is asked for."""
    file = _file(site)
    pin = click.prompt("PIN", hide_input=True, confirmation_prompt=True)
    supervisors.set_pin(file, name, pin)
    click.echo(f"{name} is a supervisor")


@supervisor.command()
@click.argument("name")
@SITE
def remove(name: str, site: Path) -> None:
    """Remove NAME."""
    supervisors.remove(_file(site), name)
    click.echo(f"{name} is no supervisor any more")


@supervisor.command("hash")
def show_hash() -> None:
    """Print the hash of a PIN, which is asked for: for the `pin` column of a lookup's table."""
    click.echo(pin_hash(click.prompt("PIN", hide_input=True, confirmation_prompt=True)))


def _file(site: Path) -> Path:
    config = read_site(site.resolve()).config
    if config is None:
        raise ConfigError(f"there is no configuration in {site}", hint="name the site with --site DIR")
    return config.supervisors.file

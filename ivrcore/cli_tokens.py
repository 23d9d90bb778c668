"""``ivrcore token``: who may use the API, and as what. Works on the site's file alone."""

from __future__ import annotations

from pathlib import Path

import click

from ivrcore import tokens
from ivrcore.config import read_site
from ivrcore.errors import ConfigError
from ivrcore.tokens import MEANINGS, Role

SITE = click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="IVRCORE_SITE",
    default=Path(),
    help="The site. [default: .]",
)


ROLES = "\n\n".join(f"{role}: {meaning}." for role, meaning in MEANINGS.items())


@click.group(epilog=f"Roles; each may also do what those before it may.\n\n{ROLES}")
def token() -> None:
    """Give people and programs tokens of their own, with a role. A running server knows it within seconds."""


@token.command("list")
@SITE
def show(site: Path) -> None:
    """List names and roles; tokens themselves are not kept."""
    for one in tokens.read_tokens(_file(site)):
        click.echo(f"{one.name}  {one.role}")


@token.command()
@click.argument("name")
@click.option("--role", type=click.Choice([str(role) for role in Role]), required=True)
@SITE
def add(name: str, role: str, site: Path) -> None:
    """Make a token for NAME, in place of an earlier one, and print it: it can be seen this once."""
    click.echo(tokens.add_token(_file(site), name, Role(role)))


@token.command()
@click.argument("name")
@SITE
def remove(name: str, site: Path) -> None:
    """Make the token of NAME invalid."""
    tokens.remove_token(_file(site), name)
    click.echo(f"the token of {name} is invalid")


def _file(site: Path) -> Path:
    config = read_site(site.resolve()).config
    if config is None:
        raise ConfigError(f"there is no configuration in {site}", hint="name the site with --site DIR")
    return config.web.tokens

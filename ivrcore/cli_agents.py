"""``ivrcore agent``: ask a running server about its agents, or tell it of one, over its HTTP API."""

from __future__ import annotations

import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivrcore.config import CONFIG_FILE, Config, read_site
from ivrcore.errors import ConfigError
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction

if TYPE_CHECKING:
    from collections.abc import Callable

Command = TypeVar("Command", bound="Callable[..., None]")


def asking(command: Command) -> Command:
    """Add the options that say which server is asked."""
    folder = click.Path(path_type=Path, file_okay=False)
    options = (
        click.option("--site", type=folder, envvar="IVRCORE_SITE", help="The server's site. [default: .]"),
        click.option("--url", envvar="IVRCORE_URL", help="The server's address, instead of a site's."),
    )
    for option in options:
        command = option(command)
    return command


@click.group()
def agent() -> None:
    """Ask the running server about its agents, or tell it of one.

    The server's address and token are read from its site's configuration; else give --url (or the variable
    IVRCORE_URL), and the token in the variable IVRCORE_TOKEN, or in a file that only you can read, named by
    IVRCORE_TOKEN_FILE.
    """


@agent.command("list")
@asking
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def show(site: Path | None, url: str | None, form: str) -> None:
    """List the agents and what each is doing."""
    agents = client(site, url).agents()
    click.echo(json.dumps(agents, indent=2, ensure_ascii=False) if form == "json" else _as_text(agents))


@agent.command()
@click.argument("name")
@asking
def ready(name: str, site: Path | None, url: str | None) -> None:
    """NAME takes contacts from now on."""
    _tell(client(site, url), name, AgentAction.READY)


@agent.command()
@click.argument("name")
@click.option("--reason", default="", help="Shown to others, such as lunch.")
@asking
def pause(name: str, reason: str, site: Path | None, url: str | None) -> None:
    """NAME takes no contacts; in the middle of one, as soon as it is over."""
    _tell(client(site, url), name, AgentAction.PAUSE, reason)


@agent.command()
@click.argument("name")
@asking
def logout(name: str, site: Path | None, url: str | None) -> None:
    """NAME goes home; in the middle of a contact, as soon as it is over."""
    _tell(client(site, url), name, AgentAction.LOGOUT)


@agent.command()
@click.argument("name")
@click.argument("contact", default="")
@asking
def take(name: str, contact: str, site: Path | None, url: str | None) -> None:
    """NAME takes CONTACT, or the one who waits first; the phone rings."""
    _tell(client(site, url), name, AgentAction.TAKE, contact)


@agent.command("wrap-up")
@click.argument("name")
@click.argument("seconds", type=float)
@asking
def wrap_up(name: str, seconds: float, site: Path | None, url: str | None) -> None:
    """NAME, who is in wrap-up, needs SECONDS from now."""
    _tell(client(site, url), name, AgentAction.WRAP_UP, str(seconds))


def _tell(server: ApiClient, name: str, action: AgentAction, word: str = "") -> None:
    state = server.set_agent(name, action, word).get("state", "unknown")
    click.echo(f"{name} is {state.replace('_', ' ')}")


def _as_text(agents: list[dict[str, Any]]) -> str:
    rows = [("agent", "state", "for", "contacts", "queues")]
    for one in agents:
        reason = f" ({one['reason']})" if one["reason"] else ""
        state = one["state"].replace("_", " ") + reason
        since = one["seconds_in_state"]
        seconds = "-" if since is None else f"{since:.0f} s"
        rows.append((one["name"], state, seconds, str(one["contacts"]), ", ".join(one["queues"])))
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in rows]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def client(site: Path | None, url: str | None) -> ApiClient:
    """Make the client; raise :class:`ConfigError` where address or token cannot be had."""
    token = _own_token()
    if url and token:
        return ApiClient(url, token)
    config = _configuration(site or Path())
    return ApiClient(url or _address(config), token or config.web.token)


def _own_token() -> str:
    """Give the token that the environment holds or names a file of; "" for none."""
    from ivrcore.config.secret import environment

    token, file = environment().get("IVRCORE_TOKEN", ""), environment().get("IVRCORE_TOKEN_FILE", "")
    if token or not file:
        return token
    path = Path(file)
    try:
        mode, text = path.stat().st_mode, path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the file {path} of IVRCORE_TOKEN_FILE cannot be read") from error
    if mode & 0o077:
        raise ConfigError(f"other users may read {path}, which has your token", hint=f"chmod 600 {path}")
    return text.strip()


def _configuration(folder: Path) -> Config:
    """Read what is needed of a site; its other problems are no matter here."""
    if not (folder / CONFIG_FILE).is_file():
        raise ConfigError(
            f"there is no {CONFIG_FILE} in {folder.resolve()}",
            hint="name the server's site with --site DIR, or give --url and the variable IVRCORE_TOKEN (or "
            "IVRCORE_TOKEN_FILE)",
        )
    reading = read_site(folder)
    if reading.config is None or not reading.config.web.token:
        reading.problems.raise_errors()
        raise ConfigError(f"the configuration in {folder} gives no token")
    return reading.config


def _address(config: Config) -> str:
    """Give the URL at which this machine reaches the configured address."""
    host = config.web.host
    if host != "localhost":
        address = ipaddress.ip_address(host)
        if address.is_unspecified:
            host = "127.0.0.1" if address.version == 4 else "::1"
    return f"http://[{host}]:{config.web.port}" if ":" in host else f"http://{host}:{config.web.port}"

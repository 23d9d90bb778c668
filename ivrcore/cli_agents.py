"""``ivrcore agent``: ask a running server about its agents, or tell it of one, over its HTTP API."""

from __future__ import annotations

import getpass
import ipaddress
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ivrcore.answerers.agent_pins import remove_pin, set_pin
from ivrcore.config import CONFIG_FILE, Config, read_site
from ivrcore.errors import ConfigError
from ivrcore.problems import did_you_mean
from ivrcore.web.client import ApiClient
from ivrcore.web.view import AgentAction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

HEADS = ("agent", "state", "for", "phone", "in hand", "missed", "contacts", "queues")

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


def authored(command: Command) -> Command:
    """Add the option that says who wants a change."""
    told = "Who wants it; kept with the change. [default: your user name]"
    return click.option("--author", default=getpass.getuser, help=told)(command)


def listed(command: Command) -> Command:
    """Add the options that say how a list is written."""
    form = click.option(
        "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
    )
    return form(click.option("--json", "form", flag_value="json", help="The same as --format json.")(command))


@click.group()
def agent() -> None:
    """Ask the running server about its agents, or tell it of one.

    The server's address and token are read from its site's configuration; else give --url (or the variable
    IVRCORE_URL), and the token in the variable IVRCORE_TOKEN, or in a file that only you can read, named by
    IVRCORE_TOKEN_FILE.
    """


@agent.command("list")
@asking
@listed
def show(site: Path | None, url: str | None, form: str) -> None:
    """List the agents and what each is doing."""
    agents = client(site, url).agents()
    click.echo(json.dumps(agents, indent=2, ensure_ascii=False) if form == "json" else _as_text(agents))


@agent.command()
@click.argument("name")
@authored
@asking
def ready(name: str, author: str, site: Path | None, url: str | None) -> None:
    """NAME takes contacts from now on."""
    _tell(client(site, url), name, author, AgentAction.READY)


@agent.command()
@click.argument("name")
@click.option("--reason", default="", help="Shown to others, such as lunch.")
@authored
@asking
def pause(name: str, reason: str, author: str, site: Path | None, url: str | None) -> None:
    """NAME takes no contacts; in the middle of one, as soon as it is over."""
    _tell(client(site, url), name, author, AgentAction.PAUSE, reason)


@agent.command()
@click.argument("name")
@authored
@asking
def logout(name: str, author: str, site: Path | None, url: str | None) -> None:
    """NAME goes home; in the middle of a contact, as soon as it is over."""
    _tell(client(site, url), name, author, AgentAction.LOGOUT)


@agent.command()
@click.argument("name")
@click.argument("contact", default="")
@authored
@asking
def take(name: str, contact: str, author: str, site: Path | None, url: str | None) -> None:
    """NAME takes CONTACT, or the one who waits first; the phone rings."""
    _tell(client(site, url), name, author, AgentAction.TAKE, contact)


@agent.command("wrap-up")
@click.argument("name")
@click.argument("seconds", type=float)
@authored
@asking
def wrap_up(name: str, seconds: float, author: str, site: Path | None, url: str | None) -> None:
    """NAME, who is in wrap-up, needs SECONDS from now."""
    _tell(client(site, url), name, author, AgentAction.WRAP_UP, str(seconds))


@agent.command()
@click.argument("name")
@click.option("--remove", is_flag=True, help="Take the PIN away.")
@click.option(
    "--site",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="IVRCORE_SITE",
    default=Path(),
    help="The site. [default: .]",
)
def pin(name: str, remove: bool, site: Path) -> None:
    """Give NAME a PIN for logging in by phone, or another one; it is asked for. Works on the site's file."""
    config = _configuration(site)
    file = config.feature_codes.pins
    if file is None:
        hint = "feature_codes: {pins: secrets/agents}"
        raise ConfigError("no PINs are asked for: the configuration names no file of them", hint=hint)
    if remove:
        remove_pin(file, name)
        click.echo(f"{name} has no PIN any more")
        return
    known = [one.name for one in config.agents]
    if name not in known:
        raise ConfigError(f"there is no agent {name!r}", hint=did_you_mean(name, known))
    set_pin(file, name, click.prompt("PIN", hide_input=True, confirmation_prompt=True))
    click.echo(f"{name} has a PIN")


def _tell(server: ApiClient, name: str, author: str, action: AgentAction, word: str = "") -> None:
    told = server.set_agent(name, action, word, author)
    then = f", then {_words(told['then'])}" if told.get("then") else ""
    click.echo(f"{name} is {_words(told.get('state', 'unknown'))}{then}")


def _as_text(agents: list[dict[str, Any]]) -> str:
    return columns([HEADS, *map(_row, agents)])


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    reason = f" ({one['reason']})" if one["reason"] else ""
    then = f", then {_words(one['then'])}" if one["then"] else ""
    since = one["seconds_in_state"]
    return (
        one["name"],
        _words(one["state"]) + reason + then,
        "-" if since is None else f"{since:.0f} s",
        one["device"],
        f"{len(one['in_hand'])} of {one['capacity']}",
        str(one["missed"]),
        str(one["contacts"]),
        ", ".join(one["queues"]),
    )


def columns(rows: Sequence[tuple[str, ...]]) -> str:
    """Write rows of cells below one another, the first being the heads."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    lines = [[cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)] for row in rows]
    return "\n".join("  ".join(line).rstrip() for line in lines)


def _words(state: str) -> str:
    return state.replace("_", " ")


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

"""The options of `vosk_server`: read, and checked where they are written. No plugin itself.

Imports nothing of what talks to servers, so that who checks a site need not wait for it.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from ivrcore.api import ConfigError, OptionFault, is_loopback, secret_from

Options = Mapping[str, str]


def servers(options: Options) -> list[str]:
    """Give the servers' addresses, each once; raise ConfigError, as all of these do."""
    insecure = options.get("insecure", "no").lower() in ("yes", "true")
    urls = options.get("servers", "").replace(",", " ").split()
    if not urls:
        raise ConfigError("vosk_server needs servers", hint="servers: [wss://speech1.example:2700]")
    for url in urls:
        _check(url, insecure=insecure)
    return list(dict.fromkeys(urls))


def _check(url: str, *, insecure: bool) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("ws", "wss") and parts.hostname and (parts.port or True)
    except ValueError:  # of a port or an address that is none
        known = False
    if not known or parts.username is not None:
        raise ConfigError("vosk_server: a server is ws://HOST:PORT or wss://HOST:PORT, without a name in it")
    if parts.scheme == "ws" and not insecure and not is_loopback(parts.hostname or ""):
        raise ConfigError(
            f"vosk_server: callers' voices would go to {parts.hostname} unencrypted",
            hint="use wss://, or write 'insecure: yes' where the network is trusted",
        )


def token(options: Options) -> str:
    """Read the token; empty where none is wanted."""
    return secret_from(options.get("token_file", ""), options.get("token_env", ""))


@functools.cache
def _the_machines() -> ssl.SSLContext:
    """Whom the machine trusts: some 140 certificates, read once for all engines."""
    return ssl.create_default_context()


def trusted(options: Options) -> ssl.SSLContext:
    """Tell whom to trust."""
    file = options.get("ca_file", "")
    if not file:
        return _the_machines()
    try:
        return ssl.create_default_context(cafile=str(Path(file).expanduser()))
    except OSError as error:
        raise ConfigError(f"vosk_server: the ca_file {file} cannot be used") from error


def _number(key: str, default: float, least: float, most: float) -> Callable[[Options], float]:
    def read(options: Options) -> float:
        text = options.get(key, "")
        try:
            value = float(text.removesuffix("s")) if text else default
        except ValueError:
            value = -1.0
        if not least <= value <= most:
            raise ConfigError(f"vosk_server: {key} is a number from {least:g} to {most:g}")
        return value

    return read


timeout, connect = _number("timeout", 0.9, 0.1, 30), _number("connect", 1.0, 0.1, 30)
answers = _number("answers", 32, 1, 1000)
_READ: Mapping[str, Callable[[Options], object]] = {
    "servers": servers,
    "token_file": token,
    "ca_file": trusted,
    "timeout": timeout,
    "connect": connect,
    "answers": answers,
}
_OPTIONS = frozenset({*_READ, "token_env", "insecure"})
_OF_THIS_MACHINE = frozenset({"token_file", "ca_file"})


class ServerOptions:
    """See :class:`ivrcore.api.RecogniserOptions`."""

    name = "vosk_server"

    def faults(self, _language: str, options: Options) -> list[OptionFault]:
        """Say what is wrong with each."""
        return list(_faults(options))

    def waits(self, options: Options) -> tuple[str, float]:
        """Give all tries together."""
        return "timeout", timeout(options)


def refuse_unknown(options: Options) -> None:
    """Refuse what would have no effect."""
    if wrong := sorted(set(options) - _OPTIONS):
        raise ConfigError(
            f"vosk_server has no option {wrong[0]}", hint=f"known: {', '.join(sorted(_OPTIONS))}"
        )


def _faults(options: Options) -> Iterator[OptionFault]:
    for option in options:
        try:
            refuse_unknown({option: ""})
        except ConfigError as error:
            yield OptionFault(error.message, option, error.hint)
    for option, read in _READ.items():
        try:
            read(options)
        except ConfigError as error:
            named = "token_env" if option == "token_file" and "token_env" in options else option
            yield OptionFault(error.message, named, error.hint, here=option in _OF_THIS_MACHINE)

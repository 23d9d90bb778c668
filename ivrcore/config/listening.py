"""What the ports that Asterisk connects to have in common: where they listen, for whom, a secret for URLs."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from ivrcore.addresses import is_loopback
from ivrcore.config.rules import BAD_ADDRESS, BAD_SECRET, OPEN_BIND
from ivrcore.config.secret import read_secret
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ivrcore.fields import Fields

SHORTEST_SECRET = 16
_SECRET = re.compile(r"[A-Za-z0-9_-]+")
"""What stands in a URL, and in Asterisk's files, as it is."""
THIS_MACHINE = ("127.0.0.0/8", "::1/128")


def read_url_secret(fields: Fields, name: str, folder: Path, env: Mapping[str, str]) -> str:
    """Read ``NAME_file`` or ``NAME_env``, which is to stand in a URL; what is wrong is reported."""
    secret = read_secret(fields, name, folder, env)
    if secret and (len(secret) < SHORTEST_SECRET or not _SECRET.fullmatch(secret)):
        message = f"the {name} is not at least {SHORTEST_SECRET} letters, digits, '_' or '-'"
        fields.problems.report(BAD_SECRET, fields.location, message, "make one with: openssl rand -hex 24")
    return secret


def read_listen_host(fields: Fields, clear: str = "") -> str:
    """Read ``host`` and ``allow_remote``; report one that other machines reach where that is not allowed.

    ``clear`` says what would cross the network in the clear; empty: nothing would.
    """
    host = fields.text("host", "127.0.0.1")
    allowed = fields.boolean("allow_remote", False)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        message = f"{fields.what}: {quoted(host)} is not an IP address"
        fields.problems.report(BAD_ADDRESS, fields.place("host"), message, "such as 127.0.0.1")
        return host
    if clear and not (is_loopback(host) or allowed):
        message = f"{fields.what}: {clear} would cross the network in the clear to {host}"
        hint = "write 'allow_remote: yes' if that network is trusted"
        fields.problems.report(OPEN_BIND, fields.place("host"), message, hint)
    return host


def read_allow(fields: Fields) -> tuple[str, ...]:
    """Read ``allow``, the networks that may connect; this machine where none is given."""
    allowed = []
    for node in fields.texts("allow"):
        try:
            allowed.append(str(ipaddress.ip_network(node.text, strict=False)))
        except ValueError:
            message = f"{fields.what}: {quoted(node.text)} is not an address or network"
            fields.problems.report(BAD_ADDRESS, node.location, message, "such as 10.0.0.5 or 10.0.0.0/24")
    return tuple(allowed) or THIS_MACHINE

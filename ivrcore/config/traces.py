"""The section ``traces:``: where traces of contacts are sent. Must not know of OpenTelemetry."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ivrcore.addresses import is_loopback
from ivrcore.config import keys
from ivrcore.config.rules import BAD_ADDRESS, OPEN_BIND
from ivrcore.config.secret import read_secret
from ivrcore.problems import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ivrcore.fields import Fields

USUAL = "http://127.0.0.1:4318/v1/traces"
NEEDED = "opentelemetry.exporter.otlp.proto.http"


@dataclass(frozen=True, slots=True)
class TracesConfig:
    """Where OTLP over HTTP is taken; ``token`` goes along as a bearer's, if there is one."""

    endpoint: str = USUAL
    token: str = field(default="", repr=False)


def read_traces(top: Fields, folder: Path, env: Mapping[str, str]) -> TracesConfig | None:
    """Read ``traces:``; None where it is not there."""
    fields = top.within("traces", "'traces'")
    if fields is None:
        return None
    endpoint = _endpoint(fields)
    asked = fields.texts("token_file") or fields.texts("token_env")
    token = read_secret(fields, "token", folder, env) if asked else ""
    if not _there():
        hint = 'pip install "ivrcore[traces]"'
        fields.bad(fields.location, "traces need packages that are not installed", hint)
    fields.finish(keys.TRACES)
    return TracesConfig(endpoint, token)


def _endpoint(fields: Fields) -> str:
    endpoint = fields.text("endpoint", USUAL)
    allowed = fields.boolean("allow_remote", False)
    try:
        parts = urlsplit(endpoint)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    place = fields.place("endpoint")
    if not usable:
        message = f"{fields.what}: {quoted(endpoint)} is not the URL of a collector"
        fields.problems.report(BAD_ADDRESS, place, message, f"such as {USUAL}")
    elif parts.scheme == "http" and not is_loopback(parts.hostname or "") and not allowed:
        message = f"{fields.what}: what callers do would cross the network in the clear to {parts.hostname}"
        hint = "use https, or write 'allow_remote: yes' if that network is trusted"
        fields.problems.report(OPEN_BIND, place, message, hint)
    return endpoint


def _there() -> bool:
    try:
        return find_spec(NEEDED) is not None
    except ModuleNotFoundError:
        return False

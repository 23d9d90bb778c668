"""Reads ``asterisk:``, the PBXs of a site: the first one, and others by name.

Values that end up in Asterisk's files are held to a strict form here, so that nothing there is interpreted.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ivrcore.addresses import is_loopback
from ivrcore.config.agents import PHONE, check_endpoint
from ivrcore.config.asterisk_keys import ASTERISK, FALLBACK, PBX
from ivrcore.config.fallback import Fallback, FallbackAction
from ivrcore.config.model import RTP_PORTS, AsteriskConfig, AudioWay
from ivrcore.config.names import formed
from ivrcore.config.rules import (
    BAD_ADDRESS,
    BAD_NAME,
    BAD_SECRET,
    OPEN_BIND,
    SAME_PBX,
    UNKNOWN_PBX,
    UNSAFE_TEXT,
)
from ivrcore.config.secret import read_secret
from ivrcore.config.sections import section
from ivrcore.fields import Fields
from ivrcore.model.pbx import MAIN
from ivrcore.problems import did_you_mean, quoted

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from ivrcore.yamltree import Entry

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
"""Of a PBX: it becomes part of ids of contacts and channels, and of metrics."""
_PATTERN = re.compile(r"[0-9A-Za-z*#+][0-9A-Za-z*#+._-]{0,39}|_\+?[0-9XZN*#\[][0-9XZN.!*#+\[\]-]{0,38}")
_PORTS = re.compile(r"(\d{1,5})-(\d{1,5})")
_SOUND = re.compile(r"[\w/-]+")
_USER = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_SECRET = re.compile(r"[!-:<-~]+")
"""What Asterisk reads back unchanged: no space, and no ``;`` (a comment)."""


def read_asterisk(top: Fields, folder: Path, env: Mapping[str, str]) -> AsteriskConfig:
    """Read ``asterisk:``."""
    fields = section(top, "asterisk")
    ari = fields.boolean("ari", True)
    if not ari and top.entry("fastagi") is None:
        message = "without 'ari' and 'fastagi' no call comes to the server"
        fields.bad(fields.place("ari"), message, "add a section 'fastagi'")
    asks = ari or fields.entry("password_file") or fields.entry("password_env")
    first = _pbx(fields, AsteriskConfig(password="", ari=ari), folder, env, asks=bool(asks))
    entries = fields.entries("pbxs")
    names = {MAIN, *(entry.key for entry in entries)}
    others = {entry.key: _other(entry, fields, first, names, folder, env) for entry in entries}
    if entries and not ari:
        fields.bad(fields.place("pbxs"), "they are driven by ARI, which is turned off", "write 'ari: yes'")
    trunks = _trunks(fields, MAIN, names)
    fields.finish(ASTERISK)
    _check_apart(fields, first, entries, others)
    return replace(first, trunks=trunks, pbxs=others)


def _pbx(
    fields: Fields, usual: AsteriskConfig, folder: Path, env: Mapping[str, str], *, asks: bool
) -> AsteriskConfig:
    """Read how one PBX is reached, and what it does by itself; ``usual`` has what is not said."""
    password = read_secret(fields, "password", folder, env) if asks else ""
    if password and not _PLAIN_SECRET.fullmatch(password):
        message = "the password for Asterisk holds a space, a ';' or a letter outside ASCII"
        fields.problems.report(BAD_SECRET, fields.location, message, "make one with: openssl rand -hex 24")
    url = _url(fields)
    fallback = fields.entry("fallback")
    return replace(
        usual,
        password=password,
        url=url,
        user=formed(fields, "user", usual.user, _USER),
        request_timeout=fields.seconds("request_timeout", usual.request_timeout, least=0.1, most=60.0),
        inbound=_inbound(fields, usual.inbound),
        longest_call=fields.seconds("longest_call", usual.longest_call, least=60.0),
        fallback=_fallback(fields) if fallback else usual.fallback,
        allow_remote=fields.boolean("allow_remote", False),
        requests=fields.one_of("requests", usual.requests),
        audio=_audio(fields, url, usual.audio),
        rtp_ports=_rtp_ports(fields, usual.rtp_ports),
        rtp_address=_rtp_address(fields),
    )


def _other(
    entry: Entry,
    parent: Fields,
    first: AsteriskConfig,
    names: Collection[str],
    folder: Path,
    env: Mapping[str, str],
) -> AsteriskConfig:
    """Read another PBX than the first, which it is like where it says nothing else."""
    name = entry.key
    if name == MAIN or not _NAME.fullmatch(name):
        why = "the first one is called so" if name == MAIN else "letters, digits and '-' only"
        message = f"a PBX cannot be called {quoted(name)}: {why}"
        parent.problems.report(BAD_NAME, entry.location, message)
    fields = Fields(entry.value, parent.problems, f"PBX {quoted(name)}")
    found = replace(_pbx(fields, first, folder, env, asks=True), trunks=_trunks(fields, name, names))
    if fields.entry("url", required=True) is None:
        found = replace(found, url="")
    fields.finish(PBX)
    return found


def _trunks(parent: Fields, own: str, names: Collection[str]) -> dict[str, str]:
    """Read how the phones of other PBXs are dialled."""
    fields = parent.within("trunks", f"{parent.what}, 'trunks'")
    if fields is None:
        return {}
    others = [name for name in names if name != own]
    found = {}
    for entry in fields.node.entries:
        name = entry.key
        if name not in others:
            message = f"{fields.what}: there is no other PBX {quoted(name)} that a trunk could lead to"
            fields.problems.report(UNKNOWN_PBX, entry.location, message, did_you_mean(name, others))
        found[name] = text = fields.text(name, required=True)
        if text and text.count(PHONE) != 1:
            message = f"{quoted(text)} does not say once where the phone's name stands"
            fields.bad(fields.place(name), message, f"such as PJSIP/{PHONE}@{name}")
        elif text:
            check_endpoint(text.replace(PHONE, "phone"), fields, name)
    return found


def _check_apart(
    fields: Fields,
    first: AsteriskConfig,
    entries: tuple[Entry, ...],
    others: Mapping[str, AsteriskConfig],
) -> None:
    """Report a PBX that is another one over again: the two would take the application from each other."""
    seen = {first.url: MAIN}
    for entry in entries:
        url = others[entry.key].url
        other = seen.setdefault(url, entry.key) if url else entry.key
        if other != entry.key:
            message = f"PBX {quoted(entry.key)} has the URL of PBX {quoted(other)}"
            fields.problems.report(SAME_PBX, entry.location, message, "each PBX is one Asterisk: one link")


def _url(fields: Fields) -> str:
    url = fields.text("url", "http://127.0.0.1:8088").rstrip("/")
    allowed = fields.boolean("allow_remote", False)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable:
        message = f"{fields.what}: {quoted(url)} is not the URL of Asterisk's HTTP server"
        fields.problems.report(BAD_ADDRESS, fields.place("url"), message, "such as http://127.0.0.1:8088")
    elif parts.scheme == "http" and not is_loopback(parts.hostname or "") and not allowed:
        message = f"{fields.what}: the password would cross the network in the clear to {parts.hostname}"
        hint = "use https, or write 'allow_remote: yes' if that network is trusted"
        fields.problems.report(OPEN_BIND, fields.place("url"), message, hint)
    return url


def _audio(fields: Fields, url: str, usual: AudioWay) -> AudioWay:
    audio = fields.one_of("audio", usual)
    if audio is AudioWay.RTP and not is_loopback(_host(url)):
        _check_open(fields, "audio", url)
    return audio


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # told of the URL itself
        return ""


def _check_open(fields: Fields, key: str, host: str) -> None:
    """RTP is not encrypted: it crosses a network only where that was allowed."""
    if not fields.boolean("allow_remote", False):
        message = f"{fields.what}: callers' voices would cross the network in the clear, {quoted(host)}"
        hint = "write 'allow_remote: yes' if that network is trusted"
        fields.problems.report(OPEN_BIND, fields.place(key), message, hint)


def _rtp_ports(fields: Fields, usual: range) -> range:
    """Read ``first-last``; each stream takes an even port and leaves the odd one after it alone."""
    text = fields.text("rtp_ports", f"{usual.start}-{usual.stop - 1}")
    found = _PORTS.fullmatch(text)
    first, last = (int(part) for part in found.groups()) if found else (0, 0)
    if not 1024 <= first < last <= 65_535:
        hint = f"two ports from 1024 to 65535, such as {RTP_PORTS.start}-{RTP_PORTS.stop - 1}"
        fields.bad(fields.place("rtp_ports"), f"'rtp_ports' cannot be {quoted(text)}", hint)
        return RTP_PORTS
    return range(first, last + 1)


def _rtp_address(fields: Fields) -> str:
    text = fields.text("rtp_address")
    if not text:
        return ""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        message = f"{fields.what}: 'rtp_address' cannot be {quoted(text)}"
        fields.problems.report(BAD_ADDRESS, fields.place("rtp_address"), message, "an IP address")
        return ""
    if not is_loopback(text):
        _check_open(fields, "rtp_address", text)
    return text


def _inbound(fields: Fields, usual: tuple[str, ...]) -> tuple[str, ...]:
    nodes = fields.texts("inbound")
    for node in nodes:
        if not _PATTERN.fullmatch(node.text):
            message = f"{fields.what}: {quoted(node.text)} is not an extension or pattern of Asterisk"
            fields.problems.report(UNSAFE_TEXT, node.location, message, "such as 1000, _10XX or _X.")
    return tuple(node.text for node in nodes) or usual


def _fallback(parent: Fields) -> Fallback:
    fields = parent.within("fallback", "fallback")
    if fields is None:
        return Fallback()
    result = read_steps(fields, fields.one_of("action", FallbackAction.CONGESTION))
    fields.finish(FALLBACK)
    return result


def read_steps(fields: Fields, action: FallbackAction) -> Fallback:
    """Read what an action needs; all of it is written into Asterisk's dialplan."""
    dial = fields.text("dial", required=action is FallbackAction.DIAL)
    if dial:
        check_endpoint(dial, fields, "dial")
    sound = formed(fields, "sound", "", _SOUND)
    if action is FallbackAction.PLAY and not sound:
        fields.bad(fields.location, "'sound' is missing: what is to be played?", "add 'sound: ss-noservice'")
    return Fallback(action, sound, dial, fields.seconds("ring_time", 30.0, least=1.0, most=600.0))

"""The sections about what lies outside: lookups, outside numbers, messages, supervisors.

Prefixes and numbers are brought into their one form here, so that the guard compares like with like.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.model import (
    CallBackConfig,
    IdentifyConfig,
    LookupConfig,
    MailboxConfig,
    OutboundConfig,
    SupervisorsConfig,
    WatchConfig,
)
from ivrcore.config.names import check_name
from ivrcore.config.rules import BAD_LOOKUP, BAD_PREFIX, BAD_WATCH, NO_COUNTRY, WIDE_PREFIX
from ivrcore.config.secret import read_secret
from ivrcore.dialplan.model import plain_number
from ivrcore.errors import IvrError
from ivrcore.fields import Fields
from ivrcore.problems import quoted
from ivrcore.tollguard import Rules
from ivrcore.yamltree import ListNode, MapNode, Node

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ivrcore.location import Location
    from ivrcore.plugin_manager import Plugins
    from ivrcore.yamltree import Entry, ScalarNode

_TRUNK = re.compile(r"[A-Za-z0-9]+/[\w.@:+/-]*\{(?:number|digits)\}[\w.@:+/-]*")
_DIGITS = re.compile(r"[0-9]{0,8}")
_PREFIX = re.compile(r"\+?[0-9]{0,15}")
LONGEST_RING = 60.0


def read_lookups(
    top: Fields, folder: Path, env: Mapping[str, str], plugins: Plugins
) -> tuple[LookupConfig, ...]:
    """Read ``lookups:``; each is made once by its plugin, which tells what is wrong with its keys."""
    found = []
    for entry in top.entries("lookups"):
        lookup = LookupConfig(entry.key, *_made_by_plugin(entry, "lookup", top, folder, env))
        if lookup.kind:
            _check_lookup(lookup, entry.value, top, plugins)
        found.append(lookup)
    return tuple(found)


def read_watches(
    top: Fields, folder: Path, env: Mapping[str, str], plugins: Plugins
) -> tuple[WatchConfig, ...]:
    """Read ``watches:``; each is made once by its plugin, which tells what is wrong with its keys."""
    found = []
    for entry in top.entries("watches"):
        watch = WatchConfig(entry.key, *_made_by_plugin(entry, "watch", top, folder, env))
        if watch.kind:
            _check_watch(watch, entry, top, plugins)
        found.append(watch)
    return tuple(found)


def _made_by_plugin(
    entry: Entry, what: str, top: Fields, folder: Path, env: Mapping[str, str]
) -> tuple[str, dict[str, object]]:
    """Read the kind of something that a plugin makes, and that kind's own keys."""
    check_name(entry, what, top.problems)
    fields = Fields(entry.value, top.problems, f"{what} {quoted(entry.key)}")
    kind = fields.text("kind", required=True)
    options = {
        each.key: _plain(each.value)
        for each in fields.node.entries
        if each.key not in ("kind", "secret_file", "secret_env")
    }
    if fields.node.get("secret_file") or fields.node.get("secret_env"):
        options["secret"] = read_secret(fields, "secret", folder, env)
    options["folder"] = str(folder)
    return kind, options


def _plain(node: Node) -> object:
    """Give what was written: texts, lists and mappings."""
    if isinstance(node, MapNode):
        return {entry.key: _plain(entry.value) for entry in node.entries}
    if isinstance(node, ListNode):
        return [_plain(item) for item in node.items]
    return node.text


def _check_lookup(lookup: LookupConfig, node: Node, top: Fields, plugins: Plugins) -> None:
    try:
        plugins.lookup(lookup.name, lookup.kind, lookup.options).close()
    except IvrError as error:
        top.problems.report(BAD_LOOKUP, node.location, error.message, error.hint)


def _check_watch(watch: WatchConfig, entry: Entry, top: Fields, plugins: Plugins) -> None:
    try:
        plugins.watch(watch.name, watch.kind, watch.options)
    except IvrError as error:
        place = _named_place(error.message, entry)
        top.problems.report(BAD_WATCH, place, error.message, error.hint)


def _named_place(message: str, entry: Entry) -> Location:
    """Give the place of the key that a message names in quotes; else of the whole."""
    node = entry.value
    keys = [one for one in node.entries if repr(one.key) in message] if isinstance(node, MapNode) else []
    return keys[0].value.location if keys else entry.location


def read_outbound(top: Fields) -> OutboundConfig:
    """Read ``outbound:``; without it nothing outside is dialled."""
    fields = top.within("outbound", "'outbound'")
    if fields is None:
        return OutboundConfig()
    default = Rules()
    forms = Rules(
        country=_digits(fields, "country", ""),
        international=_dialled(fields.texts("international"), fields) or default.international,
        national=_digits(fields, "national", default.national),
    )
    _check_country(fields)
    caller_ids = _caller_ids(fields)
    caller_id = fields.text("caller_id", next(iter(caller_ids), ""))
    if caller_id and caller_id not in caller_ids:
        _bad(fields, fields.node.get("caller_id"), f"{quoted(caller_id)} is none of 'caller_ids'")
    rules = Rules(
        allowed=_prefixes(fields, "allowed", forms),
        denied=_prefixes(fields, "denied", forms),
        trunk=_trunk(fields),
        caller_ids=caller_ids,
        caller_id=caller_id,
        at_once=fields.integer("at_once", default.at_once, least=0, most=1000),
        per_hour=fields.integer("per_hour", default.per_hour, least=0, most=100_000),
        per_caller=fields.integer("per_caller", default.per_caller, least=0, most=1000),
        per_number=fields.integer("per_number", default.per_number, least=0, most=100_000),
        per_hour_anonymous=fields.integer(
            "per_hour_anonymous", default.per_hour_anonymous, least=0, most=100_000
        ),
        longest_call=fields.seconds("longest_call", default.longest_call, least=10.0, most=86_400.0),
        country=forms.country,
        international=forms.international,
        national=forms.national,
    )
    result = OutboundConfig(rules, _call_back(fields))
    fields.finish(keys.OUTBOUND)
    return result


def _check_country(fields: Fields) -> None:
    """Ask for the country where prefixes are written: without it `060…` would get round a denied `+8260`."""
    written = [entry for key in ("allowed", "denied") if (entry := fields.node.get(key)) is not None]
    if written and not fields.text("country"):
        message = f"{fields.what}: {written[0].key!r} has prefixes, and there is no 'country' to read them by"
        hint = 'such as country: "82"; numbers within the country and with their + are then one'
        fields.problems.report(NO_COUNTRY, written[0].location, message, hint)


def _bad(fields: Fields, entry: object, message: str, hint: str = "") -> None:
    location = getattr(getattr(entry, "value", None), "location", fields.location)
    fields.problems.report(BAD_PREFIX, location, f"{fields.what}: {message}", hint)


def _digits(fields: Fields, key: str, default: str) -> str:
    text = fields.text(key, default)
    if not _DIGITS.fullmatch(text):
        _bad(fields, fields.node.get(key), f"{key!r} must be digits, not {quoted(text)}")
        return default
    return text


def _dialled(nodes: Iterable[ScalarNode], fields: Fields) -> tuple[str, ...]:
    for node in nodes:
        if not _DIGITS.fullmatch(node.text):
            fields.problems.report(BAD_PREFIX, node.location, f"{quoted(node.text)} must be digits")
    return tuple(node.text for node in nodes)


def _prefixes(fields: Fields, key: str, forms: Rules) -> tuple[str, ...]:
    return tuple(
        prefix for node in fields.texts(key) if (prefix := _prefix(fields, key, node, forms)) is not None
    )


def _prefix(fields: Fields, key: str, node: ScalarNode, forms: Rules) -> str | None:
    """Give a prefix in the numbers' one form: padded to a whole number it is read as numbers are."""
    if not _PREFIX.fullmatch(node.text) or not node.text:
        message = f"{fields.what}: {key!r} has {quoted(node.text)}, a prefix is digits, perhaps after a '+'"
        fields.problems.report(BAD_PREFIX, node.location, message, 'such as "+82", "010"')
        return None
    if node.text == "+":
        return _everything(fields, key, node)
    padding = "5" * max(0, 11 - len(node.text))
    number = forms.number(node.text + padding)
    if number is None:
        fields.problems.report(BAD_PREFIX, node.location, f"{quoted(node.text)} begins no number")
        return None
    prefix = number[: len(number) - len(padding)]
    return _everything(fields, key, node) if prefix == "+" else prefix or None


def _everything(fields: Fields, key: str, node: ScalarNode) -> str:
    if key == "allowed":
        message = f"{fields.what}: every number of the world is allowed"
        fields.problems.report(WIDE_PREFIX, node.location, message, "name the countries, such as +82")
    return "+"


def _trunk(fields: Fields) -> str:
    trunk = fields.text("trunk", required=True)
    if trunk and not _TRUNK.fullmatch(trunk):
        message = f"'trunk' cannot be {quoted(trunk)}"
        _bad(fields, fields.node.get("trunk"), message, "such as PJSIP/{number}@trunk")
        return ""
    return trunk


def _caller_ids(fields: Fields) -> dict[str, str]:
    found = {}
    for entry in fields.entries("caller_ids"):
        number = getattr(entry.value, "text", "")
        if not re.fullmatch(r"\+?[0-9]{2,15}", number):
            _bad(fields, entry, f"caller id {quoted(entry.key)} is no number", 'such as "+8215880000"')
        found[entry.key] = number
    return found


def _call_back(parent: Fields) -> CallBackConfig:
    fields = parent.within("call_back", "'call_back'")
    if fields is None:
        return CallBackConfig()
    default = CallBackConfig()
    result = CallBackConfig(
        tries=fields.integer("tries", default.tries, least=1, most=20),
        gap=fields.seconds("gap", default.gap, least=1.0),
        ring=fields.seconds("ring", default.ring, least=5.0, most=LONGEST_RING),
        most=fields.integer("most", default.most, least=0, most=10_000),
        longest_wait=fields.seconds("longest_wait", default.longest_wait, least=10.0),
        customer_first=fields.boolean("customer_first", default.customer_first),
        recognise=fields.boolean("recognise", default.recognise),
    )
    fields.finish(keys.CALL_BACK)
    return result


def read_mailboxes(top: Fields) -> dict[str, MailboxConfig]:
    """Read ``mailboxes:``."""
    found = {}
    default = MailboxConfig()
    for entry in top.entries("mailboxes"):
        check_name(entry, "mailbox", top.problems)
        fields = Fields(entry.value, top.problems, f"mailbox {quoted(entry.key)}")
        found[entry.key] = MailboxConfig(
            longest=fields.seconds("longest", default.longest, least=1.0, most=3600.0),
            most=fields.integer("most", default.most, least=1, most=100_000),
        )
        fields.finish(keys.MAILBOX)
    return found


def read_identify(top: Fields) -> IdentifyConfig:
    """Read ``identify:``."""
    fields = top.within("identify", "'identify'")
    default = IdentifyConfig()
    if fields is None:
        return default
    result = IdentifyConfig(
        per_call=fields.integer("per_call", default.per_call, least=1, most=1000),
        per_caller=fields.integer("per_caller", default.per_caller, least=1, most=100_000),
        per_hidden=fields.integer("per_hidden", default.per_hidden, least=1, most=100_000),
        within=fields.seconds("within", default.within, least=1.0),
    )
    fields.finish(keys.IDENTIFY)
    return result


def read_supervisors_section(top: Fields, folder: Path) -> SupervisorsConfig:
    """Read ``supervisors:``."""
    fields = top.within("supervisors", "'supervisors'")
    default = SupervisorsConfig(folder / "secrets/supervisors")
    if fields is None:
        return default
    result = SupervisorsConfig(
        file=folder / fields.text("file", "secrets/supervisors"),
        tries=fields.integer("tries", default.tries, least=1, most=1000),
        within=fields.seconds("within", default.within, least=1.0),
        numbers=tuple(plain_number(node.text) for node in fields.texts("numbers")),
    )
    fields.finish(keys.SUPERVISORS)
    return result

"""The sections of a configuration file other than Asterisk's and the roster, one function each."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ivrcore import tokens
from ivrcore.addresses import is_loopback
from ivrcore.config import keys
from ivrcore.config.keeping import read_keep
from ivrcore.config.model import (
    EngineChoice,
    LanguageSpeech,
    PluginsConfig,
    SpeechConfig,
    WebConfig,
)
from ivrcore.config.names import formed
from ivrcore.config.queue_voice import read_prompt
from ivrcore.config.rules import (
    BAD_ADDRESS,
    BAD_NAME,
    BAD_SECRET,
    OPEN_BIND,
    OPEN_SECRET,
)
from ivrcore.config.secret import read_secret
from ivrcore.dialplan.commands import Prompt, Spoken
from ivrcore.dialplan.wording import KEYS_ONLY
from ivrcore.errors import ConfigError
from ivrcore.fields import Fields
from ivrcore.problems import quoted
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from collections.abc import Mapping


SHORTEST_TOKEN = 16
_APP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")


def section(top: Fields, key: str) -> Fields:
    """Give a section; an absent one is an empty one."""
    return top.within(key, f"{key!r}") or Fields(MapNode(top.location, ()), top.problems, f"{key!r}")


def read_app_name(top: Fields, key: str, default: str) -> str:
    """Read a part of the name that Asterisk knows the server by."""
    name = top.text(key, default)
    if not _APP_NAME.fullmatch(name):
        message = f"{key!r} cannot be {quoted(name)}: letters, digits and '-' only"
        top.problems.report(BAD_NAME, top.place(key), message)
    return name


def read_web(top: Fields, folder: Path, env: Mapping[str, str]) -> WebConfig:
    """Read ``web:``."""
    fields = section(top, "web")
    host = fields.text("host", "127.0.0.1")
    allowed = fields.boolean("allow_remote", False)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        if host != "localhost":
            message = f"{fields.what}: {quoted(host)} is not an IP address"
            fields.problems.report(BAD_ADDRESS, fields.place("host"), message, "such as 127.0.0.1")
    if not is_loopback(host) and not allowed:
        message = f"{fields.what}: other machines could reach {host}"
        hint = "write 'allow_remote: yes' if that is meant; better a TLS proxy before 127.0.0.1"
        fields.problems.report(OPEN_BIND, fields.place("host"), message, hint)
    token = read_secret(fields, "token", folder, env)
    if 0 < len(token) < SHORTEST_TOKEN:
        message = f"the token has fewer than {SHORTEST_TOKEN} characters"
        fields.problems.report(BAD_SECRET, fields.location, message, "make one with: openssl rand -hex 32")
    name = formed(fields, "token_name", "admin", tokens.NAME)
    file = folder / fields.text("tokens", "secrets/tokens")
    _check_tokens(fields, file, name)
    port = fields.integer("port", 8080, least=0, most=65_535)
    fields.finish(keys.WEB)
    return WebConfig(token=token, host=host, port=port, token_name=name, tokens=file)


def _check_tokens(fields: Fields, file: Path, own: str) -> None:
    """Report what is wrong with the file of tokens; one that is not there has none."""
    place = fields.place("tokens")
    try:
        found = tokens.read_tokens(file)
    except ConfigError as error:
        rule = OPEN_SECRET if error.hint.startswith("chmod") else BAD_SECRET
        fields.problems.report(rule, place, error.message, error.hint)
        return
    if any(token.name == own for token in found):
        message = f"the file of tokens has {quoted(own)}, which is the name of the configuration's own token"
        fields.problems.report(BAD_SECRET, place, message, "give that another 'token_name'")


def read_plugins(top: Fields, folder: Path) -> PluginsConfig:
    """Read ``plugins:``. A folder that is not there is told of by the plugins' loader."""
    fields = section(top, "plugins")
    named = fields.text("folder")
    result = PluginsConfig(
        folder=folder / named if named else None,
        disabled=tuple(node.text for node in fields.texts("disabled")),
        trace_hooks=fields.boolean("trace_hooks", False),
    )
    fields.finish(keys.PLUGINS)
    return result


def read_speech(top: Fields, folder: Path, env: Mapping[str, str]) -> SpeechConfig:
    """Read ``speech:``; paths are relative to the site's ``folder``."""
    fields = section(top, "speech")
    default = SpeechConfig()
    languages: dict[str, LanguageSpeech] = {}
    for entry in fields.entries("languages"):
        if not _LANGUAGE.fullmatch(entry.key):
            message = f"{quoted(entry.key)} is not a language's short name"
            fields.problems.report(BAD_NAME, entry.location, message, "such as en, ko, zh")
        each = Fields(entry.value, fields.problems, f"language {quoted(entry.key)}")
        recognisers, voices = (_choices(each, key, folder) for key in ("recognisers", "voices"))
        keys_only = _keys_only(each, entry.key, speaks=bool(voices))
        languages[entry.key] = LanguageSpeech(recognisers, voices, keys_only)
        each.finish(keys.LANGUAGE)
    result = SpeechConfig(
        languages=languages,
        threads=fields.integer("threads", default.threads, least=1, most=256),
        end_silence=fields.seconds("end_silence", default.end_silence, least=0.2, most=3.0),
        longest=fields.seconds("longest", default.longest, least=1.0, most=60.0),
        stall=fields.seconds("stall", default.stall, least=0.1, most=30.0),
        budget=fields.number("budget", default.budget, least=0.0, most=1024.0),
        streams=fields.integer("streams", default.streams, least=0, most=100_000),
        late=fields.seconds("late", default.late, least=0.05, most=30.0),
        keep=read_keep(fields, folder, env),
    )
    fields.finish(keys.SPEECH)
    return result


def _keys_only(fields: Fields, language: str, *, speaks: bool) -> Prompt:
    """Read what is said where a menu cannot listen; a built-in text where there is a voice for one."""
    if fields.entry("keys_only") is not None:
        return read_prompt(fields, "keys_only", language)
    text = KEYS_ONLY.get(language.partition("-")[0].lower(), "") if speaks else ""
    return (Spoken(text, language),) if text else ()


def _choices(fields: Fields, key: str, folder: Path) -> tuple[EngineChoice, ...]:
    """Read names, or mappings of a ``name`` and the options of the plugin that knows it."""
    entry = fields.entry(key)
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    choices = tuple(choice for choice in (_choice(node, fields, key, folder) for node in nodes) if choice)
    names = [choice.name for choice in choices]
    for node, name in zip(nodes, names, strict=False):
        if names.count(name) > 1 and names.index(name) != nodes.index(node):
            fields.bad(node.location, f"{quoted(name)} stands twice in {key!r}", "remove one of them")
    return choices


def _choice(node: Node, fields: Fields, key: str, folder: Path) -> EngineChoice | None:
    if isinstance(node, ScalarNode) and not node.is_null:
        return EngineChoice(node.text)
    if not isinstance(node, MapNode):
        fields.wrong(node, f"a name, or 'name: …' with options, for {key!r}")
        return None
    one = Fields(node, fields.problems, f"{fields.what}, {key}")
    name = one.text("name", required=True)
    keys = [each.key for each in node.entries if each.key != "name"]
    options = {key: " ".join(text.text for text in one.texts(key)) for key in keys}
    placed = {key: _placed(key, text, folder) for key, text in options.items()}
    return EngineChoice(name, placed) if name else None


def _placed(option: str, text: str, folder: Path) -> str:
    """Give an option's value; a path, which its name tells, is beside the site's other files."""
    is_path = option.endswith(("_file", "_path")) and text and not text.startswith("~")
    return str(folder / text) if is_path else text

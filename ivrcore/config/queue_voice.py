"""What a queue sounds like: music, and what waiting callers and agents are told."""

from __future__ import annotations

import re

from ivrcore.config.model import QueueVoice
from ivrcore.config.names import NAME
from ivrcore.dialplan.commands import Prompt, Recorded, Spoken
from ivrcore.fields import Fields
from ivrcore.problems import quoted
from ivrcore.yamltree import ListNode, MapNode, Node, ScalarNode

_LANGUAGE = re.compile(r"[a-z]{2,3}")


def read_voice(fields: Fields, language: str) -> QueueVoice:
    """Read the keys of a queue that are about sound; ``language`` is the site's."""
    default = QueueVoice()
    language = fields.text("language", language)
    music = fields.text("music", default.music)
    if not NAME.fullmatch(music):
        fields.bad(fields.location, f"{quoted(music)} cannot be a music class of Asterisk")
    position = read_texts(fields, "position", language)
    if any("{position}" not in text for text in position.values()):
        hint = "such as: You are number {position} in the queue."
        fields.bad(fields.location, "'position' does not say where the number goes: {position}", hint)
    expected = read_texts(fields, "expected_wait", language)
    if any("{minutes}" not in text for text in expected.values()):
        hint = "such as: You will be helped in less than {minutes} minutes."
        fields.bad(fields.location, "'expected_wait' does not say where the number goes: {minutes}", hint)
    return QueueVoice(
        language=language,
        music=music,
        whisper=read_prompt(fields, "whisper", language),
        whisper_known=read_prompt(fields, "whisper_known", language),
        announce=_announce(fields, language),
        position=position,
        comfort=_comfort(fields, language),
        expected=expected,
        welcome_back=read_texts(fields, "welcome_back", language),
        announce_first=fields.seconds("announce_first", default.announce_first),
        announce_every=fields.seconds("announce_every", default.announce_every, least=5.0),
    )


def read_texts(fields: Fields, key: str, language: str) -> dict[str, str]:
    """Read a text, or texts by language; a plain one is of ``language``."""
    entry = fields.entry(key)
    return {} if entry is None else _texts(entry.value, fields, key, language)


def _texts(node: Node, fields: Fields, key: str, language: str) -> dict[str, str]:
    entries = node.entries if isinstance(node, MapNode) else ()
    texts = {one.key: one.value for one in entries} if entries else {language: node}
    for tag, value in texts.items():
        if not _LANGUAGE.fullmatch(tag):
            fields.wrong(node, f"a language such as en instead of {quoted(tag)}, for {key!r}")
        elif not isinstance(value, ScalarNode) or value.is_null:
            fields.wrong(value, f"a text, or texts by language, for {key!r}")
    return {tag: value.text for tag, value in texts.items() if isinstance(value, ScalarNode)}


def _announce(fields: Fields, language: str) -> dict[str, Prompt]:
    """Read a prompt whose texts may be by language; give it whole for each language that one is in."""
    entry = fields.entry("announce")
    if entry is None:
        return {}
    return _by_tag(entry.value, fields, "announce", language)


def _comfort(fields: Fields, language: str) -> tuple[dict[str, Prompt], ...]:
    """Read a list of such prompts."""
    entry = fields.entry("comfort")
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    return tuple(_by_tag(node, fields, "comfort", language) for node in nodes)


def _by_tag(node: Node, fields: Fields, key: str, language: str) -> dict[str, Prompt]:
    nodes = node.items if isinstance(node, ListNode) else (node,)
    parts = [_announced(one, fields, key, language) for one in nodes]
    tags = dict.fromkeys(tag for part in parts if isinstance(part, dict) for tag in part)
    return {tag: tuple(_in(tag, part, language) for part in parts if part) for tag in tags or (language,)}


def _announced(node: Node, fields: Fields, key: str, language: str) -> Recorded | dict[str, str] | None:
    if isinstance(node, MapNode) and node.get("play"):
        part = _part(node, fields, key, language)
        return part if isinstance(part, Recorded) else None
    return _texts(node, fields, key, language)


def _in(tag: str, part: Recorded | dict[str, str], language: str) -> Spoken | Recorded:
    if isinstance(part, Recorded):
        return part
    near = next((one for one in (tag, language) if one in part), next(iter(part)))
    return Spoken(part[near], near)


def read_prompt(fields: Fields, key: str, language: str) -> Prompt:
    """Read a prompt: a text to be spoken, ``{play: file}``, or a list of these."""
    entry = fields.entry(key)
    if entry is None:
        return ()
    nodes = entry.value.items if isinstance(entry.value, ListNode) else (entry.value,)
    parts = (_part(node, fields, key, language) for node in nodes)
    return tuple(part for part in parts if part is not None)


def _part(node: Node, fields: Fields, key: str, language: str) -> Spoken | Recorded | None:
    if isinstance(node, ScalarNode) and not node.is_null:
        return Spoken(node.text, language)
    if not isinstance(node, MapNode):
        fields.wrong(node, f"a text, or 'play: FILE', for {key!r}")
        return None
    part = Fields(node, fields.problems, f"{fields.what}, {key}")
    path = part.text("play", required=True)
    part.finish()
    return Recorded(path)

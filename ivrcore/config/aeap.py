"""The section ``aeap:``: speech recognition for any dialplan of Asterisk, and grammars that only it has.

Nothing listens unless the section is there. Must not know of the wire.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ivrcore.config import keys
from ivrcore.config.listening import THIS_MACHINE, read_allow, read_listen_host, read_url_secret
from ivrcore.config.rules import BAD_NAME, UNHEARD_LANGUAGE
from ivrcore.dialplan.phrases import read_phrases
from ivrcore.fields import Fields
from ivrcore.problems import did_you_mean, quoted
from ivrcore.speech.decide import USUAL_BOUNDS, Bounds
from ivrcore.speech.grammar import primary
from ivrcore.speech.recogniser import Grammar, Phrase
from ivrcore.yamltree import MapNode

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from ivrcore.yamltree import Entry

PORT = 9099
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_ENGINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
RESERVED = frozenset(
    ("no_match", "no_input", "no_grammar", "busy", "failed", "speech_began", "dtmf", "claim")
)
"""What dialplans see in place of a grammar's name where nothing was understood."""


@dataclass(frozen=True, slots=True)
class ListedGrammar:
    """A grammar that no dialplan of ours has."""

    grammar: Grammar
    bounds: Bounds = USUAL_BOUNDS


@dataclass(frozen=True, slots=True)
class AeapConfig:
    """Where Asterisk's speech applications connect to, and what they may ask for."""

    token: str = field(repr=False)
    """The last part of the URL's path."""
    host: str = "127.0.0.1"
    port: int = PORT
    allow: tuple[str, ...] = THIS_MACHINE
    """Networks that may connect."""
    engine: str = "ivrcore"
    """What dialplans call us: the section of aeap.conf."""
    connections: int = 500
    """How many may be open at once."""
    grammars: Mapping[str, ListedGrammar] = field(default_factory=dict)


def read_aeap(
    top: Fields, folder: Path, env: Mapping[str, str], languages: Collection[str]
) -> AeapConfig | None:
    """Read ``aeap:``; None where it is not there. ``languages`` are those that can be heard."""
    fields = top.within("aeap", "'aeap'")
    if fields is None:
        return None
    usual = top.text("language", "en")
    engine = fields.text("engine", "ivrcore")
    if not _ENGINE.fullmatch(engine):
        message = f"'engine' cannot be {quoted(engine)}: letters, digits, '_' and '-' only"
        fields.problems.report(BAD_NAME, fields.place("engine"), message)
    result = AeapConfig(
        token=read_url_secret(fields, "token", folder, env),
        host=read_listen_host(fields, "callers' voices and the token"),
        port=fields.integer("port", PORT, least=0, most=65_535),
        allow=read_allow(fields),
        engine=engine,
        connections=fields.integer("connections", 500, least=1, most=100_000),
        grammars={
            entry.key: _listed(entry, fields, usual, languages) for entry in fields.entries("grammars")
        },
    )
    fields.finish(keys.AEAP)
    return result


def _listed(entry: Entry, parent: Fields, usual: str, languages: Collection[str]) -> ListedGrammar:
    if not _NAME.fullmatch(entry.key) or entry.key in RESERVED:
        message = f"a grammar cannot be called {quoted(entry.key)}"
        hint = "letters, digits, '_' and '-', not one of " + ", ".join(sorted(RESERVED))
        parent.problems.report(BAD_NAME, entry.location, message, hint)
    fields = Fields(entry.value, parent.problems, f"grammar {quoted(entry.key)}")
    language = fields.text("language", usual)
    if primary(language) not in map(primary, languages):
        message = f"grammar {quoted(entry.key)} is in {quoted(language)}, for which there is no recogniser"
        hint = did_you_mean(language, languages)
        parent.problems.report(UNHEARD_LANGUAGE, fields.place("language"), message, hint)
    phrases = tuple(_phrases(fields))
    if not phrases:
        fields.bad(fields.location, f"{fields.what} has no phrases: nothing could be said")
    accept = fields.number("accept", USUAL_BOUNDS.accept, least=0.0, most=1.0)
    confirm = fields.number("confirm", min(accept, USUAL_BOUNDS.confirm), least=0.0, most=1.0)
    free = fields.boolean("intents", False)
    fields.finish(keys.AEAP_GRAMMAR)
    return ListedGrammar(Grammar(language, phrases, free), Bounds(accept, min(accept, confirm)))


def _phrases(fields: Fields) -> list[Phrase]:
    """Read ``phrases``: a list, of which each is what it gives, or lists by what they give."""
    entry = fields.entry("phrases", required=True)
    if entry is None:
        return []
    if not isinstance(entry.value, MapNode):
        plain = fields.texts("phrases")
        return [Phrase(node.text, way.text) for node in plain for way in read_phrases([node], fields)]
    within = Fields(entry.value, fields.problems, fields.what)
    return [
        Phrase(choice.key, way.text)
        for choice in entry.value.entries
        for way in read_phrases(within.texts(choice.key), fields)
    ]

"""Texts, phrases and recordings as they are written, into the wordings that steps and menus are made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ivrcore.dialplan import rules
from ivrcore.dialplan.commands import Recorded
from ivrcore.dialplan.commas import check_commas
from ivrcore.dialplan.phrases import read_phrases
from ivrcore.dialplan.step import Name
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.expressions.text import Template, parse_template
from ivrcore.fields import Fields
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import NULLS, Entry, ListNode, MapNode, Node, ScalarNode

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Phrases
    from ivrcore.location import Location

_SLOT = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"\w")


class WordingReader:
    """Reads texts, phrases and recordings of one dialplan, and keeps what `check` asks for afterwards."""

    def __init__(self, languages: tuple[str, ...]) -> None:
        self.languages = languages
        self.files: list[Name] = []
        """Recordings, and where they are named."""
        self.incomplete: list[Location] = []
        """Texts that are not in every language."""

    def read(self, node: Node, fields: Fields) -> Wording:
        """Read a text, texts by language, ``{say: …}``, ``{play: files}``, or a list; empty is reported."""
        if plain := self.plain(node):
            return plain
        items = _texts(node, fields)
        known, whole = len(fields.problems), len(self.incomplete)
        wording = tuple([part for item in items for part in self._part(item, fields)])
        if len(self.incomplete) > whole and self._in_turn(wording):
            del self.incomplete[whole:]
        if not wording and len(fields.problems) == known:
            hint = "write a text in quotes, or {play: file}"
            message = f"{fields.what}: nothing to say or play"
            fields.problems.report(rules.NO_PROMPT, node.location, message, hint)
        return wording

    def plain(self, node: Node) -> Wording:
        """Read what nearly all are, a text without slots where there is one language; empty for others."""
        if type(node) is not ScalarNode or len(self.languages) > 1:
            return ()
        text = node.text
        if "{" in text or "}" in text or text in NULLS or not text.strip():
            return ()
        return (Text({self.languages[0]: Template(text, (text,))}, node.location),)

    def _in_turn(self, wording: Wording) -> bool:
        """Whether its texts are of one language after another, as before a choice of language."""
        tags = [tag for part in wording if isinstance(part, Text) for tag in part.by_language]
        return len(tags) > 1 and sorted(tags) == sorted(self.languages)

    def read_list(self, node: Node, fields: Fields) -> tuple[Wording, ...]:
        """Read a list of prompts, or a single one."""
        items = _texts(node, fields)
        return tuple(self.read(item, fields) for item in items)

    def recorded(self, fields: Fields) -> list[Recorded]:
        """Read the files of key ``play``."""
        files = [text for text in fields.texts("play") if text.text.strip()]
        self.files += [Name(file.text, file.location) for file in files]
        return [Recorded(file.text) for file in files]

    def phrases(self, key: str, fields: Fields) -> Phrases:
        """Read one phrase or a list of them, or these by language."""
        entry = fields.entry(key)
        if entry is None:
            return {}
        if type(entry.value) is not MapNode:
            return {self.languages[0]: self._names(entry.value, fields)}
        return {
            one.key: self._names(one.value, fields)
            for one in entry.value.entries
            if self.is_language(one, fields)
        }

    def _names(self, node: Node, fields: Fields) -> tuple[Name, ...]:
        return read_phrases(fields.text_items(node), fields)

    def _part(self, node: Node, fields: Fields) -> list[Text | Recorded]:
        if isinstance(node, ScalarNode):
            if len(self.languages) > 1 and (only := self._values_only(node, fields)):
                return [only]
            return self._one_text(node, fields)
        if not isinstance(node, MapNode):
            fields.wrong(node, "a text, {say: text} or {play: file}")
            return []
        if not {"say", "play"} & {entry.key for entry in node.entries}:
            return self._by_language(node, fields)
        within = Fields(node, fields.problems, fields.what)
        said = self._said(within)
        played = self.recorded(within)
        within.finish()
        return [*said, *played]

    def _said(self, fields: Fields) -> list[Text | Recorded]:
        entry = fields.entry("say")
        if entry is None:
            return []
        return [part for item in _texts(entry.value, fields) for part in self._part(item, fields)]

    def _by_language(self, node: MapNode, fields: Fields) -> list[Text | Recorded]:
        texts: dict[str, ScalarNode] = {}
        for entry in node.entries:
            if not self.is_language(entry, fields):
                continue
            if isinstance(entry.value, ScalarNode):
                texts[entry.key] = entry.value
            else:
                fields.wrong(entry.value, "a text")
        return self._text(texts, node.location, fields)

    def is_language(self, entry: Entry, fields: Fields) -> bool:
        """Whether a key is one of the dialplan's languages; reported if not."""
        if entry.key in self.languages:
            return True
        message = f"{fields.what}: {quoted(entry.key)} is not one of this dialplan's languages"
        hint = did_you_mean(entry.key, [*self.languages, "say", "play"])
        fields.problems.report(rules.UNKNOWN_LANGUAGE, entry.location, message, hint)
        return False

    def _one_text(self, node: ScalarNode, fields: Fields) -> list[Text | Recorded]:
        """Read a text of the first language."""
        if node.is_null or not node.text.strip():
            return []
        if len(self.languages) > 1:
            self.incomplete.append(node.location)
        return [Text({self.languages[0]: self._template(node, fields.problems)}, node.location)]

    def _text(
        self, texts: dict[str, ScalarNode], location: Location, fields: Fields
    ) -> list[Text | Recorded]:
        written = {tag: node for tag, node in texts.items() if node.text.strip() and not node.is_null}
        if not written:
            return []
        if len(written) < len(self.languages):
            self.incomplete.append(location)
        ordered = [tag for tag in self.languages if tag in written]
        return [Text({tag: self._template(written[tag], fields.problems) for tag in ordered}, location)]

    def _values_only(self, node: ScalarNode, fields: Fields) -> Text | None:
        """Read a text that has no words of its own, such as ``{sum:amount KRW}``: it is in every language."""
        if node.text[:1] != "{" or "{{" in node.text or _WORD.search(_SLOT.sub("", node.text)):
            return None
        template = self._template(node, fields.problems)
        return Text(dict.fromkeys(self.languages, template), node.location)

    def _template(self, node: ScalarNode, problems: Problems) -> Template:
        if "{" not in node.text and "}" not in node.text:  # nearly all: a large dialplan has many thousands
            return Template(node.text, (node.text,))
        return parse_template(node.text, node.location, problems, plain=node.plain)


def _texts(node: Node, fields: Fields) -> tuple[Node, ...]:
    """Give the items of a list of texts, or the one text."""
    if not isinstance(node, ListNode):
        return (node,)
    if len(node.items) > 1:
        check_commas(node, fields.problems)
    return node.items

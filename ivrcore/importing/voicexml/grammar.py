"""Inline grammars (SRGS in its XML form) as phrases and keys; ``builtin:`` grammars as lengths."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ivrcore.importing import rules
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.voicexml.reader import Element, Text

MOST_ANSWERS = 200
"""Answers of one grammar that are written out."""
_KEYS = re.compile(r"[0-9*#A-D]+")
_BUILTIN = re.compile(r"(?:builtin:)?(?:grammar/|dtmf/)?(\w+)(?:\?(.*))?")
TYPES = ("boolean", "digits", "number", "phone", "currency", "date", "time")


@dataclass(slots=True)
class Answer:
    """One thing to say or press, and the value that it stands for."""

    text: str
    value: str
    keys: bool = False


@dataclass(slots=True)
class Builtin:
    """A builtin type and its parameters: ``digits?length=4``."""

    kind: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def length(self) -> str:
        """How many digits, as `collect` writes it."""
        if exact := self.options.get("length"):
            return exact
        least, most = self.options.get("minlength", "1"), self.options.get("maxlength", "20")
        return least if least == most else f"{least}-{most}"


def builtin(text: str) -> Builtin | None:
    """Read a builtin type; None for anything else."""
    match = _BUILTIN.fullmatch(text.strip())
    if not match or match[1] not in TYPES:
        return None
    pairs = (part.partition("=") for part in re.split(r"[;&]", match[2] or ""))
    options = {key.strip(): value.strip() for key, _, value in pairs if value.strip().isdigit()}
    return Builtin(match[1], options)


def answers(grammar: Element) -> list[Answer]:
    """Give what a grammar takes; raise :class:`Untold` for one that is not a list of alternatives."""
    if grammar.get("src"):
        raise _untold(
            f"the grammar {grammar.get('src')!r} is outside of the document", "write it into the document"
        )
    if grammar.get("type") not in ("", "application/srgs+xml") or not grammar.elements:
        raise _untold(
            "only grammars in XML have a translation (application/srgs+xml)", "write it as <one-of><item>"
        )
    keys = grammar.get("mode", "voice") == "dtmf"
    known = {rule.get("id"): rule for rule in grammar.all("rule")}
    root = known.get(grammar.get("root")) or next(iter(known.values()), None)
    if root is None:
        raise _untold("the grammar has no rule", "")
    reader = _Reader(known, keys)
    found = [Answer(text, value or text, keys) for text, value in reader.sequence(root, 0)]
    if keys:
        found = [
            Answer(re.sub(r"\s", "", one.text), re.sub(r"\s", "", one.value), keys=True) for one in found
        ]
        if any(not _KEYS.fullmatch(one.text) for one in found):
            raise _untold("a key of the grammar cannot be pressed", "keys are 0-9, *, # and A-D")
    return [one for one in found if one.text]


def _untold(message: str, hint: str) -> Untold:
    return Untold(message, hint, rules.NO_GRAMMAR)


class _Reader:
    def __init__(self, known: dict[str, Element], keys: bool) -> None:
        self.known = known
        self.keys = keys

    def sequence(self, element: Element, depth: int) -> list[tuple[str, str]]:
        """Give every text that a sequence takes, with its tag's value."""
        if depth > 10:
            raise _untold("rules of the grammar refer to each other too deep", "")
        found: list[tuple[str, str]] = [("", "")]
        for child in element.children:
            ways = self.child(child, depth)
            if len(found) * len(ways) > MOST_ANSWERS:
                raise _untold(
                    f"the grammar takes more than {MOST_ANSWERS} answers", "use 'collect' for digits"
                )
            found = [(f"{text} {more}".strip(), tag or value) for text, value in found for more, tag in ways]
        return found

    def child(self, child: Element | Text, depth: int) -> list[tuple[str, str]]:
        if isinstance(child, Text):
            return [(" ".join(child.text.split()).strip('"'), "")]
        if child.name == "one-of":
            return [way for item in child.all("item") for way in self.sequence(item, depth + 1)]
        if child.name == "item":
            return self.repeated(child, depth)
        if child.name == "tag":
            return [("", _tag(child.text))]
        if child.name == "ruleref":
            rule = self.known.get(child.get("uri").removeprefix("#"))
            if rule is None:
                raise _untold(
                    f"the rule {child.get('uri')!r} is not in the grammar", "write it into the document"
                )
            return self.sequence(rule, depth + 1)
        if child.name in ("example", "meta", "metadata", "lexicon"):
            return [("", "")]
        raise _untold(f"<{child.name}> in a grammar has no translation", "")

    def repeated(self, item: Element, depth: int) -> list[tuple[str, str]]:
        ways = self.sequence(item, depth + 1)
        repeat = item.get("repeat", "1")
        if repeat in ("0-1", "0"):
            return [("", ""), *(ways if repeat == "0-1" else ())]
        if repeat != "1":
            raise _untold(f"repeat={repeat!r} in a grammar has no translation", "use 'collect' for digits")
        return ways


def _tag(text: str) -> str:
    """Give the value of a tag: ``out='cards'``, ``out.card='cards'``, ``'cards'`` or ``cards``."""
    _, sign, value = text.rpartition("=")
    return (value if sign else text).strip().rstrip(";").strip().strip("'\"")

"""The grammars of a document: inline or in a file beside it, in either form; ``builtin:`` ones as lengths."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ivrcore.importing import rules
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.srgs.abnf import is_abnf, read_abnf
from ivrcore.importing.srgs.model import Grammar
from ivrcore.importing.srgs.xml_form import from_element
from ivrcore.importing.voicexml.reader import Element, Text
from ivrcore.speech.slots import SlotKind

_BUILTIN = re.compile(r"(?:builtin:)?(grammar/|dtmf/)?(\w+)(?:\?(.*))?")
TYPES = ("boolean", "digits", "number", "phone", "currency", "date", "time")
_SLOTS = {
    "digits": SlotKind.DIGITS,
    "phone": SlotKind.DIGITS,
    "currency": SlotKind.AMOUNT,
    "date": SlotKind.DATE,
}
_DIFFERS = {
    "currency": "its value is a number alone, such as 12.5; write its currency",
    "date": "its value is written as 2026-05-01, and no part of it may be left out",
}


@dataclass(slots=True)
class Builtin:
    """A builtin type and its parameters: ``digits?length=4``; ``voice``: it may be said."""

    kind: str
    options: dict[str, str] = field(default_factory=dict)
    voice: bool = True

    @property
    def slot(self) -> SlotKind | None:
        """What `collect` takes for it; None for what it takes as digits that are typed."""
        return _SLOTS.get(self.kind)

    @property
    def differs(self) -> str:
        """Tell how `collect` takes it otherwise; empty if it does not."""
        return _DIFFERS.get(self.kind, "" if self.slot else f"a {self.kind} is taken by keys only, as digits")

    @property
    def length(self) -> str:
        """How many digits, as `collect` writes it."""
        if exact := self.options.get("length"):
            return exact
        least, most = self.options.get("minlength", "1"), self.options.get("maxlength", "20")
        return least if least == most else f"{least}-{most}"


def builtin(text: str, mode: str = "") -> Builtin | None:
    """Read a builtin type, or its grammar's address and ``mode``; None for anything else."""
    match = _BUILTIN.fullmatch(text.strip())
    if not match or match[2] not in TYPES:
        return None
    pairs = (part.partition("=") for part in re.split(r"[;&]", match[3] or ""))
    options = {key.strip(): value.strip() for key, _, value in pairs if value.strip().isdigit()}
    return Builtin(match[2], options, voice=match[1] != "dtmf/" and mode != "dtmf")


def grammar_of(element: Element, beside: Mapping[str, Grammar]) -> Grammar:
    """Read a ``<grammar>``, inline or one of those files; raise :class:`Untold` where that cannot be."""
    source = element.get("src")
    if source:
        address, _, rule = source.partition("#")
        found = beside.get(PurePosixPath(urlsplit(address).path).name)
        if found is None:
            hint = "put it into the folder of the document, or write it into the document"
            raise _untold(f"the grammar {source!r} is not among the files", hint)
        return replace(found, root=rule or found.root, faults=list(found.faults))
    if is_abnf(element.text):
        text = "\n".join(child.text for child in element.children if isinstance(child, Text))
        return read_abnf(text, lambda _: element.place)
    if element.get("type") not in ("", "application/srgs+xml", "application/srgs"):
        kind = element.get("type")
        raise _untold(f"grammars of type {kind!r} have no translation", "write it as <one-of><item>")
    if not element.elements:
        raise _untold("only grammars of SRGS have a translation", "write it as <one-of><item>")
    return from_element(element)


def _untold(message: str, hint: str) -> Untold:
    return Untold(message, hint, rules.NO_GRAMMAR)

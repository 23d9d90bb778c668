"""The XML form of a grammar (SRGS 1.0, appendix C), from elements that were read already. Pure."""

from __future__ import annotations

import re

from ivrcore.importing import rules
from ivrcore.importing.srgs.model import (
    Broken,
    Fault,
    Grammar,
    Node,
    Refer,
    Repeat,
    Rule,
    Series,
    Tag,
    Token,
    Ways,
)
from ivrcore.importing.voicexml.reader import Element, Text
from ivrcore.problems import Rule as Kind

_TIMES = re.compile(r"(\d{1,9})\s*(?:(-)\s*(\d{0,9}))?")
_NO_WORDS = ("example", "meta", "metadata", "lexicon")
_KNOWN = {
    "grammar": ("version", "root", "mode", "type", "src", "scope", "weight"),
    "rule": ("id", "scope"),
    "item": ("repeat",),
    "ruleref": ("uri", "special", "type"),
    "token": (),
    "one-of": (),
    "tag": (),
}


def from_element(root: Element) -> Grammar:
    """Make a grammar of a ``<grammar>``."""
    grammar = Grammar(root.place, root=root.get("root"), keys=root.get("mode") == "dtmf")
    grammar.language = root.get("xml:lang")
    reader = _Reader(grammar)
    reader.only(root)
    for element in root.elements:
        if element.name == "rule":
            reader.rule(element)
        elif element.name in _NO_WORDS:
            reader.fault(element, f"<{element.name}> was left out", rules.OPTION)
        else:
            reader.fault(element, f"<{element.name}> in a grammar has no translation")
    return grammar


class _Reader:
    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar

    def fault(self, element: Element, message: str, kind: Kind = rules.NO_GRAMMAR, hint: str = "") -> None:
        self.grammar.faults.append(Fault(kind, element.place, message, hint))

    def only(self, element: Element) -> None:
        """Tell of attributes that are left out."""
        known = _KNOWN.get(element.name, ())
        for name, value in element.attributes.items():
            if name not in known and not name.startswith(("xmlns", "xsi", "xml:", "fetch", "max")):
                self.fault(element, f"the attribute {name}={value!r} was left out", rules.OPTION)
            elif name == "xml:lang" and element.name != "grammar":
                self.fault(element, f"the language of a part, {value}, was left out", rules.OPTION)

    def rule(self, element: Element) -> None:
        self.only(element)
        name = element.get("id")
        if not name or name in self.grammar.rules:
            self.fault(element, f"the rule {name!r} is there twice" if name else "a rule has no id")
            return
        self.grammar.rules[name] = Rule(name, self.series(element), element.place)

    def series(self, element: Element) -> Node:
        found = [node for child in element.children if (node := self.child(child, element)) is not None]
        return found[0] if len(found) == 1 else Series(tuple(found), element.place)

    def child(self, child: Element | Text, within: Element) -> Node | None:
        if isinstance(child, Text):
            text = " ".join(child.text.replace('"', " ").split())
            return Token(text, within.place) if text else None
        self.only(child)
        match child.name:
            case "one-of":
                return self.one_of(child)
            case "item":
                return self.item(child)
            case "token":
                return Token(child.text, child.place)
            case "tag":
                return Tag(child.text, child.place)
            case "ruleref":
                return self.refer(child)
            case name if name in _NO_WORDS:
                self.fault(child, f"<{name}> was left out", rules.OPTION)
                return None
        self.fault(child, f"<{child.name}> in a grammar has no translation")
        return Broken(child.place)

    def one_of(self, element: Element) -> Node:
        for child in element.elements:
            if child.name != "item":
                self.fault(child, f"<{child.name}> right within <one-of> has no translation")
        items = element.all("item")
        if any(item.get("weight") for item in items):
            self.fault(element, "weights were left out: all alternatives are as likely", rules.OPTION)
        ways = tuple(self.item(item) for item in items)
        if not ways:
            self.fault(element, "<one-of> has no <item>")
            return Broken(element.place)
        return Ways(ways, element.place)

    def item(self, element: Element) -> Node:
        if element.get("repeat-prob"):
            self.fault(element, "the probability of a repetition was left out", rules.OPTION)
        inner = self.series(element)
        if not element.get("repeat"):
            return inner
        match = _TIMES.fullmatch(element.get("repeat"))
        least = int(match[1]) if match else 0
        most = (int(match[3]) if match[3] else None) if match and match[2] else least
        if match is None or (most is not None and most < least):
            self.fault(element, f"repeat={element.get('repeat')!r} is no number of times")
            return Broken(element.place)
        return Repeat(inner, least, most, element.place)

    def refer(self, element: Element) -> Node:
        special, uri = element.get("special"), element.get("uri")
        if special == "NULL":
            return Series((), element.place)
        if special or not uri.startswith("#"):
            return Refer("", element.place, special or uri)
        return Refer(uri[1:], element.place)

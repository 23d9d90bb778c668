"""The ABNF form of a grammar (SRGS 1.0, appendix D). Pure and total: any text gives a grammar and faults.

A mistake costs its own rule or declaration; reading goes on behind the next semicolon.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

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
from ivrcore.location import Location
from ivrcore.problems import Rule as Kind
from ivrcore.problems import quoted

DEEPEST = 20
"""Brackets within brackets."""
HEADER = re.compile(r"\s*#ABNF\s+1\.0([^;\n]*);?")
# No two neighbours take the same character: else a text that does not fit takes a time of its square or cube.
_LEXEMES = re.compile(
    r"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<tag>\{!\{.*?\}!\}|\{[^{}]*\})
    |(?P<unclosed>/\*|\{!\{)
    |(?P<quoted>"[^"\n]*")
    |(?P<rule>\$(?:<[^<>\n]*>(?:~<[^<>\n]*>)?|[^\W\d][\w.-]*))
    |(?P<times><\s*\d+\s*(?:-\s*(?:\d+\s*)?)?(?:/[\d.\s]*/\s*)?>)
    |(?P<uri><[^<>\n]*>)
    |(?P<weight>/\s*[\d.]+\s*/)
    |(?P<spoken>![A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)
    |(?P<sign>[;=|()\[\]])
    |(?P<word>[^\s;=|*+<>()\[\]{}/!$"]+)
    |(?P<wrong>.)""",
    re.VERBOSE | re.DOTALL,
)
_TIMES = re.compile(r"<\s*(\d+)\s*(?:(-)\s*(\d*)\s*)?")
_DECLARED = ("language", "mode", "root", "tag-format", "base", "lexicon", "meta", "http-equiv")
_LEFT_OUT = ("tag-format", "base", "lexicon", "meta", "http-equiv")
Locate = Callable[[int], Location]


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    text: str
    at: int


class _Refused(Exception):
    def __init__(self, at: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.at, self.message, self.hint = at, message, hint


def is_abnf(text: str) -> bool:
    """Whether a text says of itself that it is a grammar in this form."""
    return HEADER.match(text) is not None


def parse_abnf(text: str, file: str) -> Grammar:
    """Read a file's text."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def locate(at: int) -> Location:
        line = bisect_right(starts, at)
        return Location(file, line, at - starts[line - 1] + 1)

    return read_abnf(text, locate)


def read_abnf(text: str, locate: Locate) -> Grammar:
    """Read a text whose places ``locate`` tells."""
    return _Reader(text, locate).read()


class _Reader:
    def __init__(self, text: str, locate: Locate) -> None:
        self.locate = locate
        self.grammar = Grammar(locate(0))
        header = HEADER.match(text)
        if header is None:
            self.fault(0, "a grammar in this form begins with #ABNF 1.0;", rules.NO_STATEMENT)
        first = header.end() if header else 0
        self.unclosed = False
        self.lexemes = list(self.lex(text, first))
        self.end = _Lexeme("end", "", len(text))
        self.next = 0

    def fault(self, at: int, message: str, kind: Kind = rules.NO_GRAMMAR, hint: str = "") -> None:
        self.grammar.faults.append(Fault(kind, self.locate(at), message, hint))

    # --- lexemes ------------------------------------------------------------------------------------

    def lex(self, text: str, first: int) -> Iterator[_Lexeme]:
        """Give all up to the end, or up to where a comment or a tag is opened and never closed."""
        for match in _LEXEMES.finditer(text, first):
            if match.lastgroup == "unclosed":
                self.unclosed = True
                what, closing = ("comment", "*/") if match[0] == "/*" else ("tag", "}!}")
                message = f"this {what} is not closed: nothing behind it was read"
                self.fault(match.start(), message, rules.NO_STATEMENT, f"add {closing}")
                return
            if match.lastgroup != "space":
                yield _Lexeme(match.lastgroup or "", match[0], match.start())

    @property
    def here(self) -> _Lexeme:
        return self.lexemes[self.next] if self.next < len(self.lexemes) else self.end

    def take(self) -> _Lexeme:
        here = self.here
        self.next += here is not self.end
        return here

    def is_sign(self, sign: str) -> bool:
        return self.here.kind == "sign" and self.here.text == sign

    def expect(self, sign: str) -> None:
        if not self.is_sign(sign):
            raise _Refused(
                self.here.at, f"{quoted(sign)} is missing before {quoted(self.here.text or 'the end')}"
            )
        self.take()

    # --- statements ---------------------------------------------------------------------------------

    def read(self) -> Grammar:
        while self.here is not self.end:
            try:
                self.statement()
            except _Refused as refused:
                if self.unclosed and self.here is self.end:  # it is told already why something is missing
                    break
                self.fault(refused.at, refused.message, rules.NO_STATEMENT, refused.hint)
                self.skip()
        return self.grammar

    def skip(self) -> None:
        while self.here is not self.end and not self.is_sign(";"):
            self.take()
        self.take()

    def statement(self) -> None:
        here = self.here
        if here.kind == "word" and here.text in ("public", "private"):
            self.take()
        if self.here.kind == "rule":
            self.rule()
        elif here.kind == "word" and here.text in _DECLARED:
            self.declaration(self.take())
        elif here.kind == "tag":
            self.fault(here.at, "a tag of the whole grammar has no translation")
            self.take()
            self.expect(";")
        elif self.is_sign(";"):
            self.take()
        else:
            raise _Refused(here.at, f"{quoted(here.text)} begins neither a rule nor a declaration")

    def declaration(self, key: _Lexeme) -> None:
        words = []
        while self.here is not self.end and not self.is_sign(";"):
            words.append(self.take())
        self.expect(";")
        value = words[0].text if len(words) == 1 else ""
        if key.text == "language" and value:
            self.grammar.language = value
        elif key.text == "mode" and value in ("voice", "dtmf"):
            self.grammar.keys = value == "dtmf"
        elif key.text == "root" and words and words[0].kind == "rule" and value:
            self.grammar.root = value[1:]
        elif key.text in _LEFT_OUT:
            self.fault(key.at, f"{key.text!r} was left out", rules.OPTION)
        else:
            shown = " ".join(word.text for word in words)
            raise _Refused(key.at, f"{quoted(f'{key.text} {shown}')} cannot be read")

    def rule(self) -> None:
        name = self.take()
        if name.text.startswith("$<"):
            raise _Refused(name.at, "a rule's name stands without < and >")
        known = self.grammar.rules
        place = self.locate(name.at)
        if name.text[1:] in known:
            raise _Refused(name.at, f"the rule {name.text} is there twice")
        known[name.text[1:]] = Rule(name.text[1:], Broken(place), place)
        self.expect("=")
        node = self.ways(0)
        self.expect(";")
        known[name.text[1:]] = Rule(name.text[1:], node, place)

    # --- what a rule is made of -----------------------------------------------------------------------

    def ways(self, depth: int) -> Node:
        first = self.here.at
        if depth > DEEPEST:
            raise _Refused(first, "too many brackets within brackets")
        found = [self.series(depth)]
        while self.is_sign("|"):
            self.take()
            found.append(self.series(depth))
        return found[0] if len(found) == 1 else Ways(tuple(found), self.locate(first))

    def series(self, depth: int) -> Node:
        first = self.here.at
        if self.here.kind == "weight":
            self.fault(self.take().at, "a weight was left out: all alternatives are as likely", rules.OPTION)
        found: list[Node] = []
        while (node := self.part(depth)) is not None:
            found.append(self.repeated(node))
        if not found:
            raise _Refused(first, "there is nothing to say here", "write $NULL for nothing")
        return found[0] if len(found) == 1 else Series(tuple(found), self.locate(first))

    def part(self, depth: int) -> Node | None:
        here = self.here
        place = self.locate(here.at)
        match here.kind:
            case "word" | "quoted":
                self.take()
                return Token(here.text.strip('"'), place)
            case "tag":
                self.take()
                text = here.text
                return Tag((text[3:-3] if text.startswith("{!{") else text[1:-1]).strip(), place)
            case "rule":
                self.take()
                return _refer(here.text, place)
            case "sign" if here.text in "([":
                return self.brackets(depth)
        if here.kind in ("wrong", "times", "uri", "weight", "spoken"):
            raise _Refused(here.at, f"{quoted(here.text)} cannot stand here")
        return None

    def brackets(self, depth: int) -> Node:
        opened = self.take()
        place = self.locate(opened.at)
        closing = ")" if opened.text == "(" else "]"
        if opened.text == "(" and self.is_sign(closing):  # () is nothing, as $NULL
            self.take()
            return Series((), place)
        inner = self.ways(depth + 1)
        self.expect(closing)
        return inner if closing == ")" else Repeat(inner, 0, 1, place)

    def repeated(self, node: Node) -> Node:
        while self.here.kind in ("times", "spoken"):
            here = self.take()
            if here.kind == "spoken":
                self.fault(here.at, f"the language of a part, {here.text[1:]}, was left out", rules.OPTION)
                continue
            match = _TIMES.match(here.text)
            assert match is not None
            if "/" in here.text:
                self.fault(here.at, "the probability of a repetition was left out", rules.OPTION)
            least = int(match[1][:9])
            most = least if not match[2] else int(match[3][:9]) if match[3] else None
            if most is not None and most < least:
                raise _Refused(here.at, f"{quoted(here.text)} ends before it begins")
            node = Repeat(node, least, most, self.locate(here.at))
        return node


def _refer(text: str, place: Location) -> Node:
    """Read ``$rule``, ``$NULL`` or ``$<grammar#rule>``."""
    if text == "$NULL":
        return Series((), place)
    if text.startswith("$<"):
        uri = text[2:].partition(">")[0].strip()
        return Refer(uri[1:], place) if uri.startswith("#") else Refer("", place, uri)
    return Refer("", place, text[1:]) if text in ("$VOID", "$GARBAGE") else Refer(text[1:], place)

"""XML with line numbers, read safely: no DTD, no entity, nothing fetched (the library defusedxml refuses
them)."""

from __future__ import annotations

import io
import xml.sax
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl, Locator

import defusedxml
import defusedxml.sax

from ivrcore.importing import rules
from ivrcore.importing.source import Line
from ivrcore.location import Location
from ivrcore.problems import Problems

DEEPEST = 40
"""Elements within elements."""


@dataclass(slots=True, eq=False)
class Text:
    """Text between tags, with the lines that it is on."""

    text: str
    lines: list[int]


Child: TypeAlias = "Element | Text"


@dataclass(slots=True, eq=False)
class Element:
    """One element; ``name`` is without its namespace's prefix."""

    name: str
    attributes: dict[str, str]
    file: str
    line: int
    column: int = 1
    children: list[Child] = field(default_factory=list)
    parent: Element | None = None

    @property
    def place(self) -> Location:
        """Where its tag begins."""
        return Location(self.file, self.line, self.column)

    @property
    def elements(self) -> list[Element]:
        """The elements right within."""
        return [child for child in self.children if isinstance(child, Element)]

    @property
    def own(self) -> list[Location]:
        """The lines of its tag and of the text right within it."""
        lines = {self.line}
        for child in self.children:
            if isinstance(child, Text):
                lines.update(child.lines)
        return [Location(self.file, line) for line in sorted(lines)]

    @property
    def whole(self) -> list[Location]:
        """The lines of everything within it, too."""
        found = dict.fromkeys(self.own)
        for element in self.walk():
            found |= dict.fromkeys(element.own)
        return sorted(found)

    @property
    def text(self) -> str:
        """All text within, spaces made one."""
        parts = (
            one.text for element in (self, *self.walk()) for one in element.children if isinstance(one, Text)
        )
        return " ".join(" ".join(parts).split())

    def walk(self) -> Iterator[Element]:
        """Give every element within, in the order written."""
        for child in self.elements:
            yield child
            yield from child.walk()

    def all(self, *names: str) -> list[Element]:
        """Give the elements of these names right within."""
        return [child for child in self.elements if child.name in names]

    def get(self, attribute: str, default: str = "") -> str:
        """Give an attribute's text."""
        return self.attributes.get(attribute, default).strip()


@dataclass(slots=True)
class Document:
    """One file: its root element, its comments, and every line that says something."""

    root: Element
    lines: list[Line]
    comments: list[Line]


def read_document(text: str, file: str, problems: Problems) -> Document | None:
    """Parse a document; None, reported, if it is not well-formed or uses what is refused."""
    builder = _Builder(file, text)
    place = Location(file, 1)
    try:
        parser = defusedxml.sax.make_parser()
        parser.forbid_dtd = True
        parser.setContentHandler(builder)
        parser.setProperty(xml.sax.handler.property_lexical_handler, builder)
        parser.parse(io.BytesIO(text.encode("utf-8", "replace")))
    except defusedxml.DefusedXmlException as refused:
        hint = "take the DOCTYPE and every entity out; put files that it named into the document"
        problems.report(
            rules.REFUSED_XML, place, f"entities and DTDs are refused ({type(refused).__name__})", hint
        )
        return None
    except xml.sax.SAXParseException as error:
        where = Location(file, error.getLineNumber() or 1, (error.getColumnNumber() or 0) + 1)
        problems.report(rules.REFUSED_XML, where, f"this is not well-formed XML: {error.getMessage()}")
        return None
    except _TooDeep:
        problems.report(rules.REFUSED_XML, place, f"elements are nested more than {DEEPEST} deep")
        return None
    except (xml.sax.SAXException, LookupError, ValueError) as error:  # an encoding that nobody knows
        problems.report(rules.REFUSED_XML, place, f"this cannot be read as XML: {error}")
        return None
    if builder.root is None:
        problems.report(rules.REFUSED_XML, place, "there is no element")
        return None
    return Document(builder.root, builder.lines(), builder.comments)


class _TooDeep(Exception):
    """The document is nested deeper than anything real."""


class _Builder(ContentHandler):
    """Builds the tree from what the parser tells."""

    def __init__(self, file: str, text: str) -> None:
        super().__init__()
        self.file = file
        self.written = text.split("\n")
        self.root: Element | None = None
        self.open: list[Element] = []
        self.said: set[int] = set()
        self.comments: list[Line] = []
        self.locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802 - the library's name
        self.locator = locator

    @property
    def line(self) -> int:
        return (self.locator.getLineNumber() if self.locator else 1) or 1

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 - the library's name
        if len(self.open) >= DEEPEST:
            raise _TooDeep
        given = {str(key): str(value) for key, value in attrs.items()}
        column = (self.locator.getColumnNumber() if self.locator else 0) or 0
        element = Element(name.rpartition(":")[2], given, self.file, self.line, column + 1)
        self.said.add(element.line)
        if self.open:
            element.parent = self.open[-1]
            self.open[-1].children.append(element)
        else:
            self.root = element
        self.open.append(element)

    def endElement(self, name: str) -> None:  # noqa: N802 - the library's name
        self.open.pop()

    def characters(self, content: str) -> None:
        if not self.open:
            return
        children = self.open[-1].children
        if not children or not isinstance(children[-1], Text):
            children.append(Text("", []))
        last = children[-1]
        assert isinstance(last, Text)
        last.text += content
        if content.strip():
            self.said.add(self.line)
            last.lines.append(self.line)

    def comment(self, content: str) -> None:
        """Keep a comment; part of the lexical interface."""
        text = " ".join(content.split())
        self.comments.append(Line(Location(self.file, self.line), f"<!-- {text} -->"))
        self.said.add(self.line)

    def lines(self) -> list[Line]:
        """Give the lines that say something: a tag begins, or there is text."""
        known = len(self.written)
        numbers = sorted(number for number in self.said if number <= known)
        return [Line(Location(self.file, number), self.written[number - 1]) for number in numbers]

    def startDTD(self, name: str, public: str, system: str) -> None:  # noqa: N802 - the library's name
        """Refused before this; part of the lexical interface."""

    def endDTD(self) -> None:  # noqa: N802 - the library's name
        """Part of the lexical interface."""

    def startCDATA(self) -> None:  # noqa: N802 - the library's name
        """Part of the lexical interface."""

    def endCDATA(self) -> None:  # noqa: N802 - the library's name
        """Part of the lexical interface."""

    def startEntity(self, name: str) -> None:  # noqa: N802 - the library's name
        """Part of the lexical interface."""

    def endEntity(self, name: str) -> None:  # noqa: N802 - the library's name
        """Part of the lexical interface."""

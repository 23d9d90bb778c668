"""What all documents of one import share: names, dialogs, properties, and where each part is accounted
for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from ivrcore.importing import rules
from ivrcore.importing.draft import Draft, Steps, Value, note
from ivrcore.importing.emit import places
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.extensions.values import Told, Variables
from ivrcore.importing.srgs.model import Grammar
from ivrcore.importing.voicexml.ecma import expression
from ivrcore.importing.voicexml.reader import Document, Element
from ivrcore.location import Location
from ivrcore.problems import Problems, Rule, quoted

_SECONDS = re.compile(r"\+?(\d+(?:\.\d+)?)(ms|s)?")
_SESSION = {
    "session.connection.remote.uri": "call.caller",
    "session.telephone.ani": "call.caller",
    "session.connection.local.uri": "call.number",
    "session.telephone.dnis": "call.number",
}
_SCOPES = ("application.", "document.", "dialog.", "session.")


@dataclass(slots=True)
class Page:
    """One document of the import. ``language`` is its texts' (primary tag)."""

    name: str
    document: Document
    language: str
    dialogs: dict[str, str] = field(default_factory=dict)
    parent: Page | None = None

    @property
    def first(self) -> str:
        """The block or menu that the document begins with."""
        return next(iter(self.dialogs.values()), "")


@dataclass(slots=True)
class Site:
    """All documents, the draft, and the list."""

    draft: Draft
    problems: Problems
    variables: Variables
    pages: dict[str, Page] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    recordings: dict[str, Location] = field(default_factory=dict)
    subdialogs: set[str] = field(default_factory=set)
    transfers: set[str] = field(default_factory=set)
    grammars: dict[str, Grammar] = field(default_factory=dict)
    """Those of files beside the documents, by the file's name."""
    answered: set[Element] = field(default_factory=set)

    # --- the list -----------------------------------------------------------------------------------------

    def listed(self, rule: Rule, element: Element, message: str, hint: str = "") -> Steps:
        """List an element as not translated; gives the comment for its place."""
        self.problems.report(rule, element.place, f"<{element.name}>: {message}", hint)
        return Steps([note(f"not translated ({rule.code}): {shown(element)}", *element.whole)])

    def untold(self, why: Untold, element: Element) -> Steps:
        """List an element for the reason that was raised."""
        return self.listed(why.rule, element, why.message, why.hint)

    def warn(self, rule: Rule, element: Element, message: str, hint: str = "") -> None:
        """List something about an element that is translated."""
        self.problems.report(rule, element.place, f"<{element.name}>: {message}", hint)

    def account(self, text: str, origins: Iterable[Location]) -> None:
        """Account for lines that became no step, below the dialplan."""
        origins = list(origins)
        if origins:
            self.draft.tail.append(f"{text}   {places(origins)}")

    def only(self, element: Element, *known: str) -> None:
        """Tell of attributes that are left out."""
        fetching = {
            "fetchhint",
            "fetchtimeout",
            "maxage",
            "maxstale",
            "fetchaudio",
            "enctype",
            "method",
            "id",
        }
        left = [name for name in element.attributes if name not in known and name not in fetching]
        left = [name for name in left if not name.startswith(("xml", "xsi")) or name == "xml:lang"]
        for name in left:
            if name == "xml:lang" and language(element.get(name)) in ("", self.page_language(element)):
                continue
            if not (name == "modal" and element.get(name) == "false"):
                self.warn(
                    rules.OPTION, element, f"the attribute {name}={quoted(element.get(name))} was left out"
                )

    def page_language(self, element: Element) -> str:
        """Give the language of the document that an element is in."""
        top = element
        while top.parent is not None:
            top = top.parent
        return language(top.get("xml:lang")) or self.draft.languages[0]

    # --- scripts ------------------------------------------------------------------------------------------

    def name(self, written: str, place: Location) -> Told:
        """Translate a name in a script."""
        if written in _SESSION:
            return Told(_SESSION[written])
        plain = written
        for scope in _SCOPES:
            plain = plain.removeprefix(scope)
        first, _, rest = plain.partition(".")
        if rest and first in self.subdialogs:
            plain = rest
        if "$" in plain or "." in plain or written.startswith("session."):
            raise Untold(
                f"{written!r} has no translation", "our dialplans have variables, call.caller, call.number"
            )
        if plain in self.transfers:
            return Told("outcome")
        ours = self.variables.ours(plain)
        self.variables.read.setdefault(ours, place)
        return Told(ours, self.kind(plain))

    def kind(self, name: str) -> str:
        """Tell whether a variable holds a number, a truth or a text."""
        return "number" if name in self.variables.numbers else self.kinds.get(name, "text")

    def script(self, text: str, place: Location) -> Told:
        """Translate an expression."""
        return expression(text, lambda name: self.name(name, place))

    def value(self, text: str, place: Location) -> Value:
        """Translate what a variable is set to."""
        told = self.script(text, place)
        if told.kind == "number" and re.fullmatch(r"\d{1,15}", told.text):
            return int(told.text)
        if told.text in ("true", "false"):
            return told.text == "true"
        if re.fullmatch(r"'[^']*'|\"[^\"]*\"", told.text):
            return told.text[1:-1].replace("{", "{{").replace("}", "}}")
        return "{" + told.text + "}"

    def set(self, name: str) -> str:
        """Note that a variable is set; give our name."""
        for scope in _SCOPES:
            name = name.removeprefix(scope)
        if not re.fullmatch(r"[A-Za-z_$][\w$]*", name):
            raise Untold(f"{name!r} is no variable that can be set")
        return self.variables.set(name.replace("$", "_"))

    # --- other things -------------------------------------------------------------------------------------

    def recording(self, source: str, place: Location) -> str:
        """Give a recording's name from its address."""
        path = PurePosixPath(urlsplit(source).path.lstrip("/"))
        name = str(path.with_suffix("")) if path.name else ""
        if not name or ".." in name:
            raise Untold(f"the recording {source!r} has no name")
        self.recordings.setdefault(name, place)
        return name

    def target(self, page: Page, address: str) -> str:
        """Find the block of ``#dialog``, ``document`` or ``document#dialog``; raise :class:`Untold`."""
        where, _, dialog = address.partition("#")
        found = self.pages.get(PurePosixPath(urlsplit(where).path).name) if where else page
        if found is None:
            hint = "import that document too, or write what it does with 'lookup'"
            raise Untold(f"the document {where!r} is not among the files", hint, rules.NO_TARGET)
        block = found.dialogs.get(dialog) if dialog else found.first
        if not block:
            raise Untold(f"there is no dialog {address!r}", "", rules.NO_TARGET)
        return block


def language(tag: str) -> str:
    """Give the primary tag of a language: ``ko`` of ``ko-KR``."""
    return tag.replace("_", "-").split("-")[0].casefold()


def duration(text: str, what: str, least: float = 0.0, most: float = 120.0) -> str:
    """Write a time of VoiceXML (``5s``, ``500ms``) as a duration, within what the step takes."""
    match = _SECONDS.fullmatch(text.strip())
    if not match:
        raise Untold(f"{what} {text!r} is no time")
    seconds = min(most, max(least, float(match[1]) / (1000 if match[2] == "ms" else 1)))
    return f"{seconds:g}s" if seconds >= 1 or seconds == 0 else f"{seconds * 1000:.0f}ms"


def shown(element: Element) -> str:
    """Give an element's tag for a comment."""
    given = "".join(f' {name}="{text}"' for name, text in element.attributes.items())
    text = f"<{element.name}{given}>"
    return text if len(text) <= 100 else text[:99] + "…"

"""Whole documents into a draft: those given, and those of their folder that they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from ivrcore.importing import rules
from ivrcore.importing.draft import Block, Draft, Entry, Steps, Value, plain_name, step
from ivrcore.importing.emit import places
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.extensions.values import Variables
from ivrcore.importing.source import Line, read_text
from ivrcore.importing.srgs.whole import load
from ivrcore.importing.voicexml.events import EVENTS
from ivrcore.importing.voicexml.forms import Form
from ivrcore.importing.voicexml.grammar import Builtin, builtin
from ivrcore.importing.voicexml.prompts import SPOKEN
from ivrcore.importing.voicexml.questions import IGNORED, answers_of, menu
from ivrcore.importing.voicexml.reader import Element, read_document
from ivrcore.importing.voicexml.site import Page, Site, language, shown
from ivrcore.problems import Problems

KNOWN_PROPERTIES = ("timeout", "interdigittimeout", "termchar", "confidencelevel", "bargein", "inputmodes")
MOST_PAGES = 100
_ADDRESSES = ("next", "src", "application")
_SUM = re.compile(r"[-+*/%]")


def read_voicexml(path: Path, draft: Draft, problems: Problems) -> list[Line] | None:
    """Translate a document and those it refers to; gives their lines, None if it cannot be read."""
    site = Site(draft, problems, Variables())
    lines = [line for name in _load(path, site) for line in site.pages[name].document.lines]
    if not site.pages:
        return None
    lines += _grammars(path.parent, site)
    _names(site)
    _kinds(site)
    for page in site.pages.values():
        _page(site, page)
    _number(site)
    _variables(site)
    for name, place in site.recordings.items():
        hint = f"put it into the prompt folder as {name}.wav"
        problems.report(rules.BRING_RECORDING, place, f"the recording {name!r} must be brought", hint)
    return lines


# --- documents --------------------------------------------------------------------------------------------


def _load(path: Path, site: Site) -> Iterator[str]:
    """Read a document and the ones of its folder that it names; gives their names."""
    waiting = [path]
    while waiting and len(site.pages) < MOST_PAGES:
        one = waiting.pop(0)
        if one.name in site.pages:
            continue
        text = read_text(one, site.problems)
        document = read_document(text, str(one), site.problems) if text is not None else None
        if document is None:
            continue
        root = document.root
        if root.name != "vxml":
            message, hint = f"the first element is <{root.name}>", "a VoiceXML document begins with <vxml>"
            site.problems.report(rules.REFUSED_XML, root.place, message, hint)
            continue
        spoken = language(root.get("xml:lang")) or site.draft.languages[0]
        if not site.pages and spoken not in site.draft.languages:
            site.draft.languages = [spoken]
        elif spoken not in site.draft.languages:
            site.draft.languages.append(spoken)
        site.pages[one.name] = Page(plain_name(one.stem), document, spoken)
        yield one.name
        waiting += [path.parent / name for name in _addresses(root) if (path.parent / name).is_file()]


def _grammars(folder: Path, site: Site) -> list[Line]:
    """Read the grammars that documents name, from their folder; gives the lines, which are accounted for."""
    found: list[Line] = []
    for page in list(site.pages.values()):
        for element in page.document.root.walk():
            source = element.get("src") if element.name == "grammar" else ""
            name = PurePosixPath(urlsplit(source.partition("#")[0]).path).name
            if not name or builtin(source) or name in site.grammars or not (folder / name).is_file():
                continue
            loaded = load(folder / name, site.problems)
            if loaded is not None:
                site.grammars[name] = loaded[0]
                found += loaded[1]
                site.account(f"a grammar of its own: {shown(element)}", [line.location for line in loaded[1]])
    return found


def _addresses(root: Element) -> list[str]:
    """Give the names of files that a document refers to, within its own folder."""
    found: list[str] = []
    for element in (root, *root.walk()):
        if element.name in ("audio", "grammar", "script"):
            continue
        for attribute in _ADDRESSES:
            name = PurePosixPath(urlsplit(element.get(attribute)).path).name if element.get(attribute) else ""
            if name and name not in found and name.endswith((".vxml", ".xml")):
                found.append(name)
    return found


def _names(site: Site) -> None:
    """Give every dialog a name, and every document the root that it belongs to."""
    several = len(site.pages) > 1
    for page in site.pages.values():
        root = page.document.root
        application = PurePosixPath(root.get("application")).name
        page.parent = site.pages.get(application) if application else None
        for number, dialog in enumerate(root.all("form", "menu"), 1):
            name = dialog.get("id") or f"{dialog.name}-{number}"
            page.dialogs[name] = site.draft.fresh(f"{page.name}.{name}" if several else name)


def _kinds(site: Site) -> None:
    """Tell which variables are numbers and which truths, from everything that sets them."""
    kinds: dict[str, set[str]] = {}
    for page in site.pages.values():
        for element in page.document.root.walk():
            name = element.get("name")
            if element.name in ("var", "assign", "param") and name and element.get("expr"):
                kinds.setdefault(name.rpartition(".")[2], set()).add(_kind(element.get("expr")))
            elif element.name == "field":
                boolean = (builtin(element.get("type")) or Builtin("digits")).kind == "boolean"
                kinds.setdefault(name, set()).add("truth" if boolean else "text")
            elif element.name == "subdialog":
                site.subdialogs.add(name)
            elif element.name == "transfer" and name:
                site.transfers.add(name)
    site.variables.numbers |= {name for name, found in kinds.items() if found == {"number"}}
    site.kinds |= {name: "truth" for name, found in kinds.items() if found == {"truth"}}


def _kind(script: str) -> str:
    script = script.strip()
    if script in ("true", "false"):
        return "truth"
    number = script.isdigit() or (_SUM.search(script) is not None and "'" not in script and '"' not in script)
    return "number" if number else "text"


# --- one document -----------------------------------------------------------------------------------------


def _page(site: Site, page: Page) -> None:
    root = page.document.root
    site.account(shown(root), root.own)
    site.only(root, "version", "application", "xml:lang", "xml:base")
    names = iter(page.dialogs.values())
    for element in root.elements:
        if element.name == "form":
            Form(site, page, element, next(names)).run()
        elif element.name == "menu":
            _menu(site, page, element, next(names))
        elif element.name == "var":
            _declare(site, element)
        elif element.name not in (*EVENTS, "property", "link"):
            _other(site, element)
    for element in (root, *root.walk()):
        if element.name == "property":
            _property(site, element)
        elif element.name == "link":
            _link(site, page, element)
        elif element.name in EVENTS and element not in site.answered:
            _unused(site, element)
    _strays(site, root)
    for line in page.document.comments:
        site.draft.tail.append(f"{line.shown}   {places([line.location])}")


def _menu(site: Site, page: Page, element: Element, name: str) -> None:
    if len(site.draft.languages) < 2:
        menu(site, page, element, name)
        return
    inner = site.draft.fresh(f"{name}.ask")
    site.draft.blocks[name] = Block(name, Steps([step("language", page.language), step("menu", inner)]))
    menu(site, page, element, inner)


_SAID = (*SPOKEN, "property", *EVENTS)
_WITHIN: dict[str, tuple[str, ...]] = {
    "menu": (*_SAID, "choice"),
    "field": (*_SAID, "grammar", "option", "filled", "link", "var", "log"),
    "subdialog": ("param", "filled", "property", *EVENTS),
    "transfer": (*_SAID, "filled"),
    "record": (*_SAID, "filled"),
    "choice": ("grammar",),
    "link": ("grammar",),
    "log": ("value",),
}
_WITHIN |= dict.fromkeys(
    ("option", "param", "property", "assign", "var", "clear", "goto", "submit", "exit"), ()
)
_WITHIN |= dict.fromkeys(("disconnect", "return", "reprompt", "elseif", "else"), ())
"""What may stand within an element; what else does is listed."""


def _strays(site: Site, element: Element) -> None:
    """List elements where they have no place: whoever translates the element around them does not look for
    them."""
    allowed = _WITHIN.get(element.name)
    for child in element.elements:
        if allowed is not None and child.name not in allowed:
            listed = site.listed(rules.NO_ELEMENT, child, f"it has no place within <{element.name}>")
            site.account(listed[0].notes[0], listed[0].origins)
        elif child.name != "grammar":
            _strays(site, child)


def _declare(site: Site, element: Element) -> None:
    """Declare a document's variable with its first value."""
    try:
        value = _first_value(site, element)
        site.draft.variables[site.set(element.get("name"))] = Entry(value, element.own)
    except Untold as why:
        listed = site.untold(why, element)
        site.account(listed[0].notes[0], listed[0].origins)


def _first_value(site: Site, element: Element) -> Value:
    value: Value = site.value(element.get("expr"), element.place) if element.get("expr") else ""
    if isinstance(value, str) and value.startswith("{") and not value.startswith("{{"):
        raise Untold("its first value is computed", "set it with a 'set' step")
    return value


def _other(site: Site, element: Element) -> None:
    if element.name in ("meta", "metadata"):
        site.account(f"about the document: {shown(element)}", element.whole)
        return
    listed = site.listed(
        rules.NO_ELEMENT, element, "this has no translation", "write it out with 'set' and 'if'"
    )
    site.account(listed[0].notes[0], listed[0].origins)


def _property(site: Site, element: Element) -> None:
    name = element.get("name")
    if name not in KNOWN_PROPERTIES and name not in IGNORED:
        site.warn(rules.OPTION, element, f"the property {name}={element.get('value')!r} was left out")
    site.account(shown(element), element.whole)


def _unused(site: Site, element: Element) -> None:
    """Tell of content for events that no question has."""
    events = element.get("event") if element.name == "catch" else element.name
    known = any(event in ("noinput", "nomatch", "help") for event in events.split())
    if known:
        site.account(f"no question needs it: {shown(element)}", element.whole)
        return
    hint = "hang-ups end a call by themselves; what fails goes on under 'failed' or 'otherwise'"
    listed = site.listed(rules.NO_ELEMENT, element, f"the event {events!r} has no translation", hint)
    site.account(listed[0].notes[0], listed[0].origins)


# --- links ------------------------------------------------------------------------------------------------

_WORDS = {"agent": ("agent", "operator", "representative", "somebody", "상담원", "人工"), "help": ("help",)}


def _link(site: Site, page: Page, element: Element) -> None:
    """Make a link one of the universals: help, starting over, or the way to a person."""
    found = [answer for grammar in element.all("grammar") for answer in answers_of(site, grammar)]
    keys = ["".join(element.get("dtmf").split())] if element.get("dtmf") else []
    keys += [answer.text for answer in found if answer.keys]
    said = [answer.text for answer in found if not answer.keys]
    value: dict[str, Value] = {}
    if said:
        value["say"] = list[Value](said) if len(said) > 1 else said[0]
    if keys:
        value["keys"] = list[Value](keys) if len(keys) > 1 else keys[0]
    try:
        kind = _universal(site, page, element, said, value)
    except Untold as why:
        listed = site.untold(why, element)
        site.account(listed[0].notes[0], listed[0].origins)
        return
    before = site.draft.universals.get(kind)
    if before is not None and before.value:
        listed = site.listed(
            rules.NO_ELEMENT, element, f"there is a link for {kind!r} already", "make it a choice"
        )
        site.account(listed[0].notes[0], listed[0].origins)
        return
    site.draft.universals[kind] = Entry(value, element.whole)


def _universal(site: Site, page: Page, element: Element, said: list[str], value: dict[str, Value]) -> str:
    if element.get("event") == "help":
        return "help"
    if not element.get("next"):
        raise Untold(
            "what it leads to is an event or computed", "make it a choice of every menu", rules.NO_TARGET
        )
    target = site.target(page, element.get("next"))
    first = next(iter(site.pages.values())).first
    if target == first and not any(word in text.casefold() for text in said for word in _WORDS["agent"]):
        return "start_over"
    value["go"] = Steps([step("goto", target)])
    return "agent"


# --- the whole --------------------------------------------------------------------------------------------


def _number(site: Site) -> None:
    page = next(iter(site.pages.values()))
    number = next(one for one in ("0", "00", "000", "0000") if one not in site.draft.numbers)
    place = page.document.root.place
    if not page.first:
        return
    hint = f"write the number in the place of {number!r} under numbers:"
    site.problems.report(rules.SET_NUMBER, place, "the number that callers dial is not in the source", hint)
    site.draft.numbers[number] = Entry({"start": page.first}, [place])


def _variables(site: Site) -> None:
    variables = site.variables
    for name, ours in variables.names.items():
        if ours in site.draft.variables:
            continue
        kind = site.kind(name)
        site.draft.variables[ours] = Entry(0 if kind == "number" else False if kind == "truth" else "")
        if ours not in variables.written and ours in variables.read:
            message = f"{name!r} is read here and set nowhere in the source"
            hint = f"give it a value under variables: {ours}, or with a 'lookup' step"
            site.problems.report(rules.NEVER_SET, variables.read[ours], message, hint)

"""A grammar's file into a draft: a menu whose choices are what the grammar's tags say."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from pathlib import Path

from ivrcore.importing import rules
from ivrcore.importing.draft import Choice, Draft, Entry, Menu, Steps, hang_up, plain_name, step
from ivrcore.importing.emit import places
from ivrcore.importing.source import Line, read_text
from ivrcore.importing.srgs.abnf import is_abnf, parse_abnf
from ivrcore.importing.srgs.answers import Answer, answers
from ivrcore.importing.srgs.model import Fault, Grammar
from ivrcore.importing.srgs.xml_form import from_element
from ivrcore.importing.voicexml.reader import read_document
from ivrcore.location import Location
from ivrcore.problems import Problems

GRAMMARS = (".gram", ".abnf", ".grxml", ".srgs")


def load(path: Path, problems: Problems) -> tuple[Grammar, list[Line]] | None:
    """Read a grammar of either form, and the lines that say something; None, reported, if it is none."""
    text = read_text(path, problems)
    if text is None:
        return None
    if is_abnf(text) or "<" not in text:
        written = enumerate(text.splitlines(), 1)
        lines = [Line(Location(str(path), number), line) for number, line in written if line.strip()]
        return parse_abnf(text, str(path)), lines
    document = read_document(text, str(path), problems)
    if document is None:
        return None
    if document.root.name != "grammar":
        message = f"the first element is <{document.root.name}>"
        problems.report(rules.REFUSED_XML, document.root.place, message, "a grammar begins with <grammar>")
        return None
    return from_element(document.root), document.lines


def report(faults: Iterable[Fault], problems: Problems) -> None:
    """List what was met."""
    for fault in faults:
        problems.report(fault.rule, fault.place, f"grammar: {fault.message}", fault.hint)


def read_grammar(path: Path, draft: Draft, problems: Problems) -> list[Line] | None:
    """Make a menu of a grammar; gives its lines, None if it cannot be read."""
    loaded = load(path, problems)
    if loaded is None:
        return None
    grammar, lines = loaded
    found, faults = answers(grammar)
    report([*grammar.faults, *faults], problems)
    language = grammar.language.replace("_", "-").split("-")[0].casefold()
    if language and not draft.menus and not draft.blocks:
        draft.languages = [language]
    origins = [line.location for line in lines]
    if not found:
        draft.tail.append(f"not translated: the grammar has no answers   {places(origins)}")
        return lines
    _menu(path, draft, found, origins)
    hint = "write the 'prompt', and under every 'go' what happens"
    message = "a grammar says what callers may say, not what they are asked nor what happens then"
    problems.report(rules.DIFFERENT, Location(str(path), 1), message, hint)
    return lines


def _menu(path: Path, draft: Draft, found: list[Answer], origins: list[Location]) -> None:
    menu = Menu(draft.fresh(path.stem), ["Please choose."], origins=origins, settled=True)
    menu.no_input, menu.no_match = [menu.prompt, menu.prompt], [menu.prompt, menu.prompt]
    menu.silence = Steps([hang_up()])
    by_value: dict[str, Choice] = {}
    for answer in found:
        choice = by_value.get(answer.value)
        if choice is None:
            choice = by_value[answer.value] = _choice(answer.value, by_value.values())
            menu.notes += _renamed(answer.value, choice.name)
        (choice.keys if answer.keys else choice.say).append(answer.text)
    menu.choices = list(by_value.values())
    draft.menus[menu.name] = menu
    number = next(str(n) for n in range(1, 10_000) if str(n) not in draft.numbers)
    draft.numbers[number] = Entry({"start": menu.name}, origins[:1])


def _choice(value: str, others: Iterable[Choice]) -> Choice:
    """Make the choice of a value, with a name that no other one has."""
    taken = {"otherwise", *(other.name.casefold() for other in others)}
    plain = _named(value)
    names = (plain if number == 1 else f"{plain}-{number}" for number in count(1))
    name = next(name for name in names if name.casefold() not in taken)
    return Choice(name, Steps([step("disposition", value.replace("{", "{{").replace("}", "}}")), hang_up()]))


def _named(value: str) -> str:
    name = plain_name(value.replace("*", "star").replace("#", "hash"))
    return f"{name}-" if name == "otherwise" else name


def _renamed(value: str, name: str) -> list[str]:
    """Tell of a name that is another one's too."""
    return [] if name == _named(value) else [f"the choice {name} is what the grammar's tag calls {value!r}"]

"""Sections of extensions.conf as contexts with extensions and priorities, and the rules of what matches
what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ivrcore.importing import rules
from ivrcore.importing.extensions.arguments import application, split
from ivrcore.importing.extensions.reader import Files, Section, Statement
from ivrcore.importing.source import Line
from ivrcore.problems import Problems, Rule, quoted

_PRIORITY = re.compile(r"\s*(\d+|n|s|same|next|hint)\s*(?:\+\s*(\d+))?\s*(?:\(([^)]*)\))?\s*", re.IGNORECASE)
_CLASSES = {"X": "0123456789", "Z": "123456789", "N": "23456789"}
KEYS = "0123456789*#ABCD"
SPECIAL = ("s", "i", "t", "e", "h", "o", "a", "T")
MOST_WRITTEN = 10
"""Numbers or keys of one pattern that are written out."""
LONGEST_CALLED = 8
"""Keys of one choice."""


@dataclass(frozen=True, slots=True)
class Priority:
    """One step: what runs, and where it was written."""

    number: int
    label: str
    name: str
    arguments: str
    line: Line


@dataclass(slots=True, eq=False)
class Extension:
    """A number, a pattern or a special name within a context. ``caller`` is a caller id that it asks for."""

    context: str
    name: str
    caller: str = ""
    priorities: list[Priority] = field(default_factory=list)

    @property
    def pattern(self) -> bool:
        """Whether the name stands for several numbers."""
        return self.name.startswith("_")

    @property
    def digits(self) -> bool:
        """Whether it can be dialled or pressed."""
        return self.pattern or all(letter in KEYS + "+" for letter in self.name)

    def find(self, priority: str) -> int | None:
        """Give the place of a priority by its number or label."""
        for place, one in enumerate(self.priorities):
            if priority == str(one.number) or (one.label and priority == one.label):
                return place
        return None


@dataclass(frozen=True, slots=True)
class Include:
    """``include => context[,times]``; ``times`` is empty for always."""

    context: str
    times: str
    line: Line


@dataclass(slots=True)
class Context:
    """One context."""

    name: str
    lines: list[Line] = field(default_factory=list)
    extensions: dict[tuple[str, str], Extension] = field(default_factory=dict)
    includes: list[Include] = field(default_factory=list)

    def get(self, name: str) -> Extension | None:
        """Find the extension of exactly that name."""
        return self.extensions.get((name, ""))


@dataclass(slots=True)
class Dialplan:
    """All of it. ``settings`` are lines about Asterisk itself."""

    contexts: dict[str, Context] = field(default_factory=dict)
    globals: list[Statement] = field(default_factory=list)
    settings: list[Line] = field(default_factory=list)
    falls_through: bool = True

    def visible(self, context: str) -> Iterator[tuple[tuple[Include, ...], Extension]]:
        """Give every extension of a context and those it includes, with the includes that have times."""
        seen: set[tuple[str, tuple[str, ...]]] = set()
        waiting: list[tuple[str, tuple[Include, ...]]] = [(context, ())]
        while waiting:
            name, timed = waiting.pop(0)
            mark = (name, tuple(one.times for one in timed))
            if mark in seen or name not in self.contexts or len(seen) > 500 or len(timed) > 3:
                continue
            seen.add(mark)
            here = self.contexts[name]
            yield from ((timed, one) for one in by_precision(here))
            inner = [(one.context, (*timed, one) if one.times else timed) for one in here.includes]
            waiting = inner + waiting

    def matches(self, context: str, number: str) -> list[tuple[tuple[Include, ...], Extension]]:
        """Give what answers to a number, in the order tried, to the first that holds at all times."""
        found: list[tuple[tuple[Include, ...], Extension]] = []
        for timed, extension in self.visible(context):
            if not extension.caller and fits(extension.name, number):
                found.append((timed, extension))
                if not timed:
                    break
        return found


def by_precision(context: Context) -> list[Extension]:
    """Give a context's extensions as Asterisk tries them: fixed ones, then the patterns that fit least."""
    return sorted(context.extensions.values(), key=lambda one: _width(one.name) if one.pattern else ())


def _width(pattern: str) -> tuple[int, ...]:
    return (*(len(part) if part else 1000 for part in parts(pattern)), 0)


def parts(pattern: str) -> list[str]:
    """Give the letters that each place of a pattern takes; an empty one is ``.`` or ``!`` at its end."""
    if not pattern.startswith("_"):
        return list(pattern)
    found: list[str] = []
    place = 1
    while place < len(pattern):
        letter = pattern[place]
        if letter in ".!":
            return [*found, ""]
        end = pattern.find("]", place) if letter == "[" else place
        if letter == "[" and end > 0:
            found.append(_letters(pattern[place + 1 : end]))
            place = end
        elif letter not in "- ":
            found.append(_CLASSES.get(letter.upper(), letter))
        place += 1
    return found


def _letters(inner: str) -> str:
    found = ""
    place = 0
    while place < len(inner):
        if inner[place + 1 : place + 2] == "-" and place + 2 < len(inner):
            found += "".join(map(chr, range(ord(inner[place]), ord(inner[place + 2]) + 1)))[:64]
            place += 3
        else:
            found += inner[place]
            place += 1
    return "".join(dict.fromkeys(found))


def fits(name: str, number: str) -> bool:
    """Whether an extension's name or pattern answers to a number."""
    if not name.startswith("_"):
        return name == number
    wanted = parts(name)
    if wanted and wanted[-1] == "":
        least = len(wanted) - (name.rstrip().endswith("!"))
        body = wanted[:-1]
        return len(number) >= least and all(a in b for a, b in zip(number, body, strict=False))
    return len(wanted) == len(number) and all(a in b for a, b in zip(number, wanted, strict=True))


def written_out(name: str) -> list[str] | None:
    """Give the numbers that a pattern stands for; None if they are too many."""
    numbers = [""]
    for letters in parts(name):
        if not letters or len(numbers) * len(letters) > MOST_WRITTEN:
            return None
        numbers = [number + letter for number in numbers for letter in letters]
    return [number for number in numbers if number]


def read_dialplan(files: Files, problems: Problems) -> Dialplan:
    """Make contexts of sections; what is none of theirs is reported."""
    plan = Dialplan()
    for section in files.sections.values():
        if section.name == "general":
            _general(section, plan, problems)
        elif section.name == "globals":
            plan.globals += section.statements
            plan.settings += section.lines
        elif section.template:
            plan.settings += section.lines
            _templated(section, plan)
        else:
            context = plan.contexts.setdefault(section.name, Context(section.name))
            context.lines += section.lines
            _ContextReader(context, plan, problems).read(section)
    return plan


def _templated(section: Section, plan: Dialplan) -> None:
    """Take a template's own lines as told: what is made of them stands where they are taken over."""
    plan.settings += [statement.line for statement in section.statements]


def _general(section: Section, plan: Dialplan, problems: Problems) -> None:
    plan.settings += section.lines
    known = {
        "static",
        "writeprotect",
        "autofallthrough",
        "clearglobalvars",
        "extenpatternmatchnew",
        "userscontext",
    }
    for statement in section.statements:
        key = statement.key.casefold()
        if key in known | {"priorityjumping", "overrideswitch", "allow_includes"}:
            plan.settings.append(statement.line)
            if key == "autofallthrough":
                plan.falls_through = statement.value.casefold() in ("yes", "true", "1", "on", "y", "t")
        else:
            message = f"the setting {quoted(statement.key)} has no translation"
            problems.report(rules.NO_SETTING, statement.line.location, message)


class _ContextReader:
    def __init__(self, context: Context, plan: Dialplan, problems: Problems) -> None:
        self.context = context
        self.plan = plan
        self.problems = problems
        self.last: Extension | None = None
        self.count = 0

    def read(self, section: Section) -> None:
        for statement in section.statements:
            key = statement.key.casefold()
            if key == "exten":
                self.exten(statement)
            elif key == "same":
                self.same(statement)
            elif key == "include":
                self.include(statement)
            elif key == "ignorepat":
                self.plan.settings.append(statement.line)
            else:
                hint = "write what it leads to into this context" if "switch" in key else ""
                self.complain(
                    statement, rules.NO_SETTING, f"{quoted(statement.key)} has no translation", hint
                )

    def complain(self, statement: Statement, rule: Rule, message: str, hint: str = "") -> None:
        self.problems.report(rule, statement.line.location, message, hint)

    def include(self, statement: Statement) -> None:
        parts = split(statement.value.replace("|", ","))
        name, times = parts[0], ",".join(parts[1:])
        self.context.includes.append(Include(name, times, statement.line))

    def exten(self, statement: Statement) -> None:
        parts = split(statement.value, most=3)
        if len(parts) < 3:
            hint = "write exten => number,priority,Application(arguments)"
            self.complain(
                statement, rules.NO_STATEMENT, f"this is no extension: {quoted(statement.value)}", hint
            )
            return
        name, _, caller = parts[0].partition("/")
        name = name.strip()
        if re.fullmatch(r"[0-9*#+\s-]+", name):
            name = re.sub(r"[\s-]", "", name)  # Asterisk takes 555-1234 for 5551234
        self.last = self.context.extensions.setdefault(
            (name, caller.strip()), Extension(self.context.name, name, caller.strip())
        )
        self.priority(statement, parts[1], parts[2])

    def same(self, statement: Statement) -> None:
        parts = split(statement.value, most=2)
        if self.last is None or len(parts) < 2:
            message = "'same' follows an 'exten' of its section, as same => n,Application(arguments)"
            self.complain(statement, rules.NO_STATEMENT, message)
            return
        self.priority(statement, parts[0], parts[1])

    def priority(self, statement: Statement, written: str, what: str) -> None:
        extension = self.last
        assert extension is not None
        match = _PRIORITY.fullmatch(written)
        if not match:
            hint = "write a number, n, or n(label)"
            self.complain(statement, rules.NO_STATEMENT, f"{quoted(written)} is no priority", hint)
            return
        if match[1].casefold() == "hint":
            hint = "phones watch each other in Asterisk itself; keep this line there"
            self.complain(statement, rules.NO_EXTENSION, "a hint is not part of a call", hint)
            return
        called = application(what)
        if called is None:
            self.complain(statement, rules.NO_STATEMENT, f"{quoted(what)} is no application")
            return
        number = self.number(match[1].casefold(), int(match[2] or 0))
        if extension.find(str(number)) is not None:
            self.complain(
                statement, rules.NO_STATEMENT, f"priority {number} stands here twice; this one never runs"
            )
            return
        extension.priorities.append(Priority(number, (match[3] or "").strip(), *called, statement.line))
        extension.priorities.sort(key=lambda one: one.number)

    def number(self, written: str, plus: int) -> int:
        """Count as Asterisk does: ``n`` follows the priority written before, whatever its extension."""
        if written.isdigit():
            self.count = min(int(written[:9]), 999_999) + plus
        elif written in ("s", "same"):
            self.count += plus
        else:
            self.count += max(1, plus)
        return self.count

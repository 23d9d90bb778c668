"""Asterisk's variables and functions as expressions of ours, and texts with them as texts with slots."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ivrcore.importing.draft import Value
from ivrcore.importing.extensions.arguments import split
from ivrcore.importing.extensions.pieces import Calculation, Literal, Piece, Untold, Variable, pieces
from ivrcore.location import Location

_INTEGER = re.compile(r"-?(?:0|[1-9]\d{0,14})")
_RESERVED = {"outcome", "call", "hours", "time", "queue", "true", "false", "none", "and", "or", "not", "in"}
_SUBSTRING = re.compile(r"(-?\d{1,3})(?::(-?\d{1,3}))?")
_TIMES = {"%H": "time.hour", "%-H": "time.hour", "%k": "time.hour", "%M": "time.minute", "%F": "time.date"}
_TIMES["%Y-%m-%d"] = "time.date"
_OUTSIDE = {"CURL", "DB", "SHELL", "AST_CONFIG", "FILE", "ENV", "REALTIME", "LDAPGET", "HASH"}
_QUEUE_FIGURES = {"ready": "ready", "free": "ready", "count": "ready"}


@dataclass(frozen=True, slots=True)
class Told:
    """An expression of ours, and whether it is a number, a text or a truth."""

    text: str
    kind: str = "text"
    simple: bool = True

    @property
    def within(self) -> str:
        """The expression as part of another."""
        return self.text if self.simple else f"({self.text})"

    @property
    def number(self) -> str:
        """The expression as a number."""
        return self.within if self.kind == "number" else f"number({self.text})"

    @property
    def as_text(self) -> str:
        """The expression as a text."""
        return self.within if self.kind == "text" else f"text({self.text})"


@dataclass(slots=True)
class Variables:
    """The names of one dialplan: Asterisk's and ours, which are numbers, which are read but never set."""

    numbers: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    read: dict[str, Location] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    timed: bool = False

    def ours(self, name: str) -> str:
        """Give our name for a variable of Asterisk, always the same."""
        name = name.lstrip("_") or "_"
        if name not in self.names:
            wanted = f"{name.casefold()}_" if name.casefold() in _RESERVED else name.casefold()
            taken = set(self.names.values())
            free = (wanted if count == 1 else f"{wanted}_{count}" for count in range(1, len(taken) + 3))
            self.names[name] = next(one for one in free if one not in taken)
        return self.names[name]

    def set(self, name: str) -> str:
        """Note that it is given a value; give our name."""
        self.written.add(self.ours(name))
        return self.ours(name)


class Values:
    """Translates the texts of one extension. ``known`` are variables with a fixed meaning, such as EXTEN."""

    def __init__(
        self,
        variables: Variables,
        calculate: Callable[[Values, str], Told],
        known: dict[str, Told],
        place: Location,
    ) -> None:
        self.variables = variables
        self.calculate = calculate
        self.known = known
        self.place = place

    def value(self, text: str) -> Value:
        """Translate what a variable is set to: a number, a text, ``{expression}``, or a text with slots."""
        text = unquoted(text)
        if _INTEGER.fullmatch(text):
            return int(text)
        return self.slots(text)

    def slots(self, text: str, saying: str = "") -> str:
        """Translate into a text with slots."""
        ending = f":{saying}" if saying else ""
        parts = pieces(text)
        return "".join(
            braced(part.text) if isinstance(part, Literal) else "{" + self.told(part).text + ending + "}"
            for part in parts
        )

    def operand(self, text: str) -> Told:
        """Translate into one expression; several pieces are joined to a text."""
        parts = [self.told(part) for part in pieces(text)]
        if not parts:
            return Told("''")
        if len(parts) == 1:
            return parts[0]
        return Told(" + ".join(part.as_text for part in parts), "text", simple=False)

    def told(self, part: Piece) -> Told:
        """Translate one piece."""
        if isinstance(part, Literal):
            return literal(part.text)
        if isinstance(part, Calculation):
            return self.calculate(self, part.text)
        if part.arguments is not None:
            found = self.function(part)
        elif part.name in self.known:
            found = self.known[part.name]
        else:
            found = self.plain(part.name)
        return substring(found, part.cut) if part.cut else found

    def plain(self, name: str) -> Told:
        """Translate ``${name}``."""
        fixed = {"CALLERIDNUM": "call.caller", "LANGUAGE": "call.language"}
        if name in fixed:
            return Told(fixed[name])
        if name in (
            "EPOCH",
            "DATETIME",
            "TIMESTAMP",
            "UNIQUEID",
            "CHANNEL",
            "PRIORITY",
            "CONTEXT",
            "INVALID_EXTEN",
        ):
            raise Untold(
                f"${{{name}}} is Asterisk's own", "our dialplans have time.hour, time.date and call.number"
            )
        if name == "DIALSTATUS":
            return Told("outcome")
        if name.endswith("STATUS"):
            raise Untold(
                f"${{{name}}} is what an application of Asterisk left behind",
                "what follows a step runs when it failed, or stands under its 'failed:'",
            )
        ours = self.variables.ours(name)
        self.variables.read.setdefault(ours, self.place)
        return Told(ours, "number" if name.lstrip("_") in self.variables.numbers else "text")

    def function(self, part: Variable) -> Told:
        """Translate ``${NAME(arguments)}``."""
        name, text = part.name.upper(), part.arguments or ""
        arguments = split(text)
        first = arguments[0]
        if name in ("CALLERID", "CHANNEL") and first.casefold() in ("num", "number", "language"):
            return Told("call.language" if first.casefold() == "language" else "call.caller")
        if name == "GLOBAL":
            return self.told(Variable(first))
        if name == "LEN":
            return Told(f"length({self.operand(text).as_text})", "number")
        if name in ("ISNULL", "EXISTS"):
            sign = "==" if name == "ISNULL" else "!="
            return Told(f"{self.operand(text).as_text} {sign} ''", "truth", simple=False)
        if name == "TOLOWER":
            return Told(f"lower({self.operand(text).as_text})")
        if name in ("QUEUE_WAITING_COUNT", "QUEUE_MEMBER", "QUEUE_MEMBER_COUNT"):
            return self.queue_figure(name, arguments, part)
        if name == "STRFTIME" and arguments[-1] in _TIMES:
            self.variables.timed = True
            told = _TIMES[arguments[-1]]
            return Told(told, "text" if told.endswith("date") else "number")
        raise self.unknown(part, name)

    def queue_figure(self, name: str, arguments: list[str], part: Variable) -> Told:
        """Translate a function that asks about a queue."""
        figure = (
            "waiting" if name == "QUEUE_WAITING_COUNT" else _QUEUE_FIGURES.get([*arguments, "count"][1], "")
        )
        if not figure or not re.fullmatch(r"[\w-]+", arguments[0]):
            raise self.unknown(part, name)
        return Told(f"queue.{arguments[0]}.{figure}", "number")

    @staticmethod
    def unknown(part: Variable, name: str) -> Untold:
        """Say that a function has no translation."""
        outside = name in _OUTSIDE or name.startswith("ODBC")
        hint = "ask the outside with a 'lookup' step" if outside else "write it out with 'set' and 'if'"
        return Untold(f"the function {part.written} has no translation", hint)


def literal(text: str) -> Told:
    """Write a fixed value as an expression."""
    if _INTEGER.fullmatch(text):
        return Told(text, "number")
    return Told(in_quotes(text))


def in_quotes(text: str) -> str:
    """Write a text within an expression, which knows no escapes."""
    for quote in "'\"":
        if quote not in text:
            return f"{quote}{text}{quote}"
    raise Untold("a text with both kinds of quotes cannot stand in an expression")


def unquoted(text: str) -> str:
    """Take one pair of quotes off."""
    text = text.strip()
    inside = text[1:-1]
    return inside if len(text) > 1 and text[0] == text[-1] == '"' and '"' not in inside else text


def braced(text: str) -> str:
    """Write text for one with slots: braces are doubled."""
    return text.replace("{", "{{").replace("}", "}}")


def substring(told: Told, cut: str) -> Told:
    """Translate ``${name:offset:length}``."""
    match = _SUBSTRING.fullmatch(cut)
    if not match:
        raise Untold(f"the substring :{cut} is computed")
    offset, length = int(match[1]), match[2]
    text = told.as_text
    if offset > 0:
        text = f"last({text}, length({text}) - {offset})"
    elif offset < 0:
        text = f"last({text}, {-offset})"
    if length is None:
        return Told(text)
    if int(length) < 0:
        raise Untold(f"the substring :{cut} leaves out the end")
    return Told(f"first({text}, {length})")


def only_numbers(settings: Iterable[tuple[str, str]]) -> set[str]:
    """Tell which variables are only ever set to whole numbers or to sums."""
    numbers: dict[str, bool] = {}
    for name, text in settings:
        text = unquoted(text)
        summed = text.startswith("$[") and text.endswith("]") and re.search(r"[-+*/%]", text) is not None
        plain = name.lstrip("_")
        numbers[plain] = numbers.get(plain, True) and (summed or _INTEGER.fullmatch(text) is not None)
    return {name for name, number in numbers.items() if number}

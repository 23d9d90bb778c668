"""YAML text into a `Plan`: a draft even where there are mistakes, so that all of them are found at once.

Says what one place alone can tell; what needs the whole plan or the configuration is `check`'s.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from ivrcore.dialplan import keys, rules
from ivrcore.dialplan.core_verbs import CORE
from ivrcore.dialplan.hours import Hours
from ivrcore.dialplan.hours_parse import read_hours, read_zone
from ivrcore.dialplan.model import (
    UTC,
    AnswerPolicy,
    Block,
    Digits,
    Menu,
    Number,
    Plan,
    plain_number,
)
from ivrcore.dialplan.parse_menus import MenuReader
from ivrcore.dialplan.parse_steps import StepReader
from ivrcore.dialplan.reading import PlanParts, check_name, read_value
from ivrcore.dialplan.step import Name, Step
from ivrcore.dialplan.wordings import WordingReader
from ivrcore.expressions.syntax import Expression, Literal
from ivrcore.expressions.text import Template
from ivrcore.fields import Fields
from ivrcore.model.names import Scalar
from ivrcore.problems import Problems, did_you_mean, quoted
from ivrcore.yamltree import Entry, MapNode, Node, ScalarNode, parse_yaml

_NUMBER = re.compile(r"\+?[0-9A-Za-z*#._-]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?")
_VARIABLE = re.compile(r"[^\W\d]\w{0,39}")
FIXED_NAMES = frozenset({"call", "hours", "queue", "time", "true", "false", "none", "and", "or", "not", "in"})
"""What a variable cannot be called."""

Verbs = Mapping[str, type[Step]]
CORE_VERBS: Verbs = {verb.verb: verb for verb in CORE}


def parse_plan(text: str, file: str, problems: Problems, verbs: Verbs = CORE_VERBS) -> Plan | None:
    """Parse a dialplan; a draft comes back even with errors, None only if there is no YAML tree."""
    tree = parse_yaml(text, file, problems)
    if tree is None:
        return None
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    reader = _PlanReader(tree, problems, verbs)
    plan = reader.read(version)
    vars(reader).clear()  # its parts know each other: no counting would ever free them, the tree and the plan
    return plan


class _PlanReader:
    def __init__(self, tree: Node, problems: Problems, verbs: Verbs) -> None:
        self.problems = problems
        self.fields = Fields(tree, problems, "the dialplan")
        self.blocks: dict[str, Block] = {}
        self.menus: dict[str, Menu] = {}
        self.digits: dict[str, Digits] = {}
        self.languages = self.read_languages()
        self.wordings = WordingReader(self.languages)
        self.menu_reader = MenuReader(self.fields, self.wordings, self.block)
        parts = PlanParts(
            problems=problems,
            wordings=self.wordings,
            block=self.block,
            ask=self.ask,
            tuning=self.menu_reader.tuning,
            confirming=self.menu_reader.confirming,
            universals=self.menu_reader.listed,
        )
        self.parts = parts
        self.steps = StepReader(problems, verbs, parts)

    def read(self, version: str) -> Plan:
        fields = self.fields
        zone = self.zone()
        numbers = self.numbers()
        variables = self.variables()
        universals = self.menu_reader.universals()
        for entry in fields.entries("blocks"):
            check_name(entry, "block", self.problems)
            self.block(entry.key, entry.value)
        for entry in fields.entries("menus"):
            check_name(entry, "menu", self.problems)
            self.menus[entry.key] = self.menu_reader.menu(entry)
        plan = Plan(
            name=fields.text("name", required=True),
            version=version,
            languages=self.languages,
            zone=zone,
            numbers=numbers,
            blocks=self.blocks,
            menus=self.menus,
            digits=self.digits,
            universals=universals,
            confirming=self.menu_reader.confirming,
            variables=variables,
            hours=self.hours(zone),
            files=tuple(self.wordings.files),
            location=fields.location,
            texts=tuple(self.wordings.incomplete),
            sets=frozenset(self.parts.variables),
            impatience=self.menu_reader.impatience(),
        )
        fields.finish(keys.PLAN)
        return plan

    def block(
        self,
        name: str,
        node: Node | None,
        within: tuple[str, int] | None = None,
        closes: bool = False,
    ) -> str:
        """Read a list of steps into the block of that address; give the address."""
        if node is not None:
            steps, refers = self.steps.read(node, name)
            self.blocks[name] = Block(name, steps, node.location, within, closes, refers)
        return name

    def ask(self, question: Menu | Digits) -> None:
        """Take a question that a step asks."""
        if isinstance(question, Menu):
            self.menus[question.name] = question
        else:
            self.digits[question.name] = question

    # --- the small sections -------------------------------------------------------------------------

    def read_languages(self) -> tuple[str, ...]:
        texts = [*self.fields.texts("languages"), *self.fields.texts("language")]
        if self.fields.node.get("language") and self.fields.node.get("languages"):
            here = self.fields.node.get("language")
            assert here is not None
            self.fields.bad(
                here.location, "'language' and 'languages' say the same thing", "keep 'languages'"
            )
        for text in texts:
            if not _LANGUAGE.fullmatch(text.text):
                self.fields.bad(
                    text.location, f"{quoted(text.text)} is no language", "write en, ko, zh, … (BCP 47)"
                )
        return tuple(dict.fromkeys(text.text for text in texts)) or ("en",)

    def zone(self) -> ZoneInfo:
        texts = self.fields.texts("zone")
        zone = read_zone(texts[0], self.problems) if texts else None
        return zone or UTC

    def hours(self, zone: ZoneInfo) -> dict[str, Hours]:
        found = {}
        for entry in self.fields.entries("hours"):
            check_name(entry, "set of hours", self.problems)
            found[entry.key] = read_hours(entry, self.problems, zone)
        return found

    def variables(self) -> dict[str, Scalar]:
        found: dict[str, Scalar] = {}
        for entry in self.fields.entries("variables"):
            if not _VARIABLE.fullmatch(entry.key) or entry.key in FIXED_NAMES:
                hint = "use letters, digits and '_', beginning with a letter"
                if entry.key in FIXED_NAMES:
                    hint = f"{entry.key!r} means something in expressions already; take another name"
                message = f"{quoted(entry.key)} is no name for a variable"
                self.problems.report(rules.BAD_NAME, entry.location, message, hint)
            if isinstance(entry.value, ScalarNode) and entry.value.is_null:
                found[entry.key] = None
                continue
            found[entry.key] = self.constant(entry)
        return found

    def constant(self, entry: Entry) -> Scalar:
        given = read_value(entry.value, self.fields)
        if isinstance(given, Expression) and isinstance(given.root, Literal):
            value = given.root.value
            return None if isinstance(value, tuple) else value
        if isinstance(given, Template) and given.plain is not None:
            return given.plain
        if given is not None:
            hint = "write a number, a text, true or false; a step `set` can compute"
            self.fields.bad(entry.value.location, f"the first value of {quoted(entry.key)} is fixed", hint)
        return None

    def numbers(self) -> dict[str, Number]:
        found: dict[str, Number] = {}
        for entry in self.fields.entries("numbers", required=True):
            number = self.number(entry)
            first = found.setdefault(number.number, number)
            if first is not number:
                message = f"number {number.number} is used twice"
                hint = f"it starts on line {first.location.line} already"
                self.problems.report(rules.NUMBER_TWICE, entry.location, message, hint)
        return found

    def number(self, entry: Entry) -> Number:
        text = plain_number(entry.key)
        if not _NUMBER.fullmatch(text):
            message = f"{quoted(entry.key)} is no number that can be called"
            self.problems.report(rules.BAD_NUMBER, entry.location, message, "digits, letters, * # + . _ -")
        node = entry.value
        if isinstance(node, ScalarNode) and not node.is_null:  # short for {start: …}
            node = MapNode(node.location, (Entry(node.location, "start", node),))
        fields = Fields(node, self.problems, f"number {entry.key}")
        answer = fields.one_of("answer", AnswerPolicy.AT_ONCE)
        start = fields.entry("start", required=answer.refusal is None)
        name = fields.text("start")
        ring = fields.seconds("ring", 3.0, least=0.5, most=60)
        if "ring" in {item.key for item in fields.node.entries} and answer is not AnswerPolicy.RING:
            fields.bad(entry.location, f"'ring' has no effect with answer: {answer}", "write answer: ring")
        language = self.language_of(fields)
        fields.finish(keys.NUMBER)
        target = Name(name, start.value.location) if start and name else None
        return Number(text, target, answer, ring, language, entry.location)

    def language_of(self, fields: Fields) -> str:
        text = fields.text("language")
        entry = fields.node.get("language")
        if entry is None or text in self.languages:
            return text
        message = f"{fields.what}: {quoted(text)} is not one of this dialplan's languages"
        hint = did_you_mean(text, self.languages)
        self.problems.report(rules.UNKNOWN_LANGUAGE, entry.value.location, message, hint)
        return ""

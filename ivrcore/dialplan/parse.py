"""YAML text into a `Plan`: a draft even where there are mistakes, so that all of them are found at once.

Says what one place alone can tell; what needs the whole plan or the configuration is `check`'s.
"""

from __future__ import annotations

import hashlib
import re

from ivrcore.dialplan import keys, rules
from ivrcore.dialplan.model import (
    OTHERWISE,
    AnswerPolicy,
    Block,
    Choice,
    Confirming,
    Menu,
    Name,
    Number,
    Plan,
    Tuning,
    plain_number,
)
from ivrcore.dialplan.parse_steps import PromptReader, StepReader
from ivrcore.dialplan.wording import CONFIRMING
from ivrcore.fields import Fields
from ivrcore.problems import Problems, quoted
from ivrcore.yamltree import Entry, MapNode, Node, ScalarNode, parse_yaml

_NAME = re.compile(r"[^\W_][\w.-]{0,59}")
_NUMBER = re.compile(r"\+?[0-9A-Za-z*#._-]{1,40}")
_KEYS = re.compile(r"[0-9*#A-D]{1,8}")


def parse_plan(text: str, file: str, problems: Problems) -> Plan | None:
    """Parse a dialplan; a draft comes back even with errors, None only if there is no YAML tree."""
    tree = parse_yaml(text, file, problems)
    if tree is None:
        return None
    version = hashlib.sha256(text.encode()).hexdigest()[:12]
    return _PlanReader(tree, problems).read(version)


class _PlanReader:
    def __init__(self, tree: Node, problems: Problems) -> None:
        self.problems = problems
        self.fields = Fields(tree, problems, "the dialplan")
        self.blocks: dict[str, Block] = {}
        self.language = self.fields.text("language", "en")
        self.tuning = self.defaults()
        self.prompts = PromptReader(self.language)
        self.steps = StepReader(problems, self.prompts, self.tuning.barge_in)

    def read(self, version: str) -> Plan:
        fields = self.fields
        numbers = self.numbers()
        for entry in fields.entries("blocks"):
            self.check_name(entry, "block")
            self.block(entry.key, entry.value)
        menus = {entry.key: self.menu(entry) for entry in fields.entries("menus")}
        plan = Plan(
            name=fields.text("name", required=True),
            version=version,
            language=self.language,
            numbers=numbers,
            blocks=self.blocks,
            menus=menus,
            confirming=self.confirming(),
            files=tuple(self.prompts.files),
            location=fields.location,
        )
        fields.finish(keys.PLAN)
        return plan

    def check_name(self, entry: Entry, what: str) -> None:
        if not _NAME.fullmatch(entry.key):
            hint = "use letters, digits, '_', '-' and '.', beginning with a letter or digit"
            self.problems.report(
                rules.BAD_NAME, entry.location, f"{quoted(entry.key)} is no name for a {what}", hint
            )

    def block(self, name: str, node: Node | None) -> str:
        """Read a list of steps into the block of that address; give the address."""
        if node is not None:
            steps = self.steps.read(node, f"block {quoted(name)}")
            self.blocks[name] = Block(name, steps, node.location)
        return name

    def defaults(self) -> Tuning:
        fields = self.fields.within("defaults", "defaults")
        if fields is None:
            return Tuning()
        tuning = self.read_tuning(fields, Tuning())
        fields.finish(keys.TUNING)
        return tuning

    def read_tuning(self, fields: Fields, default: Tuning) -> Tuning:
        tuning = Tuning(
            timeout=fields.seconds("timeout", default.timeout, least=0.5, most=120),
            barge_in=fields.boolean("barge_in", default.barge_in),
            accept=fields.number("accept", default.accept, least=0, most=1),
            confirm=fields.number("confirm", default.confirm, least=0, most=1),
        )
        written = fields.node.get("accept") or fields.node.get("confirm")
        if written and tuning.confirm > tuning.accept:
            message = f"{fields.what}: confirm ({tuning.confirm:g}) is above accept ({tuning.accept:g})"
            hint = "below confirm a phrase is rejected, between the two the caller is asked"
            self.problems.report(rules.CONFIRM_ABOVE_ACCEPT, written.location, message, hint)
        return tuning

    def confirming(self) -> Confirming | None:
        fields = self.fields.within("confirming", "confirming")
        if fields is None:
            return CONFIRMING.get(self.language)
        prompt = fields.text("prompt", required=True)
        for key in ("yes", "no"):
            fields.entry(key, required=True)
        yes, no = (tuple(text.text for text in fields.texts(key)) for key in ("yes", "no"))
        fields.finish(keys.CONFIRMING)
        return Confirming(prompt, yes, no)

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
        fields.finish(keys.NUMBER)
        return Number(
            text, Name(name, start.value.location) if start and name else None, answer, ring, entry.location
        )

    def menu(self, entry: Entry) -> Menu:
        self.check_name(entry, "menu")
        fields = Fields(entry.value, self.problems, f"menu {quoted(entry.key)}")
        tuning = self.read_tuning(fields, self.tuning)
        asked = fields.entry("prompt", required=True)
        prompt = self.prompts.read(asked.value, fields) if asked else ()
        choices = tuple(self.choice(entry.key, item) for item in fields.entries("choices", required=True))
        if not choices and fields.entry("choices"):
            self.problems.report(rules.NO_CHOICES, entry.location, f"menu {quoted(entry.key)} has no choices")
        again = (prompt, prompt)
        reprompts = [
            self.prompts.read_list(given.value, fields) if (given := fields.entry(key)) else again
            for key in ("no_input", "no_match")
        ]
        otherwise = fields.entry("otherwise", required=True)
        fields.finish(keys.MENU)
        return Menu(
            name=entry.key,
            prompt=prompt,
            choices=choices,
            no_input=reprompts[0],
            no_match=reprompts[1],
            otherwise=self.block(f"{entry.key}/{OTHERWISE}", otherwise.value if otherwise else None),
            timeout=tuning.timeout,
            barge_in=tuning.barge_in,
            accept=tuning.accept,
            confirm=tuning.confirm,
            location=entry.location,
        )

    def choice(self, menu: str, entry: Entry) -> Choice:
        self.check_name(entry, "choice")
        if entry.key == OTHERWISE:
            message = f"a choice cannot be called {OTHERWISE!r}"
            self.problems.report(
                rules.BAD_NAME, entry.location, message, "that is the menu's own key, one level up"
            )
        fields = Fields(entry.value, self.problems, f"choice {quoted(entry.key)} of menu {quoted(menu)}")
        go = fields.entry("go", required=True)
        phrases = tuple(Name(text.text, text.location) for text in fields.texts("say"))
        pressed = tuple(Name(text.text, text.location) for text in fields.texts("keys"))
        for sequence in pressed:
            if not _KEYS.fullmatch(sequence.text):
                message = f"{fields.what}: {quoted(sequence.text)} cannot be pressed on a phone"
                hint = 'use 0-9, *, # and A-D; quote them: "1", "*", or a list ["1", "2"] for either'
                self.problems.report(rules.BAD_KEYS, sequence.location, message, hint)
        fields.finish(keys.CHOICE)
        block = self.block(f"{menu}/{entry.key}", go.value if go else None)
        return Choice(entry.key, phrases, pressed, block, entry.location)

"""What is wrong with a plan as a whole, or against the site that it is to run on. All of it, at once.

The site's queues, skills and recordings come in as plain values; None means not known, so not checked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from ivrcore.dialplan import graph, rules
from ivrcore.dialplan.model import Choice, Menu, Plan
from ivrcore.dialplan.parse import CORE_VERBS, Verbs, parse_plan
from ivrcore.dialplan.scope import known_names
from ivrcore.dialplan.step import Name, Step
from ivrcore.dialplan.texts import Text, Wording
from ivrcore.expressions.check import report_unknown_names
from ivrcore.expressions.syntax import Expression
from ivrcore.expressions.text import Template
from ivrcore.location import Location
from ivrcore.problems import Known, Problems, Rule, did_you_mean, quoted


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration has. ``recordings`` are the paths of recorded files, without ending."""

    queues: Collection[str] | None = None
    skills: Collection[str] | None = None
    recordings: Collection[str] | None = None
    lookups: Collection[str] | None = None
    mailboxes: Collection[str] | None = None
    verbs: Verbs = field(default_factory=lambda: CORE_VERBS)


ANY_SITE = Site()
"""Checks nothing against the site."""


def load_plan(text: str, file: str, site: Site = ANY_SITE) -> tuple[Plan | None, Problems]:
    """Parse and check; the plan is None if there is any error. Warnings may come with a plan."""
    problems = Problems()
    draft = parse_plan(text, file, problems, site.verbs)
    if draft is not None:
        check(draft, site, problems)
    return (None if problems.errors else draft), problems


def check(plan: Plan, site: Site, problems: Problems) -> None:
    """Report everything that is wrong with a plan (or a draft of one)."""
    _Check(plan, site, problems).run()


def check_together(plans: Iterable[Plan], problems: Problems) -> None:
    """Report numbers and names that several dialplans claim."""
    numbers: dict[str, Location] = {}
    names: dict[str, Location] = {}
    for plan in plans:
        for number in plan.numbers.values():
            _claim(numbers, number.number, number.location, f"number {number.number}", problems)
        _claim(names, plan.name, plan.location, f"the dialplan name {quoted(plan.name)}", problems)


def _claim(taken: dict[str, Location], key: str, location: Location, what: str, problems: Problems) -> None:
    first = taken.setdefault(key, location)
    if first != location:
        problems.report(rules.NUMBER_TWICE, location, f"{what} is used twice", f"it is at {first} already")


def plain_phrase(text: str) -> str:
    """Write a phrase without what cannot be heard: case, spaces, punctuation, width of letters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LNM")


class _Check:
    def __init__(self, plan: Plan, site: Site, problems: Problems) -> None:
        self.plan = plan
        self.site = site
        self.problems = problems
        self.leads = graph.edges(plan)
        self.targets = {*plan.blocks, *(name for name in plan.menus if "/" not in name)}
        self.known_targets = Known(self.targets)
        self.known_menus = Known(name for name in plan.menus if "/" not in name)
        self.names = known_names(plan, site.queues) | set(plan.variables) | plan.sets
        self.hints: dict[str, Known] = {}
        self.known: dict[str, Collection[str] | None] = {
            "queue": site.queues,
            "skill": site.skills,
            "lookup": site.lookups,
            "mailbox": site.mailboxes,
        }

    def run(self) -> None:
        """Check all of it; what only a sound plan can tell comes last."""
        for number in self.plan.numbers.values():
            if number.start:
                self.target(number.start, f"number {number.number}")
        for block in self.plan.blocks.values():
            self.steps(block.steps, block.name)
        for menu in self.plan.menus.values():
            self.menu(menu)
        for question in (*self.plan.menus.values(), *self.plan.digits.values()):
            for wording in question.wordings:
                self.wording(wording)
        self.recordings()
        self.languages()
        if not self.problems.errors:
            self.ways_out()
            self.silent_callers()
            self.unreachable()

    # --- references -----------------------------------------------------------------------------

    def target(self, name: Name, what: str, menus_only: bool = False) -> None:
        known = self.plan.menus if menus_only else self.targets
        if name.text in known and "/" not in name.text:
            return
        kind = "menu" if menus_only else "block or menu"
        hint = (self.known_menus if menus_only else self.known_targets).hint(name.text)
        if menus_only and name.text in self.plan.blocks:
            hint = f"{quoted(name.text)} is a block: write goto: {name.text}"
        self.problems.report(
            rules.UNKNOWN_TARGET, name.location, f"{what}: there is no {kind} {quoted(name.text)}", hint
        )

    def steps(self, steps: tuple[Step, ...], block: str) -> None:
        before: Step | None = None
        for step in steps:
            if before and not self.passes(before):
                message = f"block {quoted(block)}: this {step.verb!r} never runs"
                hint = f"{before.verb!r} on line {before.location.line} does not come back; move it before"
                self.problems.report(rules.NEVER_RUN, step.location, message, hint)
            before = step
            self.step(step, f"{step.verb!r} in block {quoted(block)}")

    def passes(self, step: Step) -> bool:
        return graph.passes(self.plan, step)

    def step(self, step: Step, what: str) -> None:
        refers = step.refers()
        for name in (*refers.targets, *refers.visits):
            self.target(name, what, refers.menus_only)
        for kind, name in refers.site:
            self.site_name(kind, name, what)
        for read in refers.reads:
            self.expression(read)
        for wording in refers.wordings:
            self.wording(wording)

    def site_name(self, kind: str, name: Name, what: str) -> None:
        known = self.known.get(kind)
        if known is None or name.text in known:
            return
        if kind == "skill":
            message = f"{what}: nobody has the skill {quoted(name.text)}"
        else:
            message = f"{what}: {kind} {quoted(name.text)} is not configured"
        self.problems.report(_UNKNOWN[kind], name.location, message, self.hint(kind, name.text))

    def hint(self, kind: str, name: str) -> str:
        """Hint at the nearest of the site's names of a kind."""
        if kind not in self.hints:
            self.hints[kind] = Known(self.known[kind] or ())
        return self.hints[kind].hint(name)

    def expression(self, read: Expression | Template) -> None:
        """Names that mean nothing; figures of queues are left alone where the queues are not known."""
        names = self.names
        if self.site.queues is None:
            names = names | {name for name in read.names if name.startswith("queue.")}
        report_unknown_names(read, names, self.problems)

    def wording(self, wording: Wording) -> None:
        for part in wording:
            for template in part.by_language.values() if isinstance(part, Text) else ():
                if template.plain is None:
                    self.expression(template)

    def languages(self) -> None:
        wanted = ", ".join(self.plan.languages)
        for location in self.plan.texts:
            message = "this text is not there in every language of the dialplan"
            hint = f"write it by language ({wanted}), or callers hear {self.plan.language}"
            self.problems.report(rules.NOT_IN_LANGUAGE, location, message, hint)

    def recordings(self) -> None:
        known = self.site.recordings
        for file in self.plan.files:
            if known is not None and file.text not in known and not self.by_language(file.text, known):
                message = f"the recording {quoted(file.text)} is not there"
                self.problems.report(
                    rules.NO_RECORDING, file.location, message, did_you_mean(file.text, known)
                )

    def by_language(self, file: str, known: Collection[str]) -> bool:
        return all(f"{language}/{file}" in known for language in self.plan.languages)

    # --- menus ----------------------------------------------------------------------------------

    def menu(self, menu: Menu) -> None:
        if menu.name in self.plan.blocks:
            line = self.plan.blocks[menu.name].location.line
            hint = f"the block is on line {line}; rename one, 'goto' could not tell them apart"
            self.problems.report(
                rules.SAME_NAME, menu.location, f"{quoted(menu.name)} is a block and a menu", hint
            )
        self.keys(menu)
        for language in self.plan.languages if "/" not in menu.name else ():  # a step's words are built in
            self.phrases(menu, language)
        for choice in menu.choices:
            if not choice.keys and not any(choice.said.values()):
                message = (
                    f"menu {quoted(menu.name)}: choice {quoted(choice.name)} can neither be said nor pressed"
                )
                self.problems.report(
                    rules.NO_INPUT_WAY, choice.location, message, "add 'say:' or 'keys:', or both"
                )
        if menu.spoken and not menu.keys:
            message = f"menu {quoted(menu.name)} has no keys: when recognition fails nobody can choose"
            self.problems.report(rules.SPEECH_ONLY, menu.location, message, "add 'keys:' to its choices")
        if menu.spoken and menu.confirm < menu.accept:
            for language in self.plan.languages:
                self.confirming(menu, language)

    def confirming(self, menu: Menu, language: str) -> None:
        if language not in self.plan.confirming:
            message = f"menu {quoted(menu.name)}: no words to confirm with in {language!r}"
            hint = "add 'confirming:' to the dialplan, or set 'confirm' to the same as 'accept'"
            self.problems.report(rules.NO_CONFIRMING, menu.location, message, hint)

    def keys(self, menu: Menu) -> None:
        taken: dict[str, Choice] = {}
        for choice in menu.choices:
            for key in choice.keys:
                first = taken.setdefault(key.text, choice)
                if first is not choice:
                    self.shared(rules.SHARED_KEY, menu, key, f"key {key.text}", first)
        for choice in menu.choices:
            for key in choice.keys:
                longer = next((k for k in taken if k.startswith(key.text) and k != key.text), None)
                if longer:
                    message = (
                        f"menu {quoted(menu.name)}: key {key.text} waits 2 s, since {longer} begins with it"
                    )
                    self.problems.report(rules.SLOW_KEY, key.location, message)

    def phrases(self, menu: Menu, language: str) -> None:
        taken: dict[str, Choice] = {}
        seen: set[tuple[str, str]] = set()
        for choice in menu.choices:
            for phrase in choice.phrases(language):
                plain = plain_phrase(phrase.text)
                if not plain:
                    message = f"menu {quoted(menu.name)}: {quoted(phrase.text)} cannot be said"
                    self.problems.report(rules.EMPTY_PHRASE, phrase.location, message, "write words")
                    continue
                first = taken.setdefault(plain, choice)
                if first is not choice:
                    self.shared(rules.SHARED_PHRASE, menu, phrase, f"phrase {quoted(phrase.text)}", first)
                elif (choice.name, plain) in seen:
                    twice = f"{quoted(phrase.text)} is there twice for {quoted(choice.name)}"
                    message = f"menu {quoted(menu.name)}: {twice}"
                    self.problems.report(rules.PHRASE_TWICE, phrase.location, message, "remove one")
                seen.add((choice.name, plain))

    def shared(self, rule: Rule, menu: Menu, what: Name, shown: str, first: Choice) -> None:
        message = f"menu {quoted(menu.name)}: {shown} belongs to choice {quoted(first.name)} too"
        hint = f"{quoted(first.name)} is on line {first.location.line}; give one of them another"
        self.problems.report(rule, what.location, message, hint)

    # --- the whole ------------------------------------------------------------------------------

    def starts(self) -> list[str]:
        return [number.start.text for number in self.plan.numbers.values() if number.start]

    def places(self) -> dict[str, Location]:
        blocks = {name: block.location for name, block in self.plan.blocks.items()}
        return blocks | {name: menu.location for name, menu in self.plan.menus.items()}

    @staticmethod
    def inner(name: str) -> bool:
        """Whether a block is a part of a menu, a step or a universal, whose mistakes are that one's."""
        return "/" in name or name.startswith("@")

    def ways_out(self) -> None:
        """From everything that calls come to, an end or a queue must be reachable."""
        ends = {name for name in self.leads if graph.ends(self.plan, name)}
        good = graph.reachable(graph.reverse(self.leads), ends)
        places = self.places()
        for name in sorted(graph.reachable(self.leads, self.starts()) - good):
            if not self.inner(name):
                message = f"calls that come to {quoted(name)} can never end or reach a queue"
                hint = "give it a step such as 'queue' or 'hang_up' instead of one of its gotos"
                self.problems.report(rules.NO_WAY_OUT, places[name], message, hint)

    def silent_callers(self) -> None:
        """Follow what happens to a caller who does nothing: it must come to an end."""
        silent = dict(self.leads)
        silent.update(
            {menu.name: (menu.otherwise,) if menu.otherwise else () for menu in self.plan.menus.values()}
        )
        ends = {name for name in silent if graph.ends(self.plan, name)}
        good = graph.reachable(graph.reverse(silent), ends)
        ended = graph.reachable(graph.reverse(self.leads), ends)
        for menu in self.plan.menus.values():
            if not self.inner(menu.name) and menu.name not in good and menu.name in ended:
                message = f"menu {quoted(menu.name)}: a caller who does nothing goes round for ever"
                hint = "let 'otherwise' end in a queue or hang_up, not in a goto back"
                self.problems.report(rules.SILENT_LOOP, menu.location, message, hint)

    def unreachable(self) -> None:
        found = graph.reachable(self.leads, self.starts())
        for name, location in self.places().items():
            if name not in found and not self.inner(name):
                kind = "menu" if name in self.plan.menus else "block"
                message = f"no number leads to {kind} {quoted(name)}"
                self.problems.report(rules.UNREACHABLE, location, message, "remove it, or go there")


_UNKNOWN = {
    "queue": rules.UNKNOWN_QUEUE,
    "skill": rules.UNKNOWN_SKILL,
    "lookup": rules.UNKNOWN_LOOKUP,
    "mailbox": rules.UNKNOWN_MAILBOX,
}

"""What is wrong with a plan as a whole, or against the site that it is to run on. All of it, at once.

The site's queues, skills and recordings come in as plain values; None means not known, so not checked.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ivrcore.dialplan import graph, rules
from ivrcore.dialplan.model import Choice, EnterMenu, Goto, Menu, Name, Plan, Queue, Step
from ivrcore.dialplan.parse import parse_plan
from ivrcore.location import Location
from ivrcore.problems import Problems, Rule, did_you_mean, quoted


@dataclass(frozen=True, slots=True)
class Site:
    """What the configuration has. ``recordings`` are the paths of recorded files, without ending."""

    queues: Collection[str] | None = None
    skills: Collection[str] | None = None
    recordings: Collection[str] | None = None


ANY_SITE = Site()
"""Checks nothing against the site."""


def load_plan(text: str, file: str, site: Site = ANY_SITE) -> tuple[Plan | None, Problems]:
    """Parse and check; the plan is None if there is any error. Warnings may come with a plan."""
    problems = Problems()
    draft = parse_plan(text, file, problems)
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

    def run(self) -> None:
        """Check all of it; what only a sound plan can tell comes last."""
        for number in self.plan.numbers.values():
            if number.start:
                self.target(number.start, f"number {number.number}")
        for block in self.plan.blocks.values():
            self.steps(block.steps, block.name)
        for menu in self.plan.menus.values():
            self.menu(menu)
        self.recordings()
        if not self.problems.errors:
            self.ways_out()
            self.silent_callers()
            self.unreachable()

    # --- references -----------------------------------------------------------------------------

    def target(self, name: Name, what: str, menus_only: bool = False) -> None:
        known = list(self.plan.menus) if menus_only else [*self.plan.blocks, *self.plan.menus]
        if name.text in known:
            return
        kind = "menu" if menus_only else "block or menu"
        hint = did_you_mean(name.text, known)
        if menus_only and name.text in self.plan.blocks:
            hint = f"{quoted(name.text)} is a block: write goto: {name.text}"
        self.problems.report(
            rules.UNKNOWN_TARGET, name.location, f"{what}: there is no {kind} {quoted(name.text)}", hint
        )

    def steps(self, steps: tuple[Step, ...], block: str) -> None:
        for before, step in zip((None, *steps), steps, strict=False):
            if before and before.last:
                message = f"block {quoted(block)}: this {step.verb!r} never runs"
                hint = f"{before.verb!r} on line {before.location.line} does not come back; move it before"
                self.problems.report(rules.NEVER_RUN, step.location, message, hint)
            what = f"{step.verb!r} in block {quoted(block)}"
            if isinstance(step, EnterMenu):
                self.target(step.menu, what, menus_only=True)
            elif isinstance(step, Goto):
                self.target(step.target, what)
            elif isinstance(step, Queue):
                self.queue(step, what)

    def queue(self, step: Queue, what: str) -> None:
        queues, skills = self.site.queues, self.site.skills
        if queues is not None and step.queue.text not in queues:
            message = f"{what}: queue {quoted(step.queue.text)} is not configured"
            hint = did_you_mean(step.queue.text, queues)
            self.problems.report(rules.UNKNOWN_QUEUE, step.queue.location, message, hint)
        for skill in step.skill_names:
            if skills is not None and skill.text not in skills:
                message = f"{what}: nobody has the skill {quoted(skill.text)}"
                self.problems.report(
                    rules.UNKNOWN_SKILL, skill.location, message, did_you_mean(skill.text, skills)
                )

    def recordings(self) -> None:
        known = self.site.recordings
        for file in self.plan.files:
            if known is not None and file.text not in known:
                message = f"the recording {quoted(file.text)} is not there"
                self.problems.report(
                    rules.NO_RECORDING, file.location, message, did_you_mean(file.text, known)
                )

    # --- menus ----------------------------------------------------------------------------------

    def menu(self, menu: Menu) -> None:
        if menu.name in self.plan.blocks:
            line = self.plan.blocks[menu.name].location.line
            hint = f"the block is on line {line}; rename one, 'goto' could not tell them apart"
            self.problems.report(
                rules.SAME_NAME, menu.location, f"{quoted(menu.name)} is a block and a menu", hint
            )
        self.keys(menu)
        self.phrases(menu)
        for choice in menu.choices:
            if not choice.keys and not choice.phrases:
                message = (
                    f"menu {quoted(menu.name)}: choice {quoted(choice.name)} can neither be said nor pressed"
                )
                self.problems.report(
                    rules.NO_INPUT_WAY, choice.location, message, "add 'say:' or 'keys:', or both"
                )
        if menu.spoken and not menu.keys:
            message = f"menu {quoted(menu.name)} has no keys: when recognition fails nobody can choose"
            self.problems.report(rules.SPEECH_ONLY, menu.location, message, "add 'keys:' to its choices")
        if menu.spoken and menu.confirm < menu.accept and self.plan.confirming is None:
            message = f"menu {quoted(menu.name)}: no words to confirm with in {self.plan.language!r}"
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

    def phrases(self, menu: Menu) -> None:
        taken: dict[str, Choice] = {}
        seen: set[tuple[str, str]] = set()
        for choice in menu.choices:
            for phrase in choice.phrases:
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

    def inner(self, name: str) -> bool:
        """Whether a block is a part of a menu, whose mistakes are the menu's."""
        return name.rpartition("/")[0] in self.plan.menus

    def ways_out(self) -> None:
        """From everything that calls come to, an end or a queue must be reachable."""
        ends = {name for name in self.leads if graph.ends(self.plan, name)}
        for name in sorted(graph.reachable(self.leads, self.starts())):
            if not self.inner(name) and not ends & graph.reachable(self.leads, [name]):
                message = f"calls that come to {quoted(name)} can never end or reach a queue"
                hint = "give it a step such as 'queue' or 'hang_up' instead of one of its gotos"
                self.problems.report(rules.NO_WAY_OUT, self.places()[name], message, hint)

    def silent_callers(self) -> None:
        """Follow what happens to a caller who does nothing: it must come to an end."""
        silent = dict(self.leads)
        silent.update({menu.name: (menu.otherwise,) for menu in self.plan.menus.values()})
        ends = {name for name in silent if graph.ends(self.plan, name)}
        for menu in self.plan.menus.values():
            endless = not ends & graph.reachable(silent, [menu.name])
            if endless and ends & graph.reachable(self.leads, [menu.name]):
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

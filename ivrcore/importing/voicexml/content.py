"""Executable content as steps: ``<if>``, ``<assign>``, ``<goto>`` and what else may stand in blocks and
events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ivrcore.importing import rules
from ivrcore.importing.draft import Part, Step, Steps, Value, hang_up, note, step
from ivrcore.importing.extensions.passage import either
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.voicexml.ecma import truth
from ivrcore.importing.voicexml.prompts import SPOKEN, speak
from ivrcore.importing.voicexml.reader import Child, Element, Text
from ivrcore.importing.voicexml.site import Page, Site, shown

_LOOKUP = "ask the server with a 'lookup' step, and go on by what it answers"
HINTS = {
    "submit": _LOOKUP,
    "data": _LOOKUP,
    "script": "write it out with 'set' and 'if'",
    "foreach": "write out the cases",
    "object": "there is nothing of the platform's own here",
    "throw": "write what is to happen in its place",
    "rethrow": "write what is to happen in its place",
}
"""What to do about elements that have no translation."""


class Content:
    """Translates the content of one dialog. ``items`` are the blocks of its form items, for clear and
    nextitem."""

    def __init__(self, site: Site, page: Page, dialog: str, items: dict[str, str]) -> None:
        self.site = site
        self.page = page
        self.dialog = dialog
        self.items = items

    def run(self, children: Sequence[Child], owner: Element) -> Steps:
        """Translate what stands in an element; the lines of its tag are put to the first step."""
        steps, back = Steps(), ""
        spoken: list[Element] = []
        for child in [*children, None]:
            speech = self.speech(child, owner)
            if speech is not None:
                spoken.append(speech)
                continue
            steps += self.said(spoken)
            spoken = []
            if isinstance(child, Element):
                if not steps.goes_on:
                    steps.append(note(f"never runs: {shown(child)}", *child.whole))
                elif child.name == "clear":
                    back = self.cleared(child) or back
                    steps.append(note(shown(child), *child.own))
                else:
                    steps += self.element(child)
        if back and steps.goes_on:
            steps.append(step("goto", back))
        return steps

    @staticmethod
    def speech(child: Child | None, owner: Element) -> Element | None:
        """Give an element that is said; text between elements is said as well."""
        if isinstance(child, Text) and child.text.strip():
            return Element("prompt", {}, owner.file, child.lines[0], 1, [child], owner)
        if isinstance(child, Text):
            return Element("break", {}, owner.file, owner.line, 1, [], owner)
        return child if isinstance(child, Element) and child.name in SPOKEN else None

    def said(self, spoken: Sequence[Element]) -> Steps:
        """Make the steps for prompts that follow one another; those with a condition stand in an 'if'."""
        steps, run = Steps(), list[Element]()
        for element in [*spoken, None]:
            if element is not None and not element.get("cond"):
                run.append(element)
                continue
            steps += self.spoken(run)
            run = []
            if element is not None:
                steps += self.only_if(element, lambda one=element: self.spoken([one]))  # type: ignore[misc]
        return steps

    def spoken(self, elements: Sequence[Element]) -> Steps:
        """Make the steps of prompts without conditions."""
        parts, _ = speak(self.site, elements)
        origins = [place for element in elements if element.name != "break" for place in element.whole]
        made = said(parts, self.page.language, self.site)
        held = [element for element in elements if element.get("bargein") == "false"]
        if not made:
            return Steps([note("nothing is said", *origins)]) if origins else Steps()
        for one in made:
            if held:
                one.fields["barge_in"] = False
        made[0].origins += origins
        return made

    def only_if(self, element: Element, make: Callable[[], Steps]) -> Steps:
        """Put steps under an element's ``cond``."""
        try:
            condition = truth(self.site.script(element.get("cond"), element.place))
        except Untold as why:
            return self.site.untold(why, element)
        made = make()
        return Steps([either(condition, made, Steps())]) if made else made

    def element(self, element: Element) -> Steps:
        """Translate one element; what has no translation is listed."""
        translate = _ELEMENTS.get(element.name)
        if translate is None:
            hint = HINTS.get(element.name, "write what it is to do with the steps of docs/dialplan.md")
            steps = self.site.listed(rules.NO_ELEMENT, element, "this has no translation", hint)
            return Steps([*steps, hang_up()]) if element.name == "submit" else steps
        try:
            steps = translate(self, element)
        except Untold as why:
            return self.site.untold(why, element)
        if not steps:
            return Steps([note(shown(element), *element.whole)])
        steps[0].origins[:0] = element.own
        return steps

    # --- each of them -------------------------------------------------------------------------------------

    def assign(self, element: Element) -> Steps:
        """Translate ``<assign>`` and ``<var>``."""
        if not element.get("expr"):
            self.site.set(element.get("name"))
            return Steps()
        value = self.site.value(element.get("expr"), element.place)
        return Steps([step("set", {self.site.set(element.get("name")): value})])

    def goto(self, element: Element) -> Steps:
        """Translate ``<goto>``."""
        if element.get("nextitem"):
            block = self.items.get(element.get("nextitem"))
            if not block:
                raise Untold(
                    f"there is no item {element.get('nextitem')!r} in this form", "", rules.NO_TARGET
                )
            return Steps([step("goto", block)])
        if not element.get("next"):
            raise Untold(
                "where it goes is computed in the call", "write the cases with 'if'", rules.NO_TARGET
            )
        return Steps([step("goto", self.site.target(self.page, element.get("next")))])

    def submit(self, element: Element) -> Steps:
        """Translate ``<submit>``: to a document that is there, else it is listed."""
        try:
            block = self.site.target(self.page, element.get("next") or "?")
        except Untold:
            steps = self.site.listed(
                rules.NO_ELEMENT, element, "forms are not sent to a server", HINTS["submit"]
            )
            return Steps([*steps, hang_up()])
        return Steps([step("goto", block)])

    def exit(self, element: Element) -> Steps:
        """Translate ``<exit>`` and ``<disconnect>``."""
        self.site.only(element)
        return Steps([hang_up()])

    def back(self, element: Element) -> Steps:
        """Translate ``<return>``."""
        if element.get("event") or element.get("eventexpr"):
            self.site.warn(
                rules.OPTION, element, "the event that it returns was left out", "set a variable instead"
            )
        return Steps([step("return", "")])

    def choose(self, element: Element) -> Steps:
        """Translate ``<if>``, whose ``<elseif>`` and ``<else>`` stand between its content."""
        parts: list[tuple[Element, list[Child]]] = [(element, [])]
        for child in element.children:
            if isinstance(child, Element) and child.name in ("elseif", "else"):
                parts.append((child, []))
            else:
                parts[-1][1].append(child)
        ways: list[tuple[str, Steps]] = []
        notes, otherwise = Steps(), Steps()
        for part, within in parts:
            steps = self.run(within, part)
            if part is not element:
                steps = Steps([note(shown(part), *part.own), *steps])
            if part.name == "else":
                otherwise = steps
                continue
            try:
                ways.append((truth(self.site.script(part.get("cond"), part.place)), steps))
            except Untold as why:
                message = f"{why.message}; it is taken as not holding"
                notes += self.site.listed(why.rule, part, message, why.hint)
        return Steps([*notes, *_ways(ways, otherwise)])

    def cleared(self, element: Element) -> str:
        """Give the item that is asked again."""
        names = element.get("namelist").split()
        if not names:
            return self.dialog
        found = [block for name, block in self.items.items() if name in names]
        return found[0] if found else ""

    def quiet(self, _element: Element) -> Steps:
        """Make nothing: the line becomes a comment."""
        return Steps()


def _ways(ways: list[tuple[str, Steps]], otherwise: Steps) -> Steps:
    """Make an ``if`` of one condition, a ``branch`` of several."""
    if not ways:
        return otherwise
    if len(ways) > 1:
        branches: list[Value] = [{"if": condition, "go": filled(steps)} for condition, steps in ways]
        return Steps([Step({"branch": branches, **({"else": otherwise} if otherwise.real else {})})])
    condition, then = ways[0]
    if not then.real and not otherwise.real:
        return Steps([note("this does nothing either way"), *then, *otherwise])
    if not then.real:
        return Steps([*then, either(condition, Steps(), otherwise)])
    return Steps([either(condition, then, otherwise)])


def filled(steps: Steps) -> Steps:
    """Give a list that does nothing a step that does nothing: a list must have one."""
    return steps if steps.real else Steps([*steps, step("if", "false", then=Steps([hang_up()]))])


_ELEMENTS: dict[str, Callable[[Content, Element], Steps]] = {
    "assign": Content.assign,
    "var": Content.assign,
    "if": Content.choose,
    "goto": Content.goto,
    "submit": Content.submit,
    "exit": Content.exit,
    "disconnect": Content.exit,
    "return": Content.back,
    "log": Content.quiet,
    "reprompt": Content.quiet,
}


def said(parts: Sequence[Part], language: str, site: Site) -> Steps:
    """Make steps of a prompt: recordings are played, texts said."""
    steps = Steps()
    for part in parts:
        if isinstance(part, str):
            steps.append(step("say", in_language(part, language, site)))
        elif steps and steps[-1].verb == "play":
            before = steps[-1].fields["play"]
            files: list[Value] = [*before] if isinstance(before, list) else [before]
            steps[-1].fields["play"] = [*files, part["play"]]
        else:
            steps.append(step("play", part["play"]))
    return steps


def in_language(text: str, language: str, site: Site) -> Value:
    """Write a text of a document whose language is not the dialplan's first."""
    return {language: text} if language != site.draft.languages[0] else text


def prompt(parts: Sequence[Part], language: str, site: Site) -> list[Part]:
    """Write the parts of a menu's prompt in the document's language."""
    if language == site.draft.languages[0]:
        return list(parts)
    return [{"say": in_language(part, language, site)} if isinstance(part, str) else part for part in parts]


def only_said(children: Sequence[Child]) -> bool:
    """Whether content only says something and perhaps asks again."""
    return all(isinstance(child, Text) or child.name in (*SPOKEN, "reprompt", "log") for child in children)

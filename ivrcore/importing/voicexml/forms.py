"""``<form>``: its items one after another, as blocks that are cut where something leads to the middle of
them."""

from __future__ import annotations

from ivrcore.importing import rules
from ivrcore.importing.draft import Block, Step, Steps, Value, hang_up, note, step
from ivrcore.importing.extensions.dialling import NUMBER
from ivrcore.importing.extensions.passage import either
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.voicexml.content import Content
from ivrcore.importing.voicexml.ecma import truth
from ivrcore.importing.voicexml.events import EVENTS, as_value
from ivrcore.importing.voicexml.prompts import for_time, speak
from ivrcore.importing.voicexml.questions import asked, field
from ivrcore.importing.voicexml.reader import Element
from ivrcore.importing.voicexml.site import Page, Site, duration, shown
from ivrcore.location import Location

ITEMS = ("block", "field", "subdialog", "transfer", "record", "initial", "object")


class Form:
    """Translates one form into blocks."""

    def __init__(self, site: Site, page: Page, element: Element, name: str) -> None:
        self.site = site
        self.page = page
        self.element = element
        self.name = name
        self.items = self.targets()
        self.content = Content(site, page, name, self.items)
        self.block = Block(name, Steps(), element.own)
        self.next = ""

    def targets(self) -> dict[str, str]:
        """Give blocks of their own to items that ``clear`` or ``nextitem`` leads to."""
        wanted: set[str] = set()
        for element in self.element.walk():
            if element.name == "clear":
                wanted |= set(element.get("namelist").split())
            elif element.get("nextitem"):
                wanted.add(element.get("nextitem"))
        named = [one.get("name") for one in self.element.all(*ITEMS)]
        fresh = self.site.draft.fresh
        return {name: fresh(f"{self.name}.{name}") for name in named if name and name in wanted}

    def run(self) -> None:
        """Write the blocks."""
        draft = self.site.draft
        draft.blocks[self.name] = self.block
        if self.page.language != draft.languages[0] or len(draft.languages) > 1:
            self.block.steps.append(step("language", self.page.language))
        whole: list[Element] = []
        for element in self.element.elements:
            if element.name == "filled":
                whole.append(element)
            elif element.name not in (*EVENTS, "property", "link", "grammar"):
                self.item(element)
            elif element.name == "grammar":
                listed = self.site.listed(
                    rules.NO_GRAMMAR, element, "several fields at once have no translation"
                )
                self.block.steps += listed
        for element in whole:
            self.filled(element)
        if self.block.steps.goes_on:
            self.block.steps.append(hang_up())

    def item(self, element: Element) -> None:
        """Write one form item."""
        named = self.items.get(element.get("name"))
        if named and named not in self.site.draft.blocks:
            self.begin(named)
        if not self.block.steps.goes_on and element.name in ITEMS:
            self.begin(self.next or self.site.draft.fresh(f"{self.name}.more"))
            self.next = ""
        if element.name == "var":
            self.block.steps += self.content.element(element)
        elif element.name == "block":
            self.site.only(element, "name", "cond")
            self.put(element, self.content.run(element.children, element))
        elif element.name == "field":
            self.field(element)
        elif element.name in _OTHERS:
            try:
                self.put(element, _OTHERS[element.name](self, element))
            except Untold as why:
                self.put(element, self.site.untold(why, element))
            for filled in element.all("filled"):
                self.filled(filled)
        else:
            self.put(element, self.content.element(element))

    def begin(self, name: str) -> None:
        """Begin another block; the one before leads on to it."""
        if self.block.steps.goes_on:
            self.block.steps.append(step("goto", name))
        self.block = Block(name, Steps())
        self.site.draft.blocks[name] = self.block

    def put(self, element: Element, steps: Steps) -> None:
        """Add an item's steps, under its condition if it has one."""
        if not steps:
            steps = Steps([note(shown(element), *element.own)])
        steps[0].origins[:0] = [place for place in element.own if place not in steps[0].origins]
        if element.get("cond"):
            try:
                condition = truth(self.site.script(element.get("cond"), element.place))
            except Untold as why:
                steps = self.site.untold(why, element)
            else:
                steps = Steps([either(condition, steps, Steps())])
        if element.get("expr") and element.name != "var":
            self.site.warn(rules.OPTION, element, "that it may be filled already (expr) was left out")
        self.block.steps += steps

    def field(self, element: Element) -> None:
        """Write a field and what happens when it is filled."""
        if element.get("cond"):
            self.site.warn(
                rules.OPTION, element, "its condition was left out", "put 'if' and 'goto' before it"
            )
            element.attributes.pop("cond")
        here = self.items.get(element.get("name")) or self.block.name
        after = self.site.draft.fresh(f"{self.name}.after-{element.get('name') or 'field'}")
        try:
            steps, leads = field(self.site, self.page, element, self.content, here, after)
        except Untold as why:
            steps, leads = self.site.untold(why, element), False
        self.block.steps += steps
        if leads:
            self.begin(after)
        for child in element.elements:
            if child.name == "filled":
                self.filled(child)
            elif child.name in ("var", "log"):
                self.block.steps += self.content.element(child)

    def filled(self, element: Element) -> None:
        """Write what happens when items are filled."""
        if element.get("mode") == "any":
            self.block.steps += self.site.listed(rules.NO_ELEMENT, element, "mode='any' has no translation")
            return
        if not self.block.steps.goes_on:
            self.block.steps.append(note(f"never runs: {shown(element)}", *element.whole))
            return
        steps = self.content.run(element.children, element)
        self.block.steps += Steps([note(shown(element), *element.own), *steps])


def subdialog(form: Form, element: Element) -> Steps:
    """Translate ``<subdialog>``: its parameters are set, then it is done."""
    form.site.only(element, "name", "src", "cond", "namelist")
    block = form.site.target(form.page, element.get("src"))
    values: dict[str, Value] = {}
    origins: list[Location] = []
    for param in element.all("param"):
        text = param.get("expr") or f"'{param.get('value')}'"
        values[form.site.set(param.get("name"))] = form.site.value(text, param.place)
        origins += param.own
    steps = Steps([step("set", values, *origins)]) if values else Steps()
    return Steps([*steps, step("do", block)])


def transfer(form: Form, element: Element) -> Steps:
    """Translate ``<transfer>``; what became of it is our variable ``outcome``."""
    form.site.only(element, "name", "dest", "bridge", "type", "connecttimeout", "cond")
    number = element.get("dest").removeprefix("tel:").removeprefix("sip:").partition("@")[0].replace("-", "")
    if not NUMBER.fullmatch(number):
        raise Untold(f"{element.get('dest')!r} is no number", "write the number", rules.NO_DESTINATION)
    fields: dict[str, Value] = {"transfer": number}
    if element.get("connecttimeout"):
        fields["ring"] = duration(element.get("connecttimeout"), "connecttimeout", 3.0, 180.0)
    hint = "allow its prefix, and name the trunk, in config/ivrcore.yaml"
    form.site.warn(rules.NEEDS_SETUP, element, f"transfers to {number} pass the toll-fraud guard", hint)
    steps = form.content.said(asked(form.site, form.page, element).prompts)
    if element.get("bridge") != "true" and element.get("type") in ("", "blind"):
        following = form.element.elements[form.element.elements.index(element) + 1 :]
        if any(one.name in ITEMS for one in following):
            form.next = form.site.draft.fresh(f"{form.name}.not-transferred")
            fields["failed"] = Steps([step("goto", form.next)])
        return Steps([*steps, Step(fields), hang_up()])
    return Steps([*steps, Step(fields)])


def record(form: Form, element: Element) -> Steps:
    """Translate ``<record>``."""
    form.site.only(element, "name", "beep", "maxtime", "finalsilence", "dtmfterm", "type", "cond", "modal")
    question = asked(form.site, form.page, element)
    parts, origins = speak(form.site, for_time(question.prompts, 1))
    fields: dict[str, Value] = {
        "record": element.get("name") or "message",
        "prompt": as_value(parts or ["Please speak after the tone."]),
    }
    for key, attribute, most in (("longest", "maxtime", 1800), ("silence", "finalsilence", 60)):
        if element.get(attribute):
            fields[key] = duration(element.get(attribute), attribute, 1.0, most)
    message = f"the mailbox {fields['record']!r} must be in the configuration"
    form.site.warn(rules.NEEDS_SETUP, element, message)
    events = [place for one in element.all(*EVENTS) for place in one.whole]
    if events:
        form.site.answered.update(element.all(*EVENTS))
        form.site.account("left out: what a recording does on silence", events)
        form.site.warn(rules.OPTION, element, "what happens on silence was left out", "see 'failed'")
    return Steps([Step(fields, origins)])


_OTHERS = {"subdialog": subdialog, "transfer": transfer, "record": record}

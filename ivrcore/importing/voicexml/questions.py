"""``<menu>`` and ``<field>`` as menus, ``collect`` and ``confirm``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ivrcore.importing import rules
from ivrcore.importing.draft import Choice, Entry, Menu, Step, Steps, Value, plain_name, step
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.srgs.answers import Answer, answers, fitting, plain, too_many_ways
from ivrcore.importing.srgs.whole import report
from ivrcore.importing.voicexml.content import Content, prompt
from ivrcore.importing.voicexml.events import Events, as_value, into_menu, into_step
from ivrcore.importing.voicexml.grammar import Builtin, builtin, grammar_of
from ivrcore.importing.voicexml.prompts import Choices, for_time, speak
from ivrcore.importing.voicexml.reader import Element
from ivrcore.importing.voicexml.site import Page, Site, duration, shown
from ivrcore.location import Location
from ivrcore.speech.slots import Slot, SlotKind

IGNORED = (
    "fetchtimeout",
    "maxage",
    "maxstale",
    "fetchhint",
    "documentmaxage",
    "documentfetchhint",
    "sensitivity",
)
KEYS = "123456789"


@dataclass(slots=True)
class Question:
    """What every question has: its element, its prompts, its properties."""

    site: Site
    page: Page
    element: Element
    prompts: list[Element]
    properties: dict[str, str]

    @property
    def timeout(self) -> str:
        """How long silence may last; empty for our own default."""
        written = next((one.get("timeout") for one in self.prompts if one.get("timeout")), "")
        written = written or self.properties.get("timeout", "")
        return duration(written, "the time-out", 0.5) if written else ""

    def options(self) -> dict[str, Value]:
        """Give a menu's options."""
        found: dict[str, Value] = {}
        held = any(one.get("bargein") == "false" for one in self.prompts)
        if held or self.properties.get("bargein") == "false":
            found["barge_in"] = False
        level = self.properties.get("confidencelevel", "")
        if level:
            accept = min(1.0, max(0.0, float(level))) if level.replace(".", "", 1).isdigit() else 0.9
            found |= {"accept": accept, "confirm": min(accept, 0.7)}
        return found


def properties(page: Page, element: Element) -> dict[str, str]:
    """Give the properties that hold for an element: the innermost win."""
    chain = [element]
    while chain[-1].parent is not None:
        chain.append(chain[-1].parent)
    if page.parent is not None:
        chain.append(page.parent.document.root)
    found: dict[str, str] = {}
    for scope in reversed(chain):
        found |= {one.get("name"): one.get("value") for one in scope.all("property")}
    return found


def asked(site: Site, page: Page, element: Element) -> Question:
    """Collect what a question is made of."""
    spoken = [Content.speech(child, element) for child in element.children]
    prompts = [one for one in spoken if one is not None and one.name != "break"]
    return Question(site, page, element, prompts, properties(page, element))


# --- menus ------------------------------------------------------------------------------------------------


def menu(site: Site, page: Page, element: Element, name: str) -> None:
    """Translate a ``<menu>``."""
    site.only(element, "dtmf", "accept", "scope")
    question = asked(site, page, element)
    answer = Content(site, page, name, {})
    choices = [(one, *_chosen(site, page, one)) for one in element.all("choice")]
    if element.get("dtmf") == "true":
        free = [key for key in KEYS if all(key not in found for _, _, found in choices)]
        choices = [(one, said, keys or ([free.pop(0)] if free else [])) for one, said, keys in choices]
    named = [(said[0] if said else "", keys[0] if keys else "") for _, said, keys in choices]
    made = start_menu(question, name, named)
    for one, said, keys in choices:
        made.choices.append(_choice(site, page, answer, made, one, said, keys))
    events = Events(site, page, element, answer, name)
    finish_menu(question, made, events, named)


def start_menu(question: Question, name: str, named: Choices) -> Menu:
    """Make a menu of a question's prompts."""
    first = for_time(question.prompts, 1)
    parts, _ = speak(question.site, first, named)
    if not parts:
        message = "the question has no prompt; a text was put"
        question.site.warn(rules.DIFFERENT, question.element, message)
    origins = [*question.element.own, *(place for one in question.prompts for place in one.whole)]
    text = prompt(parts or ["Please choose."], question.page.language, question.site)
    found = Menu(name, text, timeout=question.timeout, options=question.options(), origins=origins)
    question.site.draft.menus[name] = found
    return found


def finish_menu(question: Question, made: Menu, events: Events, named: Choices) -> None:
    """Put in what silence, misfits and help lead to."""
    into_menu(made, *events.both(question.prompts, named))
    text, origins = events.help(question.prompts)
    if text:
        made.options["help"] = as_value(text)
        made.origins += origins
        question.site.draft.universals.setdefault("help", Entry({}))
    used(question.site, events)


def used(site: Site, events: Events) -> None:
    """Note which event content has a place; the rest is told at the end."""
    site.answered.update(events.used)


def _chosen(site: Site, page: Page, element: Element) -> tuple[list[str], list[str]]:
    """Give the phrases and keys of a ``<choice>``."""
    site.only(element, "dtmf", "next", "accept", "event")
    keys = ["".join(element.get("dtmf").split())] if element.get("dtmf") else []
    own = " ".join(
        " ".join(child.text.split()) for child in element.children if not isinstance(child, Element)
    )
    said = [plain(own)] if plain(own) else []
    found = [one for grammar in element.all("grammar") for one in answers_of(site, grammar)]
    kept, over = fitting(found, lambda one: "")
    if over:
        name = said[0] if said else found[0].value
        report([too_many_ways(name, element.place)], site.problems)
    for one in kept:
        (keys if one.keys else said).append(one.text)
    return list(dict.fromkeys(said)), list(dict.fromkeys(keys))


def answers_of(site: Site, grammar: Element, *, apart: bool = False) -> list[Answer]:
    """Give a grammar's answers; one without translation is listed and has none."""
    try:
        read = grammar_of(grammar, site.grammars)
    except Untold as why:
        listed = site.untold(why, grammar)
        site.account(listed[0].notes[0], listed[0].origins)
        return []
    found, faults = answers(read, apart=apart)
    report([*read.faults, *faults], site.problems)
    if not found:
        site.account(f"not translated: {shown(grammar)}", grammar.whole)
    return found


def _choice(
    site: Site, page: Page, content: Content, made: Menu, element: Element, said: list[str], keys: list[str]
) -> Choice:
    try:
        go = Steps([step("goto", _target(site, page, element))])
    except Untold as why:
        go = Steps([*site.untold(why, element), step("goto", made.name)])
    return Choice(
        fresh_choice(made, said[0] if said else f"key-{keys[0]}" if keys else "choice"),
        go,
        keys,
        said,
        element.whole,
    )


def _target(site: Site, page: Page, element: Element) -> str:
    if not element.get("next"):
        raise Untold("where it leads is an event or computed", "write the steps under 'go'", rules.NO_TARGET)
    return site.target(page, element.get("next"))


def fresh_choice(made: Menu, wanted: str) -> str:
    """Name a choice."""
    name = plain_name(wanted.replace("*", "star").replace("#", "hash"))
    taken = {choice.name for choice in made.choices} | {"otherwise"}
    return (
        name
        if name not in taken
        else next(f"{name}-{n}" for n in range(2, 999) if f"{name}-{n}" not in taken)
    )


# --- fields -----------------------------------------------------------------------------------------------


def field(
    site: Site, page: Page, element: Element, content: Content, here: str, after: str
) -> tuple[Steps, bool]:
    """Translate a ``<field>``; tells whether the steps lead to ``after`` by themselves (a menu does)."""
    site.only(element, "name", "type", "slot", "modal")
    question = asked(site, page, element)
    ours = site.set(element.get("name") or f"field_{element.line}")
    events = Events(site, page, element, content, here)
    kind, found = kind_of(site, element)
    if kind is not None and kind.kind != "boolean":
        steps = _collect(question, ours, kind, events)
    elif kind is not None:
        steps = _confirm(question, ours, events)
    else:
        steps = _menu(question, ours, found, events, after)
    used(site, events)
    return steps, kind is None


def kind_of(site: Site, element: Element) -> tuple[Builtin | None, list[Answer]]:
    """Give a field's builtin type, or else the answers of its grammars and options."""
    kind = builtin(element.get("type")) if element.get("type") else None
    found: list[Answer] = []
    for child in element.all("grammar", "option"):
        if child.name == "option":
            value = child.get("value") or child.text
            found += [Answer(plain(child.text), value)] if plain(child.text) else []
            found += [Answer(child.get("dtmf"), value, keys=True)] if child.get("dtmf") else []
        elif (named := builtin(child.get("src"), child.get("mode"))) is not None:
            kind = replace(kind, voice=kind.voice or named.voice) if kind else named
        else:
            found += answers_of(site, child, apart=True)
    if kind is None and not found:
        kind = Builtin("digits", voice=False)
        message = "it has no grammar that has a translation; it asks for digits now"
        site.warn(rules.DIFFERENT, element, message, "write a menu with 'say' and 'keys', or keep 'collect'")
    if kind is not None:
        return kind, []
    kept, over = fitting(found)
    report([too_many_ways(value, element.place) for value in over], site.problems)
    return None, kept


def _prompt(question: Question) -> Value:
    parts, _ = speak(question.site, for_time(question.prompts, 1))
    if not parts:
        question.site.warn(rules.DIFFERENT, question.element, "the question has no prompt; a text was put")
    return as_value(prompt(parts or ["Please enter the number."], question.page.language, question.site))


def _collect(question: Question, ours: str, kind: Builtin, events: Events) -> Steps:
    if kind.differs:
        question.site.warn(rules.DIFFERENT, question.element, kind.differs)
    fields: dict[str, Value] = {"collect": ours, "prompt": _prompt(question)}
    length = kind.length
    if kind.slot in (None, SlotKind.DIGITS):
        fields["length"] = int(length) if length.isdigit() else length
    else:
        fields["type"] = str(kind.slot)
    if _may_be_said(question, kind):
        fields |= {"speech": True, "secret": True}
    if question.timeout:
        fields["timeout"] = question.timeout
    if between := question.properties.get("interdigittimeout"):
        fields["between"] = duration(between, "interdigittimeout", 0.5)
    if question.properties.get("termchar", "#") != "#":
        fields["terminator"] = question.properties["termchar"]
    one = Step(fields, _origins(question))
    into_step(one, *events.both(question.prompts))
    return Steps([one])


def _may_be_said(question: Question, kind: Builtin) -> bool:
    modes = question.properties.get("inputmodes", "dtmf voice").split()
    if kind.slot is None or not kind.voice or "voice" not in modes:
        return False
    if Slot(kind.slot, question.page.language).network is None:
        message = f"it is taken by keys only: words for it are not known in {question.page.language}"
        question.site.warn(rules.DIFFERENT, question.element, message)
        return False
    return True


def _origins(question: Question) -> list[Location]:
    parts = [one for one in question.element.elements if one.name in ("grammar", "option")]
    return [*question.element.own, *(place for one in [*question.prompts, *parts] for place in one.whole)]


def _confirm(question: Question, ours: str, events: Events) -> Steps:
    fields: dict[str, Value] = {"confirm": _prompt(question)}
    if question.timeout:
        fields["timeout"] = question.timeout
    fields["yes"] = Steps([step("set", {ours: True})])
    fields["no"] = Steps([step("set", {ours: False})])
    one = Step(fields, _origins(question))
    into_step(one, *events.both(question.prompts))
    return Steps([one])


def _menu(question: Question, ours: str, found: Sequence[Answer], events: Events, after: str) -> Steps:
    site = question.site
    by_value: dict[str, list[Answer]] = {}
    for answer in found:
        by_value.setdefault(answer.value, []).append(answer)
    named = [
        (
            next((one.text for one in group if not one.keys), ""),
            next((one.text for one in group if one.keys), ""),
        )
        for group in by_value.values()
    ]
    made = start_menu(question, site.draft.fresh(f"{events.here}.ask"), named)
    for value, group in by_value.items():
        say = [one.text for one in group if not one.keys]
        keys = [one.text for one in group if one.keys]
        text = value.replace("{", "{{").replace("}", "}}")
        go = Steps([step("set", {ours: text}), step("goto", after)])
        made.choices.append(Choice(fresh_choice(made, value), go, keys, list(dict.fromkeys(say))))
    parts = [one for one in question.element.elements if one.name in ("grammar", "option")]
    made.origins += [place for one in parts for place in one.whole]
    finish_menu(question, made, events, named)
    return Steps([step("menu", made.name)])

"""``<noinput>``, ``<nomatch>``, ``<help>``, ``<catch>`` with their counts as texts to ask again with, and an
end.

As VoiceXML 2.1 section 5.2.4 chooses: of the content of all scopes, from the innermost outwards, that with
the highest count that is reached; the innermost of equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ivrcore.importing import rules
from ivrcore.importing.draft import Menu, Part, Step, Steps, Value, hang_up, note, step
from ivrcore.importing.voicexml.content import Content, only_said, prompt
from ivrcore.importing.voicexml.prompts import Choices, count_of, for_time, speak
from ivrcore.importing.voicexml.reader import Element
from ivrcore.importing.voicexml.site import Page, Site, shown
from ivrcore.location import Location

EVENTS = ("noinput", "nomatch", "help", "catch", "error")
AGAIN = 2
"""How often a question that is asked without end is asked again."""
MOST = 9
"""Tries that are looked at."""


@dataclass(slots=True)
class Answered:
    """What one event leads to: texts (None: the default), the steps that end it, and the lines of both."""

    texts: list[list[Part]] | None = None
    ending: Steps | None = None
    origins: list[Location] = field(default_factory=list)
    bounded: bool = False


class Events:
    """The events of one question."""

    def __init__(self, site: Site, page: Page, question: Element, content: Content, here: str) -> None:
        self.site = site
        self.page = page
        self.question = question
        self.content = content
        self.here = here
        self.used: list[Element] = []

    def scopes(self) -> list[Element]:
        """Give the elements that hold events for this question, the innermost first."""
        found, element = list[Element](), self.question
        while True:
            found.append(element)
            if element.parent is None:
                break
            element = element.parent
        parent = self.page.parent
        return [*found, *([parent.document.root] if parent else [])]

    def of(self, kind: str) -> list[Element]:
        """Give the content for an event, the innermost first."""
        found = []
        for scope in self.scopes():
            for element in scope.all(*EVENTS):
                events = element.get("event").split() if element.name == "catch" else [element.name]
                if kind in events or (element.name == "catch" and events == ["."]):
                    found.append(element)
        return [element for element in found if self.holds(element)]

    def holds(self, element: Element) -> bool:
        """Leave out content with a condition; it is listed."""
        if element.get("cond"):
            self.site.account(
                f"not translated ({rules.NO_ELEMENT.code}): <{element.name} cond>", element.whole
            )
            message = "content for an event that holds under a condition has no translation"
            self.site.problems.report(
                rules.NO_ELEMENT, element.place, message, "write an 'if' into its content"
            )
        return not element.get("cond")

    def answered(self, kind: str, prompts: Sequence[Element], choices: Choices = ()) -> Answered:
        """Tell what an event leads to, time after time."""
        held = self.of(kind)
        found = Answered()
        most = max((count_of(element) for element in held), default=0)
        for time in range(1, MOST + 1):
            reached = [element for element in held if count_of(element) <= time]
            if not reached:
                if not held:
                    return found
                found.texts = [*(found.texts or []), self.text([], for_time(prompts, time + 1), choices)]
                continue
            chosen = max(reached, key=count_of)
            self.used.append(chosen)
            found.origins += [place for place in chosen.whole if place not in found.origins]
            if not only_said(chosen.children):
                found.texts = found.texts or []
                found.ending = self.ending(chosen)
                return found
            again = (
                for_time(prompts, time + 1) if any(one.name == "reprompt" for one in chosen.walk()) else []
            )
            spoken = [one for one in self.content_of(chosen) if one.name not in ("reprompt", "log")]
            found.texts = [*(found.texts or []), self.text(spoken, again, choices)]
            if time >= max(most, AGAIN):
                found.bounded = True
                return found
        return found

    def content_of(self, chosen: Element) -> list[Element]:
        """Give what is said, text between elements too."""
        spoken = (self.content.speech(child, chosen) for child in chosen.children)
        others = [child for child in chosen.elements if child.name in ("reprompt", "log")]
        return [one for one in spoken if one is not None] + others

    def text(self, spoken: Sequence[Element], again: Sequence[Element], choices: Choices) -> list[Part]:
        """Give the text of one try."""
        parts, _ = speak(self.site, [*spoken, *again], choices)
        return prompt(parts, self.page.language, self.site) or ["Please try again."]

    def ending(self, chosen: Element) -> Steps:
        """Give the steps of content that leads on."""
        steps = self.content.run(chosen.children, chosen)
        if steps.goes_on:  # it asks again, and counts on; ours begins counting anew
            steps.append(step("goto", self.here))
        return steps

    def both(self, prompts: Sequence[Element], choices: Choices = ()) -> tuple[Answered, Answered, Steps]:
        """Give what silence and misfits lead to, and the one end of both."""
        silent, unfit = (self.answered(kind, prompts, choices) for kind in ("noinput", "nomatch"))
        if silent.ending and unfit.ending and _fields(silent.ending) != _fields(unfit.ending):
            silent.ending = Steps([*self.one_end(silent.ending, unfit.ending), *silent.ending])
        ending = silent.ending or unfit.ending
        if ending is None:
            message = "it was asked again without end; now calls end after the last try"
            hint = "let 'otherwise' lead to a queue: people must be able to reach somebody"
            self.site.warn(rules.NO_WAY_OUT, self.question, message, hint)
            ending = Steps([hang_up()])
        elif silent.ending is None or unfit.ending is None:
            message = "one of silence and misfits was answered without end, now twice, then 'otherwise'"
            self.site.warn(rules.BOUNDED, self.question, message)
        return silent, unfit, ending

    def one_end(self, silent: Steps, unfit: Steps) -> Steps:
        """Tell that both end alike; what is lost by that is an error."""
        last = self.used[-1]
        message = "what misfits lead to in the end has no place: it is what silence leads to"
        unspoken = [one.fields for one in silent if one.fields and one.verb not in ("say", "play")]
        if _fields(unfit) == unspoken:  # only something is said more
            self.site.warn(rules.DIFFERENT, last, message)
            return Steps([note(f"almost the same: {shown(last)}", *last.whole)])
        return self.site.listed(rules.NO_ELEMENT, last, message, "'otherwise' is for both")

    def help(self, prompts: Sequence[Element]) -> tuple[list[Part], list[Location]]:
        """Give what is said to who asks for help; empty if there is nothing."""
        held = self.of("help")
        if not held:
            return [], []
        chosen = held[0]
        self.used += held
        if not only_said(chosen.children):
            listed = self.site.listed(
                rules.NO_ELEMENT, chosen, "help that does more than speak", "see 'universals'"
            )
            self.site.account(listed[0].notes[0], listed[0].origins)
            return [], []
        again = for_time(prompts, 1) if chosen.all("reprompt") else []
        spoken = [one for one in self.content_of(chosen) if one.name not in ("reprompt", "log")]
        return self.text(spoken, again, ()), [place for one in held for place in one.whole]


def _fields(steps: Steps) -> list[object]:
    return [one.fields for one in steps if one.fields]


def into_menu(menu: Menu, silent: Answered, unfit: Answered, ending: Steps) -> None:
    """Put what events lead to into a menu."""
    menu.no_input, menu.no_match = silent.texts, unfit.texts
    menu.no_input_from += silent.origins if silent.texts is not None else []
    menu.no_match_from += unfit.origins if unfit.texts is not None else []
    menu.silence = ending
    menu.settled = True


def into_step(one: Step, silent: Answered, unfit: Answered, ending: Steps) -> None:
    """Put what events lead to into a step that asks."""
    for key, answered in (("no_input", silent), ("no_match", unfit)):
        if answered.texts is not None:
            one.fields[key] = [as_value(text) for text in answered.texts]
        one.origins += answered.origins
    one.fields["otherwise"] = ending


def as_value(parts: Sequence[Part]) -> Value:
    """Write a prompt as one value."""
    values: list[Value] = list(parts)
    return values[0] if len(values) == 1 else values

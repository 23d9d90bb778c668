"""What is said: ``<prompt>``, ``<audio>``, ``<value>``, ``<enumerate>`` as parts of prompts."""

from __future__ import annotations

from collections.abc import Sequence

from ivrcore.importing import rules
from ivrcore.importing.draft import Part
from ivrcore.importing.extensions.pieces import Untold
from ivrcore.importing.voicexml.reader import Element, Text
from ivrcore.importing.voicexml.site import Site
from ivrcore.location import Location

_SAID_AS = {"digits": "digits", "telephone": "digits", "number": "number", "cardinal": "number"}
_SAID_AS |= {"ordinal": "ordinal", "date": "date", "time": "time", "duration": "duration"}
_SAID_AS |= {f"vxml:{kind}": kind for kind in ("digits", "number", "date", "time")}
_WRAPPING = ("prompt", "p", "s", "paragraph", "sentence", "emphasis", "prosody", "voice", "phoneme", "speak")
SPOKEN = ("prompt", "audio", "value", "enumerate", "say-as", "break", *_WRAPPING)

Choices = Sequence[tuple[str, str]]
"""What ``<enumerate>`` names: the text and the keys of each choice."""


class Speaker:
    """Collects the parts of one prompt."""

    def __init__(self, site: Site, choices: Choices = ()) -> None:
        self.site = site
        self.choices = choices
        self.parts: list[Part] = []
        self.text = ""
        self.names: dict[str, str] = {}

    def end(self) -> list[Part]:
        """Give the parts; texts with spaces made one."""
        self.flush()
        return self.parts

    def flush(self) -> None:
        """End the text that was begun."""
        text = " ".join(self.text.split())
        self.text = ""
        if text:
            self.parts.append(text)

    def say(self, element: Element) -> None:
        """Add what an element says; what cannot be said is listed."""
        try:
            self.element(element)
        except Untold as why:
            self.site.untold(why, element)

    def within(self, element: Element) -> None:
        """Say what stands in an element."""
        for child in element.children:
            if isinstance(child, Text):
                self.text += child.text.replace("{", "{{").replace("}", "}}")
            else:
                self.say(child)

    def element(self, element: Element) -> None:
        """Add what an element says; raise `Untold` for one that cannot be said."""
        name = element.name
        if name == "audio":
            self.audio(element)
        elif name == "value":
            self.value(element.get("expr"), element, "")
        elif name == "say-as":
            self.said_as(element)
        elif name == "enumerate":
            self.enumerate(element)
        elif name == "sub":
            self.text += f" {element.get('alias')} "
        elif name in ("break", "mark", "desc", "meta", "metadata", "lexicon"):
            self.text += " "
        elif name in _WRAPPING:
            if name == "prompt":
                self.site.only(element, "bargein", "count", "timeout", "cond", "bargeintype")
            self.within(element)
        else:
            raise Untold("it cannot be said", "", rules.NO_ELEMENT)

    def audio(self, element: Element) -> None:
        """Add a recording."""
        if element.get("expr"):
            raise Untold(
                "which recording is computed in the call", "write the cases with 'if'", rules.NO_ELEMENT
            )
        self.flush()
        if not element.get("src"):
            self.within(element)
            return
        name = self.site.recording(element.get("src"), element.place)
        self.parts.append({"play": name})
        if element.text:
            message = f"the text for when {name!r} is missing was left out: {element.text[:60]!r}"
            self.site.warn(
                rules.OPTION, element, message, "say it in the place of 'play' until there is a recording"
            )

    def value(self, script: str, element: Element, saying: str) -> None:
        """Add a slot."""
        if script in self.names:
            self.text += self.names[script]
            return
        told = self.site.script(script, element.place)
        self.text += " {" + told.text + (f":{saying}" if saying else "") + "} "

    def said_as(self, element: Element) -> None:
        """Add slots with how they are said."""
        kind = element.get("interpret-as") or element.get("type")
        saying = _SAID_AS.get(kind, "")
        if kind == "currency" or (not saying and kind):
            self.site.warn(
                rules.OPTION, element, f"how {kind!r} is said was left out", "write {x:amount KRW}"
            )
        values = element.all("value")
        if values and saying:
            for value in values:
                self.value(value.get("expr"), value, saying)
        elif saying and not element.elements:
            self.text += " {'" + element.text.replace("'", "") + "':" + saying + "} "
        else:
            self.within(element)

    def enumerate(self, element: Element) -> None:
        """Write out the choices."""
        for said, keys in self.choices:
            if element.children and (element.elements or element.text):
                self.names = {"_prompt": said, "_dtmf": keys}
                self.within(element)
                self.text += " "
                self.names = {}
            else:
                self.text += f" {said}" + (f", press {keys}." if keys else ".")


def speak(
    site: Site, elements: Sequence[Element], choices: Choices = ()
) -> tuple[list[Part], list[Location]]:
    """Give the parts of several elements, and the lines that they are from."""
    speaker = Speaker(site, choices)
    for element in elements:
        speaker.say(element)
        speaker.text += " "
    return speaker.end(), [place for element in elements for place in element.whole]


def count_of(element: Element) -> int:
    """Give from which time on a prompt or an event's content holds."""
    count = element.get("count", "1")
    return int(count) if count.isdigit() and count != "0" else 1


def for_time(elements: Sequence[Element], time: int) -> list[Element]:
    """Give the prompts of the ``time``-th asking: those with the highest count that is reached."""
    reached = [count_of(element) for element in elements if count_of(element) <= time]
    return [element for element in elements if reached and count_of(element) == max(reached)]

"""The demo's callers: what each says, presses and does, against `dialplans/hotline.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ivrcore.lab.phones import Action, Call, HangUp, Keys, Listen, Phones, Say, Stay, Wait
from ivrcore.lab.voices import speak

VOICE = "slt"
"""Of flite; the prompts are spoken by another."""
PHRASES = ("loans", "opening hours", "agent", "cards", "yes", "no")
PROMPT = Listen(sound=1.0, silence=0.7, limit=25.0)
"""Until a prompt is over."""
LONGEST = 100.0


@dataclass(frozen=True)
class Spoken:
    """A phrase that the caller says."""

    text: str


@dataclass(frozen=True)
class ScriptedCaller:
    """One kind of caller."""

    what: str
    steps: tuple[Action | Spoken, ...]
    number: str = "5000"
    caller_id: str = "0215550100"
    name: str = ""

    def dial(self, phones: Phones, voices: Mapping[str, Path]) -> Call:
        """Call the hotline."""
        script = [Say(voices[step.text]) if isinstance(step, Spoken) else step for step in self.steps]
        return phones.call(
            self.number, script, caller_id=self.caller_id, caller_name=self.name, deadline=LONGEST
        )


def prepare() -> dict[str, Path]:
    """Speak what the callers say; made once and kept."""
    return {text: speak(text, VOICE) for text in PHRASES}


CALLERS = (
    ScriptedCaller("presses 2 for loans", (Wait(1.5), Keys("2"), Stay(90)), name="Ada"),
    ScriptedCaller(
        "says loans", (PROMPT, Spoken("loans"), PROMPT, Keys("1"), Stay(90)), name="Ben", number="5001"
    ),
    ScriptedCaller("asks for the hours by key", (Wait(1.5), Keys("3"), PROMPT, HangUp()), name="Cleo"),
    ScriptedCaller(
        "says opening hours",
        (PROMPT, Spoken("opening hours"), PROMPT, Keys("1"), PROMPT, HangUp()),
        name="Dan",
    ),
    ScriptedCaller("lost a card", (Wait(1.0), Keys("1"), Wait(1.5), Keys("1"), Stay(90)), name="Eve"),
    ScriptedCaller("hangs up in the menu", (Wait(2.5), HangUp()), name="Fay"),
    ScriptedCaller(
        "says agent, says yes",
        (PROMPT, Spoken("agent"), PROMPT, Spoken("yes"), Stay(90)),
        name="Gus",
        number="5001",
    ),
    ScriptedCaller("gives up waiting", (Wait(1.5), Keys("0"), Wait(4.0), HangUp()), name="Hal"),
    ScriptedCaller(
        "talks over the prompt",
        (Wait(2.0), Spoken("cards"), PROMPT, Keys("1"), Wait(2.0), Keys("2"), Stay(90)),
        name="Ida",
    ),
)

"""``confirm``: a question that yes or no answers, by voice or by keys 1 and 2."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import Choice, Menu
from ivrcore.dialplan.state import INTER_KEY
from ivrcore.dialplan.step import Name, Refers, Step
from ivrcore.dialplan.wording import CONFIRM_KEYS, NO, YES

if TYPE_CHECKING:
    from ivrcore.dialplan.model import Phrases
    from ivrcore.dialplan.reading import Reading
    from ivrcore.dialplan.walk import Place, Walk


@dataclass(frozen=True)
class Confirm(Step):
    """Ask; ``yes``, ``no`` and ``otherwise`` are lists of steps, after which the next step runs."""

    verb: ClassVar[str] = "confirm"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "confirm",
            "prompt",
            "needed",
            "a question that yes (or key 1) or no (or key 2) answers",
            Kind.WORDING,
        ),
        Key("yes", "list of steps", "the next step", "what happens after a yes", Kind.STEPS),
        Key("no", "list of steps", "the next step", "what happens after a no", Kind.STEPS),
        Key(
            "no_input",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … silence",
            Kind.WORDINGS,
        ),
        Key(
            "no_match",
            "list of prompts",
            "the prompt, twice",
            "said after the 1st, 2nd, … misfit",
            Kind.WORDINGS,
        ),
        Key(
            "otherwise",
            "list of steps",
            "the next step",
            "what happens after the last failed too",
            Kind.STEPS,
        ),
        Key(
            "timeout",
            "duration",
            "as `defaults`",
            "silence after the prompt that counts as no input",
            Kind.DURATION,
        ),
        Key(
            "type_ahead",
            "yes or no",
            "`no`",
            "whether a key counts that was pressed before the question",
            Kind.BOOLEAN,
        ),
    )
    asks: ClassVar[bool] = True
    question: str
    nested: tuple[str, ...]
    through: bool

    @classmethod
    def read(cls, reading: Reading) -> Step:
        """Read the question; it becomes a menu at the step's own address."""
        prompt = reading.wording()
        again = (prompt, prompt)
        ways = {name: reading.steps(name) for name in (YES, NO, "otherwise")}
        menu = Menu(
            name=reading.address,
            prompt=prompt,
            no_input=reading.wordings("no_input", again),
            no_match=reading.wordings("no_match", again),
            otherwise=ways["otherwise"],
            timeout=reading.fields.seconds("timeout", reading.parts.tuning.timeout, least=0.5, most=120),
            between=INTER_KEY,
            barge_in=reading.parts.tuning.barge_in,
            universals=tuple(reading.parts.universals),
            help=prompt,
            location=reading.location,
            choices=tuple(cls._choice(reading, name, ways[name]) for name in (YES, NO)),
            accept=reading.parts.tuning.confirm,
            confirm=reading.parts.tuning.confirm,
            type_ahead=reading.fields.boolean("type_ahead", False),
            taking=reading.parts.tuning.taking,
        )
        reading.ask(menu)
        nested = tuple(way for way in ways.values() if way)
        return cls(reading.location, menu.name, nested, len(nested) < len(ways))

    @staticmethod
    def _choice(reading: Reading, name: str, go: str) -> Choice:
        here = reading.location
        said: Phrases = {
            language: tuple(Name(text, here) for text in (words.yes if name == YES else words.no))
            for language, words in reading.parts.confirming.items()
        }
        keys = tuple(Name(key, here) for key, choice in CONFIRM_KEYS.items() if choice == name)
        return Choice(name, said, keys, go, here)

    def run(self, walk: Walk) -> Place | None:
        """Ask."""
        return walk.to(self.question)

    def refers(self) -> Refers:
        """Tell what comes of the answers."""
        return Refers(nested=self.nested, through=self.through)

"""How the callers of a chaos run behave: what they dial, who they are, what they do once answered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ivrcore.lab import audio
from ivrcore.lab.chaos_site import CUSTOMERS, ENTRIES
from ivrcore.lab.phones import HangUp, Keys, Say, Stay, Wait

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping
    from pathlib import Path

    from ivrcore.lab.phone_script import Action

NUMBERS = {
    "5000": 6, "5001": 2, "5002": 3, "5003": 2, "5004": 3, "5005": 3, "5006": 3,
    "700": 3, "701": 2, "702": 2,
}  # fmt: skip
"""What is dialled, and how often beside the others."""
CALL_BACK = {"5006": "5000", "702": "700"}
"""Who wants to be called back dials one of these, or what it leads to if no customer is left who could."""
ON_THE_LINE = {
    number: share for number, share in NUMBERS.items() if number not in CALL_BACK.keys() | ENTRIES.keys()
}
"""The numbers without those of who is called back or comes by AGI."""
VOICE_HERTZ = 1330.0
SENTENCES = (4.0, 7.0, 12.0)
"""Seconds that somebody speaks who leaves a message."""


@dataclass(frozen=True)
class Caller:
    """One caller: ``me`` is the number they show, which nobody else of the run does."""

    dials: str
    me: str
    script: list[Action]


class Crowd:
    """All callers of a run, one after another."""

    def __init__(self, folder: Path, numbers: Mapping[str, int]) -> None:
        """``folder`` is for what they say, ``numbers`` are what they dial, and how often."""
        self._numbers = numbers
        self._voices = [
            audio.write_wav(folder / f"says{seconds:g}.wav", audio.tone(VOICE_HERTZ, seconds))
            for seconds in SENTENCES
        ]
        self._came = 0

    def next(self, chance: random.Random, taken: Collection[str]) -> Caller:
        """Make up the next one; ``taken`` are numbers of callers who are on the line or to be called back."""
        self._came += 1
        (dials,) = chance.choices(list(self._numbers), list(self._numbers.values()))
        me = f"02155{self._came:05}"
        if dials in CALL_BACK:
            free = [str(number) for number in CUSTOMERS if str(number) not in taken]
            dials, me = (dials, chance.choice(free)) if free else (CALL_BACK[dials], me)
        return Caller(dials, me, list(self._script(chance, dials)))

    def _script(self, chance: random.Random, dials: str) -> Iterator[Action]:
        yield Wait(chance.uniform(0.3, 10.0) if dials != "5005" else chance.uniform(0.5, 2.5))
        if dials in ("5002", "701"):
            yield Keys("".join(chance.choices("0123456789", k=4)))
        elif dials in ("5000", "700") and chance.random() < 0.7:
            yield Keys(chance.choice("1123"))
        elif dials == "5005":
            yield Say(chance.choice(self._voices))
        if chance.random() < 0.5:
            if dials != "5005":
                yield Wait(chance.uniform(5.0, 25.0))
            yield HangUp()
        yield Stay(60)

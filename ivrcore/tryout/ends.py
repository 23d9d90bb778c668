"""How a call of a test must have ended: its outcome, and the cause of its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ivrcore.dialplan.keys import Key, Kind, table
from ivrcore.dialplan.model import HangUpCause
from ivrcore.model.names import Cause, Outcome
from ivrcore.tryout.expectations import unmet
from ivrcore.tryout.line_fields import LineFields
from ivrcore.tryout.script import Failure, Scene, ScriptLine, as_written

if TYPE_CHECKING:
    from typing import Self

CAUSES: Mapping[str, Cause] = {str(word): word.code for word in HangUpCause}


@dataclass(frozen=True)
class Ends(ScriptLine):
    """The call has ended."""

    verb: ClassVar[str] = "ends"
    keys: ClassVar[Mapping[str, Key]] = table(
        Key(
            "ends",
            ", ".join(f"`{how}`" for how in Outcome),
            "any",
            "the call has ended, and counts as this",
            Kind.ONE_OF,
            tuple(Outcome),
        ),
        Key("cause", ", ".join(f"`{cause}`" for cause in CAUSES), "any", "with this cause", Kind.ONE_OF),
    )
    outcome: Outcome | None = None
    cause: HangUpCause | None = None

    @classmethod
    def read(cls, given: LineFields) -> Self:
        """Read outcome and cause."""
        how = given.fields.one_of("ends", Outcome.QUEUED) if given.fields.entry("ends") else None
        why = given.fields.one_of("cause", HangUpCause.NORMAL) if given.fields.entry("cause") else None
        return cls(given.location, how, why)

    def play(self, scene: Scene) -> Failure | None:
        """Look how it ended."""
        scene.ready()
        ended = scene.call.ended
        if ended is None:
            hint = "add `talk_ends`" if scene.call.visit and scene.call.visit.talking is not None else ""
            return unmet("the call to end", scene.now(), hint)
        if self.outcome is not None and ended.outcome is not self.outcome:
            return unmet(f"the call to end as {self.outcome}", f"it counts as {ended.outcome}")
        if self.cause is not None and ended.cause != self.cause.code:
            return unmet(f"the call to end with cause {self.cause}", f"it is {cause_word(ended.cause)}")
        return None

    def written(self) -> dict[str, object]:
        """Give outcome and cause."""
        how = None if self.outcome is None else str(self.outcome)
        return as_written(self.verb, how, cause=None if self.cause is None else str(self.cause))


def cause_word(code: int) -> str:
    """Write a cause."""
    return next(_words(code), str(code))


def _words(code: int) -> Iterator[str]:
    yield from (word for word, cause in CAUSES.items() if cause == code)
    if code in list(Cause):
        yield Cause(code).name.lower()
